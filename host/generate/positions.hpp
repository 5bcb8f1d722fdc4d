// The positions of a generated venue: sizes and costs that sum to zero in every instrument.
#pragma once

#include <cstdint>
#include <vector>

#include "host/book/assemble.hpp"
#include "host/generate/listing.hpp"
#include "host/generate/recipe.hpp"

namespace plimsoll {

/// Accounts are processed in chunks of this size, whatever the number of threads.
inline constexpr std::uint32_t accounts_per_chunk = 1U << 15;

/// Intended state of an account.
enum class account_fate : std::uint8_t { sound, distressed, hedged };

/// The draws that concern a whole account, from a stream of its own.
struct account_draw {
  account_fate fate = account_fate::sound;
  std::int64_t wealth_octaves = 0;  ///< Scales all its positions.
  bool leans_long = false;          ///< Three in four of its positions are on this side.
};
[[nodiscard]] account_draw draw_account(const venue_recipe& recipe, std::uint32_t account);

/// Positions of all accounts, by account; the market maker is the last one.
struct dealt_positions {
  std::uint32_t customers = 0;       ///< Accounts without the market maker.
  std::vector<std::uint64_t> first;  ///< Positions of account a are rows [first[a], first[a + 1]).
  position_rows rows;                ///< Isolated margins are still 0.
  std::vector<std::uint8_t> losing;  ///< Per row: entered on the losing side, so that the unit falls below its margin.
};

/// Draws contracts, sizes and costs. Parallel; the result depends only on the recipe.
[[nodiscard]] dealt_positions deal_positions(const venue_recipe& recipe, const listing& listed);

}  // namespace plimsoll
