// A stress run as a page: fund adequacy as heat maps.
#pragma once

#include "host/compare/stress.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll {

/// `summary`: the result of stress_summary_json for the same grid.
[[nodiscard]] report_page make_stress_page(const stress_grid& from, const page_json& summary);

}  // namespace plimsoll
