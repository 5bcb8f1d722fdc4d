#include "host/execute/tick_loop.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "host/book/by_new_ids.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

tick_loop::tick_loop(tick_engine& ticker, waterfall_executor& waterfall, int passes_max)
    : ticker_(ticker), waterfall_(waterfall), passes_max_(passes_max), feed_(ticker.columns().marks) {
  for (const mark& one : feed_) { now_ns_ = std::max(now_ns_, one.as_of_ns.value_or(0)); }
}

void tick_loop::restore_feed(std::span<const std::int64_t> ticks, std::int64_t now_ns) {
  now_ns_ = now_ns;
  for (std::size_t i = 0; i < ticks.size(); ++i) { feed_[i].ticks = ticks[i]; }
}

std::function<void()> tick_loop::renumber(const reference_change& change, const reference_data& next) {
  auto feed = std::make_shared<std::vector<mark>>(by_new_ids(feed_, change.instrument_ids, next.instruments.size()));
  return [this, feed, executor = waterfall_.renumber(change, next)] {
    feed_.swap(*feed);
    executor();
  };
}

std::int64_t tick_loop::time_of(std::span<const new_mark> marks, std::optional<std::int64_t> now_ns) const {
  std::optional<std::int64_t> newest = now_ns;
  for (const new_mark& one : now_ns ? std::span<const new_mark>{} : marks) {
    const std::optional<std::int64_t> as_of = one.to.as_of_ns;
    if (as_of) { newest = std::max(newest.value_or(*as_of), *as_of); }
  }
  return newest ? std::max(now_ns_, *newest) : now_ns_ + second_ns;
}

result<bool> tick_loop::run(std::int64_t tick, std::span<const new_mark> marks, std::optional<std::int64_t> now_ns,
                            const tick_steps& steps, tick_result& found) {
  // A mark that orders have moved stays until the feed sends it again.
  for (const new_mark& one : marks) { feed_[one.instrument] = one.over(feed_[one.instrument]); }
  now_ns_ = time_of(marks, now_ns);
  const moment at(tick, now_ns_);
  result<tick_outcome> answers = waterfall_.begin_tick(at, feed_);
  if (!answers) { return std::move(answers).error(); }
  if (steps.answered) { steps.answered(answers.value()); }
  std::span<const new_mark> next = marks;
  for (int pass = 1; pass <= passes_max_; ++pass) {
    PLIMSOLL_TRY(ticker_.tick_at(next, found, now_ns));
    if (steps.judged) { PLIMSOLL_TRY(steps.judged(static_cast<std::uint32_t>(pass), found)); }
    result<tick_outcome> done = waterfall_.run(at, ticker_.view());
    if (!done) { return std::move(done).error(); }
    if (steps.executed) { steps.executed(static_cast<std::uint32_t>(pass), done.value()); }
    find_pushed();
    if (pushed_.empty()) { return true; }
    next = pushed_;
  }
  return false;
}

/// Finds the moved marks. Another pass finds the units that they bring below margin.
void tick_loop::find_pushed() {
  pushed_.clear();
  const std::vector<mark>& marks = ticker_.columns().marks;
  for (std::uint32_t i = 0; i < marks.size(); ++i) {
    if (!waterfall_.venue().has_pushed(i) || feed_[i].ticks < 1) { continue; }
    const std::int64_t ticks =
        std::clamp<std::int64_t>(feed_[i].ticks + waterfall_.venue().pushed_ticks(i), 1, limits::price_ticks_max);
    if (ticks == marks[i].ticks) { continue; }
    mark to = marks[i];
    to.ticks = ticks;
    pushed_.push_back({i, to});
  }
}

}  // namespace plimsoll
