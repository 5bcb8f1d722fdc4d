// Lists as options write them.
#pragma once

#include <string_view>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll {

/// Splits `text` at separators; a blank text has one blank part.
[[nodiscard]] inline std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) { return parts; }
    text.remove_prefix(at + 1);
  }
}

/// Calls `add` with each item of a list until a call fails. Named items are separated by semicolons, plain ones by
/// semicolons or commas.
template <class Add>
[[nodiscard]] status for_each_item(std::string_view list, const Add& add) {
  for (const std::string_view part : split_list(list, ';')) {
    if (part.find('=') != std::string_view::npos) {
      PLIMSOLL_TRY(add(part));
      continue;
    }
    for (const std::string_view plain : split_list(part, ',')) { PLIMSOLL_TRY(add(plain)); }
  }
  return ok();
}

}  // namespace plimsoll
