// The full margin pass: every unit's verdict; and the same with every figure published to the host.
#include "bench/digests.hpp"
#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

result<sample> run_lean(subject& on) {
  PLIMSOLL_TRY(on.machine.margin(on.prices, false, on.margin));
  return measured(on.machine, {"margin"});
}

result<sample> run_publish(subject& on) {
  PLIMSOLL_TRY(on.machine.margin(on.prices, true, on.margin));
  return measured(on.machine, {"margin"});
}

std::uint64_t digest_lean(const subject& on) { return digest_of_verdicts(on.margin); }
std::uint64_t digest_publish(const subject& on) { return digest_of_figures(on.margin); }

}  // namespace

const stage scan_units_stage{
    "margin", "full margin pass: the state of every unit", any_samples, prepare_nothing, run_lean, digest_lean};
const stage publish_units_stage{
    "margin_publish", "the same, with every unit's figures", any_samples, prepare_nothing, run_publish, digest_publish};

}  // namespace plimsoll::bench
