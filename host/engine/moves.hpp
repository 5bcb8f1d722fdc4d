// How far a tick's prices are from those that safety radii were taken at.
#pragma once

#include <cstdint>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"

namespace plimsoll {

/// The groups of instruments that few hold, and of prices of balances.
inline constexpr std::uint8_t rest_group = 1U << 6;
inline constexpr std::uint8_t balances_group = 1U << 7;

/// Groups by open interest at the prices: the two largest instruments alone, then two, four, eight, forty-eight, the
/// rest; and one for the prices of balances. A unit is judged by the largest move in its groups: what many hold should
/// stand alone. In room that is used again.
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

/// Moves from `reference` to `now`, per set of groups. An instrument or asset that was held and is not, or the reverse,
/// has moved beyond any radius.
[[nodiscard]] tick_moves moves_between(const tick_prices& reference, const tick_prices& now, const move_groups& groups);

}  // namespace plimsoll
