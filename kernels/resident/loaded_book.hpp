// A loaded book: the device's copy of it, the buffers of inputs and results, and how far these fit the book.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/resident/resident.hpp"
#include "kernels/resident/tick_buffers.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/scores.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

struct loaded_book {
  const book* source;
  resident device;
  tick_buffers host;
  collateral_mode mode;
  score_kind score;
  std::uint32_t call_ppm;
  quote_weights weights;
  std::size_t segments;
  bool rebased = false;         ///< The radii fit the book as it is now,
  bool tiles_stale = false;     ///< but the cut into tiles does not fit, because rows have moved far.
  bool segments_stale = false;  ///< Sides begin at other entries than when they were cut into tiles.
  bool settled = true;          ///< The host has waited since the last changes.
  bool graph_refused = false;   ///< Recording failed once, so ticks are queued pass by pass.
  std::optional<graph> tick{};  ///< A screened tick.

  /// Loads a book through `on`, and waits. Errors: as `resident::load`; out_of_memory.
  static result<loaded_book> load(const book& source, std::uint64_t free_bytes, const stream& on);

  /// Columns keep their lengths while a book is loaded. `live_book` promises it; this checks it. Errors: usage.
  [[nodiscard]] status check_lengths() const;

  /// Takes a book whose instruments or assets have other ids and are more: uploads the columns of ids and makes all
  /// tables by id again. Radii stay; `reference` and `groups` are their prices and groups by the new ids, and are not
  /// read without a rebase. Nothing may be running on the device. Waits; `settled` says whether all of it has arrived.
  /// Errors: those of `load`; then a load must follow.
  status relist(const tick_prices& reference, const move_groups& groups, const stream& on);
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
