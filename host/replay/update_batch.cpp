#include "host/replay/update_batch.hpp"

#include <algorithm>
#include <set>

#include <boost/multiprecision/cpp_int.hpp>

#include "host/book/find.hpp"
#include "host/report/chunk_table.hpp"
#include "kernels/rules/split.hpp"
#include "kernels/rules/trade.hpp"

namespace plimsoll {

const char* to_string(update_kind kind) {
  constexpr const char* words[] = {"fill", "funding", "fee", "deposit", "withdraw", "transfer", "margin", "settle", "list", "delist"};
  return words[static_cast<int>(kind)];
}

status update_writer::apply(std::span<const update> updates, std::vector<ledger_plan>& plans, refusal_list& refusals) {
  delisted_.resize(book_.reference.instruments.size(), 0);
  return update_batch(book_, ledger_, delisted_, plans, refusals).run(updates);
}

namespace {

using boost::multiprecision::cpp_int;

cpp_int widen(int128 x) {
  const auto bits = x < 0 ? uint128{0} - static_cast<uint128>(x) : static_cast<uint128>(x);
  cpp_int out = static_cast<std::uint64_t>(bits >> 64);
  out = (out << 64) + static_cast<std::uint64_t>(bits);
  return x < 0 ? cpp_int(-out) : out;
}

/// num / den, half to even, where it is within 2^62.
std::optional<std::int64_t> half_even(const cpp_int& num, const cpp_int& den) {
  cpp_int quotient = num / den;
  const cpp_int twice_rest = (num - quotient * den) * 2;
  if (twice_rest > den || (twice_rest == den && (quotient & 1) != 0)) { ++quotient; }
  if (quotient > limits::money_steps_max) { return std::nullopt; }
  return static_cast<std::int64_t>(quotient);
}

/// Value of `lots` at a price of any fineness, half to even: `value_of_trade` beyond the price step.
std::optional<std::int64_t> value_at(const instrument& it, std::int64_t lots, const decimal& price) {
  if (const auto ticks = to_steps(price, it.price_step); ticks && *ticks <= limits::price_ticks_max) {
    const trade_value value = value_of_trade({lots}, it.rate, {*ticks});
    return value.admitted ? std::optional(value.steps) : std::nullopt;
  }
  const auto ten = [](int exponent) { return cpp_int(pow(cpp_int{10}, static_cast<unsigned>(exponent))); };
  const cpp_int price_up = widen(price.mantissa) * ten(it.price_step.scale);
  const cpp_int step_up = widen(it.price_step.mantissa) * ten(price.scale);
  const cpp_int size = cpp_int(it.rate.a) * magnitude(lots);
  const auto worth = it.rate.inverse ? half_even(size * step_up, cpp_int(it.rate.b) * price_up) : half_even(size * price_up, cpp_int(it.rate.b) * step_up);
  if (!worth) { return std::nullopt; }
  return (lots < 0) != it.rate.inverse ? -*worth : *worth;
}

bool is_reserved(std::string_view name) {
  return name == "fund" || name == "fees" || name == "market" || name == "backstop" || name == "external";
}

}  // namespace

status update_batch::run(std::span<const update> updates) {
  PLIMSOLL_TRY(grow(updates));
  for (const update& one : updates) { PLIMSOLL_TRY(apply_one(one)); }
  return ok();
}

status update_batch::refuse(const update& one, const char* column, std::string value, std::string reason) {
  refusals_.add({"updates", one.row, column, std::move(value), std::move(reason)});
  return refusals_.to_error();
}

// ---------------------------------------------------------------------------------------------- making room

std::uint32_t update_batch::growth_account(const std::string& name, book_growth& growth) {
  const std::uint32_t known = book_.accounts.find(name);
  if (known != no_id) { return known; }
  const auto [found, is_new] = new_accounts_.try_emplace(name, book_.accounts.size() + static_cast<std::uint32_t>(growth.accounts.size()));
  if (is_new) { growth.accounts.push_back(name); }
  return found->second;
}

status update_batch::grow(std::span<const update> updates) {
  const bool multi = book_.reference.venue.collateral == collateral_mode::multi;
  book_growth growth;
  std::set<std::pair<std::uint32_t, std::uint32_t>> balances;  // (account, asset)
  std::set<book_growth::position> positions;
  const auto want_balance = [&](std::uint32_t account, std::uint32_t asset) {
    if (account < book_.accounts.size()) {
      const std::uint32_t unit = find_unit(book_, account, unit_code::cross(multi ? book_.reference.quote : asset));
      const bool held = unit != no_id && (!multi || asset == book_.reference.quote || find_collateral(book_, unit, asset) != no_id);
      if (held) { return; }
    }
    balances.insert({account, asset});
  };
  const auto want_fill = [&](const std::string& name, const update& one) {
    const std::uint32_t account = growth_account(name, growth);
    want_balance(account, book_.reference.instruments[one.instrument].settle);
    for (const position_side side : {position_side::long_side, position_side::short_side}) {
      const bool held = account < book_.accounts.size() && find_position(book_, account, one.instrument, side) != no_id;
      if (!held) { positions.insert({account, static_cast<std::uint16_t>(one.instrument), side}); }
    }
  };
  for (const update& one : updates) {
    for (const std::string* name : {&one.account, &one.to}) {
      if (is_reserved(*name)) { return refuse(one, name == &one.to ? "to" : "account", *name, "is an account of the system"); }
    }
    switch (one.kind) {
      case update_kind::fill:
        want_fill(one.account, one);
        if (!one.to.empty()) { want_fill(one.to, one); }
        break;
      case update_kind::deposit: want_balance(growth_account(one.account, growth), one.asset); break;
      case update_kind::transfer: want_balance(growth_account(one.to, growth), one.asset); break;
      default: break;
    }
  }
  for (const auto& [account, asset] : balances) { growth.balances.push_back({account, static_cast<std::uint16_t>(asset), 0}); }
  growth.positions.assign(positions.begin(), positions.end());
  if (growth.empty()) { return ok(); }
  result<grown_book> grown = grow_book(std::move(book_), growth);
  if (!grown) { return grown.error(); }
  book_ = std::move(grown.value().built);
  for (std::size_t i = 0; i < growth.positions.size(); ++i) {
    const auto& row = growth.positions[i];
    places_[{grown.value().accounts[row.account], segment_of(row.instrument, row.side)}] = grown.value().places[i];
  }
  return ok();
}

// ---------------------------------------------------------------------------------------------------- parts

std::uint32_t update_batch::position_at(std::uint32_t account, std::uint32_t instrument_id, position_side side) {
  const place_key key{account, segment_of(instrument_id, side)};
  const auto known = places_.find(key);
  if (known != places_.end()) { return known->second; }
  const std::uint32_t found = find_position(book_, account, instrument_id, side);
  if (found != no_id) { places_[key] = found; }
  return found;
}

std::uint32_t update_batch::cross_unit(std::uint32_t account, std::uint32_t asset) const {
  const bool multi = book_.reference.venue.collateral == collateral_mode::multi;
  return find_unit(book_, account, unit_code::cross(multi ? book_.reference.quote : asset));
}

ledger_leg update_batch::money_leg(std::uint32_t unit, std::uint32_t asset, std::int64_t amount) const {
  ledger_leg leg;
  leg.unit = unit;
  leg.asset = asset;
  leg.amount = amount;
  return leg;
}

ledger_leg update_batch::system_leg(system_account account, std::uint32_t asset, std::int64_t amount) {
  ledger_leg leg;
  leg.system = account;
  leg.asset = asset;
  leg.amount = amount;
  return leg;
}

status update_batch::post(const char* cause, std::vector<ledger_leg> legs) {
  ledger_plan plan{ledger_.next_id(), ledger_step::update, cause, std::move(legs)};
  PLIMSOLL_TRY(ledger_.post(plan));
  plans_.push_back(std::move(plan));
  return ok();
}

status update_batch::add_trade(const update& one, std::uint32_t account, std::int64_t lots, std::int64_t value,
                               std::vector<ledger_leg>& legs) {
  const instrument& it = book_.reference.instruments[one.instrument];
  const std::int64_t sign = lots > 0 ? 1 : -1;
  exact_split parts(magnitude(value), magnitude(lots));
  const auto part_of = [&](std::uint64_t count) {
    const auto part = static_cast<std::int64_t>(parts.next(count));
    return value < 0 ? -part : part;
  };
  const auto leg_for = [&](std::uint32_t position, std::int64_t change, std::int64_t cost, std::int64_t amount) {
    ledger_leg leg;
    leg.unit = book_.positions.unit[position];
    leg.position = position;
    leg.instrument = one.instrument;
    leg.lots = change;
    leg.cost = cost;
    leg.asset = it.settle;
    leg.amount = amount;
    legs.push_back(leg);
  };
  std::uint64_t left = magnitude(lots);
  const position_side own = lots > 0 ? position_side::long_side : position_side::short_side;
  const std::uint32_t against = position_at(account, one.instrument, opposite(own));
  if (against != no_id && book_.positions.lots[against] != 0) {
    const std::uint64_t held = magnitude(book_.positions.lots[against]);
    const std::uint64_t closed = std::min(left, held);
    const std::int64_t released = released_cost(book_.positions.cost[against], closed, held);
    // What is traded away has the position's sign: its value is the negative of the taker's part.
    leg_for(against, sign * static_cast<std::int64_t>(closed), -released, -part_of(closed) - released);
    left -= closed;
  }
  if (left == 0) { return ok(); }
  const std::uint32_t position = position_at(account, one.instrument, own);
  const int128 lots_after = static_cast<int128>(book_.positions.lots[position]) + sign * static_cast<int128>(left);
  const std::int64_t cost = part_of(left);
  if (lots_after > limits::size_lots_max || lots_after < -limits::size_lots_max ||
      !money_admitted(static_cast<int128>(book_.positions.cost[position]) + cost)) {
    return refuse(one, "size", format_units(step_units(one.lots, it.size_step), it.size_step.scale), "would take the position beyond the limits");
  }
  leg_for(position, sign * static_cast<std::int64_t>(left), cost, 0);
  return ok();
}

// ---------------------------------------------------------------------------------------------------- kinds

status update_batch::apply_one(const update& one) {
  if (one.instrument != no_id && delisted_[one.instrument] != 0 && one.kind != update_kind::list) {
    return refuse(one, "instrument", book_.reference.instruments[one.instrument].name, "is delisted");
  }
  switch (one.kind) {
    case update_kind::fill: return apply_fill(one);
    case update_kind::funding: return apply_funding(one);
    case update_kind::fee:
    case update_kind::deposit:
    case update_kind::withdraw:
    case update_kind::transfer: return apply_money(one);
    case update_kind::margin: return apply_margin(one);
    case update_kind::settle: return apply_settle(one, one.price, "settled");
    case update_kind::list: delisted_[one.instrument] = 0; return ok();
    case update_kind::delist: {
      const instrument& it = book_.reference.instruments[one.instrument];
      const decimal last{static_cast<int128>(book_.marks[one.instrument].ticks) * it.price_step.mantissa, it.price_step.scale};
      PLIMSOLL_TRY(apply_settle(one, last, "delisted"));
      delisted_[one.instrument] = 1;
      return ok();
    }
  }
  return ok();
}

status update_batch::apply_fill(const update& one) {
  const instrument& it = book_.reference.instruments[one.instrument];
  const auto value = value_at(it, one.lots, one.price);
  if (!value) { return refuse(one, "price", format_decimal(one.price), "makes the trade worth more than 2^62 steps"); }
  const std::uint32_t account = book_.accounts.find(one.account);
  std::vector<ledger_leg> legs;
  PLIMSOLL_TRY(add_trade(one, account, one.lots, *value, legs));
  if (!one.to.empty()) {
    if (one.to == one.account) { return refuse(one, "to", one.to, "is the account itself"); }
    PLIMSOLL_TRY(add_trade(one, book_.accounts.find(one.to), -one.lots, -*value, legs));
  } else {
    ledger_leg market = system_leg(system_account::market, it.settle, 0);
    market.instrument = one.instrument;
    market.lots = -one.lots;
    market.cost = -*value;
    legs.push_back(market);
  }
  if (one.fee != 0) {
    legs.push_back(money_leg(cross_unit(account, it.settle), it.settle, -one.fee));
    legs.push_back(system_leg(system_account::fees, it.settle, one.fee));
  }
  if (const auto ticks = to_steps(one.price, it.price_step)) {
    for (ledger_leg& leg : legs) {
      if (leg.lots != 0) { leg.price_ticks = *ticks; }
    }
  }
  return post("fill", std::move(legs));
}

status update_batch::apply_funding(const update& one) {
  const instrument& it = book_.reference.instruments[one.instrument];
  if (book_.marks[one.instrument].ticks < 1) { return refuse(one, "instrument", it.name, "has no mark to pay funding on"); }
  const auto mark_rate = value_rate_at(it.rate, {book_.marks[one.instrument].ticks});
  const cpp_int den = pow(cpp_int{10}, static_cast<unsigned>(one.rate.scale));
  const cpp_int rate = widen(one.rate.mantissa < 0 ? -one.rate.mantissa : one.rate.mantissa);
  std::vector<ledger_leg> legs;
  int128 residue = 0;
  for (std::uint32_t p = 0; p < book_.positions.size(); ++p) {
    if (book_.positions.instrument[p] != one.instrument || book_.positions.lots[p] == 0) { continue; }
    const std::uint64_t notional = magnitude(value_of({book_.positions.lots[p]}, mark_rate.rate).raw);
    const auto paid = half_even(rate * notional, den);
    if (!paid) { return refuse(one, "rate", format_decimal(one.rate), "makes a payment beyond 2^62 steps"); }
    // Longs pay a positive rate, shorts receive it.
    const bool pays = (book_.positions.lots[p] > 0) == (one.rate.mantissa > 0);
    const std::int64_t amount = pays ? -*paid : *paid;
    residue -= amount;
    if (amount != 0) { legs.push_back(money_leg(book_.positions.unit[p], it.settle, amount)); }
  }
  if (legs.empty()) { return ok(); }
  if (residue != 0) { legs.push_back(system_leg(system_account::fees, it.settle, static_cast<std::int64_t>(residue))); }
  return post("funding", std::move(legs));
}

status update_batch::apply_money(const update& one) {
  const std::uint32_t account = book_.accounts.find(one.account);
  const std::uint32_t unit = account == no_id ? no_id : cross_unit(account, one.asset);
  const std::string& asset_name = book_.reference.assets[one.asset].name;
  if (unit == no_id) { return refuse(one, "account", one.account, "has no balance in " + asset_name); }
  const bool receives = one.kind == update_kind::deposit;
  const std::int64_t amount = receives ? one.amount : -one.amount;
  const bool own = one.asset == book_.asset_of(unit);
  const std::uint32_t row = own ? no_id : find_collateral(book_, unit, one.asset);
  if (!own && row == no_id) { return refuse(one, "account", one.account, "has no balance in " + asset_name); }
  const std::int64_t before = own ? book_.units.balance[unit] : book_.collateral.amount[row];
  if (!money_admitted(static_cast<int128>(before) + amount)) {
    return refuse(one, "amount", format_units(one.amount, book_.reference.assets[one.asset].digits), "takes the balance beyond 2^62 steps");
  }
  std::vector<ledger_leg> legs{money_leg(unit, one.asset, amount)};
  switch (one.kind) {
    case update_kind::fee: legs.push_back(system_leg(system_account::fees, one.asset, -amount)); break;
    case update_kind::transfer:
      if (one.to == one.account) { return refuse(one, "to", one.to, "is the account itself"); }
      legs.push_back(money_leg(cross_unit(book_.accounts.find(one.to), one.asset), one.asset, -amount));
      break;
    default: legs.push_back(system_leg(system_account::external, one.asset, -amount)); break;
  }
  return post(to_string(one.kind), std::move(legs));
}

status update_batch::apply_margin(const update& one) {
  const std::uint32_t account = book_.accounts.find(one.account);
  std::uint32_t isolated = no_id;
  for (const position_side side : {position_side::long_side, position_side::short_side}) {
    if (account == no_id || (one.lots > 0 && side == position_side::short_side) || (one.lots < 0 && side == position_side::long_side)) { continue; }
    const std::uint32_t unit = find_unit(book_, account, unit_code::isolated(one.instrument, side));
    if (unit == no_id) { continue; }
    if (isolated != no_id) { return refuse(one, "size", "", "must tell by its sign which of the two isolated positions is meant"); }
    isolated = unit;
  }
  const instrument& it = book_.reference.instruments[one.instrument];
  if (isolated == no_id) { return refuse(one, "instrument", it.name, "is not held isolated by " + one.account); }
  const std::uint32_t cross = cross_unit(account, it.settle);
  if (cross == no_id) { return refuse(one, "account", one.account, "has no balance to move margin from"); }
  return post("margin", {money_leg(cross, it.settle, -one.amount), money_leg(isolated, it.settle, one.amount)});
}

status update_batch::apply_settle(const update& one, const decimal& price, const char* cause) {
  const instrument& it = book_.reference.instruments[one.instrument];
  std::vector<ledger_leg> legs;
  ledger_leg market = system_leg(system_account::market, it.settle, 0);
  market.instrument = one.instrument;
  int128 lots = 0;
  int128 cost = 0;
  for (std::uint32_t p = 0; p < book_.positions.size(); ++p) {
    if (book_.positions.instrument[p] != one.instrument || book_.positions.lots[p] == 0) { continue; }
    const auto value = value_at(it, book_.positions.lots[p], price);
    if (!value) { return refuse(one, "price", format_decimal(price), "makes a position worth more than 2^62 steps"); }
    ledger_leg leg = money_leg(book_.positions.unit[p], it.settle, *value - book_.positions.cost[p]);
    leg.position = p;
    leg.instrument = one.instrument;
    leg.lots = -book_.positions.lots[p];
    leg.cost = -book_.positions.cost[p];
    lots += book_.positions.lots[p];
    cost += *value;
    legs.push_back(leg);
  }
  if (legs.empty()) { return ok(); }
  market.lots = static_cast<std::int64_t>(lots);
  market.cost = static_cast<std::int64_t>(cost);
  legs.push_back(market);
  return post(cause, std::move(legs));
}

}  // namespace plimsoll
