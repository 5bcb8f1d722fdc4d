// The rank pass on a CPU: one task takes a ladder from scores to lights and cover while its keys are in cache.
#pragma once

#include <vector>

#include "host/backend/backend.hpp"
#include "host/backend/resident_cpu.hpp"
#include "host/backend/scan_units_cpu.hpp"

namespace plimsoll {

/// Ladders in the order in which tasks take them: long ones alone, longest first, then runs of short neighbours.
struct ladder_tasks {
  struct run {
    std::uint32_t first_segment = 0;
    std::uint32_t last_segment = 0;  ///< One past the end.
  };
  std::vector<run> runs;
};
[[nodiscard]] ladder_tasks make_ladder_tasks(const book& source);

/// Answers the request into `out` (keys that are not asked for go to `spare_keys`); appends "scores", then "lights", "cover" or "sort" where asked for, to `times`.
/// Stages run interleaved: the seconds of the whole pass are shared out by the time that threads spent in each.
/// Runs on the calling arena's threads; the result does not depend on them. Throws std::bad_alloc.
void rank_ladders(const resident_cpu& resident, const tick_cpu& tick, const unit_cache& cache, const ladder_tasks& tasks,
                  const rank_request& request, std::vector<std::uint64_t>& spare_keys, rank_result& out,
                  std::vector<stage_time>& times);

}  // namespace plimsoll
