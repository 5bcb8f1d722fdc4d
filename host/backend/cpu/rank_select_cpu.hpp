// Weighted select: finds where a ladder's running lots reach a target, without sorting the ladder. Lights use it with
// their four thresholds, a cover with its demand.
#pragma once

#include <cstdint>
#include <span>

#include "host/backend/cpu/rank_scratch_cpu.hpp"
#include "host/backend/ladder_digit.hpp"

namespace plimsoll {

/// A cut point in ladder order (key descending, entry rising).
struct ladder_place {
  std::uint64_t key = 0;
  std::uint32_t entry = 0;
};

/// True if the entry is at `place` or ahead of it.
[[nodiscard]] constexpr bool at_or_ahead(std::uint64_t key, std::uint32_t entry, const ladder_place& place) {
  return key > place.key || (key == place.key && entry <= place.entry);
}

/// For each target t, 1 <= t <= lots on the ladder: the entry at which the running sum of lots, that entry's included,
/// first reaches t. At most select_targets_max targets, in any order. Uses the calling arena's threads if the ladder is
/// long. Throws std::bad_alloc if `scratch` must grow.
void select_places(const ladder_view& ladder, std::span<const std::uint64_t> targets, ladder_scratch& scratch,
                   std::span<ladder_place> places);

}  // namespace plimsoll
