// The charts of a scan, except the ladders.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/engine/scan.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll {

[[nodiscard]] page_chart states_chart(const scan_result& scan);
[[nodiscard]] page_chart health_chart(const scan_result& scan);

/// One chart per asset, each with its choice; `assets`: ids, starting with the one to show first.
[[nodiscard]] std::vector<page_chart> equity_charts(const scan_result& scan, std::span<const std::uint32_t> assets);

/// The same for deficits by instrument, without assets that have no deficit.
[[nodiscard]] std::vector<page_chart> deficit_charts(const scan_result& scan, std::span<const std::uint32_t> assets);

[[nodiscard]] page_chart cover_chart(const scan_result& scan);

/// Segments with demand, by its share of their open interest.
[[nodiscard]] std::vector<std::uint32_t> demanded_sides(const scan_result& scan);

}  // namespace plimsoll
