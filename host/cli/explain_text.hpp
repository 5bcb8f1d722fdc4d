// The figures of `explain` as lines for people.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "host/cli/terminal.hpp"

namespace plimsoll::cli {

/// Text of the JSON of `explain`: the same figures, with the formulas between them.
[[nodiscard]] std::string explain_text(const nlohmann::ordered_json& explained, const terminal& screen);

}  // namespace plimsoll::cli
