// Records of the judged units that are liquidatable or bankrupt, in rising order of units.
#pragma once

#include "kernels/device/algorithms.hpp"
#include "kernels/device/launch_plan.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Scratch memory of the list.
struct record_scratch {
  device_view<std::uint32_t> tile_counts;  ///< One per compaction tile, and one more.
  device_view<std::uint32_t> places;       ///< Per unit: each record's place in the list of judged units.
  judgement_to_host* to_host = nullptr;
};

/// Queues an ordered compaction of the first header.evaluated of `judged`, which judge_units wrote: all places, the
/// header's `records`, and the first host_records records. `judged.verdicts` is padded; `scan` as for find_candidates.
/// Does not wait. Errors: those of `launch` and of `exclusive_sum`.
[[nodiscard]] status list_records(const unit_list& list, const judged_target& judged, const record_scratch& scratch,
                                  const workspace& scan, const launch_plan& plan, const stream& on);

/// Queues the records from `places[first]` on, as many as `out` holds. Does not wait. Errors: those of `launch`.
[[nodiscard]] status gather_records(const unit_list& list, const judged_target& judged,
                                    device_view<const std::uint32_t> places, std::uint32_t first,
                                    device_view<judged_record> out, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
