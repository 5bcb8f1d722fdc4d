// One tick as the waterfall reads it: ids of the book, and figures of the flagged units only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/engine/scan.hpp"

namespace plimsoll {

/// The findings of a tick. Its views are valid until the next tick of the same book. A batch scan with
/// `ladder_extent::demanded` and a tick of the engine both provide one.
struct tick_view {
  const book* source = nullptr;
  const tick_prices* prices = nullptr;
  std::span<const unit_record> flagged;         ///< Liquidatable and bankrupt, not held; in report order.
  std::span<const bankrupt_position> bankrupt;  ///< Of bankrupt, unheld units; by unit, then position.
  std::span<const std::uint32_t> segments;      ///< Sides with demand, rising.
  const rank_result* ladder = nullptr;          ///< The whole ladder of each of `segments`, in ladder order.

  /// The ladder of a side; empty if it was not requested.
  [[nodiscard]] std::span<const ladder_entry> ladder_of(std::uint32_t segment) const;
};

/// The view of a scan that was made with `ladder_extent::demanded`. `scan` must outlive it.
[[nodiscard]] tick_view view_of(const scan_result& scan);

/// True if one of the unit's prices is stale: a mark of its positions, or the price of one of its balances.
[[nodiscard]] bool is_held(const book& source, const tick_prices& prices, std::uint32_t unit);

/// Equity of a unit at a tick's prices, from its present columns: balance, value less cost of each position, and in
/// `multi` the value of the other assets' balances. In steps of the unit's asset.
[[nodiscard]] std::int64_t equity_of(const book& source, const tick_prices& prices, std::uint32_t unit);

}  // namespace plimsoll
