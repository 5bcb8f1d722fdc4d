#include <algorithm>

#include "kernels/device/block.hpp"
#include "kernels/rank/plan_places.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct plan_policy {
  static constexpr int block_threads = 128;
};

/// The cover's place if no search is needed.
__device__ inline ladder_place cover_without_search(std::uint64_t demand) {
  return demand == 0 ? before_all() : after_all();
}

/// One thread per segment. The targets are in rising order, all in one group without a decided bit.
template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void plan_segment(place_request request, select_scratch scratch,
                                                                      device_view<ladder_place> places) {
  const std::uint32_t segment = blockIdx.x * Policy::block_threads + threadIdx.x;
  if (segment < scratch.tiles_done.count) { scratch.tiles_done[segment] = 0; }
  if (segment >= scratch.states.count) { return; }
  const std::uint64_t total = request.totals[segment];
  const std::uint64_t demand = request.demands[segment];
  select_state& state = scratch.states[segment];
  state = {};  // Later passes copy all of it, also the parts that no target uses.
  ladder_place* const found = &places[segment * places_max];
  std::uint32_t targets = 0;
  const auto look_for = [&](std::uint64_t lots, std::uint32_t place) {
    state.rest[targets] = lots;
    state.group[targets] = 0;
    state.place[targets] = place;
    ++targets;
  };
  bool cover = demand != 0 && demand <= total;
  found[cover_place] = cover_without_search(demand);
  for (std::uint32_t k = 0; k < lights_places; ++k) {
    found[k] = after_all();
    if (!request.lights || total == 0) { continue; }
    const std::uint64_t threshold = lights_threshold(k + 1, total);
    if (cover && demand < threshold) {
      look_for(demand, cover_place);
      cover = false;
    }
    look_for(threshold, k);
  }
  if (cover) { look_for(demand, cover_place); }
  state.prefix[0] = 0;
  state.targets = targets;
  state.groups = targets != 0 ? 1 : 0;
}

}  // namespace

status plan_places(const place_request& request, const select_scratch& scratch, device_view<ladder_place> places,
                   const stream& on) {
  constexpr std::uint32_t threads = plan_policy::block_threads;
  const std::uint32_t most = std::max(scratch.states.count, scratch.tiles_done.count);
  return launch(&plan_segment<plan_policy>, (most + threads - 1) / threads, threads, 0, on, request, scratch, places);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
