// Parts that are embedded in every page: plotly.js, the style, the script that draws.
#pragma once

#include <string_view>

namespace plimsoll {

struct page_assets {
  std::string_view plotly;  ///< plotly.min.js with its licence banner.
  std::string_view style;
  std::string_view script;
};

/// The parts that are built into the command. They are defined with the command, so that a library without pages does
/// not contain plotly.
[[nodiscard]] page_assets shipped_page_assets();

}  // namespace plimsoll
