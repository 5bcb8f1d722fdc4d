// A mark moved by a part of itself.
#pragma once

#include <cstdint>

#include "kernels/rules/divide.hpp"
#include "plimsoll/config.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

/// A relative move of a price, in 10^-12: a shock in millionths times a beta in millionths.
struct price_move {
  int128 raw = 0;
  static constexpr int128 one = 1'000'000'000'000;
  /// Of a move in millionths.
  [[nodiscard]] PLIMSOLL_HD static constexpr price_move of_ppm(std::int64_t ppm) {
    return {static_cast<int128>(ppm) * 1'000'000};
  }
};

/// A mark of `ticks` price steps after a move, rounded down to the price step; of one above zero at least 1, at most
/// `price_ticks_max`.
/// |move| must stay below 2^84: then nothing overflows.
[[nodiscard]] PLIMSOLL_HD constexpr std::int64_t shocked_ticks(std::int64_t ticks, price_move move) {
  const int128 factor = price_move::one + move.raw;
  if (ticks <= 0) {
    const int128 moved = factor <= 0 ? int128{0} : floor_divide(ticks * factor, price_move::one);
    return moved < -limits::price_ticks_max ? -limits::price_ticks_max : static_cast<std::int64_t>(moved);
  }
  if (factor <= 0) { return 1; }
  const int128 moved = ticks * factor / price_move::one;
  if (moved < 1) { return 1; }
  return moved > limits::price_ticks_max ? limits::price_ticks_max : static_cast<std::int64_t>(moved);
}

}  // namespace plimsoll
