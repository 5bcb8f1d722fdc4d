#include "host/book/find.hpp"

#include <algorithm>

namespace plimsoll {

namespace {

constexpr std::uint32_t few = 8;  ///< Steps before the search starts to halve.

/// Position of the first of `accounts` that is `least` or more. It is near `at`, so the steps grow from there.
std::uint32_t first_near(const std::vector<std::uint32_t>& accounts, std::uint32_t at, std::uint32_t least) {
  const auto size = static_cast<std::uint32_t>(accounts.size());
  const auto search = [&](std::uint32_t low, std::uint32_t high) {
    return static_cast<std::uint32_t>(std::lower_bound(accounts.begin() + low, accounts.begin() + high, least) -
                                      accounts.begin());
  };
  std::uint32_t step = 1;
  at = std::min(at, size);
  if (at < size && accounts[at] < least) {
    for (; size - at > step && accounts[at + step] < least; step *= 2) { at += step; }
    return search(at + 1, size - at > step ? at + step : size);
  }
  for (; at > step && accounts[at - step] >= least; step *= 2) { at -= step; }
  return search(at > step ? at - step + 1 : 0, at);
}

}  // namespace

unit_range units_of_account(const book& source, std::uint32_t account) {
  const std::vector<std::uint32_t>& accounts = source.units.account;
  const std::vector<std::uint32_t>& near = source.units.near_account;
  const auto size = static_cast<std::uint32_t>(accounts.size());
  const std::uint32_t first =
      account < near.size()
          ? first_near(accounts, near[account], account)
          : static_cast<std::uint32_t>(std::lower_bound(accounts.begin(), accounts.end(), account) - accounts.begin());
  std::uint32_t last = first;
  while (last < size && last - first < few && accounts[last] == account) { ++last; }
  if (last - first < few || last == size) { return {first, last}; }
  return {first, static_cast<std::uint32_t>(std::upper_bound(accounts.begin() + last, accounts.end(), account) -
                                            accounts.begin())};
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

both_sides find_positions(const book& source, std::uint32_t account, std::uint32_t instrument_id) {
  return find_positions(source, units_of_account(source, account), instrument_id);
}

both_sides find_positions(const book& source, unit_range units, std::uint32_t instrument_id) {
  both_sides out;
  const bool multi = source.reference.venue.collateral == collateral_mode::multi;
  const unit_code cross =
      unit_code::cross(multi ? source.reference.quote : source.reference.instruments[instrument_id].settle);
  for (std::uint32_t unit = units.first; unit < units.last; ++unit) {
    const unit_code code = source.units.code[unit];
    if (code.is_isolated() ? code.instrument() != instrument_id : !(code == cross)) { continue; }
    const std::uint32_t last = source.units.first_position[unit + 1];
    // Positions of a unit are sorted by instrument.
    const auto begin = source.positions.instrument.begin();
    auto p = static_cast<std::uint32_t>(std::lower_bound(begin + source.units.first_position[unit], begin + last,
                                                         static_cast<std::uint16_t>(instrument_id)) -
                                        begin);
    for (; p < last && source.positions.instrument[p] == instrument_id; ++p) {
      if (source.positions.lots[p] == 0) { continue; }
      std::uint32_t& found = out.of[static_cast<std::size_t>(side_of({source.positions.lots[p]}))];
      if (found == no_id) { found = p; }
    }
  }
  return out;
}

std::uint32_t find_position(const book& source, std::uint32_t account, std::uint32_t instrument_id,
                            position_side side) {
  return find_positions(source, account, instrument_id)[side];
}
std::uint32_t find_position(const book& source, unit_range units, std::uint32_t instrument_id, position_side side) {
  return find_positions(source, units, instrument_id)[side];
}

std::uint32_t find_collateral(const book& source, std::uint32_t unit, std::uint32_t asset_id) {
  if (source.units.first_collateral.empty() || asset_id == source.reference.quote) { return no_id; }
  for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1]; ++row) {
    if (source.collateral.asset[row] == asset_id) { return row; }
  }
  return no_id;
}

}  // namespace plimsoll
