// The charts of a scan, all but the ladders.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/engine/scan.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll {

[[nodiscard]] page_chart states_chart(const scan_result& scan);
[[nodiscard]] page_chart health_chart(const scan_result& scan);

/// A chart an asset, each with its choice; `assets`: ids, the one to be seen first in front.
[[nodiscard]] std::vector<page_chart> equity_charts(const scan_result& scan, std::span<const std::uint32_t> assets);

/// The same of deficits by instrument; none of assets in which nothing lacks.
[[nodiscard]] std::vector<page_chart> deficit_charts(const scan_result& scan, std::span<const std::uint32_t> assets);

[[nodiscard]] page_chart cover_chart(const scan_result& scan);

/// Segments that are asked for something, by the part of their open interest that is wanted.
[[nodiscard]] std::vector<std::uint32_t> demanded_sides(const scan_result& scan);

}  // namespace plimsoll
