// The rank pass on a CPU. Long ladders are scored by tiles of units; then one task computes a ladder's lights and
// cover.
#pragma once

#include <vector>

#include "host/backend/backend.hpp"
#include "host/backend/cpu/rank_scratch_cpu.hpp"
#include "host/backend/cpu/resident_cpu.hpp"
#include "host/backend/cpu/scan_units_cpu.hpp"
#include "host/backend/cpu/score_tiles_cpu.hpp"

namespace plimsoll {

/// Ladders in the order in which tasks take them: first each long one alone, longest first, then runs of short
/// neighbours.
struct ladder_tasks {
  struct run {
    std::uint32_t first_segment = 0;
    std::uint32_t last_segment = 0;  ///< One past the end.
  };
  std::vector<run> runs;
  std::size_t long_runs = 0;  ///< The first so many runs are of one ladder with more than chunk_entries.
  score_tiles tiles;          ///< Tiles in which long ladders are scored.
};
/// Runs on the calling arena's threads. Throws std::bad_alloc.
[[nodiscard]] ladder_tasks make_ladder_tasks(const resident_cpu& resident);

/// Computes the requested `out`, and appends "scores", then "lights", "cover" or "sort" if requested, to `times`.
/// Stages run interleaved, so the seconds of the whole pass are divided by the time that threads spent in each. Runs on
/// the calling arena's threads; the result does not depend on them. Throws std::bad_alloc.
void rank_ladders(const resident_cpu& resident, const tick_cpu& tick, const unit_cache& cache,
                  const ladder_tasks& tasks, const rank_request& request, rank_scratch& scratch, rank_result& out,
                  std::vector<stage_time>& times);

}  // namespace plimsoll
