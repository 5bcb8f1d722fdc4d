// Notes for a summary and for a page.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/text/note.hpp"

namespace plimsoll {

/// [{"note": "...", "count": 3}, ...], in the given order.
[[nodiscard]] inline nlohmann::ordered_json notes_json(std::span<const note> notes) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const note& one : notes) { out.push_back({{"note", one.text}, {"count", one.count}}); }
  return out;
}

/// The sentences of a summary's notes.
[[nodiscard]] inline std::vector<std::string> note_texts(const nlohmann::ordered_json& summary) {
  std::vector<std::string> out;
  for (const auto& one : summary.at("notes")) { out.push_back(one.at("note").get<std::string>()); }
  return out;
}

}  // namespace plimsoll
