// The facts that a program can report of this machine's GPU before it makes a backend of it. Nothing of it is emulated.
#include "host/backend/device_backend.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/scan/scan_units.hpp"

#if defined(__CUDACC__)

namespace plimsoll {

namespace {

/// Is there code in this program that the device can run?
status code_fits(const cuda::device_info& info) {
  constexpr int major_min = 7;
  const std::string capability = std::to_string(info.compute_major) + "." + std::to_string(info.compute_minor);
  if (info.compute_major < major_min) {
    return error{error_code::device_missing, "compute capability " + capability + " is below 7.0", 0};
  }
  cudaFuncAttributes attributes{};
  if (cudaFuncGetAttributes(&attributes, cuda::scan_units_code()) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return error{error_code::device_missing, "this build has no code for compute capability " + capability, 0};
  }
  return ok();
}

}  // namespace

result<device_facts> cuda_device_facts() {
  int count = 0;  // CUDA leaves it unwritten on error.
  const cudaError_t asked = cudaGetDeviceCount(&count);
  if (asked != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    int driver = 0;
    int runtime = 0;
    static_cast<void>(cudaDriverGetVersion(&driver));
    static_cast<void>(cudaRuntimeGetVersion(&runtime));
    return error{error_code::device_missing, cuda::why_no_device(asked, driver, runtime),
                 static_cast<std::uint64_t>(asked)};
  }
  if (count == 0) { return error{error_code::device_missing, cuda::why_no_device(asked, 0, 0), 0}; }
  const auto info = cuda::describe_device(0);
  if (!info) { return info.error(); }
  PLIMSOLL_TRY(code_fits(info.value()));
  return device_facts{.name = info.value().name,
                      .memory_total = info.value().memory_bytes,
                      .memory_free = info.value().free_bytes,
                      .driver_version = info.value().driver_version,
                      .runtime_version = info.value().runtime_version,
                      .capability_major = info.value().compute_major,
                      .capability_minor = info.value().compute_minor};
}

}  // namespace plimsoll

#endif
