// The emulated device's host side. One mutex guards the bookkeeping; kernels run outside it.
#include "kernels/device/emulated_cuda.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/device/emulator_watch.hpp"

namespace plimsoll::emulated {

using step = std::function<cudaError_t(cudaStream_t)>;

/// An operation that ends when the host has waited for the stream.
struct unfinished {
  std::uint64_t sequence = 0;
  std::byte* to = nullptr;             ///< A copy to the host: its target ...
  std::vector<std::byte> content;      ///< ... and what arrives there.
  const std::byte* watched = nullptr;  ///< A copy from pinned memory: its source, ...
  std::size_t watched_bytes = 0;
  std::uint64_t watched_hash = 0;  ///< ... as it was.
};

struct CUstream_st {
  std::uint64_t sequence = 0;
  std::vector<unfinished> ahead;
  CUgraph_st* recording = nullptr;
};

struct CUevent_st {
  cudaStream_t on = nullptr;
  std::uint64_t sequence = 0;
  std::chrono::steady_clock::time_point at;
  bool timed = true;
};

struct CUgraph_st {
  std::vector<step> steps;
};

struct CUgraphExec_st {
  std::vector<step> steps;
};

namespace {

constexpr std::size_t memory_default = std::size_t{64} << 30;
constexpr unsigned char poison = 0xCD;

using registry = std::map<const std::byte*, std::size_t>;

/// "2000:lost" from the environment, for programs whose own code injects no fault, as in rehearsals of a run on a GPU.
std::map<std::uint64_t, fault_kind> faults_of_environment() {
  const char* const wanted = std::getenv("PLIMSOLL_EMULATED_FAULT");
  if (wanted == nullptr) { return {}; }
  char* end = nullptr;
  const std::uint64_t call = std::strtoull(wanted, &end, 10);
  const std::string_view kind = end;
  return {{call, kind == ":lost"     ? fault_kind::lost
                 : kind == ":memory" ? fault_kind::out_of_memory
                                     : fault_kind::fault}};
}

struct device_state {
  std::mutex mutex;
  std::uint64_t calls = 0;
  std::map<std::uint64_t, fault_kind> faults = faults_of_environment();
  cudaError_t sticky = cudaSuccess;
  int devices = 1;
  std::size_t limit = memory_default;
  std::size_t in_use = 0;
  registry device, pinned;
  std::set<cudaStream_t> streams;
  std::size_t events = 0, graphs = 0;
  std::uint64_t made = 0;
  device_work work;
};

device_state& state() {
  static device_state the_device;
  return the_device;
}

void count(std::uint64_t device_work::* what) {
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  ++(device.work.*what);
}

thread_local cudaError_t last_error = cudaSuccess;
thread_local std::optional<std::string> report;

cudaError_t fail(cudaError_t why) { return last_error = why; }

cudaError_t misuse(std::string what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  report = std::move(what);
  return fail(cudaErrorLaunchFailure);
}

/// Counts a call; returns success if it may proceed.
cudaError_t gate() {
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  const std::uint64_t index = device.calls++;
  if (device.devices == 0) { return fail(cudaErrorInsufficientDriver); }
  if (device.sticky != cudaSuccess) { return fail(device.sticky); }
  const auto found = device.faults.find(index);
  if (found == device.faults.end()) { return cudaSuccess; }
  switch (found->second) {
    case fault_kind::out_of_memory: return fail(cudaErrorMemoryAllocation);
    case fault_kind::fault: return fail(cudaErrorLaunchOutOfResources);
    case fault_kind::lost: break;
  }
  return fail(device.sticky = cudaErrorIllegalAddress);
}

bool inside(const registry& blocks, const void* memory, std::size_t bytes) {
  const auto* at = static_cast<const std::byte*>(memory);
  auto found = blocks.upper_bound(at);
  if (found == blocks.begin()) { return false; }
  --found;
  const auto offset = static_cast<std::size_t>(at - found->first);
  return offset <= found->second && bytes <= found->second - offset;
}

bool on_device(const void* memory, std::size_t bytes) {
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  return inside(device.device, memory, bytes);
}

std::uint64_t hash_of(const std::byte* bytes, std::size_t count) {
  std::uint64_t hash = 0x9E3779B97F4A7C15u ^ count;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
    hash ^= hash >> 32;
  };
  for (; count >= 8; bytes += 8, count -= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes, 8);
    mix(word);
  }
  for (; count > 0; ++bytes, --count) { mix(std::to_integer<std::uint64_t>(*bytes)); }
  return hash;
}

/// Runs the step, or adds it to the graph that the stream records.
cudaError_t submit(cudaStream_t on, step work) {
  if (on == nullptr) { return fail(cudaErrorInvalidResourceHandle); }
  if (on->recording != nullptr) {
    on->recording->steps.push_back(std::move(work));
    return cudaSuccess;
  }
  const cudaError_t outcome = work(on);
  return outcome == cudaSuccess ? outcome : fail(outcome);
}

/// Called when the host has waited for everything up to `sequence`: copies arrive, and sources are free again.
cudaError_t finish(cudaStream_t on, std::uint64_t sequence) {
  bool intact = true;
  for (auto& each : on->ahead) {
    if (each.sequence > sequence) { continue; }
    if (each.to != nullptr) { std::memcpy(each.to, each.content.data(), each.content.size()); }
    if (each.watched != nullptr) { intact = intact && hash_of(each.watched, each.watched_bytes) == each.watched_hash; }
  }
  std::erase_if(on->ahead, [&](const unfinished& each) { return each.sequence <= sequence; });
  if (intact) { return cudaSuccess; }
  return misuse("Invariant: pinned memory passed to an asynchronous copy changed before the stream was waited for.");
}

cudaError_t copy_to_device(void* to, const void* from, std::size_t bytes, cudaStream_t on) {
  count(&device_work::copies_up);
  std::memcpy(to, from, bytes);
  watch::note_fill(to, bytes);
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  if (inside(device.pinned, from, bytes)) {
    const auto* source = static_cast<const std::byte*>(from);
    on->ahead.push_back({++on->sequence, nullptr, {}, source, bytes, hash_of(source, bytes)});
  }
  return cudaSuccess;
}

cudaError_t copy_to_host(void* to, const void* from, std::size_t bytes, cudaStream_t on) {
  count(&device_work::copies_to_host);
  const auto* source = static_cast<const std::byte*>(from);
  auto* target = static_cast<std::byte*>(to);
  if (auto fault = watch::fault_of_read(from, bytes)) { return misuse(std::move(*fault)); }
  on->ahead.push_back({++on->sequence, target, {source, source + bytes}, nullptr, 0, 0});
  std::memset(to, poison, bytes);
  return cudaSuccess;
}

/// Host memory that counts as `blocks`' memory.
cudaError_t allocate(registry& blocks, void** memory, std::size_t bytes, bool written) {
  void* const made = std::malloc(bytes);
  if (made == nullptr) { return fail(cudaErrorMemoryAllocation); }
  std::memset(made, poison, bytes);
  watch::add_memory(made, bytes, written);
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  blocks.emplace(static_cast<const std::byte*>(made), bytes);
  ++device.made;
  *memory = made;
  return cudaSuccess;
}

/// Frees memory even on a lost device, as CUDA does at the end of the process. Returns the bytes freed.
std::optional<std::size_t> release(registry& blocks, void* memory) {
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  const auto found = blocks.find(static_cast<const std::byte*>(memory));
  if (found == blocks.end()) { return std::nullopt; }
  const std::size_t bytes = found->second;
  blocks.erase(found);
  watch::remove_memory(memory, bytes);
  std::free(memory);
  return bytes;
}

cudaError_t mark(cudaEvent_t which, cudaStream_t on) {
  return submit(on, [=](cudaStream_t stream) {
    *which = {stream, stream->sequence, std::chrono::steady_clock::now(), which->timed};
    return cudaSuccess;
  });
}

cudaError_t after_free(bool known) {
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  if (device.devices == 0) { return fail(cudaErrorInsufficientDriver); }
  if (device.sticky != cudaSuccess) { return fail(device.sticky); }
  return known ? cudaSuccess : fail(cudaErrorInvalidValue);
}

void count_graphs(int by) {
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  device.graphs += static_cast<std::size_t>(by);
  device.made += by > 0 ? 1U : 0U;
}

}  // namespace

// ---------------------------------------------------------------------------------------------- controls

void inject_fault(std::uint64_t call_index, fault_kind kind) {
  const std::lock_guard lock(state().mutex);
  state().faults[call_index] = kind;
}

device_work work_done() {
  const std::lock_guard lock(state().mutex);
  return state().work;
}

std::uint64_t call_count() {
  const std::lock_guard lock(state().mutex);
  return state().calls;
}

void reset_device() {
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  device.calls = 0;
  device.work = {};
  device.faults.clear();
  device.sticky = cudaSuccess;
  device.devices = 1;
  device.limit = memory_default;
  last_error = cudaSuccess;
  report.reset();
}

void set_memory_limit(std::size_t bytes) {
  const std::lock_guard lock(state().mutex);
  state().limit = bytes;
}

void set_device_count(int count) {
  const std::lock_guard lock(state().mutex);
  state().devices = count;
}

std::size_t device_bytes_in_use() {
  const std::lock_guard lock(state().mutex);
  return state().in_use;
}

std::size_t live_objects() {
  auto& device = state();
  const std::lock_guard lock(device.mutex);
  return device.device.size() + device.pinned.size() + device.streams.size() + device.events + device.graphs;
}

std::uint64_t objects_made() {
  const std::lock_guard lock(state().mutex);
  return state().made;
}

std::optional<std::string> take_report() { return std::exchange(report, std::nullopt); }

// ------------------------------------------------------------------------------------------------ device

cudaError_t cudaGetDeviceCount(int* count) {
  const std::lock_guard lock(state().mutex);
  if (state().devices == 0) { return fail(cudaErrorInsufficientDriver); }  // The count stays unwritten, as CUDA's.
  *count = state().devices;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  const std::lock_guard lock(state().mutex);
  return device >= 0 && device < state().devices ? cudaSuccess : fail(cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  const std::lock_guard lock(state().mutex);
  if (device < 0 || device >= state().devices) { return fail(cudaErrorInvalidDevice); }
  *properties = {"emulated device", state().limit, 1, 9, 0, 0};
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
  const std::lock_guard lock(state().mutex);
  *version = state().devices == 0 ? 0 : 13000;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  const std::lock_guard lock(state().mutex);
  *total_bytes = state().limit;
  *free_bytes = state().limit - std::min(state().limit, state().in_use);
  return cudaSuccess;
}

// ------------------------------------------------------------------------------------------------ memory

cudaError_t cudaMalloc(void** memory, std::size_t bytes) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  auto& device = state();
  {
    const std::lock_guard lock(device.mutex);
    if (bytes > device.limit - std::min(device.limit, device.in_use)) { return fail(cudaErrorMemoryAllocation); }
    device.in_use += bytes;
  }
  const auto outcome = allocate(device.device, memory, bytes, false);
  if (outcome != cudaSuccess) {
    const std::lock_guard lock(device.mutex);
    device.in_use -= bytes;
  }
  return outcome;
}

cudaError_t cudaFree(void* memory) {
  if (memory == nullptr) { return cudaSuccess; }  // As documented: nothing is done and reported.
  const auto bytes = release(state().device, memory);
  if (bytes) {
    const std::lock_guard lock(state().mutex);
    state().in_use -= *bytes;
  }
  return after_free(bytes.has_value());
}

cudaError_t cudaHostAlloc(void** memory, std::size_t bytes, unsigned) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  return allocate(state().pinned, memory, bytes, true);
}

cudaError_t cudaFreeHost(void* memory) {
  return after_free(memory == nullptr || release(state().pinned, memory).has_value());
}

cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  const std::lock_guard lock(state().mutex);
  if (!inside(state().pinned, host, 0)) { return fail(cudaErrorInvalidValue); }
  *device = host;
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t on) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  const bool target_known = kind == cudaMemcpyDeviceToHost || on_device(to, bytes);
  const bool source_known = kind == cudaMemcpyHostToDevice || on_device(from, bytes);
  if (!target_known || !source_known) { return fail(cudaErrorInvalidValue); }
  return submit(on, [=](cudaStream_t stream) {
    switch (kind) {
      case cudaMemcpyHostToDevice: return copy_to_device(to, from, bytes, stream);
      case cudaMemcpyDeviceToHost: return copy_to_host(to, from, bytes, stream);
      case cudaMemcpyDeviceToDevice: break;
    }
    std::memmove(to, from, bytes);
    watch::note_copy(to, from, bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaMemsetAsync(void* to, int byte, std::size_t bytes, cudaStream_t on) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  if (!on_device(to, bytes)) { return fail(cudaErrorInvalidValue); }
  return submit(on, [=](cudaStream_t) {
    count(&device_work::fills);
    std::memset(to, byte, bytes);
    watch::note_fill(to, bytes);
    return cudaSuccess;
  });
}

// ------------------------------------------------------------------------------------- streams and events

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* made, unsigned) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  *made = new CUstream_st;
  const std::lock_guard lock(state().mutex);
  state().streams.insert(*made);
  ++state().made;
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t which) {
  {
    const std::lock_guard lock(state().mutex);
    state().streams.erase(which);
  }
  delete which;
  return after_free(true);
}

cudaError_t cudaStreamSynchronize(cudaStream_t which) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  if (which->recording != nullptr) { return fail(cudaErrorStreamCaptureUnsupported); }
  count(&device_work::waits);
  return finish(which, which->sequence);
}

cudaError_t cudaStreamQuery(cudaStream_t which) { return cudaStreamSynchronize(which); }

cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return gate(); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* made, unsigned flags) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  *made = new CUevent_st;
  (*made)->timed = (flags & cudaEventDisableTiming) == 0;
  const std::lock_guard lock(state().mutex);
  ++state().events;
  ++state().made;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t which) {
  delete which;
  {
    const std::lock_guard lock(state().mutex);
    --state().events;
  }
  return after_free(true);
}

cudaError_t cudaEventRecord(cudaEvent_t which, cudaStream_t on) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  if (on->recording != nullptr) { return fail(cudaErrorStreamCaptureUnsupported); }  // It would mark no launch's time.
  return mark(which, on);
}

cudaError_t cudaEventRecordWithFlags(cudaEvent_t which, cudaStream_t on, unsigned flags) {
  if (flags == cudaEventRecordDefault) { return cudaEventRecord(which, on); }
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  return on->recording == nullptr ? fail(cudaErrorInvalidValue) : mark(which, on);
}

cudaError_t cudaEventSynchronize(cudaEvent_t which) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  {
    const std::lock_guard lock(state().mutex);
    if (!state().streams.contains(which->on)) { return cudaSuccess; }  // Never recorded, or its stream is gone.
  }
  count(&device_work::waits);
  return finish(which->on, which->sequence);
}

cudaError_t cudaEventQuery(cudaEvent_t which) { return cudaEventSynchronize(which); }

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  if (from->on == nullptr || to->on == nullptr || !from->timed || !to->timed) {
    return fail(cudaErrorInvalidResourceHandle);
  }
  *milliseconds = std::chrono::duration<float, std::milli>(to->at - from->at).count();
  return cudaSuccess;
}

// ------------------------------------------------------------------------------------------------ graphs

cudaError_t cudaStreamBeginCapture(cudaStream_t on, cudaStreamCaptureMode) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  if (on->recording != nullptr) { return fail(cudaErrorStreamCaptureUnsupported); }
  on->recording = new CUgraph_st;
  count_graphs(1);
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t on, cudaGraph_t* made) {
  *made = std::exchange(on->recording, nullptr);  // Recording ends even if the call fails, or it would leak.
  const auto stopped = gate();
  if (stopped != cudaSuccess && *made != nullptr) {
    static_cast<void>(cudaGraphDestroy(std::exchange(*made, nullptr)));
  }
  return stopped;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* made, cudaGraph_t from, unsigned long long) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  *made = new CUgraphExec_st{from->steps};
  count_graphs(1);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t which, cudaStream_t on) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  for (const auto& each : which->steps) {
    if (const auto outcome = submit(on, each); outcome != cudaSuccess) { return outcome; }
  }
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t which) {
  delete which;
  count_graphs(-1);
  return after_free(true);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t which) {
  delete which;
  count_graphs(-1);
  return after_free(true);
}

// ------------------------------------------------------------------------------------- errors and launches

cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }

cudaError_t cudaPeekAtLastError() {
  return last_error;  // A lost context need not say so where no call is made.
}

cudaError_t launch_kernel(grid_launch launch, cudaStream_t on) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  constexpr std::size_t shared_bytes_max = 227 * 1024;
  const std::uint64_t threads = std::uint64_t{launch.block.x} * launch.block.y * launch.block.z;
  const bool grid_fits = launch.grid.x <= 0x7FFFFFFFu && launch.grid.y <= 65535 && launch.grid.z <= 65535;
  if (threads == 0 || threads > 1024 || launch.block.z > 64 || !grid_fits) {
    return fail(cudaErrorInvalidConfiguration);
  }
  if (launch.shared_bytes > shared_bytes_max) { return fail(cudaErrorInvalidValue); }
  return submit(on, [launch = std::move(launch)](cudaStream_t) {
    count(&device_work::kernels);
    auto diverged = run_grid(launch);
    if (!diverged) { return cudaSuccess; }
    report = std::move(diverged);
    return cudaErrorLaunchFailure;
  });
}

cudaError_t launch_host_function(std::function<void()> body, cudaStream_t on) {
  if (const auto stopped = gate(); stopped != cudaSuccess) { return stopped; }
  return submit(on, [body = std::move(body)](cudaStream_t) {
    count(&device_work::algorithms);
    const watch::algorithm_watch watched;
    body();
    if (auto fault = watched.report()) { return misuse(std::move(*fault)); }
    return cudaSuccess;
  });
}

}  // namespace plimsoll::emulated
