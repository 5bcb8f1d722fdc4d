// What a generated venue shall look like.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "plimsoll/result.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// How evenly the load lies.
enum class venue_shape : std::uint8_t {
  zipf,     ///< Few contracts and few accounts hold most positions, as on a venue.
  uniform,  ///< Every contract is as popular, and every customer holds as many positions (to within one).
  /// Zipf, but the market maker holds both sides of every listed contract, whether anybody else trades it or not.
  giant,
};
inline constexpr std::array<std::string_view, 3> venue_shape_names{"zipf", "uniform", "giant"};
[[nodiscard]] constexpr std::string_view to_string(venue_shape shape) {
  return venue_shape_names[static_cast<std::size_t>(shape)];
}
[[nodiscard]] std::optional<venue_shape> parse_venue_shape(std::string_view name);

/// The sizes, the seed and the shares of a venue. Shares are in ppm.
struct venue_recipe {
  std::uint64_t accounts = 100'000;   ///< The market maker included.
  std::uint64_t positions = 400'000;  ///< Exactly; 0 or at least 2, since every long needs a short.
  std::uint64_t instruments = 64;     ///< Contracts; `multi` adds a few spot instruments.
  std::uint64_t seed = 1;
  venue_shape shape = venue_shape::zipf;
  collateral_mode collateral = collateral_mode::single;
  std::uint32_t inverse_ppm = 100'000;    ///< Of positions, in inverse contracts; 0 in `multi`.
  std::uint32_t isolated_ppm = 150'000;   ///< Of customers' positions.
  std::uint32_t distressed_ppm = 10'000;  ///< Of accounts with positions: liquidatable or, a quarter of them, bankrupt.
  std::uint32_t hedge_ppm = 20'000;       ///< Of accounts: hold both sides of an instrument.
  std::int32_t shock_ppm = 0;  ///< All marks move by this once everybody's balance is set: -200,000 is a crash.
};

/// What a shape wants where nobody says otherwise. giant: as many contracts as may be listed, all linear, so that one
/// unit holds 131,070 positions; more than both sides of every instrument no account can hold.
[[nodiscard]] venue_recipe recipe_of_shape(venue_shape shape, std::uint64_t instruments);

/// Refuses, in words, what cannot be made: too many positions for the accounts, an inverse contract in `multi`, ...
[[nodiscard]] status check_recipe(const venue_recipe& recipe);

/// How many contracts are traded: the most popular ones, of a giant all. The market maker holds both sides of each of
/// them.
[[nodiscard]] std::uint64_t traded_contracts(const venue_recipe& recipe);

}  // namespace plimsoll
