// Auto-deleveraging and socialised loss: the last two steps.
#include <algorithm>
#include <map>

#include "host/execute/ladder_supply.hpp"
#include "host/execute/water_fill.hpp"
#include "host/execute/waterfall.hpp"
#include "host/text/wide.hpp"
#include "kernels/rules/trade.hpp"

namespace plimsoll {

status waterfall::deleverage() {
  // Instruments ascending, long losers first.
  std::map<std::pair<std::uint32_t, position_side>, std::vector<closing_position*>> sides;
  for (closing_position& loser : left_over_) {
    sides[{book_.positions.instrument[loser.position()],
           loser.is_long() ? position_side::long_side : position_side::short_side}]
        .push_back(&loser);
  }
  if (sides.empty()) { return ok(); }
  std::vector<std::uint8_t> asked(book_.sides.segments(), 0);
  for (const auto& [side, losers] : sides) { asked[segment_of(side.first, opposite(side.second))] = 1; }
  const std::vector<std::uint64_t> candidates = candidates_of(view_, asked);
  for (std::uint32_t asset = 0; asset < candidates.size(); ++asset) {
    if (candidates[asset] > 0) { out_.flows[asset].adl_candidates += candidates[asset]; }
  }
  for (const auto& [side, losers] : sides) { PLIMSOLL_TRY(deleverage_side(side.first, side.second, losers)); }
  return ok();
}

std::vector<waterfall::adl_loser_place> waterfall::losers_of(std::span<closing_position* const> side) const {
  std::vector<adl_loser_place> losers;
  for (closing_position* loser : side) {
    losers.push_back({loser, book_.units.account[book_.positions.unit[loser->position()]], 0});
  }
  // All have one mark, so haircuts per lot have the order of bankruptcy values per lot.
  const auto costs_less = [](const adl_loser_place& a, const adl_loser_place& b) {
    return static_cast<int128>(a.closing->value()) * static_cast<int128>(b.closing->lots()) <
           static_cast<int128>(b.closing->value()) * static_cast<int128>(a.closing->lots());
  };
  // The same for long and short losers: winners pay the signed value.
  std::sort(losers.begin(), losers.end(), costs_less);
  for (std::size_t i = 1; i < losers.size(); ++i) {
    losers[i].rank = losers[i - 1].rank + (costs_less(losers[i - 1], losers[i]) ? 1U : 0U);
  }
  std::sort(losers.begin(), losers.end(), [](const adl_loser_place& a, const adl_loser_place& b) {
    return a.closing->position() < b.closing->position();
  });
  return losers;
}

status waterfall::deleverage_side(std::uint32_t instrument_id, position_side side,
                                  std::span<closing_position* const> losers) {
  adl_side here;
  here.instrument = instrument_id;
  here.losers = losers_of(losers);
  const value_rate& rate = rate_of(instrument_id);
  int128& needed = out_.flows[book_.reference.instruments[instrument_id].settle].adl_needed;
  for (const adl_loser_place& one : here.losers) {
    needed += one.closing->value_left() - value_of({one.closing->signed_lots(one.closing->left())}, rate).raw;
  }
  // The ladder of the other side, as it was at the tick's start.
  here.ladder = view_.ladder_of(segment_of(instrument_id, opposite(side)));
  if (here.ladder.empty()) { return ok(); }

  // First all losers together, for as long as that closes anything.
  for (adl_answer answer{true, false}; answer.closed;) { PLIMSOLL_TRY(serve(here, {here.losers, false}, answer)); }
  // Then one by one: beyond its own account, and beyond winners that could not bear it, down to the ladder's end.
  for (const adl_loser_place& loser : here.losers) {
    for (adl_answer answer{true, false}; loser.closing->left() > 0 && (answer.closed || answer.refused);) {
      PLIMSOLL_TRY(serve(here, {std::span(&loser, 1), true}, answer));
    }
  }
  return ok();
}

waterfall::adl_winner waterfall::first_look(std::uint32_t winner) const {
  adl_winner out;
  const auto at_work = reserved_.find(winner);
  const std::uint64_t held = magnitude(book_.positions.lots[winner]);
  out.lots = at_work == reserved_.end() ? held : held - std::min(held, at_work->second);
  out.profit = value_now(winner) - book_.positions.cost[winner];
  return out;
}

bool waterfall::cannot_bear(const adl_winner& winner, const adl_loser_place& loser) {
  return loser.rank >= winner.cannot_bear;
}

std::vector<adl_candidate> waterfall::candidates_for(adl_side& here, std::uint64_t demand,
                                                     const adl_asking& asking) const {
  // A winner that can bear none of these losers is not a candidate.
  adl_loser_place cheapest = asking.losers.front();
  for (const adl_loser_place& one : asking.losers) {
    if (one.closing->left() > 0 && (cheapest.closing->left() == 0 || one.rank < cheapest.rank)) { cheapest = one; }
  }
  // The queue needs only lots, and no entries beyond the demand.
  const bool queue = owner_.rules_.adl.policy.kind == adl_policy_kind::queue;
  std::vector<adl_candidate> candidates;
  std::uint64_t found = 0;
  for (std::size_t w = 0; w < here.ladder.size() && !(queue && found >= demand); ++w) {
    const std::uint32_t winner = here.ladder[w].position;
    if (w == here.winners.size()) { here.winners.push_back(first_look(winner)); }
    const adl_winner& one = here.winners[w];
    const std::uint32_t unit = book_.positions.unit[winner];
    const std::uint32_t account = book_.units.account[unit];
    const bool is_out = cannot_bear(one, cheapest);
    const bool own = asking.alone && account == cheapest.account;
    const std::uint64_t lots = is_out || own ? 0 : one.lots;
    found += lots;
    if (queue) {
      candidates.push_back({lots});
      continue;
    }
    const std::int64_t value = value_now(winner);
    const std::int64_t profit = value - book_.positions.cost[winner];
    const std::uint32_t place = equity_.place(unit);
    const int128 given = place == no_id ? int128{0} : out_.deleveraged[place].haircut;
    candidates.push_back({lots, profit, magnitude(value), equity_[unit],
                          static_cast<std::int64_t>(std::clamp<int128>(given, 0, limits::money_steps_max)), account,
                          one.profit, one.given_up});
  }
  return candidates;
}

status waterfall::serve(adl_side& here, const adl_asking& asking, adl_answer& answer) {
  answer = {};
  const value_rate& rate = rate_of(here.instrument);
  adl_demand demand;
  std::vector<adl_loser> parts;
  int128 haircut = 0;
  for (const adl_loser_place& one : asking.losers) {
    const closing_position& loser = *one.closing;
    const int128 lacking = loser.value_left() - value_of({loser.signed_lots(loser.left())}, rate).raw;
    demand.lots += loser.left();
    haircut += lacking;
    parts.push_back({loser.left(), static_cast<std::uint64_t>(std::clamp<int128>(lacking, 0, limits::money_steps_max)),
                     one.account});
  }
  demand.losers = parts;
  if (demand.lots == 0) { return ok(); }
  demand.haircut = static_cast<std::uint64_t>(std::clamp<int128>(haircut, 0, limits::money_steps_max));
  std::vector<std::uint64_t> wanted =
      allocate(owner_.rules_.adl.policy, demand, candidates_for(here, demand.lots, asking));
  std::size_t head = 0;
  for (const adl_loser_place& loser : asking.losers) {
    for (std::size_t w = head; w < wanted.size() && loser.closing->left() > 0; ++w) {
      const std::uint32_t unit = book_.positions.unit[here.ladder[w].position];
      if (wanted[w] == 0 || book_.units.account[unit] == loser.account) { continue; }
      const std::uint64_t before = here.winners[w].lots;
      PLIMSOLL_TRY(serve_pair(here, loser, w, std::min(wanted[w], loser.closing->left()), answer));
      wanted[w] -= before - here.winners[w].lots;
    }
    while (head < wanted.size() && wanted[head] == 0) { ++head; }
  }
  return ok();
}

status waterfall::serve_pair(adl_side& here, const adl_loser_place& loser, std::size_t winner, std::uint64_t lots,
                             adl_answer& answer) {
  adl_winner& one = here.winners[winner];
  if (cannot_bear(one, loser)) {
    out_.lots_passed_on += lots;
    return ok();
  }
  std::uint64_t taken = 0;
  std::int64_t haircut = 0;
  PLIMSOLL_TRY(close_against(*loser.closing, here.ladder[winner].position, lots, taken, haircut));
  one.lots -= taken;
  one.given_up += haircut;
  answer.closed = answer.closed || taken > 0;
  if (taken == lots) { return ok(); }
  out_.lots_passed_on += lots - taken;
  answer.refused = true;
  // Its equity only falls while ADL goes on, so it cannot bear a dearer loser either.
  one.cannot_bear = std::min(one.cannot_bear, loser.rank);
  return ok();
}

std::uint64_t waterfall::lots_without_overlap(const closing_position& loser, std::uint32_t winner,
                                              std::uint64_t lots) const {
  const std::int64_t equity = equity_[book_.positions.unit[winner]];
  if (equity < 0) { return 0; }
  // Haircut of a lot, unrounded: BV / lots less the lot's value at the mark, over one denominator.
  const value_rate& rate = rate_of(book_.positions.instrument[winner]);
  const bool negative = loser.is_long() == (rate.negative != 0);
  const int128 worth = static_cast<int128>(rate.num) * static_cast<int128>(loser.lots());
  const int128 haircut =
      static_cast<int128>(loser.value()) * static_cast<int128>(rate.den) + (negative ? worth : -worth);
  if (haircut <= 0) { return lots; }
  const uint256 bearable =
      uint256(equity) * uint256(loser.lots()) * uint256(rate.den) / to_uint256(static_cast<uint128>(haircut));
  return bearable < lots ? static_cast<std::uint64_t>(bearable) : lots;
}

std::int64_t waterfall::fund_pays_to_mark(const closing_position& loser, std::uint64_t lots) const {
  if (owner_.rules_.adl.price != adl_price::mark) { return 0; }
  const std::uint32_t unit = book_.positions.unit[loser.position()];
  const std::int64_t difference = loser.peek(lots) - traded_at_mark(loser, lots);
  const std::int64_t most = owner_.fund_.available(unit, book_.positions.instrument[loser.position()]);
  return difference > 0 && difference <= most ? difference : 0;
}

std::int64_t waterfall::traded_at_mark(const closing_position& loser, std::uint64_t lots) const {
  const std::uint32_t instrument_id = book_.positions.instrument[loser.position()];
  return value_of_trade({loser.signed_lots(lots)}, contract_of(loser.position()), {book_.marks[instrument_id].ticks})
      .steps;
}

status waterfall::close_against(closing_position& loser, std::uint32_t winner, std::uint64_t lots, std::uint64_t& taken,
                                std::int64_t& haircut) {
  const std::uint32_t position = loser.position();
  const std::uint32_t instrument_id = book_.positions.instrument[position];
  // At the mark a winner's equity does not change, so it cannot fall below zero.
  const std::int64_t from_fund = fund_pays_to_mark(loser, lots);
  taken = from_fund > 0 ? lots : lots_without_overlap(loser, winner, lots);
  if (taken == 0) { return ok(); }
  const std::uint32_t asset = book_.asset_of(book_.positions.unit[position]);
  const std::int64_t signed_lots = loser.signed_lots(taken);
  const std::int64_t mark_value = value_of({signed_lots}, rate_of(instrument_id)).raw;
  const std::int64_t lost_cost =
      released_cost(book_.positions.cost[position], taken, magnitude(book_.positions.lots[position]));
  const std::int64_t won_cost =
      released_cost(book_.positions.cost[winner], taken, magnitude(book_.positions.lots[winner]));
  const std::int64_t part = loser.take(taken);
  const std::int64_t paid = part - from_fund;  // Paid by the winner.
  haircut = from_fund > 0 ? 0 : paid - mark_value;
  asset_flows& flows = out_.flows[asset];
  flows.adl += magnitude(paid);
  flows.adl_haircut += haircut;
  const std::uint32_t winner_unit = book_.positions.unit[winner];
  std::uint32_t place = equity_.place(winner_unit);
  if (place == no_id) {
    place = static_cast<std::uint32_t>(out_.deleveraged.size());
    equity_.set_place(winner_unit, place);
    out_.deleveraged.push_back({winner_unit, equity_[winner_unit], 0});
  }
  out_.deleveraged[place].haircut += haircut;
  const price_ticks price = from_fund > 0 ? price_ticks{book_.marks[instrument_id].ticks}
                                          : bankruptcy_price({signed_lots}, part, contract_of(position));
  std::vector<ledger_leg> legs = {customer_leg(position, -signed_lots, -lost_cost, part - lost_cost, price.raw),
                                  customer_leg(winner, signed_lots, -won_cost, -paid - won_cost, price.raw)};
  if (from_fund > 0) { legs.push_back(fund_pays(book_.positions.unit[position], instrument_id, from_fund)); }
  return post(ledger_step::adl, "deleveraged", std::move(legs));
}

waterfall::loss_payers waterfall::payers_in(std::uint32_t asset) const {
  // Units with positive equity in the asset; none pays more than its equity, and one without a weight pays nothing.
  const auto weight_of = [&](std::uint32_t unit, std::int64_t equity) {
    if (owner_.rules_.socialise.by == socialise_by::equity) { return static_cast<uint128>(equity); }
    uint128 weight = 0;
    for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
      const std::int64_t value = value_now(p);
      weight += owner_.rules_.socialise.by == socialise_by::open_interest
                    ? magnitude(value)
                    : magnitude(std::max<std::int64_t>(0, value - book_.positions.cost[p]));
    }
    return weight;
  };
  loss_payers out;
  for (std::uint32_t unit = 0; unit < book_.units.size(); ++unit) {
    if (book_.units.code[unit].is_vacant() || book_.asset_of(unit) != asset) { continue; }
    const std::int64_t equity = equity_[unit];
    if (equity <= 0 || is_bankrupt(unit)) { continue; }
    out.units.push_back(unit);
    out.weights.push_back(weight_of(unit, equity));
    out.caps.push_back(static_cast<std::uint64_t>(equity));
  }
  return out;
}

status waterfall::socialise(std::uint32_t asset, const std::vector<std::uint32_t>& units) {
  std::uint64_t owed = 0;
  for (const std::uint32_t unit : units) { owed += static_cast<std::uint64_t>(deficit_of(equity_[unit])); }
  const auto [payers, weights, caps] = payers_in(asset);
  const std::vector<std::uint64_t> parts = water_fill(owed, weights, caps);
  std::vector<ledger_leg> legs;
  std::uint64_t found = 0;
  const auto unit_leg = [&](std::uint32_t unit, std::int64_t amount) {
    ledger_leg leg;
    leg.unit = unit;
    leg.asset = asset;
    leg.amount = amount;
    legs.push_back(leg);
  };
  for (std::size_t i = 0; i < payers.size(); ++i) {
    if (parts[i] == 0) { continue; }
    found += parts[i];
    unit_leg(payers[i], -static_cast<std::int64_t>(parts[i]));
  }
  if (found == 0) { return ok(); }
  // Units that owe money are compensated in proportion to their debts.
  exact_split split(found, owed);
  std::vector<std::int64_t> owing;
  for (const std::uint32_t unit : units) { owing.push_back(deficit_of(equity_[unit])); }
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::uint64_t part = split.next(static_cast<uint128>(owing[i]));
    if (part > 0) { unit_leg(units[i], static_cast<std::int64_t>(part)); }
  }
  out_.flows[asset].socialised += static_cast<int128>(found);
  return post(ledger_step::socialise, "socialised", std::move(legs));
}

}  // namespace plimsoll
