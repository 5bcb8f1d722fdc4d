// The moment of a tick: its number, for limits per tick, and its time, for durations.
#pragma once

#include <cstdint>

namespace plimsoll {

inline constexpr std::int64_t second_ns = 1'000'000'000;

struct moment {
  std::int64_t tick = 0;
  std::int64_t now_ns = 0;  ///< Never before that of an earlier tick.

  constexpr moment() = default;
  constexpr moment(std::int64_t number, std::int64_t time_ns) : tick(number), now_ns(time_ns) {}
  /// For ticks without times: each is a second after the one before it.
  constexpr moment(std::int64_t number)  // NOLINT: a number is such a moment.
      : tick(number), now_ns(number > INT64_MAX / second_ns ? INT64_MAX : number * second_ns) {}
};

}  // namespace plimsoll
