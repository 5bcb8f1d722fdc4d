#include "host/book/find.hpp"

#include <algorithm>

namespace plimsoll {

unit_range units_of_account(const book& source, std::uint32_t account) {
  const auto range = std::equal_range(source.units.account.begin(), source.units.account.end(), account);
  return {static_cast<std::uint32_t>(range.first - source.units.account.begin()),
          static_cast<std::uint32_t>(range.second - source.units.account.begin())};
}

unit_range units_beside(const book& source, std::uint32_t unit) {
  const std::uint32_t account = source.units.account[unit];
  unit_range units{unit, unit + 1};
  while (units.first > 0 && source.units.account[units.first - 1] == account) { --units.first; }
  while (units.last < source.units.size() && source.units.account[units.last] == account) { ++units.last; }
  return units;
}

std::uint32_t find_unit(const book& source, std::uint32_t account, unit_code code) {
  const unit_range units = units_of_account(source, account);
  for (std::uint32_t unit = units.first; unit < units.last; ++unit) {
    if (source.units.code[unit] == code) { return unit; }
  }
  return no_id;
}

std::uint32_t find_position(const book& source, std::uint32_t account, std::uint32_t instrument_id, position_side side) {
  return find_position(source, units_of_account(source, account), instrument_id, side);
}

std::uint32_t find_position(const book& source, unit_range units, std::uint32_t instrument_id, position_side side) {
  for (std::uint32_t unit = units.first; unit < units.last; ++unit) {
    const std::uint32_t last = source.units.first_position[unit + 1];
    // Positions of a unit rise by instrument.
    const auto begin = source.positions.instrument.begin();
    auto p = static_cast<std::uint32_t>(
        std::lower_bound(begin + source.units.first_position[unit], begin + last, static_cast<std::uint16_t>(instrument_id)) - begin);
    for (; p < last && source.positions.instrument[p] == instrument_id; ++p) {
      if (source.positions.lots[p] != 0 && side_of({source.positions.lots[p]}) == side) { return p; }
    }
  }
  return no_id;
}

std::uint32_t find_collateral(const book& source, std::uint32_t unit, std::uint32_t asset_id) {
  if (source.units.first_collateral.empty() || asset_id == source.reference.quote) { return no_id; }
  for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1]; ++row) {
    if (source.collateral.asset[row] == asset_id) { return row; }
  }
  return no_id;
}

}  // namespace plimsoll
