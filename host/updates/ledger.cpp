#include "host/updates/ledger.hpp"

#include <algorithm>
#include <utility>

#include "host/book/find.hpp"
#include "host/text/decimal.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

const char* to_string(ledger_step step) {
  constexpr const char* words[] = {"update", "cancel", "liquidate", "backstop", "insurance_fund", "adl", "socialise"};
  return words[static_cast<int>(step)];
}

std::optional<std::string> imbalance_of(const ledger_plan& plan, leg_sums& sums) {
  sums.lots.clear();
  sums.money.clear();
  for (const ledger_leg& leg : plan.legs) {
    if (leg.lots != 0) { sums.lots.try_emplace(leg.instrument).value += leg.lots; }
    if (leg.amount != 0 || leg.cost != 0) {
      sums.money.try_emplace(leg.asset).value += static_cast<int128>(leg.amount) - leg.cost;
    }
  }
  const auto fault = [](const auto& table, const char* what) -> std::optional<std::string> {
    const auto* least = static_cast<decltype(table.entries().data())>(nullptr);
    for (const auto& one : table.entries()) {
      if (one.value != 0 && (least == nullptr || one.key < least->key)) { least = &one; }
    }
    if (least == nullptr) { return std::nullopt; }
    return what + std::to_string(least->key) + " sum to " + format_units(least->value, 0);
  };
  if (auto wrong = fault(sums.lots, "lots of instrument ")) { return wrong; }
  return fault(sums.money, "steps of asset ");
}

std::optional<std::string> imbalance_of(const ledger_plan& plan) {
  leg_sums sums;
  return imbalance_of(plan, sums);
}

int128 ledger::balance(system_account account, std::uint32_t asset) const {
  const auto& balances = holdings(account).balance;
  const auto found = balances.find(asset);
  return found == balances.end() ? 0 : found->second;
}

void ledger::open(system_account account, std::uint32_t asset, std::int64_t amount) {
  state_.system[static_cast<std::size_t>(account)].balance[asset] += amount;
}

ledger_state opened_with(std::span<const system_row> rows) {
  ledger_state out;
  for (const system_row& row : rows) {
    system_holdings& account = out.system[static_cast<std::size_t>(row.account)];
    if (row.instrument != no_id) {
      account.positions[row.instrument] = {row.lots, row.cost};
      continue;
    }
    account.balance[row.asset] += row.amount;
    if (!row.part.empty()) { out.fund_parts[row.part] += row.amount; }
  }
  return out;
}

std::vector<system_row> system_rows_of(const ledger_state& state, const reference_data& reference) {
  std::vector<system_row> out;
  for (std::size_t i = 0; i < state.system.size(); ++i) {
    const auto account = static_cast<system_account>(i);
    const bool in_parts = account == system_account::fund && !state.fund_parts.empty();
    if (in_parts) {
      for (const auto& [part, amount] : state.fund_parts) {
        system_row& row = out.emplace_back();
        row.account = account;
        row.part = part;
        row.asset = reference.instruments[find_named(reference.instruments, part)].settle;
        row.amount = amount;
      }
    }
    for (const auto& [asset, amount] : state.system[i].balance) {
      if (in_parts || (amount == 0 && account != system_account::fund)) { continue; }
      system_row& row = out.emplace_back();
      row.account = account;
      row.asset = asset;
      row.amount = amount;
    }
    for (const auto& [instrument, held] : state.system[i].positions) {
      if (held.lots == 0 && held.cost == 0) { continue; }
      system_row& row = out.emplace_back();
      row.account = account;
      row.instrument = instrument;
      row.lots = held.lots;
      row.cost = held.cost;
    }
  }
  return out;
}

ledger::ledger(live_book& target, std::span<const system_row> opening)
    : book_(target.columns()), live_(&target), state_(opened_with(opening)) {
  money_.assign(book_.reference.assets.size(), 0);
  for (std::uint32_t unit = 0; unit < book_.units.size(); ++unit) {
    if (!book_.units.code[unit].is_vacant()) { money_[book_.asset_of(unit)] += book_.units.balance[unit]; }
  }
  for (std::size_t row = 0; row < book_.collateral.amount.size(); ++row) {
    money_[book_.collateral.asset[row]] += book_.collateral.amount[row];
  }
}

status ledger::refuse(const ledger_plan& plan, const std::string& why) {
  broken_plan_ = plan;
  return condemn("plan " + std::to_string(plan.id) + " (" + to_string(plan.step) + ", " + plan.cause + "): " + why);
}

status ledger::condemn(std::string why) {
  poisoned_ = "Invariant: " + std::move(why);
  return error{error_code::invariant_broken, *poisoned_, state_.last_id};
}

namespace {

/// The fault of a leg. `limit`: it exceeds a limit; else it breaks a rule of the ledger.
struct leg_fault {
  bool limit;
  const char* why;
};

/// Adds a customer's leg; returns what is wrong with it, if anything.
std::optional<leg_fault> add_leg(const book& source, const ledger_leg& leg, pending_changes& pending) {
  const auto broken = [](const char* why) { return leg_fault{false, why}; };
  const auto beyond = [](const char* why) { return leg_fault{true, why}; };
  if (leg.asset != source.asset_of(leg.unit)) {
    const std::uint32_t row = find_collateral(source, leg.unit, leg.asset);
    if (row == no_id || leg.position != no_id) { return broken("a leg moves an asset that its unit does not hold"); }
    pending.collateral.try_emplace(row, source.collateral.amount[row]).value += leg.amount;
    return std::nullopt;
  }
  auto& unit = pending.units.try_emplace(leg.unit, {source.units.balance[leg.unit], source.units.cash[leg.unit]}).value;
  unit.balance += leg.amount;
  unit.cash += static_cast<int128>(leg.amount) - leg.cost;
  if (leg.position == no_id) {
    return leg.lots != 0 || leg.cost != 0 ? std::optional(broken("a leg changes a position that it does not name"))
                                          : std::nullopt;
  }
  if (source.positions.unit[leg.position] != leg.unit) { return broken("a leg names a position of another unit"); }
  if (source.positions.instrument[leg.position] != leg.instrument) {
    return broken("a leg names a position in another instrument");
  }
  auto& position =
      pending.positions
          .try_emplace(leg.position, {source.positions.lots[leg.position], source.positions.cost[leg.position]})
          .value;
  const std::int64_t before = position.lots;
  const int128 lots = static_cast<int128>(before) + leg.lots;
  const int128 cost = static_cast<int128>(position.cost) + leg.cost;
  if (lots > limits::size_lots_max || lots < -limits::size_lots_max) {
    return beyond("a position would pass 2^61 lots");
  }
  if (!money_admitted(cost)) { return beyond("a cost would pass 2^62 steps"); }
  if ((before > 0 && lots < 0) || (before < 0 && lots > 0)) { return broken("a position would change its side"); }
  if (lots == 0 && cost != 0) { return broken("a closed position would keep a cost"); }
  position = {static_cast<std::int64_t>(lots), static_cast<std::int64_t>(cost)};
  return std::nullopt;
}

}  // namespace

status ledger::post(const ledger_plan& plan) {
  status posted = try_post(plan);
  if (!posted && posted.error().code == error_code::bad_data) { return refuse(plan, posted.error().message); }
  return posted;
}

status ledger::try_post(const ledger_plan& plan) {
  if (poisoned_) { return error{error_code::invariant_broken, *poisoned_, state_.last_id}; }
  if (plan.id <= state_.last_id) { return ok(); }
  if (plan.id != state_.last_id + 1) { return refuse(plan, "follows plan " + std::to_string(state_.last_id)); }
  if (const auto wrong = imbalance_of(plan, sums_)) { return refuse(plan, *wrong); }

  pending_changes& pending = pending_;
  pending.positions.clear();
  pending.units.clear();
  pending.collateral.clear();
  for (const ledger_leg& leg : plan.legs) {
    if (leg.unit == no_id) { continue; }
    if (const auto wrong = add_leg(book_, leg, pending)) {
      return wrong->limit ? status(error{error_code::bad_data, wrong->why}) : refuse(plan, wrong->why);
    }
  }
  for (const auto& [unit, change] : pending.units.entries()) {
    if (!money_admitted(change.balance) || !money_admitted(change.cash)) {
      return error{error_code::bad_data, "the balance of " + std::string(book_.accounts[book_.units.account[unit]]) +
                                             " would pass 2^62 steps"};
    }
  }
  for (const auto& [row, amount] : pending.collateral.entries()) {
    if (!money_admitted(amount)) { return error{error_code::bad_data, "a balance would pass 2^62 steps"}; }
  }

  prepare(plan);
  // Nothing can fail after this line.
  write(plan);
  for (const ledger_leg& leg : plan.legs) {
    if (leg.unit != no_id) { continue; }
    system_holdings& account = state_.system[static_cast<std::size_t>(leg.system)];
    if (leg.amount != 0) { account.balance[leg.asset] += leg.amount; }
    if (leg.lots != 0 || leg.cost != 0) {
      system_holdings::position& held = account.positions[leg.instrument];
      held.lots += leg.lots;
      held.cost += leg.cost;
    }
  }
  state_.last_id = plan.id;
  return ok();
}

void ledger::prepare(const ledger_plan& plan) {
  const std::size_t changes = pending_.units.entries().size() + pending_.positions.entries().size();
  if (emptied_.size() + changes > emptied_.capacity()) {
    emptied_.reserve(std::max(emptied_.size() + changes, 2 * emptied_.capacity()));
  }
  if (live_ != nullptr) { live_->prepare_writes(plan.legs.size()); }
  for (const ledger_leg& leg : plan.legs) {
    if (leg.unit != no_id) { continue; }
    system_holdings& account = state_.system[static_cast<std::size_t>(leg.system)];
    if (leg.amount != 0) { account.balance.try_emplace(leg.asset); }
    if (leg.lots != 0 || leg.cost != 0) { account.positions.try_emplace(leg.instrument); }
  }
}

/// Writes the changes in `pending_`.
void ledger::write(const ledger_plan& plan) {
  for (const auto& [row, amount] : pending_.collateral.entries()) {
    book_.collateral.amount[row] = static_cast<std::int64_t>(amount);
  }
  for (const auto& [unit, change] : pending_.units.entries()) {
    book_.units.balance[unit] = static_cast<std::int64_t>(change.balance);
    book_.units.cash[unit] = static_cast<std::int64_t>(change.cash);
    if (change.balance == 0 && book_.units.code[unit].is_isolated()) { emptied_.push_back(unit); }
    if (live_ != nullptr) { live_->wrote_unit(unit); }
  }
  for (const auto& [position, change] : pending_.positions.entries()) {
    const std::int64_t before = std::exchange(book_.positions.lots[position], change.lots);
    book_.positions.cost[position] = change.cost;
    const std::uint32_t unit = book_.positions.unit[position];
    if (before != 0 && change.lots == 0 && book_.units.code[unit].is_isolated()) { emptied_.push_back(unit); }
    if (live_ != nullptr) { live_->wrote_position(position, before); }
  }
  if (live_ == nullptr) { return; }
  for (const ledger_leg& leg : plan.legs) {
    if (leg.unit == no_id) { continue; }
    money_[leg.asset] += leg.amount;
    if (leg.asset == book_.asset_of(leg.unit)) { continue; }
    live_->wrote_collateral(find_collateral(book_, leg.unit, leg.asset), leg.unit);
  }
}

void ledger::take_emptied(std::vector<std::uint32_t>& out) {
  std::sort(emptied_.begin(), emptied_.end());
  emptied_.erase(std::unique(emptied_.begin(), emptied_.end()), emptied_.end());
  out.clear();
  out.swap(emptied_);
}

ledger_sums sums_of(const book& source, const ledger_state& system) {
  const reference_data& reference = source.reference;
  ledger_sums out{std::vector<int128>(reference.assets.size(), 0),
                  std::vector<int128>(reference.instruments.size(), 0)};
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    if (!source.units.code[unit].is_vacant()) { out.money[source.asset_of(unit)] += source.units.balance[unit]; }
  }
  for (std::size_t row = 0; row < source.collateral.amount.size(); ++row) {
    out.money[source.collateral.asset[row]] += source.collateral.amount[row];
  }
  for (std::uint32_t p = 0; p < source.positions.size(); ++p) {
    out.lots[source.positions.instrument[p]] += source.positions.lots[p];
    out.money[reference.instruments[source.positions.instrument[p]].settle] -= source.positions.cost[p];
  }
  for (const system_holdings& account : system.system) {
    for (const auto& [asset, amount] : account.balance) { out.money[asset] += amount; }
    for (const auto& [instrument, held] : account.positions) {
      out.lots[instrument] += held.lots;
      out.money[reference.instruments[instrument].settle] -= held.cost;
    }
  }
  return out;
}

}  // namespace plimsoll
