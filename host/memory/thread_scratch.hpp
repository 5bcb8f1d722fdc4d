// Scratch memory for each thread of an arena.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <oneapi/tbb/task_arena.h>

namespace plimsoll {

/// One scratch buffer per possible thread of the calling arena. All are allocated up front, so that memory use does not
/// depend on which threads took part.
template <class Scratch>
class thread_scratch {
 public:
  /// Calls fit(buffer) for each buffer. Call it before tasks run.
  template <class Fit>
  void fit(const Fit& fit) {
    // An arena of one thread has a second slot.
    const auto threads = static_cast<std::size_t>(std::max(2, oneapi::tbb::this_task_arena::max_concurrency()));
    if (scratch_.size() < threads) { scratch_.resize(threads); }
    for (Scratch& scratch : scratch_) { fit(scratch); }
  }

  /// The buffer of the calling task's thread.
  [[nodiscard]] Scratch& mine() {
    return scratch_[static_cast<std::size_t>(oneapi::tbb::this_task_arena::current_thread_index())];
  }

 private:
  std::vector<Scratch> scratch_;
};

}  // namespace plimsoll
