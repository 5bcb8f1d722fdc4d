// The listing of a generated venue: assets, instruments with their popularity, tier tables, marks.
#pragma once

#include <cstdint>
#include <vector>

#include "host/book/book.hpp"
#include "host/generate/recipe.hpp"

namespace plimsoll {

/// A listed contract with the generator's figures. Contracts are in order of popularity.
struct listed_contract {
  std::uint32_t id = 0;            ///< Into reference_data::instruments.
  std::int64_t mark_ticks = 0;     ///< Before any shock.
  value_rate rate{};               ///< At that mark.
  std::int64_t trend_octaves = 0;  ///< Typical distance of entry prices from the mark, in 1/65536 octave.
  std::uint64_t weight = 0;        ///< Popularity: by Zipf's law, or equal for all.
};

/// A coin that accounts may hold as collateral in `multi`, with its value rate at the marks before any shock.
struct collateral_coin {
  std::uint32_t asset = 0;
  std::uint64_t price_num = 0;  ///< Quote steps per step of the coin: num / den.
  std::uint64_t price_den = 1;
};

struct listing {
  reference_data reference;
  std::vector<mark> marks;  ///< After the shock.
  std::vector<listed_contract> contracts;
  std::vector<collateral_coin> coins;
};

[[nodiscard]] listing make_listing(const venue_recipe& recipe);

}  // namespace plimsoll
