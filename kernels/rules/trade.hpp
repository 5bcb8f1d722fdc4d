// The amounts of a trade: its value, the cost that a reduction releases, the realised profit. docs/design.md section 3,
// "Trades".
#pragma once

#include <cstdint>

#include "kernels/rules/divide.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// num / den for den > 0, half to even.
[[nodiscard]] PLIMSOLL_HD constexpr int128 half_even_divide(int128 num, int128 den) {
  const int128 quotient = floor_divide(num, den);
  const int128 rest = num - quotient * den;  // 0 <= rest < den
  const int128 gap = den - rest;
  if (rest > gap || (rest == gap && (quotient & 1) != 0)) { return quotient + 1; }
  return quotient;
}

/// Value of trading `size` lots (signed: bought > 0) at a price, half to even. It is computed once; the other leg is
/// its exact negative. No value if it is beyond 2^62 steps.
struct trade_value {
  std::int64_t steps = 0;
  bool admitted = true;
};
[[nodiscard]] PLIMSOLL_HD constexpr trade_value value_of_trade(size_lots size, const contract_rate& contract,
                                                               price_ticks price) {
  const uint128 lots_rate = static_cast<uint128>(magnitude(size.raw)) * contract.a;  // < 2^124
  const uint128 ticks = magnitude(price.raw);
  uint128 num = lots_rate;
  uint128 den = contract.b;
  if (contract.inverse) {
    den *= ticks;  // < 2^103
  } else {
    // A value beyond 2^126 before the division is beyond 2^63 after it.
    if (ticks != 0 && lots_rate > (static_cast<uint128>(1) << 126) / ticks) { return {0, false}; }
    num *= ticks;
  }
  const int128 worth = half_even_divide(static_cast<int128>(num), static_cast<int128>(den));
  if (worth > limits::money_steps_max) { return {0, false}; }
  const bool negative = ((size.raw < 0) != contract.inverse) != (price.raw < 0);
  const auto steps = static_cast<std::int64_t>(worth);
  return {negative ? -steps : steps, true};
}

/// Cost that closing `closed` of |lots| lots releases: sign x floor(|cost| x closed / |lots|); the rest stays.
[[nodiscard]] PLIMSOLL_HD constexpr std::int64_t released_cost(std::int64_t cost, std::uint64_t closed,
                                                               std::uint64_t lots) {
  const auto part = static_cast<std::int64_t>(multiply_divide(magnitude(cost), closed, lots));
  return cost < 0 ? -part : part;
}

}  // namespace plimsoll
