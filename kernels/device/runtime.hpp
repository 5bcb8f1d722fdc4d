// The device's host side: streams, events, buffers, copies and graphs, with errors as values.
//
// An owner (stream, event, device_buffer, host_buffer, graph) is made by a function that returns it or an error, can be
// moved, and releases its resource when it ends; views never own. The stream is always named, so the default stream
// cannot be used by accident. Nothing here waits unless its comment says so. An owner must outlive the work that uses
// it: synchronise before letting it end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "kernels/device/namespace.hpp"
#include "plimsoll/config.hpp"
#include "plimsoll/result.hpp"

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#else
#include "kernels/device/emulated_cuda.hpp"
#endif

namespace plimsoll::PLIMSOLL_DEVICE_NS {

// ------------------------------------------------------------------------------------------------- errors

/// Success, or the error that a CUDA status means: device_missing (no driver or device), device_memory, device_lost
/// (the context is gone for good), else device_fault. The message names the call and the place of `where`, the detail
/// is the status. Clears a non-sticky error. Waits for the device only after an error. On the emulated device a
/// divergence or misuse comes back as invariant_broken.
status cuda_ok(cudaError_t outcome, const char* what, std::source_location where = std::source_location::current());

// ------------------------------------------------------------------------------------------------- device

struct device_info {
  int ordinal = 0;
  std::string name;
  std::uint64_t memory_bytes = 0;
  std::uint64_t free_bytes = 0;
  int multiprocessors = 0;
  int compute_major = 0;
  int compute_minor = 0;
  std::uint64_t l2_bytes = 0;
  int driver_version = 0;  ///< As CUDA counts: 13000 is 13.0; 0 without a driver.
  int runtime_version = 0;
};

/// Devices that can be asked for; 0 on any error, such as a machine without a driver.
int device_count();

/// The reason for having no device, from the status of the query for their number: "no CUDA driver", "no CUDA device",
/// "the driver is for CUDA 12.4, older than the CUDA 13.0 of this program". `driver_version`: 0 if there is none.
[[nodiscard]] std::string why_no_device(cudaError_t outcome, int driver_version, int runtime_version);

/// Facts of a device, which becomes the calling thread's current one. Errors: device_missing, device_lost.
result<device_info> describe_device(int ordinal);

/// Makes a device the calling thread's current one. Errors: device_missing, device_lost.
status use_device(int ordinal);

// ------------------------------------------------------------------------------------ streams and events

namespace detail {
struct stream_end {
  void operator()(cudaStream_t which) const noexcept;
};
struct event_end {
  void operator()(cudaEvent_t which) const noexcept;
};
struct graph_end {
  void operator()(cudaGraphExec_t which) const noexcept;
};
template <class Handle, class End>
using owner = std::unique_ptr<std::remove_pointer_t<Handle>, End>;
}  // namespace detail

class event;

/// A queue of device work, in order. Never the default stream.
class stream {
 public:
  static result<stream> make();
  [[nodiscard]] cudaStream_t get() const { return handle_.get(); }

  /// Waits until all work queued so far is done. Reports any failure since the last wait.
  status synchronize() const;
  /// Makes later work of this stream wait for `ready`, on the device; the host does not wait.
  status wait_for(const event& ready) const;

 private:
  explicit stream(cudaStream_t handle) : handle_(handle) {}
  detail::owner<cudaStream_t, detail::stream_end> handle_;
};

/// A stream, and the place in the source that queues work on it.
struct launch_on {
  launch_on(const stream& on, std::source_location at = std::source_location::current())  // NOLINT: implicit
      : queue(on), where(at) {}
  const stream& queue;
  std::source_location where;
};

/// The purpose of an event. One that only orders work keeps no time, and waiting for it is cheaper.
enum class event_use : std::uint8_t { time, order };

/// A point in a stream's work, with its time where it is made for that.
class event {
 public:
  static result<event> make(event_use use = event_use::time);
  [[nodiscard]] cudaEvent_t get() const { return handle_.get(); }

  /// Marks the end of the work given to `on` so far.
  status record(const stream& on) const;
  /// The same inside a recording (`graph::record`): each launch of the graph marks the point again.
  status record_in_graph(const stream& on) const;
  /// Waits until that point is reached.
  status synchronize() const;
  /// True once that point is reached. Does not wait.
  result<bool> reached() const;

 private:
  explicit event(cudaEvent_t handle) : handle_(handle) {}
  detail::owner<cudaEvent_t, detail::event_end> handle_;
};

/// Milliseconds of device time between two points, both reached and both made for times.
result<float> elapsed_ms(const event& from, const event& to);

// ------------------------------------------------------------------------------------------------ buffers

/// Device memory seen by a kernel: two words, passed by value, owning nothing.
template <class T>
struct device_view {
  T* data = nullptr;
  std::uint32_t count = 0;

  PLIMSOLL_HD constexpr T& operator[](std::uint32_t index) const { return data[index]; }
  template <class Const>
    requires(!std::is_const_v<T> && std::is_same_v<Const, const T>)
  PLIMSOLL_HD constexpr operator device_view<Const>() const {  // NOLINT: as T* to const T*
    return {data, count};
  }
  /// `length` elements from `first` on; the caller keeps within `count`.
  PLIMSOLL_HD constexpr device_view part(std::uint32_t first, std::uint32_t length) const {
    return {data + first, length};
  }
};

namespace detail {
status device_allocate(void** memory, std::size_t bytes);
void device_free(void* memory) noexcept;
status host_allocate(void** memory, std::size_t bytes, bool* pinned);
void host_free(void* memory, bool pinned) noexcept;
result<void*> mapped(void* host, bool pinned);
status too_large(std::size_t count);
status copy(void* to, std::size_t capacity, const void* from, std::size_t bytes, cudaMemcpyKind kind, const stream& on,
            std::source_location where);
status fill(void* to, std::size_t bytes, unsigned char byte, const stream& on, std::source_location where);
}  // namespace detail

/// Owner of device memory for exactly `count` elements, unset (0xCD on the emulated device).
template <class T>
class device_buffer {
  static_assert(std::is_trivially_copyable_v<T>, "Device memory is copied bytewise.");

 public:
  device_buffer() = default;
  /// Errors: device_memory, device_lost; usage above 2^32 - 1 elements. A count of 0 allocates nothing.
  /// Allocates synchronously: never in a tick.
  static result<device_buffer> make(std::size_t count) {
    device_buffer made;
    if (count > std::numeric_limits<std::uint32_t>::max()) { return detail::too_large(count).error(); }
    if (count != 0) {
      void* memory = nullptr;
      PLIMSOLL_TRY(detail::device_allocate(&memory, count * sizeof(T)));
      made.memory_.reset(static_cast<T*>(memory));
    }
    made.count_ = static_cast<std::uint32_t>(count);
    return result<device_buffer>(std::move(made));
  }
  device_buffer(device_buffer&& other) noexcept
      : memory_(std::move(other.memory_)), count_(std::exchange(other.count_, 0)) {}
  device_buffer& operator=(device_buffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    count_ = std::exchange(other.count_, 0);
    return *this;
  }

  [[nodiscard]] device_view<T> view() { return {memory_.get(), count_}; }
  [[nodiscard]] device_view<const T> view() const { return {memory_.get(), count_}; }
  [[nodiscard]] T* data() const { return memory_.get(); }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  struct end {
    void operator()(T* memory) const noexcept { detail::device_free(memory); }
  };
  std::unique_ptr<T, end> memory_;
  std::uint32_t count_ = 0;
};

/// Owner of host memory for copies: pinned if the driver allows it, else aligned to a page. Unset.
template <class T>
class host_buffer {
  static_assert(std::is_trivially_copyable_v<T>, "Host memory is copied bytewise.");

 public:
  host_buffer() = default;
  /// Falls back to unpinned memory, never fails for want of pinned memory. Errors: out_of_memory, device_lost.
  static result<host_buffer> make(std::size_t count) {
    host_buffer made;
    if (count != 0) {
      void* memory = nullptr;
      bool pinned = false;
      if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) { return detail::too_large(count).error(); }
      PLIMSOLL_TRY(detail::host_allocate(&memory, count * sizeof(T), &pinned));
      made.memory_ = {static_cast<T*>(memory), end{pinned}};
    }
    made.count_ = count;
    return result<host_buffer>(std::move(made));
  }
  host_buffer(host_buffer&& other) noexcept
      : memory_(std::move(other.memory_)), count_(std::exchange(other.count_, 0)) {}
  host_buffer& operator=(host_buffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    count_ = std::exchange(other.count_, 0);
    return *this;
  }

  [[nodiscard]] std::span<T> span() { return {memory_.get(), count_}; }
  [[nodiscard]] std::span<const T> span() const { return {memory_.get(), count_}; }
  [[nodiscard]] T* data() const { return memory_.get(); }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] bool is_pinned() const { return memory_.get_deleter().pinned; }

  /// The same memory as kernels see it. Error: not_supported if it is not pinned; copy then.
  [[nodiscard]] result<device_view<T>> mapped() {
    auto address = detail::mapped(memory_.get(), is_pinned());
    if (!address) { return std::move(address).error(); }
    return device_view<T>{static_cast<T*>(address.value()), static_cast<std::uint32_t>(count_)};
  }

 private:
  struct end {
    bool pinned = false;
    void operator()(T* memory) const noexcept { detail::host_free(memory, pinned); }
  };
  std::unique_ptr<T, end> memory_;
  std::size_t count_ = 0;
};

// ------------------------------------------------------------------------------------------------- copies
// All are queued on `on` and do not wait, except that a source or target that is not pinned may make the host
// wait. The host may change a source, or read a target, only after the stream was waited for.
// Errors: usage if the source has more elements than the target; device_fault, device_lost.

/// Copies all of `from` to the front of `to`.
template <class T>
status copy_to_device(device_view<T> to, std::span<const std::type_identity_t<T>> from, const stream& on,
                      std::source_location where = std::source_location::current()) {
  return detail::copy(to.data, to.count * sizeof(T), from.data(), from.size_bytes(), cudaMemcpyHostToDevice, on, where);
}

/// Copies all of `from` to the front of `to`.
template <class T>
status copy_to_host(std::span<T> to, device_view<const std::type_identity_t<T>> from, const stream& on,
                    std::source_location where = std::source_location::current()) {
  return detail::copy(to.data(), to.size_bytes(), from.data, from.count * sizeof(T), cudaMemcpyDeviceToHost, on, where);
}

/// Copies all of `from` to the front of `to`; they must not overlap.
template <class T>
status copy_on_device(device_view<T> to, device_view<const std::type_identity_t<T>> from, const stream& on,
                      std::source_location where = std::source_location::current()) {
  return detail::copy(to.data, to.count * sizeof(T), from.data, from.count * sizeof(T), cudaMemcpyDeviceToDevice, on,
                      where);
}

/// Sets every byte of `to`.
template <class T>
status fill_bytes(device_view<T> to, unsigned char byte, const stream& on,
                  std::source_location where = std::source_location::current()) {
  return detail::fill(to.data, to.count * sizeof(T), byte, on, where);
}

// ------------------------------------------------------------------------------------------------- graphs

namespace detail {
status begin_recording(const stream& on);
result<owner<cudaGraphExec_t, graph_end>> end_recording(const stream& on);
}  // namespace detail

/// Work recorded once and launched many times by one call. Pointers and sizes are those of the recording.
class graph {
 public:
  /// Records the work that `work()`, a callable that returns status, queues on `on`; none of it runs. `work` must not
  /// wait for the stream or allocate. Errors: those of `work`; device_fault, device_lost.
  template <class Work>
  static result<graph> record(const stream& on, Work&& work) {
    PLIMSOLL_TRY(detail::begin_recording(on));
    status outcome = std::forward<Work>(work)();
    auto recorded = detail::end_recording(on);  // Always: the stream must leave the recording.
    if (!outcome) { return std::move(outcome).error(); }
    if (!recorded) { return std::move(recorded).error(); }
    return graph(std::move(recorded).value());
  }

  /// Queues the recorded work on `on`. Does not wait.
  status launch(const stream& on) const;

 private:
  explicit graph(detail::owner<cudaGraphExec_t, detail::graph_end> handle) : handle_(std::move(handle)) {}
  detail::owner<cudaGraphExec_t, detail::graph_end> handle_;
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
