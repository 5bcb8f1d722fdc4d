// The places in every ladder where its lights change and where its cover ends, found without sorting.
//
// A place is where the running sum of lots, in ladder order, first reaches a target. Weighted radix select, digit after
// digit from the top of the key: a histogram of lots shows in which bin each target lies, and the bin's key bits narrow
// the search. Entries with equal keys after the last digit are told apart by entry order, with a running sum. Exact, in
// a fixed sequence of launches for all segments; atomics add integers and decide no order.
//
// Source of the idea: radix select with several targets, as in AIR Top-K (Zhang et al., SC'23), weighted by lots.
#pragma once

#include "kernels/device/runtime.hpp"
#include "kernels/rank/rank_types.hpp"
#include "kernels/rank/select_state.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// The targets of the search.
struct place_request {
  device_view<const std::uint64_t> totals;   ///< Per segment: lots on the ladder.
  device_view<const std::uint64_t> demands;  ///< Per segment: lots to cover, 0 none, whole_ladder all.
  bool lights = false;
};

/// Scratch memory of the search; all of it is overwritten.
struct select_scratch {
  device_view<select_state> states;            ///< Per segment.
  device_view<std::uint64_t> bins;             ///< bins_max per large segment.
  device_view<std::uint32_t> survivors;        ///< Per entry; those of a tile are at its front, in order.
  device_view<std::uint32_t> survivor_counts;  ///< Per tile.
  device_view<std::uint64_t> tie_lots;         ///< places_max per tile.
  /// Per large segment: blocks of a launch that have ended; 0 after it. One more, 0 too, for gather_cover.
  device_view<std::uint32_t> tiles_done;
};

/// Queues the search. `places` has places_max elements per segment, lights first, then the cover's. A cover that is not
/// requested becomes before_all. Does not wait. Errors: those of `launch`.
[[nodiscard]] status select_places(const entries_view& entries, device_view<const std::uint64_t> keys,
                                   const place_request& request, const select_scratch& scratch,
                                   device_view<ladder_place> places, const stream& on);

/// Bytes that the search must move if keys differ, by count: two passes over keys and lots, one over keys.
[[nodiscard]] std::uint64_t select_places_bytes(std::uint64_t entries);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
