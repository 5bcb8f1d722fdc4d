// The emulated device's host side: the CUDA runtime calls that runtime.cu makes, over host memory, and the
// controls by which a test makes them fail.
//
// Names, signatures and error numbers are CUDA's, so that runtime.cu is one text for both builds. Work runs when it is
// queued; but a copy to the host fills its target only when the stream is waited for (until then the target reads
// 0xCD), and pinned memory passed to a copy must stay unchanged until then. A breach of either is an error that a GPU
// shows only sometimes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "kernels/device/emulator.hpp"

namespace plimsoll::emulated {

// ---------------------------------------------------------------------------------------------- controls

enum class fault_kind : std::uint8_t {
  out_of_memory,  ///< The call reports that memory is exhausted.
  fault,          ///< The call fails; the next one works again.
  lost,           ///< The call and all later ones fail, until `reset_device`.
};

/// Lets the call with this index fail; calls that may fail on a device are counted from 0 since `reset_device`:
/// allocations, copies, fills, launches, algorithms, streams, events, graphs and waiting (not freeing). The environment
/// may say one for the whole program: PLIMSOLL_EMULATED_FAULT=2000:lost (or :fault, :memory).
void inject_fault(std::uint64_t call_index, fault_kind kind);

/// Calls counted since `reset_device`.
[[nodiscard]] std::uint64_t call_count();

/// Work that ran on the device, and waits of the host, since `reset_device`; a graph's work counts at each launch.
struct device_work {
  std::uint64_t kernels = 0;     ///< Launches.
  std::uint64_t algorithms = 0;  ///< Device-wide ones: on a GPU each is two launches or more.
  std::uint64_t fills = 0;
  std::uint64_t copies_up = 0;
  std::uint64_t copies_to_host = 0;
  std::uint64_t waits = 0;  ///< For a stream or an event.
};
[[nodiscard]] device_work work_done();

/// Restores a healthy device: no fault ahead, counting from 0, the default memory and one device. Allocations stay.
void reset_device();

/// Device memory in bytes; allocations beyond it fail as on a full device.
void set_memory_limit(std::size_t bytes);
/// The number of devices to be found; 0 behaves as a machine without a driver.
void set_device_count(int count);
[[nodiscard]] std::size_t device_bytes_in_use();
/// Device and pinned allocations, streams, events and graphs not yet given back.
[[nodiscard]] std::size_t live_objects();
/// The number of such objects ever made.
[[nodiscard]] std::uint64_t objects_made();

/// The text of the divergence or misuse that failed the caller's last call, once.
[[nodiscard]] std::optional<std::string> take_report();

// ------------------------------------------------------------------------------------- the CUDA runtime

enum cudaError_t : int {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInsufficientDriver = 35,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorInvalidResourceHandle = 400,
  cudaErrorNotReady = 600,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchOutOfResources = 701,
  cudaErrorLaunchFailure = 719,
  cudaErrorStreamCaptureUnsupported = 900,
};

struct CUstream_st;
struct CUevent_st;
struct CUgraph_st;
struct CUgraphExec_st;
using cudaStream_t = CUstream_st*;
using cudaEvent_t = CUevent_st*;
using cudaGraph_t = CUgraph_st*;
using cudaGraphExec_t = CUgraphExec_st*;

enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeRelaxed = 2 };
inline constexpr unsigned cudaStreamNonBlocking = 1;
inline constexpr unsigned cudaEventDefault = 0;
inline constexpr unsigned cudaEventDisableTiming = 2;
inline constexpr unsigned cudaEventRecordDefault = 0;
inline constexpr unsigned cudaEventRecordExternal = 1;
inline constexpr unsigned cudaHostAllocPortable = 1;
inline constexpr unsigned cudaHostAllocMapped = 2;

struct cudaDeviceProp {
  char name[256];
  std::size_t totalGlobalMem;
  int multiProcessorCount;
  int major;
  int minor;
  int l2CacheSize;
};

cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaDriverGetVersion(int* version);
cudaError_t cudaRuntimeGetVersion(int* version);
cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes);

cudaError_t cudaMalloc(void** memory, std::size_t bytes);
cudaError_t cudaFree(void* memory);
cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned flags);
cudaError_t cudaFreeHost(void* memory);
cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned flags);
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t on);
cudaError_t cudaMemsetAsync(void* to, int byte, std::size_t bytes, cudaStream_t on);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* made, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t which);
cudaError_t cudaStreamSynchronize(cudaStream_t which);
cudaError_t cudaStreamQuery(cudaStream_t which);
cudaError_t cudaStreamWaitEvent(cudaStream_t which, cudaEvent_t event, unsigned flags = 0);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* made, unsigned flags);
cudaError_t cudaEventDestroy(cudaEvent_t which);
cudaError_t cudaEventRecord(cudaEvent_t which, cudaStream_t on);
/// In a recording it must be external; outside it must not.
cudaError_t cudaEventRecordWithFlags(cudaEvent_t which, cudaStream_t on, unsigned flags);
cudaError_t cudaEventSynchronize(cudaEvent_t which);
cudaError_t cudaEventQuery(cudaEvent_t which);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to);

cudaError_t cudaStreamBeginCapture(cudaStream_t on, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t on, cudaGraph_t* made);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* made, cudaGraph_t from, unsigned long long flags = 0);
cudaError_t cudaGraphLaunch(cudaGraphExec_t which, cudaStream_t on);
cudaError_t cudaGraphDestroy(cudaGraph_t which);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t which);

cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
const char* cudaGetErrorName(cudaError_t error);
const char* cudaGetErrorString(cudaError_t error);

// ------------------------------------------------------------------------- replacements of <<<>>> and CUB

/// Runs a kernel, or adds it to the graph being recorded. The error is also the last error.
cudaError_t launch_kernel(grid_launch launch, cudaStream_t on);

/// Runs a host function instead of a device-wide algorithm, as one device call.
cudaError_t launch_host_function(std::function<void()> body, cudaStream_t on);

}  // namespace plimsoll::emulated
