// A line on stderr that shows the progress of long work. Only on a terminal, and not with --quiet.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace plimsoll::cli {

/// The line that the painter owns. Other code clears it before it writes to the terminal.
namespace progress_line {
void clear();
}

/// Shows stage after stage during its lifetime. Any thread may change the counters.
class progress {
 public:
  /// Shows nothing if `visible` is false.
  explicit progress(bool visible);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Begins a new stage. `rows_total`: 0 if unknown. `counted`: the name of the things that it counts.
  void stage(std::string name, std::uint64_t rows_total = 0, std::string_view counted = "rows");
  /// Part of the stage that is done, 0 to 1, for a stage that does not count rows.
  void set_share(double share) { share_.store(share, std::memory_order_relaxed); }
  void set_done(std::uint64_t rows) { done_.store(rows, std::memory_order_relaxed); }

 private:
  void paint_until_stopped();

  bool visible_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::string name_;
  std::string counted_;
  std::chrono::steady_clock::time_point began_{};
  std::atomic<std::uint64_t> total_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<double> share_{-1};
  std::thread painter_;
};

/// One state of the line, `width` characters at most: "reading positions [####....] 41 % 3.2 M rows/s 2 s". `share` is
/// the part that is done, or negative if unknown.
[[nodiscard]] std::string progress_text(const std::string& stage, double share, std::uint64_t rows_done, double seconds,
                                        int width, std::string_view counted = "rows");

/// "950", "12.3 k", "4.00 M", "1.20 G".
[[nodiscard]] std::string short_count(double count);

}  // namespace plimsoll::cli
