// What is known of a broken invariant, as JSON: what broke, where, and the sums before and after.
#pragma once

#include <string>

#include "host/replay/replay.hpp"

namespace plimsoll {

/// Of a replay that has `evidence`.
[[nodiscard]] std::string evidence_json(const replay& engine);

}  // namespace plimsoll
