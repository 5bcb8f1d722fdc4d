// Who stands in for the bankrupt: demand of each side, and the greedy merge of losers with the ladder.
#pragma once

#include <cstdint>
#include <vector>

#include "host/scan/scan.hpp"

namespace plimsoll {

/// Bankrupt, unheld units' positions with their bankruptcy values, by unit then position; in parallel.
[[nodiscard]] std::vector<bankrupt_position> find_bankrupt(const book& source, const tick_prices& prices,
                                                           const margin_result& margin);

/// What each side is asked for: rising segments. The lots include, for each loser whose account also stands on the
/// ladder it draws from, that entry's lots: the loser skips it, so the prefix must reach that much further.
[[nodiscard]] std::vector<cover_demand> demand_prefixes(const book& source, const margin_result& margin,
                                                        const std::vector<bankrupt_position>& bankrupt);

/// Fills by instrument, long losers first, then loser (account, unit), then ladder order. Each loser takes from the
/// first entry with lots left whose account is not its own. `ladder` holds a prefix per `segments`.
[[nodiscard]] std::vector<cover_fill> merge_cover(const book& source, const std::vector<bankrupt_position>& bankrupt,
                                                  const rank_result& ladder, const std::vector<std::uint32_t>& segments);

}  // namespace plimsoll
