// Chooses the backend at run time, with the reason.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "host/backend/backend.hpp"
#include "host/backend/device_backend.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// The device backends that a program links; null if it was built without one.
struct linked_devices {
  result<device_facts> (*cuda_facts)() = nullptr;
  result<std::unique_ptr<backend>> (*make_cuda)() = nullptr;
  result<std::unique_ptr<backend>> (*make_emulated)() = nullptr;
};

/// The device backends of the program that includes this header: a target that links plimsoll_cuda or plimsoll_emulated
/// has the macro. Internal linkage on purpose, because the result differs between targets.
[[maybe_unused]] static linked_devices devices_linked_here() {
  linked_devices devices;
#if defined(PLIMSOLL_WITH_CUDA)
  devices.cuda_facts = cuda_device_facts;
  devices.make_cuda = make_cuda_backend;
#endif
#if defined(PLIMSOLL_WITH_EMULATED)
  devices.make_emulated = make_emulated_backend;
#endif
  return devices;
}

/// A backend, and the reason for it: "cuda: NVIDIA H200, 139.1 GiB free", "cpu: no CUDA driver", "cpu: too little
/// device memory: needs 3.2 GiB of 2.0 GiB free".
struct backend_choice {
  std::unique_ptr<backend> machine;
  std::string why;
};

/// Device memory that a book needs, in bytes, the buffers of a rank pass included. An upper estimate.
[[nodiscard]] std::uint64_t device_bytes_needed(const book& source);

/// The backend called "cpu", "cuda" or "emulated"; "best" is cuda if it is usable and has `device_bytes` free, else
/// cpu. `threads` is for the CPU (0: all).
///
/// Errors: usage for another name; device_missing or device_memory if "cuda" is requested and not usable.
[[nodiscard]] result<backend_choice> choose_backend(std::string_view name, int threads, std::uint64_t device_bytes = 0,
                                                    const linked_devices& devices = devices_linked_here());

/// The same without the reason.
[[nodiscard]] result<std::unique_ptr<backend>> make_backend(std::string_view name, int threads,
                                                            const linked_devices& devices = devices_linked_here());

}  // namespace plimsoll
