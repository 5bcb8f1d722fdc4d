// Bankruptcy value and price of a position. docs/design.md section 3, "Allotment and bankruptcy value".
#pragma once

#include <cstdint>

#include "kernels/rules/divide.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/limits.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// The value at which closing leaves the position's share of equity at zero.
struct bankruptcy {
  int128 value = 0;      ///< BV after clamping: what a ledger moves.
  int128 uncovered = 0;  ///< |what the clamp cut off|: owed by fund and socialised loss, never by ADL winners.
  bool clamped = false;
};

/// BV = value - allotted equity, clamped to the values at the lowest price and at 2^40 price steps. 0 counts as clamped
/// if the lowest price is 1 step.
[[nodiscard]] PLIMSOLL_HD constexpr bankruptcy bankruptcy_of(size_lots size, money_steps value, int128 allotted,
                                                             const contract_rate& contract) {
  const int128 nearest = value_anywhere(size, contract, {lowest_ticks(contract)});
  const int128 farthest = value_anywhere(size, contract, {limits::price_ticks_max});
  const int128 low = nearest < farthest ? nearest : farthest;
  const int128 high = nearest < farthest ? farthest : nearest;
  const int128 wanted = value.raw - allotted;
  const int128 kept = wanted < low ? low : (wanted > high ? high : wanted);
  const int128 cut = wanted - kept;
  return {kept, cut < 0 ? -cut : cut, cut != 0 || (wanted == 0 && !contract.below_zero)};
}

/// Bankruptcy price in ticks: BV / (size x contract size), inverse -size x contract size / BV; up to the price step for
/// a long, down for a short, kept within the lowest price and 2^40.
[[nodiscard]] PLIMSOLL_HD constexpr price_ticks bankruptcy_price(size_lots size, int128 bankruptcy_value,
                                                                 const contract_rate& contract) {
  const uint128 lots_rate = static_cast<uint128>(magnitude(size.raw)) * contract.a;
  if (contract.below_zero) {
    const int128 worth_of_long = size.raw > 0 ? bankruptcy_value : -bankruptcy_value;
    const int128 worth_b = worth_of_long * static_cast<int128>(contract.b);
    const auto per_tick = static_cast<int128>(lots_rate);
    int128 ticks = size.raw > 0 ? -floor_divide(-worth_b, per_tick) : floor_divide(worth_b, per_tick);
    if (ticks < -limits::price_ticks_max) { ticks = -limits::price_ticks_max; }
    if (ticks > limits::price_ticks_max) { ticks = limits::price_ticks_max; }
    return {static_cast<std::int64_t>(ticks)};
  }
  const auto worth = static_cast<uint128>(bankruptcy_value < 0 ? -bankruptcy_value : bankruptcy_value);
  const uint128 num = contract.inverse ? lots_rate : worth * contract.b;
  const uint128 den = contract.inverse ? worth * contract.b : lots_rate;
  if (den == 0) { return {limits::price_ticks_max}; }  // An inverse worth nothing: the price is without bound.
  uint128 ticks = num / den;
  if (size.raw > 0 && num % den != 0) { ++ticks; }
  if (ticks < 1) { ticks = 1; }
  if (ticks > static_cast<uint128>(limits::price_ticks_max)) { ticks = static_cast<uint128>(limits::price_ticks_max); }
  return {static_cast<std::int64_t>(ticks)};
}

}  // namespace plimsoll
