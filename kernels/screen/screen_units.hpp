// The screen: finds the units whose state a tick's moves may change, and judges them.
//
// Three launches. The first reads 2 bytes per unit, and 1 more if the radius alone does not rule the unit out; each
// block judges the candidates of its tile at once. The second judges the long rows among them; its last block adds up
// the tiles. The third is write_records. Grids are fixed and counts are read on the device, so all may be recorded.
#pragma once

#include "kernels/device/launch_plan.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_types.hpp"
#include "kernels/screen/list_records.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the count of candidates among `units` units: `reached` of the request's counts. `request` was uploaded for
/// this call. Does not wait. Errors: those of `launch`.
[[nodiscard]] status count_candidates(const screen_view& kept, std::uint32_t units, screen_request* request,
                                      const launch_plan& plan, const stream& on);

/// Queues the search and the judgement of the candidates at the tick's prices: header, figures and marks of the units
/// that get a record, with running sums. If there are more candidates than `request` admits, `evaluated` is 0 and the
/// rest has no meaning. `request` was uploaded for this call; `kept` is read. Does not wait. Errors: those of `launch`.
[[nodiscard]] status screen_units(const units_view& units, const tick_view& tick, const screen_view& kept,
                                  screen_request* request, const judged_target& out, const record_scratch& scratch,
                                  collateral_mode mode, const launch_plan& plan, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
