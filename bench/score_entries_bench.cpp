// ADL scores of every position as order keys.
#include "bench/digests.hpp"
#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

result<sample> run(subject& on) {
  rank_request request;
  request.lights = false;
  PLIMSOLL_TRY(on.machine.rank(request, on.ranks));
  return measured(on.machine, {"scores"});
}

std::uint64_t digest(const subject& on) { return digest_of_scores(on.ranks); }

}  // namespace

const stage score_entries_stage{"scores", "ADL score of every position", any_samples, prepare_margin, run, digest};

}  // namespace plimsoll::bench
