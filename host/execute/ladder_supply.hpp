// What stands on the ladders of a tick, summed.
#pragma once

#include <cstdint>
#include <vector>

#include "host/engine/tick_view.hpp"

namespace plimsoll {

/// Of one side of one instrument.
struct ladder_supply {
  std::uint64_t lots = 0;
  int128 profit = 0;  ///< Of its entries in profit, at the mark.

  ladder_supply& operator+=(const ladder_supply& other) {
    lots += other.lots;
    profit += other.profit;
    return *this;
  }
};

/// By segment; `asked`, by segment: which are wanted, the others stay 0. Of the view's ladders.
[[nodiscard]] std::vector<ladder_supply> supply_of(const tick_view& view, const std::vector<std::uint8_t>& asked);

/// Units with a position on any of these ladders, each once; by asset.
[[nodiscard]] std::vector<std::uint64_t> candidates_of(const tick_view& view, const std::vector<std::uint8_t>& asked);

}  // namespace plimsoll
