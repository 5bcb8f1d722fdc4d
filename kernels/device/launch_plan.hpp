// The number of blocks of a pass that takes its work turn by turn: as many as the device holds at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "host/backend/device_tuning.hpp"
#include "kernels/device/gpu.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// The device's width, and the values that a bench tries on it.
struct launch_plan {
  int multiprocessors = 1;
  device_tuning tuned{};
};

/// The memory from which a kernel reads its tables. With shared memory it requests all that a multiprocessor has.
enum class tables_in : std::uint8_t { caches, shared_memory };

/// Blocks of the kernel that a multiprocessor holds at once; at least 1. No error: this affects only speed.
template <class... Parameters>
int blocks_that_fit(void (*kernel)(Parameters...), int threads, std::size_t shared_bytes, tables_in where) {
#if defined(__CUDACC__)
  const auto* const code = reinterpret_cast<const void*>(kernel);
  bool known = true;
  if (where == tables_in::shared_memory) {
    known = cudaFuncSetAttribute(code, cudaFuncAttributePreferredSharedMemoryCarveout,
                                 cudaSharedmemCarveoutMaxShared) == cudaSuccess;
  }
  if (shared_bytes != 0) {
    known = known && cudaFuncSetAttribute(code, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                          static_cast<int>(shared_bytes)) == cudaSuccess;
  }
  int fit = 0;
  known = known && cudaOccupancyMaxActiveBlocksPerMultiprocessor(&fit, code, threads, shared_bytes) == cudaSuccess;
  if (!known) { static_cast<void>(cudaGetLastError()); }
  constexpr int fit_everywhere = 2;
  return known && fit > 0 ? fit : fit_everywhere;
#else
  static_cast<void>(kernel);
  static_cast<void>(threads);
  static_cast<void>(shared_bytes);
  static_cast<void>(where);
  return 3;
#endif
}

/// Blocks for the whole device; at most `most` per multiprocessor, unless that is 0.
template <class... Parameters>
std::uint32_t resident_blocks(void (*kernel)(Parameters...), int threads, std::size_t shared_bytes,
                              const launch_plan& plan, tables_in where, int most) {
  const int fit = blocks_that_fit(kernel, threads, shared_bytes, where);
  return static_cast<std::uint32_t>(std::max(1, plan.multiprocessors) * (most > 0 ? std::min(most, fit) : fit));
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
