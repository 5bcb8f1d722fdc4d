// Runs work on a given number of threads.
#pragma once

#include <cstddef>
#include <optional>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

namespace plimsoll::io {

/// Returns the result of `work`, run on at most `threads` threads, even if that is more than the machine has; 0: as
/// many as it has.
template <class Work>
auto run_on(int threads, Work work) {
  if (threads <= 0) { return work(); }
  using oneapi::tbb::global_control;
  std::optional<global_control> more_threads;
  const auto wanted = static_cast<std::size_t>(threads);
  if (wanted > global_control::active_value(global_control::max_allowed_parallelism)) {
    more_threads.emplace(global_control::max_allowed_parallelism, wanted);
  }
  oneapi::tbb::task_arena arena(threads);
  return arena.execute(work);
}

}  // namespace plimsoll::io
