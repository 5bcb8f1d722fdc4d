// Quantities that must not be mixed up, and the enumerations of the field.
#pragma once

#include <cstdint>

#include "plimsoll/config.hpp"

namespace plimsoll {

/// The value of an id that names no instrument, asset, unit, ...
inline constexpr std::uint32_t no_id = 0xffff'ffffU;

/// The value of a missing price. Marks of linear contracts may be zero or negative, so those do not mark a missing one.
inline constexpr std::int64_t no_ticks = INT64_MIN;

/// A price of an instrument, in its price steps.
struct price_ticks {
  std::int64_t raw;
  friend constexpr bool operator==(price_ticks, price_ticks) = default;
};

/// A signed size, in lots (size steps) of an instrument; long is positive.
struct size_lots {
  std::int64_t raw;
  friend constexpr bool operator==(size_lots, size_lots) = default;
};

/// Money of one asset, in its value steps.
struct money_steps {
  std::int64_t raw;
  friend constexpr bool operator==(money_steps, money_steps) = default;
};

enum class instrument_kind : std::uint8_t { linear, inverse, option, spot };
enum class collateral_mode : std::uint8_t { single, multi };
enum class position_side : std::uint8_t { long_side, short_side };

/// State of a risk unit, worst last.
enum class unit_state : std::uint8_t { healthy, margin_call, liquidatable, bankrupt };

[[nodiscard]] PLIMSOLL_HD constexpr position_side side_of(size_lots size) {
  return size.raw > 0 ? position_side::long_side : position_side::short_side;
}

[[nodiscard]] PLIMSOLL_HD constexpr position_side opposite(position_side side) {
  return side == position_side::long_side ? position_side::short_side : position_side::long_side;
}

/// The field's word for each, as files have it.
[[nodiscard]] constexpr const char* to_string(instrument_kind kind) {
  constexpr const char* words[] = {"linear", "inverse", "option", "spot"};
  return words[static_cast<int>(kind)];
}
[[nodiscard]] constexpr const char* to_string(collateral_mode mode) {
  return mode == collateral_mode::single ? "single" : "multi";
}
[[nodiscard]] constexpr const char* to_string(position_side side) {
  return side == position_side::long_side ? "long" : "short";
}
[[nodiscard]] constexpr const char* to_string(unit_state state) {
  constexpr const char* words[] = {"healthy", "margin_call", "liquidatable", "bankrupt"};
  return words[static_cast<int>(state)];
}

}  // namespace plimsoll
