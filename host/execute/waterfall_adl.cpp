// Auto-deleveraging and socialised loss: the last two steps.
#include <algorithm>

#include "host/execute/ladder_supply.hpp"
#include "host/execute/water_fill.hpp"
#include "host/execute/waterfall.hpp"
#include "kernels/rules/trade.hpp"

namespace plimsoll {

status waterfall::deleverage() {
  // Instruments ascending, long losers first.
  std::vector<std::pair<std::uint32_t, position_side>> sides;
  for (const closing_position& loser : left_over_) {
    sides.emplace_back(book_.positions.instrument[loser.position()],
                       loser.is_long() ? position_side::long_side : position_side::short_side);
  }
  if (sides.empty()) { return ok(); }
  std::sort(sides.begin(), sides.end());
  sides.erase(std::unique(sides.begin(), sides.end()), sides.end());
  std::vector<std::uint8_t> asked(book_.sides.segments(), 0);
  for (const auto& [instrument_id, losers] : sides) { asked[segment_of(instrument_id, opposite(losers))] = 1; }
  const std::vector<std::uint64_t> candidates = candidates_of(book_, scan_, asked);
  for (std::uint32_t asset = 0; asset < candidates.size(); ++asset) {
    if (candidates[asset] > 0) { out_.flows[asset].adl_candidates += candidates[asset]; }
  }
  for (const auto& [instrument_id, losers] : sides) { PLIMSOLL_TRY(deleverage_side(instrument_id, losers)); }
  return ok();
}

status waterfall::deleverage_side(std::uint32_t instrument_id, position_side side) {
  adl_side here;
  here.instrument = instrument_id;
  for (closing_position& loser : left_over_) {
    const bool matches = book_.positions.instrument[loser.position()] == instrument_id &&
                         loser.is_long() == (side == position_side::long_side);
    if (matches && loser.left() > 0) { here.losers.push_back(&loser); }
  }
  std::sort(here.losers.begin(), here.losers.end(),
            [](const closing_position* a, const closing_position* b) { return a->position() < b->position(); });

  const value_rate& rate = scan_.prices.rates[instrument_id];
  int128& needed = out_.flows[book_.reference.instruments[instrument_id].settle].adl_needed;
  for (const closing_position* loser : here.losers) {
    needed += loser->value_left() - value_of({loser->signed_lots(loser->left())}, rate).raw;
  }
  // The ladder of the other side, as it stood at the tick's start.
  const auto prefix =
      std::find(scan_.ladder_segments.begin(), scan_.ladder_segments.end(), segment_of(instrument_id, opposite(side)));
  if (prefix == scan_.ladder_segments.end()) { return ok(); }
  const auto at = static_cast<std::size_t>(prefix - scan_.ladder_segments.begin());
  here.ladder =
      std::span(scan_.ladder.entries)
          .subspan(scan_.ladder.first_entry[at], scan_.ladder.first_entry[at + 1] - scan_.ladder.first_entry[at]);

  for (bool moved = true; moved;) { PLIMSOLL_TRY(serve(here, here.losers, no_id, moved)); }
  // A policy may have given a loser nothing but what its own account holds: it asks again, by itself and past that.
  for (closing_position* const& loser : here.losers) {
    const std::uint32_t account = book_.units.account[book_.positions.unit[loser->position()]];
    for (bool moved = loser->left() > 0; moved;) { PLIMSOLL_TRY(serve(here, std::span(&loser, 1), account, moved)); }
  }
  return ok();
}

std::vector<adl_candidate> waterfall::candidates_for(adl_side& here, std::uint64_t demand,
                                                     std::uint32_t but_account) const {
  // The queue looks at nothing but lots, and no further than the demand reaches.
  const bool queue = owner_.rules_.adl.policy.kind == adl_policy_kind::queue;
  std::vector<adl_candidate> candidates;
  std::uint64_t found = 0;
  for (std::size_t w = 0; w < here.ladder.size() && !(queue && found >= demand); ++w) {
    const std::uint32_t winner = here.ladder[w].position;
    if (w == here.can_give.size()) {
      const auto at_work = reserved_.find(winner);
      const std::uint64_t held = magnitude(book_.positions.lots[winner]);
      here.can_give.push_back(at_work == reserved_.end() ? held : held - std::min(held, at_work->second));
    }
    const std::uint32_t unit = book_.positions.unit[winner];
    const std::uint64_t lots = book_.units.account[unit] == but_account ? 0 : here.can_give[w];
    found += lots;
    if (queue) {
      candidates.push_back({lots});
    } else {
      const std::int64_t value = value_now(winner);
      const std::uint32_t place = deleveraged_at_[unit];
      const int128 given = place == no_id ? int128{0} : out_.deleveraged[place].haircut;
      candidates.push_back({lots, value - book_.positions.cost[winner], magnitude(value), equity_[unit],
                            static_cast<std::int64_t>(std::clamp<int128>(given, 0, limits::money_steps_max)),
                            book_.units.account[unit]});
    }
  }
  return candidates;
}

status waterfall::serve(adl_side& here, std::span<closing_position* const> losers, std::uint32_t but_account,
                        bool& moved) {
  moved = false;
  const value_rate& rate = scan_.prices.rates[here.instrument];
  adl_demand demand;
  std::vector<adl_loser> parts;
  int128 haircut = 0;
  for (const closing_position* loser : losers) {
    const int128 lacking = loser->value_left() - value_of({loser->signed_lots(loser->left())}, rate).raw;
    demand.lots += loser->left();
    haircut += lacking;
    parts.push_back({loser->left(), static_cast<std::uint64_t>(std::clamp<int128>(lacking, 0, limits::money_steps_max)),
                     book_.units.account[book_.positions.unit[loser->position()]]});
  }
  demand.losers = parts;
  if (demand.lots == 0) { return ok(); }
  demand.haircut = static_cast<std::uint64_t>(std::clamp<int128>(haircut, 0, limits::money_steps_max));
  std::vector<std::uint64_t> wanted =
      allocate(owner_.rules_.adl.policy, demand, candidates_for(here, demand.lots, but_account));
  std::size_t head = 0;
  for (closing_position* loser : losers) {
    const std::uint32_t account = book_.units.account[book_.positions.unit[loser->position()]];
    for (std::size_t w = head; w < wanted.size() && loser->left() > 0; ++w) {
      const std::uint32_t winner = here.ladder[w].position;
      if (wanted[w] == 0 || book_.units.account[book_.positions.unit[winner]] == account) { continue; }
      const std::uint64_t lots = std::min(wanted[w], loser->left());
      std::uint64_t taken = 0;
      PLIMSOLL_TRY(close_against(*loser, winner, lots, taken));
      wanted[w] -= taken;
      here.can_give[w] -= taken;
      moved = moved || taken > 0;
      if (taken < lots) {  // The overlap check has stopped it: it gives no more in this tick.
        out_.lots_passed_on += lots - taken;
        wanted[w] = 0;
        here.can_give[w] = 0;
      }
    }
    while (head < wanted.size() && wanted[head] == 0) { ++head; }
  }
  return ok();
}

std::uint64_t waterfall::lots_without_overlap(const closing_position& loser, std::uint32_t winner,
                                              std::uint64_t lots) const {
  const std::uint32_t unit = book_.positions.unit[winner];
  const std::int64_t held = book_.positions.lots[winner];
  const std::int64_t value = value_now(winner);
  const value_rate& rate = scan_.prices.rates[book_.positions.instrument[winner]];
  // Equity after giving `given` lots at the loser's bankruptcy value: cash moves by -part, the rest is worth less.
  const auto stays_solvent = [&](std::uint64_t given) {
    const std::int64_t kept =
        held > 0 ? held - static_cast<std::int64_t>(given) : held + static_cast<std::int64_t>(given);
    return static_cast<int128>(equity_[unit]) + value_of({kept}, rate).raw - value - loser.peek(given) >= 0;
  };
  if (stays_solvent(lots)) { return lots; }
  // The loss grows with the lots but for two floors, each off by less than a step: search, then look just beyond.
  std::uint64_t low = 0;
  std::uint64_t high = lots;
  while (low < high) {
    const std::uint64_t middle = low + (high - low + 1) / 2;
    if (stays_solvent(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  constexpr std::uint64_t beyond = 64;
  for (std::uint64_t given = std::min(lots, low + beyond); given > low; --given) {
    if (stays_solvent(given)) { return given; }
  }
  return low;
}

std::int64_t waterfall::fund_pays_to_mark(const closing_position& loser, std::uint64_t lots,
                                          std::int64_t mark_value) const {
  if (owner_.rules_.adl.price != adl_price::mark) { return 0; }
  const std::uint32_t unit = book_.positions.unit[loser.position()];
  const std::int64_t difference = loser.peek(lots) - mark_value;
  const std::int64_t most = owner_.fund_.within_limits(unit, book_.positions.instrument[loser.position()]);
  return difference > 0 && difference <= most ? difference : 0;
}

status waterfall::close_against(closing_position& loser, std::uint32_t winner, std::uint64_t lots,
                                std::uint64_t& taken) {
  const std::uint32_t position = loser.position();
  const std::uint32_t instrument_id = book_.positions.instrument[position];
  const value_rate& rate = scan_.prices.rates[instrument_id];
  // At the mark a winner's equity stays as it is, so that it cannot be driven below zero.
  const std::int64_t from_fund = fund_pays_to_mark(loser, lots, value_of({loser.signed_lots(lots)}, rate).raw);
  taken = from_fund > 0 ? lots : lots_without_overlap(loser, winner, lots);
  if (taken == 0) { return ok(); }
  const std::uint32_t asset = book_.asset_of(book_.positions.unit[position]);
  const std::int64_t signed_lots = loser.signed_lots(taken);
  const std::int64_t mark_value = value_of({signed_lots}, rate).raw;
  const std::int64_t lost_cost =
      released_cost(book_.positions.cost[position], taken, magnitude(book_.positions.lots[position]));
  const std::int64_t won_cost =
      released_cost(book_.positions.cost[winner], taken, magnitude(book_.positions.lots[winner]));
  const std::int64_t part = loser.take(taken);
  const std::int64_t paid = part - from_fund;  // By the winner.
  asset_flows& flows = out_.flows[asset];
  flows.adl += magnitude(paid);
  flows.adl_haircut += paid - mark_value;
  const std::uint32_t winner_unit = book_.positions.unit[winner];
  std::uint32_t& place = deleveraged_at_[winner_unit];
  if (place == no_id) {
    place = static_cast<std::uint32_t>(out_.deleveraged.size());
    out_.deleveraged.push_back({winner_unit, equity_[winner_unit], 0});
  }
  out_.deleveraged[place].haircut += paid - mark_value;
  const price_ticks price = from_fund > 0 ? price_ticks{book_.marks[instrument_id].ticks}
                                          : bankruptcy_price({signed_lots}, part, contract_of(position));
  std::vector<ledger_leg> legs = {customer_leg(position, -signed_lots, -lost_cost, part - lost_cost, price.raw),
                                  customer_leg(winner, signed_lots, -won_cost, -paid - won_cost, price.raw)};
  if (from_fund > 0) { legs.push_back(fund_pays(book_.positions.unit[position], instrument_id, from_fund)); }
  return post(ledger_step::adl, "deleveraged", std::move(legs));
}

status waterfall::socialise(std::uint32_t asset, const std::vector<std::uint32_t>& units) {
  std::uint64_t owed = 0;
  for (const std::uint32_t unit : units) { owed += static_cast<std::uint64_t>(deficit_of(equity_[unit])); }
  // Payers: whoever holds positive equity in the asset and has the weight; never more than the equity.
  std::vector<std::uint32_t> payers;
  std::vector<uint128> weights;
  std::vector<std::uint64_t> caps;
  for (std::uint32_t unit = 0; unit < book_.units.size(); ++unit) {
    if (equity_[unit] <= 0 || book_.asset_of(unit) != asset ||
        scan_.margin.units.verdicts[unit].state() == unit_state::bankrupt) {
      continue;
    }
    uint128 weight = 0;
    if (owner_.rules_.socialise.by == socialise_by::equity) { weight = static_cast<uint128>(equity_[unit]); }
    for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
      const std::int64_t value = value_now(p);
      if (owner_.rules_.socialise.by == socialise_by::open_interest) { weight += magnitude(value); }
      if (owner_.rules_.socialise.by == socialise_by::profit) {
        weight += magnitude(std::max<std::int64_t>(0, value - book_.positions.cost[p]));
      }
    }
    if (weight == 0) { continue; }
    payers.push_back(unit);
    weights.push_back(weight);
    caps.push_back(static_cast<std::uint64_t>(equity_[unit]));
  }
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
  // Those who owe are made whole in proportion to what they owe.
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
