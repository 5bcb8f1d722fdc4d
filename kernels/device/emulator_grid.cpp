// A launch's workers, the settings, and the calls that kernels make.
#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <numeric>
#include <thread>
#include <utility>

#include "kernels/device/emulated_intrinsics.hpp"
#include "kernels/device/emulator_watch.hpp"
#include "kernels/device/emulator_worker.hpp"

namespace plimsoll::emulated {
namespace {

std::mutex settings_mutex;
settings settings_now;
std::atomic<std::uint64_t> divergences{0};
std::atomic<unsigned> shared_slots{0};

/// OS threads that help the caller of a launch; they are reused from launch to launch.
class helper_pool {
 public:
  ~helper_pool() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (auto& each : threads_) { each.join(); }
  }

  /// Runs `job` on the caller and on up to `helpers` others; on the caller alone while another launch uses them.
  void run(unsigned helpers, const std::function<void()>& job) {
    const std::unique_lock turn(turn_, std::try_to_lock);
    if (helpers == 0 || !turn.owns_lock()) { return job(); }
    {
      const std::lock_guard lock(mutex_);
      while (threads_.size() < helpers) {
        threads_.emplace_back([this, rank = threads_.size()] { serve(rank); });
      }
      job_ = &job;
      wanted_ = helpers;
      busy_ = helpers;
      ++round_;
    }
    wake_.notify_all();
    job();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    job_ = nullptr;
  }

 private:
  void serve(std::size_t rank) {
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return ending_ || (round_ != seen && job_ != nullptr); });
      if (ending_) { return; }
      seen = round_;
      if (rank >= wanted_) { continue; }
      const auto* job = job_;
      lock.unlock();
      (*job)();
      lock.lock();
      if (--busy_ == 0) { done_.notify_all(); }
    }
  }

  std::mutex turn_;  ///< One launch at a time uses the helpers.
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> threads_;
  const std::function<void()>* job_ = nullptr;
  std::size_t wanted_ = 0;
  std::size_t busy_ = 0;
  std::uint64_t round_ = 0;
  bool ending_ = false;
};

helper_pool& helpers() {
  static helper_pool pool;
  return pool;
}

std::uint64_t blocks_of(dim3 grid) { return std::uint64_t{grid.x} * grid.y * grid.z; }

/// A step that visits each of `blocks` once, each far from the one before.
std::uint64_t stride_of(std::uint64_t blocks, std::uint64_t seed) {
  std::uint64_t stride = blocks / 2 + blocks / 8 + seed % (blocks / 8 + 1) + 1;
  while (std::gcd(stride, blocks) != 1) { ++stride; }
  return stride;
}

/// A helper costs a wake-up, so a small grid gets none unless a number of workers was requested.
unsigned workers_for(const grid_run& run) {
  if (watch::enabled) { return 1; }
  std::uint64_t wanted = run.chosen.workers;
  if (wanted == 0) {
    constexpr std::uint64_t threads_per_worker = 4096;
    const std::uint64_t threads = run.blocks * blocks_of(run.launch.block);
    wanted =
        std::min<std::uint64_t>(std::max(1u, std::thread::hardware_concurrency()), threads / threads_per_worker + 1);
  }
  return static_cast<unsigned>(std::min(wanted, run.blocks));
}

}  // namespace

grid_run::grid_run(const grid_launch& what, const settings& how)
    : launch(what), chosen(how), blocks(blocks_of(what.grid)), stride(stride_of(blocks, how.seed)) {}

void configure(const settings& chosen) {
  const std::lock_guard lock(settings_mutex);
  settings_now = chosen;
}

settings configured() {
  const std::lock_guard lock(settings_mutex);
  return settings_now;
}

std::uint64_t divergence_count() { return divergences.load(); }

std::optional<std::string> run_grid(const grid_launch& launch) {
  const watch::launch_watch watched;
  grid_run run(launch, configured());
  sanitizer::release(&run.begin);
  helpers().run(workers_for(run) - 1, [&run] { worker_of_this_thread().run_blocks(run); });
  sanitizer::acquire(&run.end);
  if (const auto fault = watched.report(); fault && !run.failed.exchange(true)) {
    run.report = "Invariant: in a kernel launched at " + text_of(launch.where) + " " + *fault;
  }
  if (!run.failed.load()) { return std::nullopt; }
  ++divergences;
  std::fprintf(stderr, "%s\n", run.report.c_str());
  return std::move(run.report);
}

PLIMSOLL_NO_TSAN void* shared_memory(unsigned slot, std::size_t bytes) { return this_worker->shared(slot, bytes); }
PLIMSOLL_NO_TSAN void* dynamic_shared_memory() { return this_worker->dynamic_shared(); }

void __threadfence() {
#if defined(__SANITIZE_THREAD__)
  static char fences;  // TSan has no fences, so all of them use one object.
  sanitizer::release(&fences);
  sanitizer::acquire(&fences);
#else
  watch::fence();
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

unsigned next_shared_slot() { return shared_slots.fetch_add(1); }

}  // namespace plimsoll::emulated
