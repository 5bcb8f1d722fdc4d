// Random losers and winners of one contract, for laws of ADL.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/law/small_venue.hpp"

namespace plimsoll::small_venue {

/// One contract, bankrupt losers on one side, winners on the other; the ladder's order is given.
struct duel {
  book source;
  std::vector<std::uint32_t> losers;   ///< Positions, by account.
  std::vector<std::uint32_t> winners;  ///< In ladder order.
};
struct duel_kinds {
  int losers_max = 4;
  int winners_max = 5;
  bool inverse = false;
  bool rounded = false;     ///< Values that fall between steps.
  bool both_sides = false;  ///< Some losers' accounts hold a winner too.
  bool rich = false;        ///< No winner's equity stops it.
  bool even = false;        ///< Every lot of every loser costs the same whole number of steps; not with `inverse`.
};
[[nodiscard]] duel draw_duel(const duel_kinds& kinds);

/// No market, no fund, no socialised loss.
[[nodiscard]] rulebook only_adl();

struct adl_fill {
  std::uint32_t loser = 0, winner = 0;  ///< Positions.
  whole lots = 0;
  friend bool operator==(const adl_fill&, const adl_fill&) = default;
};
[[nodiscard]] std::vector<adl_fill> fills_of(const course& at);

}  // namespace plimsoll::small_venue
