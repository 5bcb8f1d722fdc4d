// Working memory of which each thread of an arena has its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <oneapi/tbb/task_arena.h>

namespace plimsoll {

/// A room for every thread that the calling arena could have, whether it comes or not: so what is kept does not depend
/// on who came.
template <class Room>
class thread_scratch {
 public:
  /// Calls fit(room) for each. Before tasks run.
  template <class Fit>
  void fit(const Fit& fit) {
    // An arena of one thread has a place for a second one.
    const auto threads = static_cast<std::size_t>(std::max(2, oneapi::tbb::this_task_arena::max_concurrency()));
    if (scratch_.size() < threads) { scratch_.resize(threads); }
    for (Room& scratch : scratch_) { fit(scratch); }
  }

  /// The calling task's.
  [[nodiscard]] Room& mine() {
    return scratch_[static_cast<std::size_t>(oneapi::tbb::this_task_arena::current_thread_index())];
  }

 private:
  std::vector<Room> scratch_;
};

}  // namespace plimsoll
