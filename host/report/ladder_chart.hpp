// One side's ADL ladder as a chart: score against contracts from the top.
#pragma once

#include <cstdint>
#include <string>

#include "host/report/page/page.hpp"
#include "host/report/scan_tables.hpp"

namespace plimsoll {

/// The whole ladder of a segment at the scan's tick, thinned if there are thousands of ranks. The lots `taken` from its
/// top are shaded and labelled `taken_name`.
[[nodiscard]] page_chart ladder_chart(const scan_report& report, std::uint32_t segment, std::uint64_t taken,
                                      const std::string& taken_name);

}  // namespace plimsoll
