// The emulated device's own racecheck: plain accesses of CUDA threads that nothing orders. For the emulator alone.
//
// Threads run one after the other here, so a lost update or a missing barrier need not show in what a kernel
// computes. In a library built with PLIMSOLL_WATCHED the kernels are compiled with g++'s -fsanitize=thread and
// linked without its runtime: the calls that g++ puts in front of each access then come to emulator_watch.cpp, which
// keeps for each word of device and shared memory who used it last, and what has ordered whom since. It also keeps for
// each byte whether anything has written it: reading one that nothing wrote is an error, and so is copying it home. In
// every other build nothing of this is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace plimsoll::emulated::watch {

#if defined(PLIMSOLL_WATCHED)
inline constexpr bool enabled = true;

/// Memory that CUDA threads share; `written` says that the host may have filled it. Waits for a launch that is running.
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

/// A copy or a fill has written `to`; or as much of it as was written of `from`.
void note_fill(const void* to, std::size_t bytes);
void note_copy(const void* to, const void* from, std::size_t bytes);
/// What is wrong with reading these bytes; none where each was written.
[[nodiscard]] std::optional<std::string> fault_of_read(const void* from, std::size_t bytes);

/// While it lives, accesses of the running OS thread are a device-wide algorithm's: what it writes is noted, and that
/// it reads nothing unwritten is checked.
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
/// A block's shared memory, as no thread has used it. For `remove_shared` no launch may be running but the caller's.
void fresh_shared(const void* memory, std::size_t bytes);
void remove_shared(const void* memory, std::size_t bytes);
/// All threads of the block have met.
void block_met();
/// The lanes of a mask have met in a warp.
void warp_met(unsigned warp, unsigned mask);
/// The running thread fences: what its block did until now is seen by whoever fences later.
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
