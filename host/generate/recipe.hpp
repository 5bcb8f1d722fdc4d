// What a generated venue shall look like.
#pragma once

#include <cstdint>

#include "plimsoll/result.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// The sizes, the seed and the shares of a venue. Shares are in ppm.
struct venue_recipe {
  std::uint64_t accounts = 100'000;   ///< The market maker included.
  std::uint64_t positions = 400'000;  ///< Exactly; 0 or at least 2, since every long needs a short.
  std::uint64_t instruments = 64;     ///< Contracts; `multi` adds a few spot instruments.
  std::uint64_t seed = 1;
  collateral_mode collateral = collateral_mode::single;
  std::uint32_t inverse_ppm = 100'000;    ///< Of positions, in inverse contracts; 0 in `multi`.
  std::uint32_t isolated_ppm = 150'000;   ///< Of customers' positions.
  std::uint32_t distressed_ppm = 10'000;  ///< Of accounts with positions: liquidatable or, a quarter of them, bankrupt.
  std::uint32_t hedge_ppm = 20'000;       ///< Of accounts: hold both sides of an instrument.
  std::int32_t shock_ppm = 0;             ///< All marks move by this once everybody's balance is set: -200,000 is a crash.
};

/// Refuses, in words, what cannot be made: too many positions for the accounts, an inverse contract in `multi`, ...
[[nodiscard]] status check_recipe(const venue_recipe& recipe);

/// How many contracts are traded: the most popular ones. The market maker holds both sides of each of them.
[[nodiscard]] std::uint64_t traded_contracts(const venue_recipe& recipe);

}  // namespace plimsoll
