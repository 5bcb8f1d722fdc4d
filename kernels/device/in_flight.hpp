// A block's walk over a run of elements with several loads in flight per thread.
#pragma once

#include <cstdint>

#include "kernels/device/gpu.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Calls use(i, load(i)) for each i below `count`, `Threads` consecutive ones at a time. A thread loads `Group`
/// elements before it uses the first: a compiler may not move a load over a store by itself, so a simple loop would
/// wait for memory once per element. Threads of the block need not meet.
template <int Threads, int Group, class Load, class Use>
__device__ inline void walk_in_flight(std::uint32_t count, Load load, Use use) {
  using loaded = decltype(load(std::uint32_t{}));
  for (std::uint32_t first = threadIdx.x; first < count; first += Threads * Group) {
    loaded held[Group];
    PLIMSOLL_UNROLL
    for (int g = 0; g < Group; ++g) {
      const std::uint32_t i = first + static_cast<std::uint32_t>(g * Threads);
      held[g] = i < count ? load(i) : loaded{};
    }
    PLIMSOLL_UNROLL
    for (int g = 0; g < Group; ++g) {
      const std::uint32_t i = first + static_cast<std::uint32_t>(g * Threads);
      if (i < count) { use(i, held[g]); }
    }
  }
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
