#include "host/book/excerpt.hpp"

#include "host/book/find.hpp"
#include "host/book/sides.hpp"

namespace plimsoll {

namespace {

void copy_positions(const book& source, std::uint32_t unit, std::uint32_t to_unit, position_columns& out) {
  const position_columns& from = source.positions;
  for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
    if (from.lots[p] == 0) { continue; }
    out.instrument.push_back(from.instrument[p]);
    out.lots.push_back(from.lots[p]);
    out.cost.push_back(from.cost[p]);
    out.unit.push_back(to_unit);
    if (!from.given.empty()) { out.given.push_back(from.given[p]); }
  }
}

void copy_collateral(const book& source, std::uint32_t unit, collateral_columns& out) {
  for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1]; ++row) {
    if (is_vacant_collateral(source, row)) { continue; }
    out.asset.push_back(source.collateral.asset[row]);
    out.amount.push_back(source.collateral.amount[row]);
  }
}

}  // namespace

book excerpt_of(const book& source, std::span<const std::uint32_t> accounts) {
  book out;
  out.reference = source.reference;
  out.marks = source.marks;
  const bool multi = !source.units.first_collateral.empty();
  if (multi) { out.units.first_collateral.push_back(0); }
  for (const std::uint32_t account : accounts) {
    const std::uint32_t id = out.accounts.size();
    out.accounts.append(source.accounts[account]);
    const unit_range range = units_of_account(source, account);
    for (std::uint32_t unit = range.first; unit < range.last; ++unit) {
      if (source.units.code[unit].is_vacant()) { continue; }
      const auto to_unit = static_cast<std::uint32_t>(out.units.size());
      copy_positions(source, unit, to_unit, out.positions);
      if (multi) { copy_collateral(source, unit, out.collateral); }
      out.units.account.push_back(id);
      out.units.code.push_back(source.units.code[unit]);
      out.units.balance.push_back(source.units.balance[unit]);
      out.units.cash.push_back(source.units.cash[unit]);
      out.units.first_position.push_back(static_cast<std::uint32_t>(out.positions.size()));
      if (multi) { out.units.first_collateral.push_back(static_cast<std::uint32_t>(out.collateral.asset.size())); }
    }
  }
  out.sides = make_sides(out.positions, out.reference.instruments.size());
  return out;
}

}  // namespace plimsoll
