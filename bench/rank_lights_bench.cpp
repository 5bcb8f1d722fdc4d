// Exact lights of every position, scores included, as a venue publishes them.
#include "bench/digests.hpp"
#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

result<sample> run(subject& on) {
  PLIMSOLL_TRY(on.machine.rank(rank_request{}, on.ranks));
  return measured(on.machine, {"scores", "lights"});
}

std::uint64_t digest(const subject& on) { return digest_of_lights(on.ranks); }

}  // namespace

const stage rank_lights_stage{"lights", "lights of every position, scores included", any_samples, prepare_margin, run,
                              digest};

}  // namespace plimsoll::bench
