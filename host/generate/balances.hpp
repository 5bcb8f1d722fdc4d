// What everybody owns in a generated venue: balances and isolated margins that give each unit its state.
#pragma once

#include <cstdint>

#include "host/book/assemble.hpp"
#include "host/generate/listing.hpp"
#include "host/generate/positions.hpp"
#include "host/generate/recipe.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// What came of the draws, counted. Before any shock.
struct drawn_figures {
  std::uint64_t bankrupt = 0;  ///< Units, as a scan at these marks finds them.
  std::uint64_t liquidatable = 0;
  std::uint64_t margin_call = 0;
  std::uint64_t isolated = 0;  ///< Positions.
  std::uint64_t inverse = 0;
  std::uint64_t beyond_first_tier = 0;
};

/// Balances of all accounts, by account; fills the isolated margins of `dealt`. Parallel; depends on
/// the recipe alone. Refuses a venue whose market maker outgrows the limit of 2^62 steps a unit.
[[nodiscard]] result<balance_rows> draw_balances(const venue_recipe& recipe, const listing& listed,
                                                 dealt_positions& dealt, drawn_figures& figures);

}  // namespace plimsoll
