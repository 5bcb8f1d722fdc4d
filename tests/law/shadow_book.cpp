#include "tests/law/shadow_book.hpp"

namespace plimsoll {

namespace {

constexpr system_account system_accounts[] = {system_account::fund, system_account::fees, system_account::market,
                                              system_account::backstop, system_account::external};

std::string text_of(int128 x) { return format_units(x, 0); }

template <class Map>
void drop_zeros(Map& map) {
  std::erase_if(map, [](const auto& one) { return one.second == 0; });
}

}  // namespace

shadow_book::shadow_book(const replay& of) {
  add_book(of.state(), holdings_);
  for (std::uint32_t asset = 0; asset < of.state().reference.assets.size(); ++asset) {
    holdings_[{"fund", ""}].balance[asset] = of.engine().books().balance(system_account::fund, asset);
  }
  opening_ = recount(holdings_, of.state().reference);
}

void shadow_book::add_book(const book& source, std::map<unit_key, holding>& out) const {
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    holding& one =
        out[{std::string(source.accounts[source.units.account[unit]]), source.unit_name(source.units.code[unit])}];
    one.balance[source.asset_of(unit)] = source.units.balance[unit];
    for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
      if (source.positions.lots[p] == 0) { continue; }
      one.positions[{source.positions.instrument[p], side_of({source.positions.lots[p]})}] = {source.positions.lots[p],
                                                                                              source.positions.cost[p]};
    }
    if (source.units.first_collateral.empty()) { continue; }
    for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1];
         ++row) {
      one.balance[source.collateral.asset[row]] = source.collateral.amount[row];
    }
  }
}

shadow_book::sums shadow_book::recount(const std::map<unit_key, holding>& all, const reference_data& reference) const {
  sums out;
  for (const auto& [key, one] : all) {
    for (const auto& [asset, amount] : one.balance) { out.money[asset] += amount; }
    for (const auto& [place, held] : one.positions) {
      out.lots[place.first] += held.lots;
      out.money[reference.instruments[place.first].settle] -= held.cost;
    }
  }
  drop_zeros(out.money);
  drop_zeros(out.lots);
  return out;
}

std::optional<std::string> shadow_book::take(const replay& of) {
  const event_rows& events = of.log().events;
  winners_.clear();
  payers_.clear();
  while (taken_ < events.size()) {
    std::size_t last = taken_;
    while (last < events.size() && events[last].plan == events[taken_].plan) { ++last; }
    if (auto wrong = apply(of, taken_, last)) {
      return "plan " + std::to_string(events[taken_].plan) + " (" + to_string(events[taken_].step) + "): " + *wrong;
    }
    taken_ = last;
  }
  return std::nullopt;
}

std::optional<std::string> shadow_book::apply(const replay& of, std::size_t first, std::size_t last) {
  const ledger_step step = of.log().events[first].step;
  steps_.insert(to_string(step));
  sums legs;
  int128 adl_before[2] = {0, 0};
  for (std::size_t i = first; i < last; ++i) {
    const event_row& row = of.log().events[i];
    const bool is_system = row.unit == no_id;
    const unit_key key{std::string(of.log().name(row.account)), is_system ? "" : std::string(of.log().name(row.unit))};
    holding& one = holdings_[key];
    one.balance[row.asset] += row.amount;
    legs.money[row.asset] += static_cast<int128>(row.amount) - row.cost;
    if (step == ledger_step::cancel) { flagged_.insert(key); }
    const bool has_cause = step == ledger_step::update || step == ledger_step::adl || step == ledger_step::socialise ||
                           flagged_.count(key) != 0;
    if (!is_system && !has_cause) { return key.first + " " + key.second + " was never flagged"; }
    if (step == ledger_step::socialise && row.amount < 0) { payers_.insert(key); }
    if (row.instrument == no_id || (row.lots == 0 && row.cost == 0)) { continue; }
    legs.lots[row.instrument] += row.lots;
    if (is_system) {
      position& held = one.positions[{row.instrument, position_side::long_side}];
      held.lots += row.lots;
      held.cost += row.cost;
      continue;
    }
    // A leg closes an opposite position; only an update opens one.
    if (row.side == event_side::none) { return key.first + " trades on no side"; }
    const position_side own = row.lots > 0 ? position_side::long_side : position_side::short_side;
    const bool closes = (row.side == event_side::long_side) != (own == position_side::long_side);
    if (!closes && step != ledger_step::update) { return key.first + " holds nothing there to be closed"; }
    position& held = one.positions[{row.instrument, closes ? opposite(own) : own}];
    const int128 before = held.lots;
    held.lots += row.lots;
    held.cost += row.cost;
    if (closes && (before > 0) != (held.lots > 0) && held.lots != 0) { return key.first + " would pass zero"; }
    if (held.lots == 0 && held.cost != 0) { return key.first + " keeps a cost of " + text_of(held.cost); }
    if (step == ledger_step::adl) {
      if (i - first > 1) { return "a third customer"; }
      adl_before[i - first] = before;
      if (i == first && flagged_.count(key) == 0) { return key.first + " loses and was never flagged"; }
      if (i > first) {
        if (key.first == of.log().name(of.log().events[first].account)) { return key.first + " takes over itself"; }
        winners_.insert(key);
      }
    }
  }
  if (step == ledger_step::adl && (adl_before[0] > 0) == (adl_before[1] > 0)) {
    return "the winner does not hold the other side";
  }
  drop_zeros(legs.money);
  drop_zeros(legs.lots);
  if (!legs.money.empty()) {
    return "asset " + std::to_string(legs.money.begin()->first) + " sums to " + text_of(legs.money.begin()->second);
  }
  if (!legs.lots.empty()) {
    return "instrument " + std::to_string(legs.lots.begin()->first) + " sums to " + text_of(legs.lots.begin()->second);
  }
  for (const auto& [asset, amount] : holdings_[{"fund", ""}].balance) {
    if (amount < 0) { return "the fund holds " + text_of(amount) + " of asset " + std::to_string(asset); }
  }
  return std::nullopt;
}

std::optional<std::string> shadow_book::compare(const replay& of) const {
  std::map<unit_key, holding> now;
  add_book(of.state(), now);
  const auto is_system = [](const unit_key& key) { return key.second.empty(); };
  for (const auto& [key, wanted] : holdings_) {
    if (is_system(key)) { continue; }
    const auto found = now.find(key);
    for (const auto& [asset, amount] : wanted.balance) {
      const int128 held =
          found == now.end() || found->second.balance.count(asset) == 0 ? 0 : found->second.balance.at(asset);
      if (held != amount) {
        return key.first + " " + key.second + ": " + text_of(amount) + " by the events, " + text_of(held) +
               " in the book";
      }
    }
    for (const auto& [place, open] : wanted.positions) {
      const auto row = found == now.end() ? decltype(wanted.positions.end()){} : found->second.positions.find(place);
      const bool there = found != now.end() && row != found->second.positions.end();
      const int128 lots = there ? row->second.lots : 0;
      const int128 cost = there ? row->second.cost : 0;
      if (lots != open.lots || cost != open.cost) {
        return key.first + " " + key.second + ": " + text_of(open.lots) + " lots at " + text_of(open.cost) +
               " by the events, " + text_of(lots) + " at " + text_of(cost) + " in the book";
      }
    }
  }
  for (const auto& [key, held] : now) {
    if (holdings_.count(key) != 0) { continue; }
    for (const auto& [asset, amount] : held.balance) {
      if (amount != 0) { return key.first + " " + key.second + " is not in the events"; }
    }
    if (!held.positions.empty()) { return key.first + " " + key.second + " is not in the events"; }
  }
  // The customers as the book has them, the system as the events have it.
  for (const auto& [key, held] : holdings_) {
    if (is_system(key)) { now[key] = held; }
  }
  const sums found = recount(now, of.state().reference);
  for (const auto& [asset, sum] : found.money) {
    if (opening_.money.count(asset) == 0 || opening_.money.at(asset) != sum) {
      return "the money of asset " + std::to_string(asset) + " came to " + text_of(sum);
    }
  }
  if (found.money.size() != opening_.money.size()) { return "the money of an asset is gone"; }
  if (!found.lots.empty()) {
    return "instrument " + std::to_string(found.lots.begin()->first) + " is open by " +
           text_of(found.lots.begin()->second) + " lots";
  }
  for (const system_account account : system_accounts) {
    const auto ours = holdings_.find({to_string(account), ""});
    for (const auto& [asset, amount] : of.engine().books().holdings(account).balance) {
      const bool there = ours != holdings_.end() && ours->second.balance.count(asset) != 0;
      if ((there ? ours->second.balance.at(asset) : 0) != amount) {
        return std::string("the ledger's ") + to_string(account) + " differs from its events";
      }
    }
    for (const auto& [instrument, held] : of.engine().books().holdings(account).positions) {
      const auto place = std::make_pair(instrument, position_side::long_side);
      const position mine = ours != holdings_.end() && ours->second.positions.count(place) != 0
                                ? ours->second.positions.at(place)
                                : position{};
      if (mine.lots != held.lots || mine.cost != held.cost) {
        return std::string("the contracts of the ledger's ") + to_string(account) + " differ from its events";
      }
    }
  }
  return std::nullopt;
}

}  // namespace plimsoll
