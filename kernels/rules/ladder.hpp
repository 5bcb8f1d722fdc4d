// Order keys and lights of the ADL ladder. docs/design.md section 3, "The ladder is a total order".
#pragma once

#include <cstdint>

#include "plimsoll/config.hpp"

namespace plimsoll {

/// Key 0 means "not on the ladder". No score has it, because -inf maps to 0x000f'ffff'ffff'ffff.
inline constexpr std::uint64_t off_ladder = 0;

/// The equity that a score reads for a unit whose positions are not on the ladder. Units on the ladder are healthy or
/// margin-called, so their equity is never below zero.
inline constexpr std::int64_t off_ladder_equity = -1;

/// Image of a score's bits that orders as unsigned integers do: larger score, larger key.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t ladder_key(std::uint64_t score_bits) {
  const std::uint64_t sign = std::uint64_t{1} << 63;
  return (score_bits & sign) != 0 ? ~score_bits : score_bits | sign;
}

/// The score's bits back from its key.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t score_bits_of(std::uint64_t key) {
  const std::uint64_t sign = std::uint64_t{1} << 63;
  return (key & sign) != 0 ? key & ~sign : ~key;
}

/// lights = 5 - floor(5 x ahead / total): lots strictly ahead, of all lots on the ladder (total > 0).
[[nodiscard]] PLIMSOLL_HD constexpr std::uint8_t lights_of(std::uint64_t lots_ahead, std::uint64_t lots_total) {
  return static_cast<std::uint8_t>(5 - 5 * lots_ahead / lots_total);
}

/// Lots ahead from which an entry has at most 5 - k lights, k = 1 to 4: ceil(k x total / 5).
/// An entry's lights are 5 minus the number of these thresholds that its lots ahead reach.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t lights_threshold(std::uint32_t k, std::uint64_t lots_total) {
  return (lots_total * k + 4) / 5;
}

}  // namespace plimsoll
