// The emulated device's scheduler: one fiber per CUDA thread, so that a kernel's own source runs under g++.
//
// A block stays on one OS thread; its threads run one at a time, in a chosen order, and change over only where they
// meet: at a barrier or a warp collective. A wrong meeting (a thread that left before a barrier, a lane missing from a
// mask) is reported with block, thread, lane, operation, file and line. Tests use `configure` and `divergence_count`;
// kernels use the rest through gpu.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>

namespace plimsoll::emulated {

struct uint3 {
  unsigned x, y, z;
};

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_count = 1, unsigned y_count = 1, unsigned z_count = 1)  // NOLINT: as CUDA's
      : x(x_count), y(y_count), z(z_count) {}
};

inline constexpr int warpSize = 32;

// A small TLS block: initial-exec saves a call per access in position-independent code.
#define PLIMSOLL_FIBER_LOCAL [[gnu::tls_model("initial-exec")]] inline constinit thread_local
PLIMSOLL_FIBER_LOCAL uint3 threadIdx{0, 0, 0};
PLIMSOLL_FIBER_LOCAL uint3 blockIdx{0, 0, 0};
PLIMSOLL_FIBER_LOCAL dim3 blockDim{};
PLIMSOLL_FIBER_LOCAL dim3 gridDim{};
#undef PLIMSOLL_FIBER_LOCAL

/// The order in which blocks, and the threads of a block between two meetings, are run.
enum class thread_order : std::uint8_t { forward, reverse, random };

struct settings {
  thread_order order = thread_order::forward;
  std::uint64_t seed = 1;  ///< For `random`: the same seed gives a block the same order, on any number of workers.
  unsigned workers = 0;    ///< OS threads that run blocks; 0 means up to one per core, one for small grids.
};

/// Sets how later launches run. Call it between launches, not during one.
void configure(const settings& chosen);
[[nodiscard]] settings configured();

/// Kernels stopped by a divergence since the program began. A test that expects none asserts on it,
/// because a backend may react to a failed launch with a fallback.
[[nodiscard]] std::uint64_t divergence_count();

/// The work of one launch: `body` runs once per CUDA thread, with the index variables set.
struct grid_launch {
  dim3 grid;
  dim3 block;
  std::size_t shared_bytes = 0;  ///< Dynamic shared memory per block, allocated to the byte.
  std::function<void()> body;
  std::source_location where;  ///< The call of `launch`, for reports.
};

/// Runs a grid to its end. Returns the report if the kernel diverged; its writes until then stay. The caller takes part
/// as a worker.
[[nodiscard]] std::optional<std::string> run_grid(const grid_launch& launch);

// ------------------------------------------------------------------------------------ where threads meet

enum class meeting : std::uint8_t {
  syncthreads,
  syncthreads_count,
  syncthreads_and,
  syncthreads_or,
  syncwarp,
  shuffle,
  ballot,
  match_any,
};

/// Waits for every thread of the block; returns the number of non-zero predicates.
int meet_block(meeting kind, int predicate, std::source_location where);

/// Waits for every lane of `mask`; returns the value of lane `source` (shuffle), the lanes whose value is non-zero
/// (ballot), or the lanes whose value equals the caller's (match_any).
std::uint64_t meet_warp(meeting kind, unsigned mask, std::uint64_t value, unsigned source, std::source_location where);

// ---------------------------------------------------------------------------------------- shared memory

/// Memory of the running block for one declaration: exact size, 0xCD at first touch in each block.
void* shared_memory(unsigned slot, std::size_t bytes);
void* dynamic_shared_memory();
unsigned next_shared_slot();

/// One slot per declaration and template instantiation: each expansion of the macro has its own closure type.
template <class Site>
inline const unsigned shared_slot = next_shared_slot();

template <class T, class Site>
T& shared_object(Site) {
  static_assert(std::is_trivially_default_constructible_v<std::remove_all_extents_t<T>> &&
                    std::is_trivially_destructible_v<std::remove_all_extents_t<T>>,
                "Shared memory is never constructed or destroyed.");
  return *static_cast<T*>(shared_memory(shared_slot<Site>, sizeof(T)));
}

}  // namespace plimsoll::emulated
