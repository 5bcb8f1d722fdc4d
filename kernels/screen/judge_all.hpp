// Judges every unit: the margin pass over tiles, with the figures of liquidatable and bankrupt units, and for a rebase
// the inputs of the radii.
#pragma once

#include "kernels/device/launch_plan.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_types.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the pass over the tiles, then over the long units by judge_units. `purpose` is rebase or tick, and the header
/// must have been begun for it. A place in the list of judged units is the unit's index. `plan` bounds the grids. Does
/// not wait. Errors: those of `launch`.
[[nodiscard]] status judge_all(const units_view& units, const tick_view& tick, const screen_view& kept,
                               const judged_target& out, judge_purpose purpose, collateral_mode mode,
                               const launch_plan& plan, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
