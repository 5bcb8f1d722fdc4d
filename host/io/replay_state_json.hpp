// The exact state of a replay as JSON. Inside host/io only.
#pragma once

#include <nlohmann/json.hpp>

#include "host/replay/replay.hpp"

namespace plimsoll::io {

[[nodiscard]] nlohmann::ordered_json state_to_json(const replay_state& state);
/// Throws nlohmann::json::exception or std::invalid_argument if the text was not made by `state_to_json`.
[[nodiscard]] replay_state state_from_json(const nlohmann::ordered_json& from);

}  // namespace plimsoll::io
