// A whole tick, host to host: prices, margin, flags, allotment, lights, cover; at the book's marks and after a move.
#include "bench/market_move.hpp"
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

template <const market_move& Move>
result<sample> run_moved(subject& on) {
  const moved_book moved(on.source, Move);
  return run(on);
}

std::uint64_t digest(const subject& on) { return on.digest; }

}  // namespace

const stage tick_stage{"tick", "a whole scan, host to host", any_samples, prepare_nothing, run, digest};
const stage tick_quiet_stage{"tick_calm",           "the same after marks moved by up to 0.05 %",
                             any_samples,           prepare_nothing,
                             run_moved<quiet_move>, digest};
const stage tick_1_stage{"tick_1",        "after they fell by up to 1 %", any_samples,
                         prepare_nothing, run_moved<move_of_1_percent>,   digest};
const stage tick_3_stage{"tick_3",        "after they fell by up to 3 %", any_samples,
                         prepare_nothing, run_moved<move_of_3_percent>,   digest};
const stage tick_gap_stage{"tick_gap",      "after they fell by a fifth", any_samples,
                           prepare_nothing, run_moved<gap_move>,          digest};

}  // namespace plimsoll::bench
