// The emulated device's own racecheck: it finds plain accesses of CUDA threads that nothing orders. Only the emulator
// includes it.
//
// Threads run one after the other here, so a lost update or a missing barrier need not show in what a kernel
// computes. In a library built with PLIMSOLL_WATCHED the kernels are compiled with g++'s -fsanitize=thread and
// linked without its runtime: the calls that g++ puts in front of each access then go to emulator_watch.cpp, which
// records for each word of device and shared memory the threads that used it last, and the order between threads since.
// It also records for each byte whether it was written: reading an unwritten byte is an error, and so is copying it to
// the host. Every other build has none of this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace plimsoll::emulated::watch {

#if defined(PLIMSOLL_WATCHED)
inline constexpr bool enabled = true;

/// Adds memory that CUDA threads share; `written` means that the host may have filled it. Waits for a launch that is
/// running.
void add_memory(const void* memory, std::size_t bytes, bool written);
void remove_memory(const void* memory, std::size_t bytes);

/// One launch at a time is watched, on one worker.
class launch_watch {
 public:
  launch_watch();
  ~launch_watch();
  launch_watch(const launch_watch&) = delete;
  launch_watch& operator=(const launch_watch&) = delete;
  /// The first race of this launch, or its first read of memory that nothing wrote, without the place of the launch.
  [[nodiscard]] std::optional<std::string> report() const;
};

/// Notes that a copy or a fill has written `to`, or as much of it as was written of `from`.
void note_fill(const void* to, std::size_t bytes);
void note_copy(const void* to, const void* from, std::size_t bytes);
/// The error in reading these bytes; none if each was written.
[[nodiscard]] std::optional<std::string> fault_of_read(const void* from, std::size_t bytes);

/// While it lives, accesses of the running OS thread are those of a device-wide algorithm: its writes are noted, and
/// its reads are checked for unwritten bytes.
class algorithm_watch {
 public:
  algorithm_watch();
  ~algorithm_watch();
  algorithm_watch(const algorithm_watch&) = delete;
  algorithm_watch& operator=(const algorithm_watch&) = delete;
  [[nodiscard]] std::optional<std::string> report() const;
};

void begin_block(std::uint64_t block);
void end_block();
/// The thread of the block that runs now.
void run_thread(unsigned id);
/// Adds a block's shared memory, not yet used by any thread. During `remove_shared` no launch but the caller's may run.
void fresh_shared(const void* memory, std::size_t bytes);
void remove_shared(const void* memory, std::size_t bytes);
/// All threads of the block have met.
void block_met();
/// The lanes of a mask have met in a warp.
void warp_met(unsigned warp, unsigned mask);
/// The running thread fences: the writes of its block until now are visible to every thread that fences later.
void fence();
#else
inline constexpr bool enabled = false;
inline void add_memory(const void*, std::size_t, bool) {}
inline void note_fill(const void*, std::size_t) {}
inline void note_copy(const void*, const void*, std::size_t) {}
inline std::optional<std::string> fault_of_read(const void*, std::size_t) { return std::nullopt; }
struct algorithm_watch {
  algorithm_watch() {}
  [[nodiscard]] static std::optional<std::string> report() { return std::nullopt; }
};
inline void remove_memory(const void*, std::size_t) {}
struct launch_watch {
  launch_watch() {}
  [[nodiscard]] static std::optional<std::string> report() { return std::nullopt; }
};
inline void begin_block(std::uint64_t) {}
inline void end_block() {}
inline void run_thread(unsigned) {}
inline void fresh_shared(const void*, std::size_t) {}
inline void remove_shared(const void*, std::size_t) {}
inline void block_met() {}
inline void warp_met(unsigned, unsigned) {}
inline void fence() {}
#endif

}  // namespace plimsoll::emulated::watch
