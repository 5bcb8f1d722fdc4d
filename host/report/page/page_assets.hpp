// What every page carries inside itself: plotly.js, the style, the script that draws.
#pragma once

#include <string_view>

namespace plimsoll {

struct page_assets {
  std::string_view plotly;  ///< plotly.min.js with its licence banner.
  std::string_view style;
  std::string_view script;
};

/// Those built into the command. Defined beside it, so that a library that makes no page carries no plotly.
[[nodiscard]] page_assets shipped_page_assets();

}  // namespace plimsoll
