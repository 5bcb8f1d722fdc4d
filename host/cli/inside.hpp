// A command inside another program, which has no use for streams, signals and a progress line: what would go there is
// heard instead, by whoever listens on the thread that runs the command.
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

/// How far a stage is.
struct progress_state {
  std::string stage;
  double share = -1;  ///< 0 to 1; negative where nobody knows.
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< 0 where nobody knows.
  std::string counted;      ///< What `done` and `total` count.
};

/// What a command said, and how far it is.
class listener {
 public:
  std::string data;                ///< Meant for stdout.
  std::vector<std::string> lines;  ///< Meant for stderr.
  std::vector<note> notes;         ///< In the order of the summary.
  std::vector<refusal> refusals;   ///< The listed ones.
  std::uint64_t refused = 0;       ///< All of them.
  std::optional<error> failure{};  ///< Why it came to nothing, if it did.

  /// From any thread: every stage that began since the last call, in order, the newest as far as it is now.
  [[nodiscard]] std::vector<progress_state> take_progress();

  // For the progress line: a stage begins, whose counters move until the next one; the line ends.
  void begin_stage(progress_state one, const std::atomic<std::uint64_t>* done, const std::atomic<double>* share);
  void end_stages();

 private:
  void settle();  ///< Takes what the counters say into the newest stage.

  std::mutex mutex_;
  std::vector<progress_state> begun_;
  progress_state live_{};
  const std::atomic<std::uint64_t>* done_ = nullptr;
  const std::atomic<double>* share_ = nullptr;
};

/// Who listens on this thread; null outside of `run_inside`.
[[nodiscard]] listener* listener_here();

/// Runs `plimsoll ARGUMENTS` on this thread; returns the exit code. Signals stay the other program's. Nothing is
/// thrown. Several threads may each run one.
[[nodiscard]] int run_inside(const std::vector<std::string>& arguments, listener& hears) noexcept;

/// What the first signal does to replays: they end after their tick, and keep it where they may.
void ask_to_stop();

}  // namespace plimsoll::cli
