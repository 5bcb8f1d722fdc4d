#include "host/updates/update_batch.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "host/book/find.hpp"
#include "host/text/wide.hpp"
#include "host/updates/fill_parts.hpp"
#include "kernels/rules/split.hpp"
#include "kernels/rules/trade.hpp"

namespace plimsoll {

update_writer::update_writer(live_book& target, ledger& books, std::string file)
    : batch_(std::make_unique<update_batch>(target, books, std::move(file))) {}
update_writer::~update_writer() = default;

status update_writer::apply(std::span<const update> updates, std::vector<ledger_plan>& plans, refusal_list& refusals) {
  return batch_->run(updates, plans, refusals);
}
result<const ledger_plan*> update_writer::apply(const update& one, const update_parties& parties,
                                                refusal_list& refusals) {
  return batch_->run(one, parties, refusals);
}

update_accounts find_accounts(const book& source, const update& one) {
  const auto id_of = [&](const std::string& name) { return name.empty() ? no_id : source.accounts.find(name); };
  return {id_of(one.account), id_of(one.to)};
}

const std::vector<std::uint8_t>& update_writer::delisted() const { return batch_->delisted(); }
void update_writer::restore(std::vector<std::uint8_t> delisted) { batch_->restore(std::move(delisted)); }

namespace {

/// num / den, half to even, if it is within 2^62.
std::optional<std::int64_t> half_even(const wide_int& num, const wide_int& den) {
  wide_int quotient = num / den;
  const wide_int twice_rest = (num - quotient * den) * 2;
  if (twice_rest > den || (twice_rest == den && (quotient & 1) != 0)) { ++quotient; }
  if (quotient > limits::money_steps_max) { return std::nullopt; }
  return static_cast<std::int64_t>(quotient);
}

/// Value of `lots` at a price of any number of digits, half to even: `value_of_trade` for prices finer than the step.
std::optional<std::int64_t> value_at(const instrument& it, std::int64_t lots, const decimal& price) {
  if (const auto ticks = to_steps(price, it.price_step); ticks && price_admitted(it.rate, *ticks)) {
    const trade_value value = value_of_trade({lots}, it.rate, {*ticks});
    return value.admitted ? std::optional(value.steps) : std::nullopt;
  }
  const bool below_zero = price.mantissa < 0;
  const wide_int price_up = widen(below_zero ? -price.mantissa : price.mantissa) * ten_to(it.price_step.scale);
  const wide_int step_up = widen(it.price_step.mantissa) * ten_to(price.scale);
  const wide_int size = wide_int(it.rate.a) * magnitude(lots);
  const auto worth = it.rate.inverse ? half_even(size * step_up, wide_int(it.rate.b) * price_up)
                                     : half_even(size * price_up, wide_int(it.rate.b) * step_up);
  if (!worth) { return std::nullopt; }
  return ((lots < 0) != it.rate.inverse) != below_zero ? -*worth : *worth;
}

bool lots_admitted(int128 lots) { return lots <= limits::size_lots_max && lots >= -limits::size_lots_max; }

bool is_reserved(std::string_view name) {
  return name == "fund" || name == "fees" || name == "market" || name == "backstop" || name == "external";
}

}  // namespace

status update_batch::run(std::span<const update> updates, std::vector<ledger_plan>& plans, refusal_list& refusals) {
  plans_ = &plans;
  found_ = nullptr;
  refusals_ = &refusals;
  return run(updates);
}

result<const ledger_plan*> update_batch::run(const update& one, const update_parties& parties, refusal_list& refusals) {
  plans_ = nullptr;
  found_ = &parties;
  refusals_ = &refusals;
  posted_ = false;
  PLIMSOLL_TRY(run({&one, 1}));
  return posted_ ? &plan_ : nullptr;
}

status update_batch::run(std::span<const update> updates) {
  delisted_.resize(book_.reference.instruments.size(), 0);
  PLIMSOLL_TRY(grow(updates));
  for (std::size_t i = 0; i < updates.size(); ++i) {
    plan_.legs.clear();
    status applied = apply_one(updates[i], ids_[i]);
    if (applied) { continue; }
    if (!scratch_.growth().empty()) { live_.close_unused(scratch_.growth()); }
    return applied;
  }
  return ok();
}

status update_batch::refuse(const update& one, const char* column, std::string value, std::string reason) {
  refusals_->add({file_, one.row, column, std::move(value), std::move(reason)});
  return refusals_->to_error();
}

// ---------------------------------------------------------------------------------------------- opening rows

status update_batch::grow(std::span<const update> updates) {
  scratch_.clear();
  places_.clear();
  balances_.clear();
  accounts_.clear();
  for (const update& one : updates) {
    for (const std::string* name : {&one.account, &one.to}) {
      if (is_reserved(*name)) {
        return refuse(one, name == &one.to ? "to" : "account", *name, "is an account of the system");
      }
    }
  }
  if (found_ != nullptr) {
    ids_.assign(1, found_->ids);
  } else {
    look_up(updates);
  }
  name_accounts(updates);
  for (std::size_t i = 0; i < updates.size(); ++i) { scratch_.add(updates[i], ids_[i], found_); }
  const book_growth& growth = scratch_.growth();
  if (!growth.empty()) {
    live_.open(growth, opened_);
    for (std::size_t i = 0; i < growth.positions.size(); ++i) {
      const auto& row = growth.positions[i];
      places_.try_emplace(key(row.account, segment_of(row.instrument, row.side))).value = opened_[i];
    }
    for (const book_growth::balance& row : growth.balances) {
      balances_.try_emplace(key(row.account, row.asset), false);
    }
  }
  // Notes the row of each existing position, because a position that closes could not be found by its side.
  for (const auto& row : scratch_.held()) {
    const std::uint32_t position =
        growth.empty() ? row.position : find_position(book_, row.account, row.instrument, row.side);
    places_.try_emplace(key(row.account, segment_of(row.instrument, row.side))).value = position;
  }
  return ok();
}

void update_batch::look_up(std::span<const update> updates) {
  ids_.clear();
  for (const update& one : updates) { ids_.push_back(find_accounts(book_, one)); }
}

/// Adds new names first, so that all later steps find their ids.
void update_batch::name_accounts(std::span<const update> updates) {
  joining_.clear();
  for (std::size_t i = 0; i < updates.size(); ++i) {
    const joining joins = joining_in(updates[i]);
    if (joins.account && ids_[i].account == no_id) { joining_.push_back(updates[i].account); }
    if (joins.to && ids_[i].to == no_id) { joining_.push_back(updates[i].to); }
  }
  if (joining_.empty()) { return; }
  std::sort(joining_.begin(), joining_.end());
  joining_.erase(std::unique(joining_.begin(), joining_.end()), joining_.end());
  live_.name_accounts(joining_);
  for (const std::string& name : joining_) { accounts_.try_emplace(book_.accounts.find(name), false); }
  look_up(updates);
}

bool update_batch::is_open(std::uint32_t account, std::uint32_t asset) const {
  const bool* known = balances_.find(key(account, asset));
  return known == nullptr || *known;
}

bool update_batch::is_open(std::uint32_t account) const {
  const bool* known = accounts_.find(account);
  return known == nullptr || *known;
}

void update_batch::open_balance(std::uint32_t account, std::uint32_t asset) {
  if (bool* known = accounts_.find(account)) { *known = true; }
  if (bool* known = balances_.find(key(account, asset))) { *known = true; }
  // In `multi` every account with a balance has a balance in the quote.
  if (book_.reference.venue.collateral != collateral_mode::multi) { return; }
  if (bool* known = balances_.find(key(account, book_.reference.quote))) { *known = true; }
}

// ---------------------------------------------------------------------------------------------------- parts

std::uint32_t update_batch::position_at(std::uint32_t account, std::uint32_t instrument_id, position_side side) const {
  const std::uint32_t* found = places_.find(key(account, segment_of(instrument_id, side)));
  return found == nullptr ? no_id : *found;
}

std::uint32_t update_batch::cross_unit(std::uint32_t account, std::uint32_t asset) const {
  const bool multi = book_.reference.venue.collateral == collateral_mode::multi;
  return find_unit(book_, account, unit_code::cross(multi ? book_.reference.quote : asset));
}

/// A unit may exist without a position: if it closed earlier in the tick, or if the unit still has money or a debt.
bool update_batch::holds_position(std::uint32_t unit) const {
  const auto begin = book_.positions.lots.begin();
  return std::any_of(begin + book_.units.first_position[unit], begin + book_.units.first_position[unit + 1],
                     [](std::int64_t lots) { return lots != 0; });
}

const std::vector<std::uint32_t>& update_batch::positions_in(std::uint32_t instrument_id) {
  held_.clear();
  const std::vector<std::int64_t>& lots = book_.positions.lots;
  const auto open = [&](std::uint32_t p) { return p != no_id && lots[p] != 0; };
  const auto side = [&](position_side which) {
    const std::uint32_t segment = segment_of(instrument_id, which);
    const auto begin = book_.sides.position.begin();
    std::copy_if(begin + book_.sides.first_entry[segment], begin + book_.sides.first_entry[segment + 1],
                 std::back_inserter(held_), open);
  };
  side(position_side::long_side);
  const auto longs = static_cast<std::ptrdiff_t>(held_.size());
  side(position_side::short_side);
  std::inplace_merge(held_.begin(), held_.begin() + longs, held_.end());
  return held_;
}

ledger_leg update_batch::money_leg(std::uint32_t unit, std::uint32_t asset, std::int64_t amount) {
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

template <class Place>
status update_batch::post(const update& one, const char* cause, const Place& at) {
  plan_.id = ledger_.next_id();
  plan_.step = ledger_step::update;
  plan_.cause = cause;
  status posted = ledger_.try_post(plan_);
  if (!posted && posted.error().code == error_code::bad_data) {
    place named = at();
    return refuse(one, named.column, std::move(named.value), "cannot be applied: " + posted.error().message);
  }
  PLIMSOLL_TRY(std::move(posted));
  if (plans_ == nullptr) {
    posted_ = true;
    return ok();
  }
  plans_->push_back(std::move(plan_));
  return ok();
}

std::string update_batch::amount_text(const update& one, std::uint32_t asset) const {
  return format_units(one.amount.raw, book_.reference.assets[asset].digits);
}

std::optional<std::string> update_batch::fault_of_taking(std::uint32_t account, std::uint32_t asset,
                                                         std::int64_t amount) const {
  const std::uint32_t unit = cross_unit(account, asset);
  const bool own = asset == book_.asset_of(unit);
  const std::int64_t held =
      own ? book_.units.balance[unit] : book_.collateral.amount[find_collateral(book_, unit, asset)];
  if (amount <= 0 || amount <= held || book_.reference.venue.collateral == collateral_mode::multi) {
    return std::nullopt;
  }
  const struct asset& it = book_.reference.assets[asset];
  return "is more than the balance of " + format_units(held, it.digits) + ' ' + it.name;
}

void update_batch::add_trade(const update& one, std::uint32_t account, std::int64_t lots, std::int64_t value,
                             std::optional<position_side> side) {
  const instrument& it = book_.reference.instruments[one.instrument];
  const std::int64_t sign = lots > 0 ? 1 : -1;
  exact_split parts(magnitude(value), magnitude(lots));
  const auto part_of = [&](std::uint64_t count) {
    const auto part = static_cast<std::int64_t>(count == magnitude(lots) ? magnitude(value) : parts.next(count));
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
    plan_.legs.push_back(leg);
  };
  const std::uint32_t against = position_at(account, one.instrument, opposite(side_of({lots})));
  const std::uint64_t held = against == no_id ? 0 : magnitude(book_.positions.lots[against]);
  const fill_parts of = parts_of_fill(lots, side, held);
  if (of.closed != 0 && of.closed <= held) {
    const std::int64_t released = released_cost(book_.positions.cost[against], of.closed, held);
    // The closed lots have the position's sign: their value is the negative of the taker's part.
    leg_for(against, sign * static_cast<std::int64_t>(of.closed), -released, -part_of(of.closed) - released);
  }
  const std::uint32_t position = of.opened == 0 ? no_id : position_at(account, one.instrument, of.opens);
  if (position == no_id) { return; }  // If no row was opened, the ledger will find the plan unbalanced.
  leg_for(position, sign * static_cast<std::int64_t>(of.opened), part_of(of.opened), 0);
}

system_holdings::position update_batch::backstop_holding(std::uint32_t instrument_id) const {
  const auto& positions = ledger_.holdings(system_account::backstop).positions;
  const auto found = positions.find(instrument_id);
  return found == positions.end() ? system_holdings::position{} : found->second;
}

// ---------------------------------------------------------------------------------------------------- kinds

status update_batch::apply_one(const update& one, update_accounts of) {
  if (one.instrument != no_id && delisted_[one.instrument] != 0 && one.kind != update_kind::list) {
    return refuse(one, "instrument", book_.reference.instruments[one.instrument].name, "is delisted");
  }
  switch (one.kind) {
    case update_kind::fill: return apply_fill(one, of);
    case update_kind::funding: return apply_funding(one);
    case update_kind::fee:
    case update_kind::deposit:
    case update_kind::withdraw:
    case update_kind::transfer: return apply_money(one, of);
    case update_kind::margin: return apply_margin(one, of.account);
    case update_kind::settle: return apply_settle(one, one.price, "settled");
    case update_kind::list: delisted_[one.instrument] = 0; return ok();
    case update_kind::delist: {
      const instrument& it = book_.reference.instruments[one.instrument];
      const std::int64_t ticks = book_.marks[one.instrument].ticks;
      if (!is_marked(ticks) && !positions_in(one.instrument).empty()) {
        return refuse(one, "instrument", it.name, "has no mark to settle at");
      }
      const decimal last{is_marked(ticks) ? static_cast<int128>(ticks) * it.price_step.mantissa : 0,
                         it.price_step.scale};
      PLIMSOLL_TRY(apply_settle(one, last, "delisted"));
      delisted_[one.instrument] = 1;
      return ok();
    }
  }
  return ok();
}

status update_batch::apply_fill(const update& one, update_accounts of) {
  const instrument& it = book_.reference.instruments[one.instrument];
  const auto value = value_at(it, one.lots.raw, one.price);
  if (!value) { return refuse(one, "price", format_decimal(one.price), "makes the trade worth more than 2^62 steps"); }
  const std::uint32_t account = of.account;
  open_balance(account, it.settle);
  add_trade(one, account, one.lots.raw, *value, one.side);
  if (!one.to.empty()) {
    if (one.to == one.account) { return refuse(one, "to", one.to, "is the account itself"); }
    open_balance(of.to, it.settle);
    add_trade(one, of.to, -one.lots.raw, -*value, std::nullopt);
  } else {
    ledger_leg market = system_leg(system_account::market, it.settle, 0);
    market.instrument = one.instrument;
    market.lots = -one.lots.raw;
    market.cost = -*value;
    plan_.legs.push_back(market);
  }
  if (one.fee.raw != 0) {
    plan_.legs.push_back(money_leg(cross_unit(account, it.settle), it.settle, -one.fee.raw));
    plan_.legs.push_back(system_leg(system_account::fees, it.settle, one.fee.raw));
  }
  if (const auto ticks = to_steps(one.price, it.price_step)) {
    for (ledger_leg& leg : plan_.legs) {
      if (leg.lots != 0) { leg.price_ticks = *ticks; }
    }
  }
  return post(one, "fill",
              [&] { return place{"size", format_units(step_units(one.lots.raw, it.size_step), it.size_step.scale)}; });
}

status update_batch::apply_funding(const update& one) {
  const instrument& it = book_.reference.instruments[one.instrument];
  if (!is_marked(book_.marks[one.instrument].ticks)) {
    return refuse(one, "instrument", it.name, "has no mark to pay funding on");
  }
  const auto mark_rate = value_rate_at(it.rate, {book_.marks[one.instrument].ticks});
  const wide_int den = ten_to(one.rate.scale);
  const wide_int rate = widen(one.rate.mantissa < 0 ? -one.rate.mantissa : one.rate.mantissa);
  int128 residue = 0;
  /// The amount that `lots` receive: at a positive rate longs pay and shorts receive.
  const auto received = [&](std::int64_t lots) -> std::optional<std::int64_t> {
    if (!value_admitted(magnitude(lots), mark_rate.rate)) { return std::nullopt; }
    const auto paid = half_even(rate * magnitude(value_of({lots}, mark_rate.rate).raw), den);
    if (!paid) { return std::nullopt; }
    return (lots > 0) == (one.rate.mantissa > 0) ? -*paid : *paid;
  };
  const auto beyond = [&] {
    return refuse(one, "rate", format_decimal(one.rate), "makes a payment beyond 2^62 steps");
  };
  for (const std::uint32_t p : positions_in(one.instrument)) {
    const auto amount = received(book_.positions.lots[p]);
    if (!amount) { return beyond(); }
    residue -= *amount;
    if (*amount != 0) { plan_.legs.push_back(money_leg(book_.positions.unit[p], it.settle, *amount)); }
  }
  if (const int128 held = backstop_holding(one.instrument).lots; held != 0) {
    const auto amount = lots_admitted(held) ? received(static_cast<std::int64_t>(held)) : std::nullopt;
    if (!amount) { return beyond(); }
    residue -= *amount;
    if (*amount != 0) { plan_.legs.push_back(system_leg(system_account::backstop, it.settle, *amount)); }
  }
  if (plan_.legs.empty()) { return ok(); }
  if (!money_admitted(residue)) {
    return refuse(one, "rate", format_decimal(one.rate), "leaves a residue beyond 2^62 steps");
  }
  if (residue != 0) {
    plan_.legs.push_back(system_leg(system_account::fees, it.settle, static_cast<std::int64_t>(residue)));
  }
  return post(one, "funding", [&] { return place{"rate", format_decimal(one.rate)}; });
}

status update_batch::apply_money(const update& one, update_accounts of) {
  if (one.kind == update_kind::transfer && one.to == one.account) {
    return refuse(one, "to", one.to, "is the account itself");
  }
  const std::uint32_t account = of.account;
  if (one.kind == update_kind::deposit) { open_balance(account, one.asset); }
  const std::uint32_t unit = account == no_id ? no_id : cross_unit(account, one.asset);
  const bool held = unit != no_id && is_open(account, one.asset) &&
                    (one.asset == book_.asset_of(unit) || find_collateral(book_, unit, one.asset) != no_id);
  if (!held) {
    return refuse(one, "account", one.account, "has no balance in " + book_.reference.assets[one.asset].name);
  }
  if (one.kind == update_kind::withdraw || one.kind == update_kind::transfer) {
    if (const auto fault = fault_of_taking(account, one.asset, one.amount.raw)) {
      return refuse(one, "amount", amount_text(one, one.asset), *fault);
    }
  }
  const std::int64_t amount = one.kind == update_kind::deposit ? one.amount.raw : -one.amount.raw;
  plan_.legs.push_back(money_leg(unit, one.asset, amount));
  switch (one.kind) {
    case update_kind::fee: plan_.legs.push_back(system_leg(system_account::fees, one.asset, -amount)); break;
    case update_kind::transfer: {
      open_balance(of.to, one.asset);
      plan_.legs.push_back(money_leg(cross_unit(of.to, one.asset), one.asset, -amount));
      break;
    }
    default: plan_.legs.push_back(system_leg(system_account::external, one.asset, -amount)); break;
  }
  return post(one, to_string(one.kind), [&] { return place{"amount", amount_text(one, one.asset)}; });
}

status update_batch::apply_margin(const update& one, std::uint32_t account) {
  const instrument& it = book_.reference.instruments[one.instrument];
  if (account == no_id || !is_open(account)) {
    return refuse(one, "account", one.account, "is not an account in this book");
  }
  std::uint32_t isolated = no_id;
  for (const position_side side : {position_side::long_side, position_side::short_side}) {
    if (one.lots.raw != 0 && side != side_of(one.lots)) { continue; }
    const std::uint32_t unit = find_unit(book_, account, unit_code::isolated(one.instrument, side));
    if (unit == no_id || !holds_position(unit)) { continue; }
    if (isolated != no_id) {
      return refuse(one, "size", "", "must show by its sign which of the two isolated positions is meant");
    }
    isolated = unit;
  }
  if (isolated == no_id) { return refuse(one, "instrument", it.name, "is not held isolated by " + one.account); }
  if (cross_unit(account, it.settle) == no_id) {
    return refuse(one, "account", one.account, "has no balance in " + book_.reference.assets[it.settle].name);
  }
  if (one.amount.raw < 0 && book_.units.balance[isolated] < -one.amount.raw) {
    const asset& money = book_.reference.assets[it.settle];
    return refuse(one, "amount", amount_text(one, it.settle),
                  "is more than the isolated margin of " + format_units(book_.units.balance[isolated], money.digits) +
                      ' ' + money.name);
  }
  if (const auto fault = fault_of_taking(account, it.settle, one.amount.raw)) {
    return refuse(one, "amount", amount_text(one, it.settle), *fault);
  }
  plan_.legs.push_back(money_leg(cross_unit(account, it.settle), it.settle, -one.amount.raw));
  plan_.legs.push_back(money_leg(isolated, it.settle, one.amount.raw));
  return post(one, "margin", [&] { return place{"amount", amount_text(one, it.settle)}; });
}

status update_batch::apply_settle(const update& one, const decimal& price, const char* cause) {
  const instrument& it = book_.reference.instruments[one.instrument];
  ledger_leg market = system_leg(system_account::market, it.settle, 0);
  market.instrument = one.instrument;
  int128 lots = 0;
  int128 cost = 0;
  for (const std::uint32_t p : positions_in(one.instrument)) {
    const auto value = value_at(it, book_.positions.lots[p], price);
    if (!value) { return refuse(one, "price", format_decimal(price), "makes a position worth more than 2^62 steps"); }
    ledger_leg leg = money_leg(book_.positions.unit[p], it.settle, *value - book_.positions.cost[p]);
    leg.position = p;
    leg.instrument = one.instrument;
    leg.lots = -book_.positions.lots[p];
    leg.cost = -book_.positions.cost[p];
    lots += book_.positions.lots[p];
    cost += *value;
    plan_.legs.push_back(leg);
  }
  if (const auto held = backstop_holding(one.instrument); held.lots != 0) {
    const auto value =
        lots_admitted(held.lots) ? value_at(it, static_cast<std::int64_t>(held.lots), price) : std::nullopt;
    const int128 realised = static_cast<int128>(value.value_or(0)) - held.cost;
    if (!value || !money_admitted(held.cost) || !money_admitted(realised)) {
      return refuse(one, "instrument", it.name, "makes the backstop's position worth more than 2^62 steps");
    }
    ledger_leg leg = system_leg(system_account::backstop, it.settle, static_cast<std::int64_t>(realised));
    leg.instrument = one.instrument;
    leg.lots = -static_cast<std::int64_t>(held.lots);
    leg.cost = -static_cast<std::int64_t>(held.cost);
    lots += held.lots;
    cost += *value;
    plan_.legs.push_back(leg);
  }
  if (plan_.legs.empty()) { return ok(); }
  const auto at = [&] {
    return one.kind == update_kind::settle ? place{"price", format_decimal(price)} : place{"instrument", it.name};
  };
  if (!lots_admitted(lots) || !money_admitted(cost)) {
    return refuse(one, at().column, at().value, "closes more than 2^61 lots or 2^62 steps");
  }
  market.lots = static_cast<std::int64_t>(lots);
  market.cost = static_cast<std::int64_t>(cost);
  plan_.legs.push_back(market);
  return post(one, cause, at);
}

}  // namespace plimsoll
