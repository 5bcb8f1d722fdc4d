// Judges listed units anywhere in the book: the long units of a judgement of all, and changed units.
//
// Shape: a few lanes per unit, since most rows are short and lie far apart; a unit of more than
// tile_policy::unit_positions gets a block of its own in a second launch, one of more than row_policy::part_positions
// several blocks, the last of which combines their sums.
#pragma once

#include "kernels/device/launch_plan.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_types.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues the start of a judgement other than a screen: the header without counts. A tick or a rebase evaluates
/// `units`, and a rebase also clears the sums of safe units. Does not wait. Errors: those of `launch`.
[[nodiscard]] status begin_judgement(judge_purpose purpose, std::uint32_t units, safe_sums* safe,
                                     judgement_header* header, const stream& on);

/// Queues the judgement of the units of `list` at the tick's prices, for any purpose but a screen. `kept` is written by
/// a rebase or a change. The header must have been begun. `plan` bounds the grids. Does not wait. Errors: those of
/// `launch`.
[[nodiscard]] status judge_units(const units_view& units, const tick_view& tick, const screen_view& kept,
                                 device_view<const std::uint32_t> list, const judged_target& out, judge_purpose purpose,
                                 collateral_mode mode, const launch_plan& plan, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
