// The CPU backend, and its cost constants.
#pragma once

#include <cstdint>
#include <memory>

#include "host/backend/backend.hpp"

namespace plimsoll {

/// Constants that affect only the speed, not the result.
struct cpu_costs {
  /// Cost of looking up one unit, in units of a full pass. If scoring needs fewer units than all / this, only those are
  /// evaluated. 0: always only those.
  std::uint64_t units_passed = 3;
};

/// As make_cpu_backend(threads).
[[nodiscard]] std::unique_ptr<backend> make_cpu_backend(int threads, const cpu_costs& costs);

}  // namespace plimsoll
