// One tick of a live book, from new marks to nothing more to do: the order in which a replay and an embedder's executor
// run.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "host/engine/tick_engine.hpp"
#include "host/execute/executor.hpp"

namespace plimsoll {

/// What a tick comes by, for whoever records it. Each may be empty. An error ends the tick.
struct tick_steps {
  std::function<void(tick_outcome& posted)> answered{};  ///< Fills that came back since the last tick are posted.
  /// The book is judged at the marks of this pass. `found` has times and notes.
  std::function<status(std::uint32_t pass, const tick_result& found)> judged{};
  std::function<void(std::uint32_t pass, tick_outcome& done)> executed{};
};

class tick_loop {
 public:
  /// Both must outlive it, and `waterfall` must act on the ledger of `ticker`. `passes_max`: bound of the passes within
  /// a tick.
  tick_loop(tick_engine& ticker, waterfall_executor& waterfall, int passes_max);

  /// `marks`: what the feed sends in this tick. `now_ns`: its time; without one, the newest `as_of` of `marks`, or a
  /// second after the tick before. Never before that tick's. Where the orders of a pass have moved marks, the book is
  /// judged again at the moved ones, until none moves or the bound is reached. False: they still moved then. Every
  /// pass fills `found`.
  [[nodiscard]] result<bool> run(std::int64_t tick, std::span<const new_mark> marks, std::optional<std::int64_t> now_ns,
                                 const tick_steps& steps, tick_result& found);

  /// Marks as the feed gave them; the book's own have the impact of orders in them.
  [[nodiscard]] std::span<const mark> feed() const { return feed_; }
  /// The time of the last tick; of none yet, the newest of the book's marks.
  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
  /// As `waterfall_executor::renumber`, its executor included.
  [[nodiscard]] std::function<void()> renumber(const reference_change& change, const reference_data& next);
  /// In place of the feed's marks so far, by instrument, and of the time.
  void restore_feed(std::span<const std::int64_t> ticks, std::int64_t now_ns);

 private:
  [[nodiscard]] std::int64_t time_of(std::span<const new_mark> marks, std::optional<std::int64_t> now_ns) const;
  void find_pushed();

  tick_engine& ticker_;
  waterfall_executor& waterfall_;
  int passes_max_;
  std::vector<mark> feed_;
  std::int64_t now_ns_ = 0;
  std::vector<new_mark> pushed_;  ///< Marks of the next pass.
};

}  // namespace plimsoll
