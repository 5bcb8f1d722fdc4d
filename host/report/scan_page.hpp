// A scan as a page: who is where, what is short, who would stand in.
#pragma once

#include "host/report/page/page.hpp"
#include "host/report/scan_tables.hpp"

namespace plimsoll {

/// `summary`: what scan_summary_json says of the same scan.
[[nodiscard]] report_page make_scan_page(const scan_report& report, const page_json& summary);

}  // namespace plimsoll
