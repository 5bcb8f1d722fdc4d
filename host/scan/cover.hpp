// Who stands in for the bankrupt: demand of each side, and the greedy merge of losers with the ladder.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/scan/scan.hpp"

namespace plimsoll {

/// A bankrupt, unheld unit.
struct bankrupt_unit {
  std::uint32_t unit = 0;
  std::int64_t equity = 0;  ///< < 0
};
[[nodiscard]] std::vector<bankrupt_unit> bankrupt_units(const margin_result& margin);

/// Bankrupt units' positions with their bankruptcy values, by unit then position; in parallel. `units` rise.
[[nodiscard]] std::vector<bankrupt_position> find_bankrupt(const book& source, const tick_prices& prices, std::span<const bankrupt_unit> units);

/// What each side is asked for: rising segments. The lots include, for each loser whose account also has a position on the
/// side it draws from, that position's lots: the loser skips it, so the prefix must reach that much further.
[[nodiscard]] std::vector<cover_demand> demand_prefixes(const book& source, const std::vector<bankrupt_position>& bankrupt);

/// Fills by instrument, long losers first, then loser (account, unit), then ladder order. Each loser takes from the
/// first entry with lots left whose account is not its own. `ladder` holds a prefix per `segments`.
[[nodiscard]] std::vector<cover_fill> merge_cover(const book& source, const std::vector<bankrupt_position>& bankrupt,
                                                  const rank_result& ladder, const std::vector<std::uint32_t>& segments);

}  // namespace plimsoll
