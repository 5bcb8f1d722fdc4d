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
  device_view<std::uint16_t> marks;        ///< A bit a unit, padded: the unit has a record. Of tiles without one: any.
  device_view<std::uint32_t> tile_counts;  ///< Records of each compaction tile, and one more: their running sums.
  device_view<std::uint32_t> units;        ///< Of the records, in rising order.
  judgement_to_host* to_host = nullptr;
};

/// Queues the marks and running sums of the records of all units, whose verdicts judge_all wrote. `judged.verdicts` is
/// padded; `scan` was made for one count per tile, and one more. Does not wait. Errors: those of `launch` and of
/// `exclusive_sum`.
[[nodiscard]] status count_records(const judged_target& judged, const record_scratch& scratch, const workspace& scan,
                                   const launch_plan& plan, const stream& on);

/// Queues an ordered compaction of the marks: all units with a record, the header's `records`, and the first
/// host_records records. Running sums must have been made, by count_records or by a screen. Does not wait. Errors:
/// those of `launch`.
[[nodiscard]] status write_records(const judged_target& judged, const record_scratch& scratch, const launch_plan& plan,
                                   const stream& on);

/// Queues the records of `units[first]` on, as many as `out` holds. Does not wait. Errors: those of `launch`.
[[nodiscard]] status gather_records(const judged_target& judged, device_view<const std::uint32_t> units,
                                    std::uint32_t first, device_view<judged_record> out, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
