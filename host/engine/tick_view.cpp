#include "host/engine/tick_view.hpp"

#include <algorithm>

namespace plimsoll {

std::span<const ladder_entry> tick_view::ladder_of(std::uint32_t segment) const {
  const auto found = std::lower_bound(segments.begin(), segments.end(), segment);
  if (found == segments.end() || *found != segment) { return {}; }
  const auto at = static_cast<std::size_t>(found - segments.begin());
  const std::uint64_t first = ladder->first_entry[at];
  return std::span(ladder->entries).subspan(first, ladder->first_entry[at + 1] - first);
}

tick_view view_of(const scan_result& scan) {
  return {scan.source, &scan.prices, scan.flagged_records, scan.bankrupt, scan.ladder_segments, &scan.ladder};
}

bool is_held(const book& source, const tick_prices& prices, std::uint32_t unit) {
  const unit_columns& units = source.units;
  for (std::uint32_t p = units.first_position[unit]; p < units.first_position[unit + 1]; ++p) {
    if (source.positions.lots[p] != 0 && prices.held[source.positions.instrument[p]] != 0) { return true; }
  }
  if (units.first_collateral.empty()) { return false; }
  for (std::uint32_t row = units.first_collateral[unit]; row < units.first_collateral[unit + 1]; ++row) {
    if (source.collateral.amount[row] != 0 && prices.asset_held[source.collateral.asset[row]] != 0) { return true; }
  }
  return false;
}

std::int64_t equity_of(const book& source, const tick_prices& prices, std::uint32_t unit) {
  const unit_columns& units = source.units;
  int128 equity = units.cash[unit];
  for (std::uint32_t p = units.first_position[unit]; p < units.first_position[unit + 1]; ++p) {
    equity += value_of({source.positions.lots[p]}, prices.rates[source.positions.instrument[p]]).raw;
  }
  if (!units.first_collateral.empty()) {
    for (std::uint32_t row = units.first_collateral[unit]; row < units.first_collateral[unit + 1]; ++row) {
      const std::int64_t amount = source.collateral.amount[row];
      if (amount == 0) { continue; }
      equity += value_of({amount}, prices.assets[source.collateral.asset[row]].plain).raw;
    }
  }
  return static_cast<std::int64_t>(equity);
}

}  // namespace plimsoll
