// Ladder keys of a run of entries on a CPU.
#pragma once

#include <cstdint>

#include "host/backend/cpu/resident_cpu.hpp"
#include "host/backend/cpu/scan_units_cpu.hpp"

namespace plimsoll {

/// Contribution of a run of entries to its segment's totals.
struct ladder_count {
  std::uint64_t lots = 0;     ///< On the ladder.
  std::uint64_t entries = 0;  ///< On the ladder.
};

/// Writes the keys of entries [first, last) of `segment` to keys[first .. last): ladder_key of the score, or
/// off_ladder. `keys` is indexed by entry. Returns the lots and entries on the ladder.
ladder_count score_entries(const resident_cpu& resident, const tick_cpu& tick, const unit_cache& cache,
                           std::uint32_t segment, std::uint32_t first, std::uint32_t last, std::uint64_t* keys);

}  // namespace plimsoll
