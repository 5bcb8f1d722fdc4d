// How a live book is laid out: room between what is taken.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace plimsoll::live_layout {

inline constexpr std::uint32_t block_units = 32;     ///< Units before a vacant one.
inline constexpr std::uint32_t block_names = 32;     ///< The same of accounts' names.
inline constexpr std::uint32_t entries_of_none = 2;  ///< Vacant entries of a side that nobody holds,
inline constexpr std::uint32_t entries_behind = 4;   ///< and behind those of one that somebody holds.

/// Vacant ids or units in a row where new accounts turned out to come in: new ones often follow each other, as numbers
/// do.
[[nodiscard]] inline std::uint32_t to_come(std::size_t count) {
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(count / 64, 64, 16'384));
}

}  // namespace plimsoll::live_layout
