// A command inside another program, which has no use for streams, signals and a progress line. A listener on the thread
// that runs the command receives the output instead.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/text/note.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// Progress of a stage.
struct progress_state {
  std::string stage;
  double share = -1;  ///< 0 to 1; negative if unknown.
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< 0 if unknown.
  std::string counted;      ///< Name of the things that `done` and `total` count.
};

/// Output and progress of a command.
class listener {
 public:
  std::string data;                ///< Meant for stdout.
  std::vector<std::string> lines;  ///< Meant for stderr.
  std::vector<note> notes;         ///< In the order of the summary.
  std::vector<refusal> refusals;   ///< Refusals that are listed.
  std::uint64_t refused = 0;       ///< Number of all refusals.
  std::optional<error> failure{};  ///< The reason, if the command failed.

  /// Returns every stage that began since the last call, in order, with the present progress of the newest. May be
  /// called from any thread.
  [[nodiscard]] std::vector<progress_state> take_progress();

  // For the progress line: begin a stage, whose counters change until the next one begins; end the line.
  void begin_stage(progress_state one, const std::atomic<std::uint64_t>* done, const std::atomic<double>* share);
  void end_stages();

 private:
  void settle();  ///< Copies the counters into the newest stage.

  std::mutex mutex_;
  std::vector<progress_state> begun_;
  progress_state live_{};
  const std::atomic<std::uint64_t>* done_ = nullptr;
  const std::atomic<double>* share_ = nullptr;
};

/// The listener of this thread; null outside of `run_inside`.
[[nodiscard]] listener* listener_here();

/// Runs `plimsoll ARGUMENTS` on this thread; returns the exit code. Signals are left to the other program. Nothing is
/// thrown. Several threads may each run a command.
[[nodiscard]] int run_inside(const std::vector<std::string>& arguments, listener& hears) noexcept;

/// Has the effect of the first signal on replays: each ends after its tick, and saves it if it may.
void ask_to_stop();

}  // namespace plimsoll::cli
