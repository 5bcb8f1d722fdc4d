// Every unit judged: the margin pass over tiles, with figures of those not calm; as a reference with what a radius
// needs.
#pragma once

#include "kernels/device/launch_plan.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_types.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the pass over the tiles, then over the giants by judge_units. `purpose`: rebase or tick, and the header must
/// have been begun for it; places in the list of the judged are units. `plan` bounds the grids. Does not
/// wait. Errors: those of `launch`.
[[nodiscard]] status judge_all(const units_view& units, const tick_view& tick, const screen_view& kept,
                               const judged_target& out, judge_purpose purpose, collateral_mode mode,
                               const launch_plan& plan, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
