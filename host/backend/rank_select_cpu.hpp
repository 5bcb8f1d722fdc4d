// Weighted select: where a ladder's running lots reach a target, found without sorting the ladder.
// Lights and cover are both asked of it: the four thresholds of the lights, and the demand of a cover.
#pragma once

#include <cstdint>
#include <span>

#include "host/backend/ladder_digit.hpp"

namespace plimsoll {

/// A place in ladder order (key descending, entry rising).
struct ladder_place {
  std::uint64_t key = 0;
  std::uint32_t entry = 0;
};

/// Does the entry stand at `place` or ahead of it?
[[nodiscard]] constexpr bool at_or_ahead(std::uint64_t key, std::uint32_t entry, const ladder_place& place) {
  return key > place.key || (key == place.key && entry <= place.entry);
}

/// At most so many targets in one call: the lights' four and a cover's one.
inline constexpr std::size_t select_targets_max = 5;

/// For each target t, 1 <= t <= lots on the ladder: the place of the entry at which the running sum of lots, that
/// entry's included, first reaches t. Targets may stand in any order. Runs on the calling arena's threads where the
/// ladder is long. Throws std::bad_alloc.
void select_places(const ladder_view& ladder, std::span<const std::uint64_t> targets, std::span<ladder_place> places);

}  // namespace plimsoll
