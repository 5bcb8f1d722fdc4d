// The charts of a replay: the events tick by tick, and the parties that paid.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/report/deleveraged.hpp"
#include "host/report/mark_paths.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll {

/// One tick of one asset's money, or several if there are too many ticks to draw.
struct tick_bar {
  std::int64_t first_tick = 0;
  std::int64_t last_tick = 0;
  std::uint64_t states[4] = {0, 0, 0, 0};  ///< Units of every asset; the worst tick of the bar.
  int128 demand = 0;                       ///< Sums over the bar's ticks ...
  asset_flows flows;                       ///< ... except `unpaid`, which is the amount at its end.
  int128 fund_balance = 0;                 ///< At its end.
  std::int64_t time_ns = no_time;          ///< Of its first tick.
};

/// At most `bars_max` bars, each of equally many ticks.
[[nodiscard]] std::vector<tick_bar> tick_bars(const replay_log& log, std::uint32_t asset_id, std::size_t bars_max);

[[nodiscard]] page_chart tick_states_chart(const std::vector<tick_bar>& bars);
/// Without data if no mark moved.
[[nodiscard]] page_chart marks_chart(const book& source, const mark_paths& marks, const std::vector<tick_bar>& bars);
[[nodiscard]] page_chart closed_chart(const std::vector<tick_bar>& bars, const asset& money);
[[nodiscard]] page_chart losses_chart(const std::vector<tick_bar>& bars, const asset& money);
[[nodiscard]] page_chart fund_chart(const std::vector<tick_bar>& bars, const asset& money);
/// Sums of the whole replay by step.
[[nodiscard]] page_chart totals_chart(const std::vector<tick_bar>& bars, const asset& money);

/// The winners of one side in the order of their fills: lots taken and lots left.
[[nodiscard]] page_chart taken_chart(const replay& engine, const std::vector<deleveraged_position>& positions,
                                     const deleveraged_side& side);

}  // namespace plimsoll
