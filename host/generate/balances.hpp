// Balances and isolated margins of a generated venue, which give each unit its state.
#pragma once

#include <cstdint>

#include "host/book/assemble.hpp"
#include "host/generate/listing.hpp"
#include "host/generate/positions.hpp"
#include "host/generate/recipe.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Counts of the drawn states, before any shock.
struct drawn_figures {
  std::uint64_t bankrupt = 0;  ///< Units, as a scan at these marks finds them.
  std::uint64_t liquidatable = 0;
  std::uint64_t margin_call = 0;
  std::uint64_t isolated = 0;  ///< Positions.
  std::uint64_t inverse = 0;
  std::uint64_t beyond_first_tier = 0;
};

/// Balances of all accounts, by account; fills the isolated margins of `dealt`. Parallel; the result depends only on
/// the recipe. Refuses a venue whose market maker would exceed the limit of 2^62 steps per unit.
[[nodiscard]] result<balance_rows> draw_balances(const venue_recipe& recipe, const listing& listed,
                                                 dealt_positions& dealt, drawn_figures& figures);

}  // namespace plimsoll
