// The screen: a tick of marks that moved by up to 0.2 %, judged by the units whose safety radius that reaches; and the pass that makes
// the radii.
#include "bench/digests.hpp"
#include "bench/market_move.hpp"
#include "bench/stage.hpp"
#include "host/scan/moves.hpp"

namespace plimsoll::bench {
namespace {

status prepare_rebase(subject& on) {
  on.groups = make_move_groups(on.source, on.prices);
  return on.machine.rebase(on.prices, on.groups, on.judgement);
}

result<sample> run_rebase(subject& on) {
  PLIMSOLL_TRY(on.machine.rebase(on.prices, on.groups, on.judgement));
  return measured(on.machine, {"rebase"});
}

result<sample> run_screen(subject& on) {
  tick_prices now;
  {
    const moved_book moved(on.source, small_move);
    refusal_list refusals;
    PLIMSOLL_TRY(prepare_tick(on.source, on.source.marks, {}, now, refusals));
  }
  const auto judged = on.machine.screen(now, moves_between(on.prices, now, on.groups), on.judgement);
  if (!judged) { return judged.error(); }
  return measured(on.machine, {"screen"});
}

std::uint64_t digest(const subject& on) { return digest_of_judgement(on.judgement); }

}  // namespace

const stage rebase_units_stage{"rebase", "every unit's state and safety radius", any_samples, prepare_rebase, run_rebase, digest};
const stage screen_units_stage{"screen", "states after marks moved by up to 0.2 %, of those whom that can reach", any_samples, prepare_rebase, run_screen, digest};

}  // namespace plimsoll::bench
