// The pass that judges every unit and says how far marks may move before its state could change.
#include "bench/digests.hpp"
#include "bench/stage.hpp"
#include "host/engine/moves.hpp"

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

std::uint64_t digest(const subject& on) { return digest_of_judgement(on.judgement); }

}  // namespace

const stage rebase_units_stage{
    "rebase", "every unit's state and safety radius", any_samples, prepare_rebase, run_rebase, digest};

}  // namespace plimsoll::bench
