// SIGINT, SIGTERM and SIGHUP: nothing half-written stays, exit code 130.
#pragma once

#include <filesystem>
#include <mutex>

namespace plimsoll::cli {

/// Blocks the signals and starts the thread that waits for them. Call once, before any other thread starts, so that
/// all threads inherit the mask. SIGPIPE is ignored: a closed pipe becomes a failed write.
void watch_for_signals();

/// While one lives, a signal waits: for the few steps that make a folder appear or vanish.
class uninterrupted {
 public:
  uninterrupted();
  /// From now on a signal removes this folder, which is worth nothing until it is whole. Blank: nothing is in work.
  void set_half_written(std::filesystem::path folder);

 private:
  std::unique_lock<std::mutex> lock_;
};

/// While one lives, the first signal does not end the program: work that can be kept looks at it between two steps. The
/// second one does. At most one at a time.
class finishing_work {
 public:
  finishing_work();
  ~finishing_work();
  finishing_work(const finishing_work&) = delete;
  finishing_work& operator=(const finishing_work&) = delete;
  [[nodiscard]] static bool is_asked_to_stop();
};

}  // namespace plimsoll::cli
