// Ladder keys of every entry, and the lots of every ladder.
#pragma once

#include "kernels/device/runtime.hpp"
#include "kernels/rank/rank_types.hpp"
#include "kernels/scan/scan_types.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/scores.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// The inputs of scores.
struct score_source {
  device_view<const instrument_row> instruments;  ///< Of the tick.
  device_view<const score_row> rows;              ///< Per instrument.
  device_view<const std::int64_t> equity;         ///< Per unit: score_inputs_view.
  device_view<const std::int64_t> maintenance;
  device_view<const std::int64_t> balance;
};

/// Queues the pass: one block per tile. Entries are read in order, the score inputs of their units are gathered. If
/// `demands` (lots per segment) is not empty, segments without a demand are left as they are. Does not wait. Errors:
/// those of `launch`.
[[nodiscard]] status score_entries(const entries_view& entries, const score_source& from, score_kind kind,
                                   device_view<const std::uint64_t> demands, const keys_view& out, const stream& on);

/// Bytes that the pass must move for so many entries and that score, by count.
[[nodiscard]] std::uint64_t score_entries_bytes(std::uint64_t entries, score_kind kind);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
