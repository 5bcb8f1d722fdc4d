// The Thrust peer as stages, beside ours in the same run. Run when asked for by name.
#include <utility>

#include "bench/digests.hpp"
#include "bench/peer_thrust.hpp"
#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

status prepare(subject& on) {
  if (on.peer) { return ok(); }
  auto made = make_thrust_peer(on.source, on.prices);
  if (!made) { return std::move(made).error(); }
  on.peer = std::move(made).value();
  // Each stage's digest and the ladders' order need the results of the stages before.
  if (auto spent = on.peer->margin(); !spent) { return std::move(spent).error(); }
  if (auto spent = on.peer->lights(); !spent) { return std::move(spent).error(); }
  return ok();
}

/// Bytes are not counted, because they depend on Thrust's implementation.
template <result<double> (thrust_peer::*Call)()>
result<sample> run(subject& on) {
  auto spent = (on.peer.get()->*Call)();
  if (!spent) { return std::move(spent).error(); }
  return sample{spent.value(), 0};
}

std::uint64_t digest_margin(const subject& on) {
  margin_result found;
  found.units.verdicts = on.peer->verdicts();
  return digest_of_verdicts(found);
}

std::uint64_t digest_lights(const subject& on) {
  rank_result found;
  found.lights = on.peer->entry_lights();
  return digest_of_lights(found);
}

std::uint64_t digest_sort(const subject& on) {
  rank_result found;
  on.peer->ladders(found);
  return digest_of_prefixes(found);
}

}  // namespace

const stage thrust_margin_stage{"thrust_margin",
                                "the same as margin in plain Thrust",
                                any_samples,
                                prepare,
                                run<&thrust_peer::margin>,
                                digest_margin,
                                true};
const stage thrust_lights_stage{"thrust_lights",
                                "the same as lights in plain Thrust",
                                any_samples,
                                prepare,
                                run<&thrust_peer::lights>,
                                digest_lights,
                                true};
const stage thrust_sort_stage{
    "thrust_sort", "the same as sort in plain Thrust", any_samples, prepare, run<&thrust_peer::sort>, digest_sort,
    true};

}  // namespace plimsoll::bench
