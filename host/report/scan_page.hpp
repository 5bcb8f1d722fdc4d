// A scan as a page: states of units, deficits, and the winners that would cover them.
#pragma once

#include "host/report/page/page.hpp"
#include "host/report/scan_tables.hpp"

namespace plimsoll {

/// `summary`: the result of scan_summary_json for the same scan.
[[nodiscard]] report_page make_scan_page(const scan_report& report, const page_json& summary);

}  // namespace plimsoll
