// The answer to a rank request, pass by pass: scores, places, lights, covers, and their copies to the host.
#pragma once

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/device/stage_clock.hpp"
#include "kernels/resident/download.hpp"
#include "kernels/resident/resident.hpp"
#include "kernels/resident/tick_buffers.hpp"
#include "plimsoll/config.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/scores.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// The data of a ranking.
struct ranking {
  const side_columns& sides;
  resident& device;
  tick_buffers& host;
  score_kind score;
  downloader& results;
  stage_clock& clock;
  bool by_unit;  ///< Scores are computed in the order of units.
  const stream& on;
};

/// Answers a request that was checked. The score inputs must be on the device. Waits. Errors: those of `launch`, of
/// copies, of `exclusive_sum` and of sorts; std::bad_alloc.
status rank_ladders(const ranking& in, const rank_request& request, rank_result& out);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
