// Lists as options write them.
#pragma once

#include <string_view>
#include <vector>

namespace plimsoll {

/// The parts of `text` between separators; a blank text has one blank part.
[[nodiscard]] inline std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) { return parts; }
    text.remove_prefix(at + 1);
  }
}

}  // namespace plimsoll
