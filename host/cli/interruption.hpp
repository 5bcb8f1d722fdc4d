// SIGINT, SIGTERM and SIGHUP: no half-written output is left, and the exit code is 130.
#pragma once

#include <filesystem>
#include <mutex>

namespace plimsoll::cli {

/// Blocks the signals and starts the thread that waits for them. Call once, before any other thread starts, so that
/// all threads inherit the mask. SIGPIPE is ignored: a closed pipe becomes a failed write.
void watch_for_signals();

/// While an object of this class exists, a signal waits. For the few steps that put a folder in place or remove it.
class uninterrupted {
 public:
  uninterrupted();
  /// From now on a signal removes this folder, which is useless until it is complete. Blank: no folder is being
  /// written.
  void set_half_written(std::filesystem::path folder);
  /// The result is complete and has its name: the first signal from now on lets the command end with its own exit code.
  void set_in_place();

 private:
  std::unique_lock<std::mutex> lock_;
};

/// While an object of this class exists, the first signal does not end the program: work that can be saved checks for
/// it between two steps. The second signal ends the program. At most one object at a time.
class finishing_work {
 public:
  finishing_work();
  ~finishing_work();
  finishing_work(const finishing_work&) = delete;
  finishing_work& operator=(const finishing_work&) = delete;
  [[nodiscard]] static bool is_asked_to_stop();
};

}  // namespace plimsoll::cli
