// The CPU backend, and how it goes about things.
#pragma once

#include <cstdint>
#include <memory>

#include "host/backend/backend.hpp"

namespace plimsoll {

/// Costs alone: the bytes are the same.
struct cpu_costs {
  /// So many units pass by in a margin pass over all of them while one is looked up: where scores read fewer, those
  /// alone are evaluated. 0: always.
  std::uint64_t units_passed = 3;
};

/// As make_cpu_backend(threads).
[[nodiscard]] std::unique_ptr<backend> make_cpu_backend(int threads, const cpu_costs& costs);

}  // namespace plimsoll
