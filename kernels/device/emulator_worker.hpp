// The emulator's own parts, shared by its sources: stacks, warps and the worker that runs blocks.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <source_location>
#include <string>
#include <vector>

#include <boost/context/detail/fcontext.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include "kernels/device/emulator.hpp"
#include "kernels/device/emulator_sanitizers.hpp"
#include "plimsoll/config.hpp"

namespace plimsoll::emulated {

inline constexpr unsigned lanes_per_warp = 32;
inline constexpr unsigned block_threads_max = 1024;
inline constexpr unsigned warps_max = block_threads_max / lanes_per_warp;
inline constexpr unsigned nobody = ~0u;
inline constexpr std::size_t stack_bytes = 64 * 1024;
inline constexpr int poison_byte = 0xCD;

/// "scan_units.cu:41:7": the file without its folder, which differs from machine to machine.
[[nodiscard]] std::string text_of(const std::source_location& where);

// ------------------------------------------------------------------------------------------------ parts

/// A target of a jump: a fiber's stack, or the OS thread's own.
struct context {
  boost::context::detail::fcontext_t resume = nullptr;
  void* fake_stack = nullptr;
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  void* fiber = nullptr;  ///< TSan's.
};

/// A stack that runs CUDA threads one after the other, until one of them has to wait.
struct runner {
  context at;
  boost::context::stack_context stack;
  bool made = false;
  bool entered = false;  ///< Has run, so it rests inside the emulator.
};

struct thread_state {
  runner* on = nullptr;
  meeting kind = meeting::syncthreads;  ///< The kind of meeting in which it waits, if it waits.
  unsigned mask = 0;
  unsigned slot = 0;  ///< The group it waits in, if for lanes of its warp.
  std::source_location where;
};

/// Lanes of one mask on their way to one collective.
struct group {
  unsigned mask;
  unsigned arrived;
  meeting kind;
  std::source_location where;
};

struct warp {
  unsigned existing;
  unsigned ready;
  unsigned started;
  unsigned exited;
  unsigned open;        ///< Groups under way, a bit each; at most one per mask.
  unsigned generation;  ///< For each group, how often it has met, modulo 2.
  group groups[lanes_per_warp];
  std::uint64_t value[lanes_per_warp];
  std::uint64_t result[lanes_per_warp];
  unsigned source[lanes_per_warp];
};

struct shared_block {
  void* memory = nullptr;
  std::size_t bytes = 0;
  std::uint64_t epoch = 0;
};

/// How a kernel diverged.
enum class divergence : std::uint8_t {
  none,
  stalled,           ///< No thread can run, and at least one waits.
  other_barrier,     ///< A barrier in a different line than the one under way.
  own_lane_missing,  ///< A mask without the caller's lane.
  no_such_lane,      ///< A mask with lanes beyond the block.
  lane_exited,       ///< A mask with a lane that has returned from the kernel.
  source_outside,    ///< A shuffle from a lane that the mask leaves out.
  other_collective,  ///< A different collective than the one its lanes wait in.
};

/// TSan's objects of one block, on the heap so that the next block starts without them: two per barrier,
/// used in turn, because a fast thread reaches the next barrier before a slow one has left this one.
struct meeting_objects {
  char block[2];
  char warps[warps_max][lanes_per_warp][2];
};

/// One launch, shared by its workers.
struct grid_run {
  grid_run(const grid_launch& what, const settings& how);

  const grid_launch& launch;
  settings chosen;
  std::uint64_t blocks;
  std::uint64_t stride;  ///< Coprime to `blocks`, so that multiples of it visit each block once.
  std::atomic<std::uint64_t> next_block{0};
  std::atomic<bool> failed{false};
  std::mutex report_mutex;
  std::string report;
  char begin = 0, end = 0;  ///< For TSan: host before kernel, kernel before host.

  [[nodiscard]] std::uint64_t block_at(std::uint64_t turn) const {
    switch (chosen.order) {
      case thread_order::forward: return turn;
      case thread_order::reverse: return blocks - 1 - turn;
      case thread_order::random: break;
    }
    return static_cast<std::uint64_t>((uint128{turn} * stride + chosen.seed) % blocks);
  }
};

// ----------------------------------------------------------------------------------------------- worker

/// Runs blocks on one OS thread.
class worker {
 public:
  worker() = default;
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  void run_blocks(grid_run& run);
  int meet_block(meeting kind, int predicate, const std::source_location& where);
  std::uint64_t meet_warp(meeting kind, unsigned mask, std::uint64_t value, unsigned source,
                          const std::source_location& where);
  void* shared(unsigned slot, std::size_t bytes);
  void* dynamic_shared() { return touch(dynamic_, run_->launch.shared_bytes); }
  void run_threads_on(runner& self, boost::context::detail::transfer_t from) noexcept;
  [[nodiscard]] runner& starting() { return *states_[current_].on; }

 private:
  void run_block(std::uint64_t block);
  void prepare_block();
  void finish_block();
  void discard_runners();
  void give_back_runners();
  [[nodiscard]] unsigned next();
  [[nodiscard]] unsigned random_bit(unsigned set);
  void set_current(unsigned id);
  runner& enter(unsigned id);
  runner& runner_for(unsigned id);
  void make(runner& which);
  void park();
  void leave(runner& self);
  static void arrive(boost::context::detail::transfer_t from, context& self);
  static void switch_to(context& from, context& to);
  void wait_at(meeting kind, unsigned mask, const std::source_location& where);
  [[nodiscard]] static unsigned slot_of(const warp& team, unsigned mask);
  void complete(warp& team, const group& done);
  void* touch(shared_block& block, std::size_t bytes);
  [[noreturn]] void stop(divergence why);
  [[nodiscard]] std::string thread_text(unsigned id) const;
  [[nodiscard]] std::string waiting_text(unsigned id) const;
  [[nodiscard]] std::string stall_text() const;
  [[nodiscard]] std::string divergence_text() const;
  [[nodiscard]] bool started(unsigned id) const {
    return (warps_[id / lanes_per_warp].started >> (id % lanes_per_warp)) & 1u;
  }
  [[nodiscard]] bool exited(unsigned id) const {
    return (warps_[id / lanes_per_warp].exited >> (id % lanes_per_warp)) & 1u;
  }
  [[nodiscard]] uint3 index_of(unsigned id) const {
    if (flat_) { return {id, 0, 0}; }
    const dim3 block = run_->launch.block;
    return {id % block.x, id / block.x % block.y, id / block.x / block.y};
  }

  grid_run* run_ = nullptr;
  context scheduler_;
  unsigned threads_ = 0;
  unsigned current_ = 0;
  unsigned remaining_ = 0;
  unsigned ready_warps_ = 0;
  bool flat_ = true;  ///< The block has one dimension.
  divergence failure_ = divergence::none;
  std::uint64_t random_ = 0;
  std::uint64_t epoch_ = 0;

  unsigned arrived_ = 0;
  unsigned generation_ = 0;
  int votes_ = 0;
  int result_ = 0;
  meeting kind_ = meeting::syncthreads;
  std::source_location where_;

  warp warps_[warps_max] = {};
  thread_state states_[block_threads_max] = {};
  std::vector<shared_block> shared_;
  shared_block dynamic_;
  meeting_objects* objects_ = nullptr;
  std::vector<std::unique_ptr<runner>> runners_;
  std::vector<runner*> idle_;
  boost::context::protected_fixedsize_stack stacks_{stack_bytes};
};

/// The worker running the caller's CUDA thread; set by `run_blocks`.
[[gnu::tls_model("initial-exec")]] inline constinit thread_local worker* this_worker = nullptr;

/// The OS thread's own worker, made at first use.
[[nodiscard]] worker& worker_of_this_thread();

}  // namespace plimsoll::emulated
