// Digests of a tick: what any backend, any thread count and any order of rows must agree on. DESIGN section 7.
#pragma once

#include <cstdint>

#include "host/scan/scan.hpp"

namespace plimsoll {

/// State and deficit of every unit that is not healthy, and every cover fill: what a screened tick can know.
[[nodiscard]] std::uint64_t tick_digest_of(const scan_result& scan);

/// Every unit's equity, margin equity, MM and state; every ladder entry's side, size, score bits and lights.
[[nodiscard]] std::uint64_t full_digest_of(const scan_result& scan);

}  // namespace plimsoll
