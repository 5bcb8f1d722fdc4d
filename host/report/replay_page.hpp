// A replay as a page: the effects of the crash, the closed positions, and the parties that paid.
#pragma once

#include "host/report/mark_paths.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll {

/// `summary`: the result of replay_summary_json for the same replay.
[[nodiscard]] report_page make_replay_page(const replay& engine, const mark_paths& marks, const page_json& summary);

}  // namespace plimsoll
