// The facts of a broken invariant as JSON: the invariant, the place, and the sums before and after.
#pragma once

#include <string>

#include "host/replay/replay.hpp"

namespace plimsoll {

/// The replay must have `evidence`.
[[nodiscard]] std::string evidence_json(const replay& engine);

}  // namespace plimsoll
