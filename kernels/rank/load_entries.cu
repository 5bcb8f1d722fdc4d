#include "kernels/device/gpu.hpp"
#include "kernels/rank/load_entries.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct load_policy {
  static constexpr int block_threads = 256;
};

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void load_entry(position_source from,
                                                                    device_view<const std::uint32_t> position,
                                                                    entry_target to) {
  const std::uint32_t entry = blockIdx.x * Policy::block_threads + threadIdx.x;
  if (entry >= position.count) { return; }
  const std::uint32_t at = position[entry];
  const bool vacant = at >= from.lots.count;
  to.unit[entry] = vacant ? 0 : from.unit[at];
  to.lots[entry] = vacant ? 0 : from.lots[at];
  to.cost[entry] = vacant ? 0 : from.cost[at];
  if (to.given.count != 0) { to.given[entry] = vacant ? 0 : from.given[at]; }
}

}  // namespace

status load_entries(const position_source& from, device_view<const std::uint32_t> position, const entry_target& to,
                    const stream& on) {
  constexpr std::uint32_t threads = load_policy::block_threads;
  const std::uint32_t blocks = position.count / threads + (position.count % threads != 0 ? 1 : 0);
  return launch(&load_entry<load_policy>, blocks, threads, 0, on, from, position, to);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
