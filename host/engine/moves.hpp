// The distance of a tick's prices from the reference prices of the safety radii.
#pragma once

#include <cstdint>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"

namespace plimsoll {

/// The group of the instruments with little open interest, and the group of prices of balances.
inline constexpr std::uint8_t rest_group = 1U << 6;
inline constexpr std::uint8_t balances_group = 1U << 7;

/// Groups instruments by open interest at these prices: the two largest alone, then two, four, eight, forty-eight, and
/// the rest. One more group is for the prices of balances. A unit is evaluated if the largest move in its groups is at
/// least its radius, so widely held instruments should be in small groups. Memory is reused.
class move_grouping {
 public:
  void make(const book& source, const tick_prices& prices, move_groups& out);

 private:
  struct listed {
    double open_interest;
    std::uint32_t instrument;
  };
  std::vector<listed> listed_;
};
[[nodiscard]] move_groups make_move_groups(const book& source, const tick_prices& prices);

/// Moves from `reference` to `now`, per set of groups. If an instrument or asset was held and is not, or the reverse,
/// its move is beyond any radius.
[[nodiscard]] tick_moves moves_between(const tick_prices& reference, const tick_prices& now, const move_groups& groups);

}  // namespace plimsoll
