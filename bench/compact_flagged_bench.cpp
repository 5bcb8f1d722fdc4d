// Ordered compaction: the flagged units, in order.
#include "bench/digests.hpp"
#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

result<sample> run(subject& on) {
  PLIMSOLL_TRY(on.machine.margin(on.prices, false, on.margin));
  return measured(on.machine, {"compact"});
}

std::uint64_t digest(const subject& on) { return digest_of_flagged(on.margin); }

}  // namespace

const stage compact_flagged_stage{"compact", "ordered list of flagged units", any_samples, prepare_nothing, run,
                                  digest};

}  // namespace plimsoll::bench
