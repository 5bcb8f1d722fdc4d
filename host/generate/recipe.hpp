// Parameters of a generated venue.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "plimsoll/result.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// Distribution of positions over contracts and accounts.
enum class venue_shape : std::uint8_t {
  zipf,     ///< Few contracts and few accounts hold most positions, as on a venue.
  uniform,  ///< Every contract is equally popular, and every customer holds equally many positions (to within one).
  /// Zipf, but the market maker holds both sides of every listed contract, whether or not other accounts trade it.
  giant,
};
inline constexpr std::array<std::string_view, 3> venue_shape_names{"zipf", "uniform", "giant"};
[[nodiscard]] constexpr std::string_view to_string(venue_shape shape) {
  return venue_shape_names[static_cast<std::size_t>(shape)];
}
[[nodiscard]] std::optional<venue_shape> parse_venue_shape(std::string_view name);

/// The sizes, the seed and the shares of a venue. Shares are in ppm.
struct venue_recipe {
  std::uint64_t accounts = 100'000;   ///< Including the market maker.
  std::uint64_t positions = 400'000;  ///< Exact; 0 or at least 2, because every long needs a short.
  std::uint64_t instruments = 64;     ///< Contracts; `multi` adds a few spot instruments.
  std::uint64_t seed = 1;
  venue_shape shape = venue_shape::zipf;
  collateral_mode collateral = collateral_mode::single;
  std::uint32_t inverse_ppm = 100'000;    ///< Of positions, in inverse contracts; 0 in `multi`.
  std::uint32_t isolated_ppm = 150'000;   ///< Of customers' positions.
  std::uint32_t distressed_ppm = 10'000;  ///< Of accounts with positions: liquidatable or, a quarter of them, bankrupt.
  std::uint32_t hedge_ppm = 20'000;       ///< Of accounts: those that hold both sides of an instrument.
  std::int32_t shock_ppm = 0;             ///< All marks move by this after all balances are set: -200,000 is a crash.
};

/// Defaults of a shape. giant: as many contracts as may be listed, all linear, so that one unit holds 131,070
/// positions. No account can hold more than both sides of every instrument.
[[nodiscard]] venue_recipe recipe_of_shape(venue_shape shape, std::uint64_t instruments);

/// Refuses, with a reason, a venue that cannot be made: too many positions for the accounts, an inverse contract in
/// `multi`, ...
[[nodiscard]] status check_recipe(const venue_recipe& recipe);

/// Number of traded contracts: the most popular ones, or all in the giant shape. The market maker holds both sides of
/// each traded contract.
[[nodiscard]] std::uint64_t traded_contracts(const venue_recipe& recipe);

}  // namespace plimsoll
