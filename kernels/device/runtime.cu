// Turns CUDA's status codes and handles into errors and owners; one source for both builds.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "kernels/device/runtime.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// "runtime.cu:41": the file without its folder, which differs from machine to machine.
std::string place_of(const std::source_location& where) {
  const std::string_view path = where.file_name();
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1)) + ":" +
         std::to_string(where.line());
}

/// After these the context is gone for good, as CUDA documents: only a new process has a device again. The number
/// decides, since a query of a lost context need not report it.
bool is_the_end(cudaError_t outcome) {
  constexpr int ends[] = {
      214,                           // ECCUncorrectable
      220,                           // NvlinkUncorrectable
      700,                           // IllegalAddress
      702,                           // LaunchTimeout
      709,                           // ContextIsDestroyed
      710,                           // Assert
      714, 715, 716, 717, 718, 719,  // HardwareStackError, IllegalInstruction, MisalignedAddress, InvalidAddressSpace,
                                     // InvalidPc, LaunchFailure
      721,                           // ExternalDevice
  };
  return std::find(std::begin(ends), std::end(ends), static_cast<int>(outcome)) != std::end(ends);
}

error_code code_of(cudaError_t outcome) {
  if (is_the_end(outcome)) { return error_code::device_lost; }
  switch (outcome) {
    case cudaErrorMemoryAllocation: return error_code::device_memory;
    case cudaErrorInsufficientDriver:
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice: return error_code::device_missing;
    default: break;
  }
  // For any other status: a sticky error outlives the clear.
  const bool sticky = cudaPeekAtLastError() != cudaSuccess || cudaFree(nullptr) != cudaSuccess;
  static_cast<void>(cudaGetLastError());
  return sticky ? error_code::device_lost : error_code::device_fault;
}

}  // namespace

status cuda_ok(cudaError_t outcome, const char* what, std::source_location where) {
  if (outcome == cudaSuccess) { return ok(); }
  static_cast<void>(cudaGetLastError());  // Clear a non-sticky error, so that the next call does not inherit it.
#if !defined(__CUDACC__)
  if (auto report = take_report()) { return error{error_code::invariant_broken, std::move(*report), 0}; }
#endif
  return error{code_of(outcome),
               std::string(what) + " at " + place_of(where) + ": " + cudaGetErrorName(outcome) + ", " +
                   cudaGetErrorString(outcome) + ".",
               static_cast<std::uint64_t>(outcome)};
}

// ------------------------------------------------------------------------------------------------- device

int device_count() {
  int count = 0;  // CUDA leaves it unwritten on error.
  if (cudaGetDeviceCount(&count) == cudaSuccess) { return count; }
  static_cast<void>(cudaGetLastError());
  return 0;
}

std::string why_no_device(cudaError_t outcome, int driver_version, int runtime_version) {
  const auto text = [](int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
  };
  if (outcome != cudaErrorInsufficientDriver || driver_version == 0) {
    return outcome == cudaErrorNoDevice || outcome == cudaSuccess ? "no CUDA device" : "no CUDA driver";
  }
  return "the driver is for CUDA " + text(driver_version) + ", older than the CUDA " + text(runtime_version) +
         " of this program";
}

status use_device(int ordinal) { return cuda_ok(cudaSetDevice(ordinal), "cudaSetDevice"); }

result<device_info> describe_device(int ordinal) {
  PLIMSOLL_TRY(use_device(ordinal));
  cudaDeviceProp properties{};
  PLIMSOLL_TRY(cuda_ok(cudaGetDeviceProperties(&properties, ordinal), "cudaGetDeviceProperties"));
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  PLIMSOLL_TRY(cuda_ok(cudaMemGetInfo(&free_bytes, &total_bytes), "cudaMemGetInfo"));
  device_info info{.ordinal = ordinal,
                   .name = properties.name,
                   .memory_bytes = total_bytes,
                   .free_bytes = free_bytes,
                   .multiprocessors = properties.multiProcessorCount,
                   .compute_major = properties.major,
                   .compute_minor = properties.minor,
                   .l2_bytes = static_cast<std::uint64_t>(properties.l2CacheSize)};
  PLIMSOLL_TRY(cuda_ok(cudaDriverGetVersion(&info.driver_version), "cudaDriverGetVersion"));
  PLIMSOLL_TRY(cuda_ok(cudaRuntimeGetVersion(&info.runtime_version), "cudaRuntimeGetVersion"));
  return info;
}

// ------------------------------------------------------------------------------------ streams and events

void detail::stream_end::operator()(cudaStream_t which) const noexcept { static_cast<void>(cudaStreamDestroy(which)); }
void detail::event_end::operator()(cudaEvent_t which) const noexcept { static_cast<void>(cudaEventDestroy(which)); }
void detail::graph_end::operator()(cudaGraphExec_t which) const noexcept {
  static_cast<void>(cudaGraphExecDestroy(which));
}

result<stream> stream::make() {
  cudaStream_t handle = nullptr;
  PLIMSOLL_TRY(cuda_ok(cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking), "cudaStreamCreate"));
  return stream(handle);
}

status stream::synchronize() const { return cuda_ok(cudaStreamSynchronize(get()), "cudaStreamSynchronize"); }

status stream::wait_for(const event& ready) const {
  return cuda_ok(cudaStreamWaitEvent(get(), ready.get(), 0), "cudaStreamWaitEvent");
}

result<event> event::make(event_use use) {
  cudaEvent_t handle = nullptr;
  const unsigned flags = use == event_use::order ? cudaEventDisableTiming : cudaEventDefault;
  PLIMSOLL_TRY(cuda_ok(cudaEventCreateWithFlags(&handle, flags), "cudaEventCreate"));
  return event(handle);
}

status event::record(const stream& on) const { return cuda_ok(cudaEventRecord(get(), on.get()), "cudaEventRecord"); }

status event::record_in_graph(const stream& on) const {
  return cuda_ok(cudaEventRecordWithFlags(get(), on.get(), cudaEventRecordExternal), "cudaEventRecordWithFlags");
}

status event::synchronize() const { return cuda_ok(cudaEventSynchronize(get()), "cudaEventSynchronize"); }

result<bool> event::reached() const {
  const cudaError_t outcome = cudaEventQuery(get());
  if (outcome == cudaErrorNotReady) {
    static_cast<void>(cudaGetLastError());
    return false;
  }
  PLIMSOLL_TRY(cuda_ok(outcome, "cudaEventQuery"));
  return true;
}

result<float> elapsed_ms(const event& from, const event& to) {
  float milliseconds = 0;
  PLIMSOLL_TRY(cuda_ok(cudaEventElapsedTime(&milliseconds, from.get(), to.get()), "cudaEventElapsedTime"));
  return milliseconds;
}

// ------------------------------------------------------------------------------------------------ buffers

namespace detail {

status too_large(std::size_t count) {
  return error{error_code::usage,
               "Condition failed: a buffer of " + std::to_string(count) + " elements is larger than a buffer can be.",
               count};
}

status device_allocate(void** memory, std::size_t bytes) { return cuda_ok(cudaMalloc(memory, bytes), "cudaMalloc"); }

void device_free(void* memory) noexcept {
  if (memory != nullptr && cudaFree(memory) != cudaSuccess) { static_cast<void>(cudaGetLastError()); }
}

status host_allocate(void** memory, std::size_t bytes, bool* pinned) {
  const cudaError_t outcome = cudaHostAlloc(memory, bytes, cudaHostAllocPortable | cudaHostAllocMapped);
  *pinned = outcome == cudaSuccess;
  if (*pinned) { return ok(); }
  auto failed = cuda_ok(outcome, "cudaHostAlloc");
  if (failed.error().code == error_code::device_lost) { return failed; }
  constexpr std::size_t page_bytes = 4096;
  *memory = std::aligned_alloc(page_bytes, (bytes + page_bytes - 1) / page_bytes * page_bytes);
  if (*memory != nullptr) { return ok(); }
  return error{error_code::out_of_memory, "No host memory for " + std::to_string(bytes) + " bytes.", bytes};
}

void host_free(void* memory, bool pinned) noexcept {
  if (!pinned) {
    std::free(memory);
  } else if (cudaFreeHost(memory) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
  }
}

result<void*> mapped(void* host, bool pinned) {
  if (!pinned) { return error{error_code::not_supported, "The buffer is not pinned, so kernels cannot see it.", 0}; }
  void* address = nullptr;
  PLIMSOLL_TRY(cuda_ok(cudaHostGetDevicePointer(&address, host, 0), "cudaHostGetDevicePointer"));
  return address;
}

// ------------------------------------------------------------------------------------------------- copies

status copy(void* to, std::size_t capacity, const void* from, std::size_t bytes, cudaMemcpyKind kind, const stream& on,
            std::source_location where) {
  if (bytes > capacity) {
    return error{error_code::usage,
                 "Condition failed: a copy of " + std::to_string(bytes) + " bytes into " + std::to_string(capacity) +
                     " at " + place_of(where) + ".",
                 bytes};
  }
  if (bytes == 0) { return ok(); }
  return cuda_ok(cudaMemcpyAsync(to, from, bytes, kind, on.get()), "cudaMemcpyAsync", where);
}

status fill(void* to, std::size_t bytes, unsigned char byte, const stream& on, std::source_location where) {
  if (bytes == 0) { return ok(); }
  return cuda_ok(cudaMemsetAsync(to, byte, bytes, on.get()), "cudaMemsetAsync", where);
}

// ------------------------------------------------------------------------------------------------- graphs

status begin_recording(const stream& on) {
  return cuda_ok(cudaStreamBeginCapture(on.get(), cudaStreamCaptureModeRelaxed), "cudaStreamBeginCapture");
}

result<owner<cudaGraphExec_t, graph_end>> end_recording(const stream& on) {
  cudaGraph_t recorded = nullptr;
  PLIMSOLL_TRY(cuda_ok(cudaStreamEndCapture(on.get(), &recorded), "cudaStreamEndCapture"));
  cudaGraphExec_t handle = nullptr;
  const cudaError_t outcome = cudaGraphInstantiate(&handle, recorded, 0);
  static_cast<void>(cudaGraphDestroy(recorded));
  PLIMSOLL_TRY(cuda_ok(outcome, "cudaGraphInstantiate"));
  return owner<cudaGraphExec_t, graph_end>(handle);
}

}  // namespace detail

status graph::launch(const stream& on) const {
  return cuda_ok(cudaGraphLaunch(handle_.get(), on.get()), "cudaGraphLaunch");
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
