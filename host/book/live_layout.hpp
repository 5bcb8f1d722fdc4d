// Numbers of a live book's layout: how many vacant slots lie where.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace plimsoll::live_layout {

inline constexpr std::uint32_t block_units = 32;     ///< Occupied units between two vacant ones.
inline constexpr std::uint32_t block_names = 32;     ///< The same for accounts' names.
inline constexpr std::uint32_t entries_of_none = 2;  ///< Vacant entries of an empty side.
inline constexpr std::uint32_t entries_behind = 4;   ///< Vacant entries after those of a side with positions.

/// Length of the run of vacant ids or units at the place where the last account was inserted. New accounts often follow
/// each other, because names are often numbered.
[[nodiscard]] inline std::uint32_t to_come(std::size_t count) {
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(count / 64, 64, 16'384));
}

}  // namespace plimsoll::live_layout
