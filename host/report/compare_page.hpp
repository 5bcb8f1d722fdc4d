// A comparison of ADL policies as a page.
#pragma once

#include "host/compare/compare.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll {

/// `summary`: the result of compare_summary_json for the same comparison.
[[nodiscard]] report_page make_compare_page(const comparison& from, const page_json& summary);

}  // namespace plimsoll
