// Judgements of a resident book, pass by pass: of all units, with or without a rebase, of changed units, of a screened
// tick; and their copies to the host.
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

/// The data of a judgement.
struct judging {
  resident& device;
  tick_buffers& host;
  tick_view tick;       ///< The tick's prices,
  tick_view reference;  ///< and those that radii are measured from.
  collateral_mode mode;
  const launch_plan& plan;
  const stream& on;

  /// The stored state of units, with the venue's rules.
  [[nodiscard]] screen_view kept() const;
};

// None of the queue_* functions waits. All but queue_judge and queue_rebase may be recorded, because grids, pointers
// and sizes are the same at each call. Errors: those of `launch`, of copies and of `exclusive_sum`.

/// Copies the tick's prices to the device.
status queue_prices(const judging& in);
/// Judges every unit at the tick's prices on the device, by tiles that fit; copies header and first records to the
/// host.
status queue_judge(const judging& in);
/// Likewise, and the prices become the reference prices.
status queue_rebase(const judging& in);
/// Judges the first `count` of the changed units at the reference prices.
status queue_changed(const judging& in, std::uint32_t count);
/// Uploads the request, counts the candidates of the moves, copies the header to the host.
status queue_reached(const judging& in);
/// Uploads prices and request, judges the candidates of the moves, copies header and first records to the host.
status queue_screen(const judging& in);

/// The judgement that was copied to the host, of a screen or of every unit. The stream must have been waited for; waits
/// again if there are more records than were copied with the header. Errors: device_fault, device_lost; std::bad_alloc.
status take_judgement(const judging& in, downloader& results, tick_judgement& out);

/// Bytes that a judgement, a rebase, and a screen that evaluates so many units must move, by count.
[[nodiscard]] std::uint64_t judge_bytes(const judging& in, std::uint64_t records);
[[nodiscard]] std::uint64_t rebase_bytes(const judging& in);
[[nodiscard]] std::uint64_t screen_bytes(const judging& in, std::uint64_t evaluated);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
