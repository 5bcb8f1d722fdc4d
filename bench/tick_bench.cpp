// A whole tick, host to host: prices, margin, flags, allotment, lights, cover; calm, and after a fall of a fifth.
#include <algorithm>
#include <vector>

#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

/// One tick by the wall clock, the digest's own time taken off.
result<sample> run(subject& on) {
  refusal_list refusals;
  const stopwatch watch;
  auto scanned = scan_book(on.source, on.machine, {}, refusals);
  const double spent = watch.seconds();
  if (!scanned) { return std::move(scanned).error(); }
  sample taken{spent, 0};
  for (const stage_time& part : scanned.value().times) {
    if (part.stage == "digest") { taken.seconds -= part.seconds; }
    taken.bytes += part.bytes;
  }
  on.digest = scanned.value().full_digest + 3 * scanned.value().tick_digest;
  return taken;
}

/// Marks at four fifths while it lives.
class lowered_marks {
 public:
  explicit lowered_marks(book& source) : source_(source), marks_(source.marks) {
    for (mark& one : source.marks) {
      if (one.ticks > 0) { one.ticks = std::max<std::int64_t>(1, one.ticks / 5 * 4); }
    }
  }
  ~lowered_marks() { source_.marks = std::move(marks_); }
  lowered_marks(const lowered_marks&) = delete;
  lowered_marks& operator=(const lowered_marks&) = delete;

 private:
  book& source_;
  std::vector<mark> marks_;
};

result<sample> run_crash(subject& on) {
  const lowered_marks lowered(on.source);
  return run(on);
}

std::uint64_t digest(const subject& on) { return on.digest; }

}  // namespace

const stage tick_stage{"tick", "a whole scan, host to host", any_samples, prepare_nothing, run, digest};
const stage crash_tick_stage{"crash_tick", "the same with all marks down by a fifth", any_samples, prepare_nothing, run_crash, digest};

}  // namespace plimsoll::bench
