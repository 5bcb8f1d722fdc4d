// Judgements of a resident book, pass by pass: of all of it, with or without a rebase, of the changed, a screened tick;
// and their way home.
#pragma once

#include <cstdint>

#include "host/backend/backend.hpp"
#include "kernels/device/launch_plan.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/resident/download.hpp"
#include "kernels/resident/resident.hpp"
#include "kernels/resident/tick_buffers.hpp"
#include "kernels/scan/scan_types.hpp"
#include "plimsoll/config.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Everything that a judgement works with.
struct judging {
  resident& device;
  tick_buffers& host;
  tick_view tick;       ///< The tick's prices,
  tick_view reference;  ///< and those that radii are counted from.
  collateral_mode mode;
  const launch_plan& plan;
  const stream& on;

  /// What is kept of units, with the venue's rules.
  [[nodiscard]] screen_view kept() const;
};

// None of the queue_* waits; all but queue_judge and queue_rebase may be recorded: grids, pointers and sizes are the
// same at each call. Errors: those of `launch`, of copies and of `exclusive_sum`.

/// The tick's prices to the device.
status queue_prices(const judging& in);
/// Every unit, by tiles that fit, judged at the tick's prices on the device; header and first records come home.
status queue_judge(const judging& in);
/// The same, and the prices become the reference.
status queue_rebase(const judging& in);
/// The first `count` candidates, which have changed, judged at the reference.
status queue_changed(const judging& in, std::uint32_t count);
/// Request up, the search for whom the moves reach, its header home.
status queue_reached(const judging& in);
/// Prices and request up, the judgement of those whom the moves reach, header and first records home.
status queue_screen(const judging& in);

/// The judgement that came home, by a screen or (`all`) of every unit. The stream must have been waited for; waits
/// again where there are more records than came home with the header. Errors: device_fault, device_lost;
/// std::bad_alloc.
status take_judgement(const judging& in, bool all, downloader& results, tick_judgement& out);

/// Bytes that a judgement must move, by count; a rebase; and a screen that evaluates so many.
[[nodiscard]] std::uint64_t judge_bytes(const judging& in, std::uint64_t records);
[[nodiscard]] std::uint64_t rebase_bytes(const judging& in);
[[nodiscard]] std::uint64_t screen_bytes(const judging& in, std::uint64_t evaluated);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
