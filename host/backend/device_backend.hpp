// The interface between `kernels/` and the host: the backends that run kernels, and the facts of the device.
// Definitions are in kernels/backend_cuda.cu, compiled by nvcc into plimsoll_cuda and by g++ into plimsoll_emulated.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "host/backend/backend.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Facts of the GPU in use (the first one that CUDA lists).
struct device_facts {
  std::string name;                ///< "NVIDIA H200".
  std::uint64_t memory_total = 0;  ///< Bytes.
  std::uint64_t memory_free = 0;   ///< Bytes, when this was called.
  int driver_version = 0;          ///< In CUDA's format: 13000 is 13.0.
  int runtime_version = 0;
  int capability_major = 0;  ///< Compute capability.
  int capability_minor = 0;
};

/// Facts of the device, or an error of code device_missing whose message names the reason: "no CUDA driver", "no CUDA
/// device", "compute capability 6.1 is below 7.0". Never throws, and may be called without a driver.
[[nodiscard]] result<device_facts> cuda_device_facts();

/// The CUDA backend on the first device. Errors: device_missing as above, device_memory, device_fault.
[[nodiscard]] result<std::unique_ptr<backend>> make_cuda_backend();

/// The same kernels on the emulated device: exact and slow, for tests. Only plimsoll_emulated defines it.
[[nodiscard]] result<std::unique_ptr<backend>> make_emulated_backend();

}  // namespace plimsoll
