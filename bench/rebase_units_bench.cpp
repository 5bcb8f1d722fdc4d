// The passes that judge every unit: only its state, as a full tick does; or also its safety radius.
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

result<sample> run_judge(subject& on) {
  PLIMSOLL_TRY(on.machine.judge(on.prices, on.judgement));
  return measured(on.machine, {"judge"});
}

std::uint64_t digest(const subject& on) { return digest_of_judgement(on.judgement); }

}  // namespace

const stage judge_units_stage{
    "judge", "every unit's state, as a full tick judges it", any_samples, prepare_nothing, run_judge, digest};
const stage rebase_units_stage{
    "rebase", "every unit's state and safety radius", any_samples, prepare_rebase, run_rebase, digest};

}  // namespace plimsoll::bench
