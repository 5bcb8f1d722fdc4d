// Digests of a tick: what any backend, any thread count and any order of rows must agree on. DESIGN section 7.
#pragma once

#include <cstdint>

#include "host/scan/scan.hpp"

namespace plimsoll {

struct tick_digests {
  std::uint64_t tick = 0;  ///< State and deficit of every unit that is not healthy, every cover fill: what a screened tick knows.
  std::uint64_t full = 0;  ///< Every unit's equity, margin equity, MM, state; every ladder entry's side, size, score bits, lights.
};
[[nodiscard]] tick_digests digests_of(const scan_result& scan);

}  // namespace plimsoll
