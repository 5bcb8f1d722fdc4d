// The figures of a fork as table cells and as JSON: `compare` and `stress` show the same ones.
#pragma once

#include <nlohmann/json.hpp>

#include "host/compare/fork.hpp"
#include "host/table/chunk_table.hpp"

namespace plimsoll {

/// Digits of the finest step among the settlement assets.
[[nodiscard]] int settlement_digits_max(const reference_data& reference);

/// The reported form of a ratio in parts per 10^9: six decimals, rounded down.
inline constexpr int ratio_digits_shown = 6;
[[nodiscard]] constexpr std::int64_t shown_ratio(std::int64_t parts) { return parts / 1000; }

/// worst, mean, gini, accounts, deleveraged, candidates.
void add_spread_columns(std::vector<column_spec>& columns);
void fill_spread(row_writer& row, const haircut_spread& of);

/// removed, needed, overshoot and the flows, then the spread.
void add_figure_columns(std::vector<column_spec>& columns, int digits_max);
void fill_figures(row_writer& row, const fork_figures& of, int digits);

/// The same figures by name; money as text.
[[nodiscard]] nlohmann::ordered_json figures_json(const fork_figures& of, int digits);
[[nodiscard]] nlohmann::ordered_json spread_json(const haircut_spread& of);

}  // namespace plimsoll
