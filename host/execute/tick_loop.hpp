// One tick of a live book, from new marks until nothing new is flagged, in the order that replay and an embedder's
// executor share.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "host/engine/tick_engine.hpp"
#include "host/execute/executor.hpp"

namespace plimsoll {

/// Callbacks for recording a tick; each may be empty. An error ends the tick.
struct tick_steps {
  std::function<void(tick_outcome& posted)> answered{};  ///< Fills since the last tick are posted.
  /// The book is evaluated at the marks of this pass. `found` has times and notes.
  std::function<status(std::uint32_t pass, const tick_result& found)> judged{};
  std::function<void(std::uint32_t pass, tick_outcome& done)> executed{};
};

class tick_loop {
 public:
  /// Both must outlive the loop, and `waterfall` must act on the ledger of `ticker`. `passes_max`: most passes within a
  /// tick.
  tick_loop(tick_engine& ticker, waterfall_executor& waterfall, int passes_max);

  /// `marks`: the feed's marks of this tick. `now_ns`: its time; else the newest `as_of` of `marks`, else one second
  /// after the previous tick; never before that tick's. If the orders of a pass move marks, the book is evaluated again
  /// at the moved ones, until none moves or the bound is reached. Returns false if they still moved then. Every pass
  /// fills `found`.
  [[nodiscard]] result<bool> run(std::int64_t tick, std::span<const new_mark> marks, std::optional<std::int64_t> now_ns,
                                 const tick_steps& steps, tick_result& found);

  /// Marks as the feed sent them. The book's own marks contain the impact of orders.
  [[nodiscard]] std::span<const mark> feed() const { return feed_; }
  /// The time of the last tick; before the first tick, the newest time of the book's marks.
  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
  /// Same as `waterfall_executor::renumber`, for this loop and its executor.
  [[nodiscard]] std::function<void()> renumber(const reference_change& change, const reference_data& next);
  /// Replaces the feed's marks, by instrument, and the time.
  void restore_feed(std::span<const std::int64_t> ticks, std::int64_t now_ns);

 private:
  [[nodiscard]] std::int64_t time_of(std::span<const new_mark> marks, std::optional<std::int64_t> now_ns) const;
  void find_pushed();

  tick_engine& ticker_;
  waterfall_executor& waterfall_;
  int passes_max_;
  std::vector<mark> feed_;
  std::int64_t now_ns_ = 0;
  std::vector<new_mark> pushed_;  ///< Moved marks, for the next pass.
};

}  // namespace plimsoll
