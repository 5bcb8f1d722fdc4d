// The one header that kernels include. The same source is a CUDA kernel under nvcc, and a function run on one
// fiber per CUDA thread under g++ with PLIMSOLL_EMULATED=1.
//
//   __global__ __launch_bounds__(256) void sum_rows(device_view<const row> rows, device_view<sum> sums) {
//     PLIMSOLL_SHARED(tile, sum[256]);
//     ...
//   }
//   PLIMSOLL_TRY(launch(sum_rows, blocks, 256, 0, on, rows.view(), sums.view()));
//
// All threads must meet: `return` before a later barrier is a divergence here, and so is a mask without every lane it
// needs. Guard the work, not the barrier. Device code must not rely on destructors.
#pragma once

#include <cstddef>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kernels/device/runtime.hpp"

#if defined(__CUDACC__)

/// Shared memory of the block, unset: PLIMSOLL_SHARED(tile, float[256]).
#define PLIMSOLL_SHARED(name, ...) __shared__ std::type_identity_t<__VA_ARGS__> name
/// Pointer to the launch's dynamic shared memory, aligned to 16 bytes: PLIMSOLL_DYN_SHARED(unsigned, bins).
#define PLIMSOLL_DYN_SHARED(T, name)                                              \
  extern __shared__ __align__(16) unsigned char plimsoll_dynamic_shared_memory[]; \
  T* const name = reinterpret_cast<T*>(plimsoll_dynamic_shared_memory)
/// Before a loop whose trip count is known: unroll it on the device.
#define PLIMSOLL_UNROLL _Pragma("unroll")

#else

#include "kernels/device/emulated_intrinsics.hpp"

#define PLIMSOLL_SHARED(name, ...) \
  auto& name = ::plimsoll::emulated::shared_object<std::type_identity_t<__VA_ARGS__>>([] {})
#define PLIMSOLL_DYN_SHARED(T, name) T* const name = static_cast<T*>(::plimsoll::emulated::dynamic_shared_memory())
#define PLIMSOLL_UNROLL

#endif

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues a kernel on a stream, with `shared_bytes` of dynamic shared memory per block (up to 227 KiB on sm_90).
/// Does not wait on a GPU; on the emulated device the kernel has run when this returns. An empty grid is a success
/// without work. Arguments are copied and must be trivially copyable. Errors: device_fault for a refused configuration,
/// device_lost; a fault of a kernel on a GPU is reported by a later call; on the emulated device a divergence is
/// invariant_broken, with its place.
template <class... Parameters, class... Arguments>
status launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared_bytes, launch_on on,
              Arguments&&... arguments) {
  static_assert((std::is_trivially_copyable_v<std::remove_cvref_t<Parameters>> && ...),
                "Kernel arguments are copied bytewise.");
  static_assert((!std::is_reference_v<Parameters> && ...), "Kernel arguments are passed by value.");
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) { return ok(); }
#if defined(__CUDACC__)
  // 48 KiB are available without a request, but static shared memory counts towards them, so a kernel with dynamic
  // memory always requests it.
  if (shared_bytes != 0) {
    PLIMSOLL_TRY(
        cuda_ok(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                                     static_cast<int>(shared_bytes)),
                "cudaFuncSetAttribute", on.where));
  }
  kernel<<<grid, block, shared_bytes, on.queue.get()>>>(static_cast<Parameters>(std::forward<Arguments>(arguments))...);
  return cuda_ok(cudaGetLastError(), "launch", on.where);
#else
  auto body = [kernel, copies = std::tuple<Parameters...>(std::forward<Arguments>(arguments)...)] {
    std::apply(kernel, copies);
  };
  return cuda_ok(launch_kernel({grid, block, shared_bytes, std::move(body), on.where}, on.queue.get()), "launch",
                 on.where);
#endif
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
