#include "kernels/device/block.hpp"
#include "kernels/screen/sum_counts.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct sum_policy {
  static constexpr int block_threads = 1024;
  static constexpr std::uint32_t thread_counts = 4;
  static constexpr std::uint32_t round_counts = block_threads * thread_counts;
  static constexpr std::uint32_t counts_max = 16 * round_counts;  ///< 65,536: tiles of 268 million units.
};

template <class Policy>
__global__ __launch_bounds__(Policy::block_threads) void sum_in_place(device_view<std::uint32_t> counts) {
  std::uint32_t before = 0;
  for (std::uint32_t first = 0; first < counts.count; first += Policy::round_counts) {
    const std::uint32_t begin = first + threadIdx.x * Policy::thread_counts;
    std::uint32_t own[Policy::thread_counts];
    std::uint32_t sum = 0;
    PLIMSOLL_UNROLL
    for (std::uint32_t k = 0; k < Policy::thread_counts; ++k) {
      own[k] = begin + k < counts.count ? counts[begin + k] : 0;
      sum += own[k];
    }
    std::uint32_t round = 0;
    std::uint32_t running = before + block_exclusive_sum<Policy::block_threads>(sum, round);
    PLIMSOLL_UNROLL
    for (std::uint32_t k = 0; k < Policy::thread_counts; ++k) {
      if (begin + k < counts.count) { counts[begin + k] = running; }
      running += own[k];
    }
    before += round;
  }
}

}  // namespace

status sum_counts(device_view<std::uint32_t> counts, const workspace& scan, const stream& on) {
  if (counts.count > sum_policy::counts_max) { return exclusive_sum(scan, counts, counts, on); }
  return launch(&sum_in_place<sum_policy>, 1, sum_policy::block_threads, 0, on, counts);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
