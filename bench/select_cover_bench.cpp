// The part of every ladder that bankrupt units need.
#include "bench/digests.hpp"
#include "bench/stage.hpp"
#include "host/engine/cover.hpp"

namespace plimsoll::bench {
namespace {

status prepare(subject& on) {
  PLIMSOLL_TRY(prepare_margin(on));
  cover_finder finder;
  finder.find_bankrupt(on.source, on.prices, bankrupt_units(on.margin), on.bankrupt);
  finder.find_demands(on.source, on.bankrupt, on.demands);
  return ok();
}

result<sample> run(subject& on) {
  rank_request request;
  request.lights = false;
  request.demands = on.demands;
  PLIMSOLL_TRY(on.machine.rank(request, on.ranks));
  if (on.demands.empty()) { return sample{}; }  // No unit is bankrupt.
  return measured(on.machine, {"cover"});
}

std::uint64_t digest(const subject& on) { return digest_of_prefixes(on.ranks); }

}  // namespace

const stage select_cover_stage{
    "cover", "ladder prefixes that cover bankrupt units, scores not included", any_samples, prepare, run, digest};

}  // namespace plimsoll::bench
