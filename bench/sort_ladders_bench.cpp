// Every ladder sorted in full: the publication, and the audit of the selection.
#include "bench/digests.hpp"
#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

result<sample> run(subject& on) {
  rank_request request;
  request.lights = false;
  request.full_ladder = true;
  PLIMSOLL_TRY(on.machine.rank(request, on.ranks));
  return measured(on.machine, {"sort"});
}

std::uint64_t digest(const subject& on) { return digest_of_prefixes(on.ranks); }

}  // namespace

const stage sort_ladders_stage{"sort", "every ladder in full, scores not included", any_samples, prepare_margin, run,
                               digest};

}  // namespace plimsoll::bench
