#include "host/book/rebuild.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "host/book/find.hpp"
#include "host/book/sides.hpp"

namespace plimsoll {

namespace {

/// Removes positions of size 0, vacant balances and empty isolated units in place. Returns each position's new id, or
/// no_id.
std::vector<std::uint32_t> compact_units(book& target) {
  unit_columns& units = target.units;
  position_columns& positions = target.positions;
  std::vector<std::uint32_t> moved_to(positions.size());
  const bool multi = !units.first_collateral.empty();
  std::uint32_t unit_end = 0;
  std::uint32_t end = 0;
  std::uint32_t first = 0;
  std::uint32_t balances_end = 0;
  std::uint32_t first_balance = 0;
  for (std::uint32_t unit = 0; unit < units.size(); ++unit) {
    const std::uint32_t begin = end;
    const std::uint32_t last = units.first_position[unit + 1];
    for (std::uint32_t p = first; p < last; ++p) {
      if (positions.lots[p] == 0) {
        moved_to[p] = no_id;
        continue;
      }
      positions.instrument[end] = positions.instrument[p];
      positions.lots[end] = positions.lots[p];
      positions.cost[end] = positions.cost[p];
      positions.unit[end] = unit_end;
      if (!positions.given.empty()) { positions.given[end] = positions.given[p]; }
      moved_to[p] = end++;
    }
    first = last;
    const std::uint32_t balances_begin = balances_end;
    if (multi) {
      const std::uint32_t last_balance = units.first_collateral[unit + 1];
      for (std::uint32_t row = first_balance; row < last_balance; ++row) {
        if (is_vacant_collateral(target, row)) { continue; }
        target.collateral.asset[balances_end] = target.collateral.asset[row];
        target.collateral.amount[balances_end] = target.collateral.amount[row];
        ++balances_end;
      }
      first_balance = last_balance;
    }
    const bool vacant = units.code[unit].is_vacant() || (units.code[unit].is_isolated() && units.balance[unit] == 0);
    if (vacant && end == begin) { continue; }
    units.account[unit_end] = units.account[unit];
    units.code[unit_end] = units.code[unit];
    units.balance[unit_end] = units.balance[unit];
    units.cash[unit_end] = units.cash[unit];
    units.first_position[unit_end] = begin;
    // Removed units hold no other balances.
    if (multi) { units.first_collateral[unit_end] = balances_begin; }
    ++unit_end;
  }
  units.first_position[unit_end] = end;
  units.first_position.resize(unit_end + 1);
  if (multi) {
    units.first_collateral[unit_end] = balances_end;
    units.first_collateral.resize(unit_end + 1);
    target.collateral.asset.resize(balances_end);
    target.collateral.amount.resize(balances_end);
  }
  units.account.resize(unit_end);
  units.code.resize(unit_end);
  units.balance.resize(unit_end);
  units.cash.resize(unit_end);
  positions.instrument.resize(end);
  positions.lots.resize(end);
  positions.cost.resize(end);
  positions.unit.resize(end);
  if (!positions.given.empty()) { positions.given.resize(end); }
  return moved_to;
}

}  // namespace

book drop_closed(book&& source) {
  book out = std::move(source);
  const std::vector<std::uint32_t> moved_to = compact_units(out);
  drop_entries(out.sides, moved_to, out.positions);
  return out;
}

std::vector<bare_unit> bare_units_of(const book& source) {
  std::vector<bare_unit> out;
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    const bool holds = source.units.first_position[unit] != source.units.first_position[unit + 1];
    if (!source.units.code[unit].is_isolated() || holds || source.units.balance[unit] == 0) { continue; }
    out.push_back({source.units.account[unit], source.units.code[unit], source.units.balance[unit]});
  }
  return out;
}

void add_bare_units(book& target, std::span<const bare_unit> bare) {
  if (bare.empty()) { return; }
  const unit_columns old = std::exchange(target.units, {});
  const bool multi = !old.first_collateral.empty();
  unit_columns& units = target.units;
  units.first_position.clear();
  const auto add = [&](std::uint32_t account, unit_code code, std::int64_t balance, std::int64_t cash,
                       std::uint32_t place) {
    units.account.push_back(account);
    units.code.push_back(code);
    units.balance.push_back(balance);
    units.cash.push_back(cash);
    units.first_position.push_back(old.first_position[place]);
    if (multi) { units.first_collateral.push_back(old.first_collateral[place]); }
  };
  const auto goes_before = [&](const bare_unit& one, std::uint32_t unit) {
    if (one.account != old.account[unit]) { return one.account < old.account[unit]; }
    return old.code[unit].is_isolated() && target.unit_name(one.code) < target.unit_name(old.code[unit]);
  };
  std::size_t next = 0;
  for (std::uint32_t unit = 0; unit <= old.size(); ++unit) {
    for (; next < bare.size() && (unit == old.size() || goes_before(bare[next], unit)); ++next) {
      add(bare[next].account, bare[next].code, bare[next].balance, bare[next].balance, unit);
    }
    if (unit == old.size()) { break; }
    for (std::uint32_t p = old.first_position[unit]; p < old.first_position[unit + 1]; ++p) {
      target.positions.unit[p] = static_cast<std::uint32_t>(units.size());
    }
    add(old.account[unit], old.code[unit], old.balance[unit], old.cash[unit], unit);
  }
  units.first_position.push_back(old.first_position.back());
  if (multi) { units.first_collateral.push_back(old.first_collateral.back()); }
}

}  // namespace plimsoll
