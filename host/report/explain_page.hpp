// The page of `explain`: one account's units, positions and states.
#pragma once

#include "host/report/page/page.hpp"

namespace plimsoll {

/// `explained`: the JSON of `explain`.
[[nodiscard]] report_page make_explain_page(const page_json& explained);

}  // namespace plimsoll
