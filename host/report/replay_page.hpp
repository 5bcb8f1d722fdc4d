// A replay as a page: what the crash did, who was closed, and who paid.
#pragma once

#include "host/report/mark_paths.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll {

/// `summary`: what replay_summary_json says of the same replay.
[[nodiscard]] report_page make_replay_page(const replay& engine, const mark_paths& marks, const page_json& summary);

}  // namespace plimsoll
