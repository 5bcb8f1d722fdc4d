// Sums over the entries of a tick's ladders.
#pragma once

#include <cstdint>
#include <vector>

#include "host/engine/tick_view.hpp"

namespace plimsoll {

/// Sums of one side of one instrument.
struct ladder_supply {
  std::uint64_t lots = 0;
  int128 profit = 0;  ///< Sum over its entries in profit, at the mark.

  ladder_supply& operator+=(const ladder_supply& other) {
    lots += other.lots;
    profit += other.profit;
    return *this;
  }
};

/// Sums of the view's ladders, by segment. `asked`, by segment: the requested ones; the others stay 0.
[[nodiscard]] std::vector<ladder_supply> supply_of(const tick_view& view, const std::vector<std::uint8_t>& asked);

/// Number of units with a position on any of these ladders, each once; by asset.
[[nodiscard]] std::vector<std::uint64_t> candidates_of(const tick_view& view, const std::vector<std::uint8_t>& asked);

}  // namespace plimsoll
