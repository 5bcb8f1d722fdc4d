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

/// `assets`: ids, the one to be seen first in front; the rest in a menu.
[[nodiscard]] page_chart equity_chart(const scan_result& scan, std::span<const std::uint32_t> assets);

/// Of one settlement asset: that with the most instruments in deficit.
[[nodiscard]] page_chart deficit_chart(const scan_result& scan);

[[nodiscard]] page_chart cover_chart(const scan_result& scan);

/// Segments that are asked for something, by the part of their open interest that is wanted.
[[nodiscard]] std::vector<std::uint32_t> demanded_sides(const scan_result& scan);

}  // namespace plimsoll
