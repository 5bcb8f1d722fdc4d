// Warp and block primitives against obvious host loops, in every order of threads, on one worker and on two.
#include <algorithm>
#include <numeric>

#include "tests/emulator/support.hpp"

namespace plimsoll::emulated {
namespace {

constexpr int threads = 256;

// -------------------------------------------------------------------------------------------- reductions

template <int Threads, class T>
__global__ void reduce_rows(device_view<const T> values, device_view<T> sums, device_view<T> least,
                            device_view<T> most) {
  const std::uint32_t index = blockIdx.x * Threads + threadIdx.x;
  const T value = index < values.count ? values[index] : T{1};
  const T sum = block_sum<Threads>(value);
  const T low = block_min<Threads>(value);
  const T high = block_max<Threads>(value);
  // Every thread has the result: let a different one write in each block.
  if (threadIdx.x == blockIdx.x % Threads) {
    sums[blockIdx.x] = sum;
    least[blockIdx.x] = low;
    most[blockIdx.x] = high;
  }
}

class collectives : public scheduled_test {
 protected:
  template <int Threads, class T>
  void check_reductions(auto&& value_of) {
    const std::uint32_t blocks = 1 + sized(64);
    std::vector<T> values(blocks * Threads - 5);
    for (std::size_t i = 0; i < values.size(); ++i) { values[i] = value_of(i); }
    const auto out = through<T>(values, 3 * blocks, [&](auto in, auto to, const stream& on) {
      return launch(reduce_rows<Threads, T>, blocks, Threads, 0, on, in, to.part(0, blocks), to.part(blocks, blocks),
                    to.part(2 * blocks, blocks));
    });
    for (std::uint32_t row = 0; row < blocks; ++row) {
      T sum{}, low = values[row * Threads], high = low;
      for (std::uint32_t i = row * Threads; i < (row + 1) * Threads; ++i) {
        const T value = i < values.size() ? values[i] : T{1};
        sum = static_cast<T>(sum + value);
        low = std::min(low, value);
        high = std::max(high, value);
      }
      ASSERT_TRUE(out[row] == sum) << row;
      ASSERT_TRUE(out[blocks + row] == low) << row;
      ASSERT_TRUE(out[2 * blocks + row] == high) << row;
    }
  }
};

TEST_P(collectives, reductions_of_32_64_and_128_bits) {
  check_reductions<threads, std::uint32_t>([](std::size_t i) { return static_cast<std::uint32_t>(mixed(i)); });
  check_reductions<threads, std::int64_t>([](std::size_t i) { return static_cast<std::int64_t>(mixed(i)) >> 9; });
  check_reductions<threads, uint128>([](std::size_t i) { return uint128{mixed(i)} << 55 | mixed(i + 1); });
  check_reductions<threads, int128>(
      [](std::size_t i) { return static_cast<int128>(uint128{mixed(i)} << 64 | mixed(i + 1)) >> 9; });
}

TEST_P(collectives, reductions_in_blocks_of_other_sizes) {
  const auto value_of = [](std::size_t i) { return mixed(i); };
  check_reductions<32, std::uint64_t>(value_of);
  check_reductions<96, std::uint64_t>(value_of);
  check_reductions<1024, std::uint64_t>(value_of);
}

// ------------------------------------------------------------------------------------------------- scans

template <int Threads, class T>
__global__ void scan_rows(device_view<const T> values, device_view<T> exclusive, device_view<T> inclusive,
                          device_view<T> totals) {
  const std::uint32_t index = blockIdx.x * Threads + threadIdx.x;
  T total{}, total_again{};
  exclusive[index] = block_exclusive_sum<Threads>(values[index], total);
  inclusive[index] = block_inclusive_sum<Threads>(values[index], total_again);
  if (threadIdx.x == Threads - 1) { totals[blockIdx.x] = total == total_again ? total : T{}; }
}

template <int Threads, class T>
std::vector<T> scans_of(const std::vector<T>& values) {
  std::vector<T> expected(values.size() * 2 + values.size() / Threads);
  for (std::size_t row = 0; row < values.size() / Threads; ++row) {
    T sum{};
    for (std::size_t i = row * Threads; i < (row + 1) * Threads; ++i) {
      expected[i] = sum;
      sum = static_cast<T>(sum + values[i]);
      expected[values.size() + i] = sum;
    }
    expected[2 * values.size() + row] = sum;
  }
  return expected;
}

TEST_P(collectives, scans) {
  const auto check = [this]<int Threads, class T>(std::integral_constant<int, Threads>, T) {
    const std::uint32_t blocks = 1 + sized(48);
    const std::uint32_t count = blocks * Threads;
    std::vector<T> values(count);
    for (std::size_t i = 0; i < count; ++i) { values[i] = static_cast<T>(mixed(i)); }
    const auto out = through<T>(values, 2 * count + blocks, [&](auto in, auto to, const stream& on) {
      return launch(scan_rows<Threads, T>, blocks, Threads, 0, on, in, to.part(0, count), to.part(count, count),
                    to.part(2 * count, blocks));
    });
    ASSERT_TRUE((out == scans_of<Threads, T>(values))) << Threads;
  };
  check(std::integral_constant<int, 256>{}, std::uint32_t{});
  check(std::integral_constant<int, 256>{}, std::uint64_t{});
  check(std::integral_constant<int, 128>{}, uint128{});
  check(std::integral_constant<int, 32>{}, std::uint32_t{});
  check(std::integral_constant<int, 96>{}, std::uint64_t{});
  check(std::integral_constant<int, 1024>{}, std::uint32_t{});
}

// ----------------------------------------------------------------------------------- ordered compaction

/// Two passes, as a device does it: counts per block, then ranks from the scanned counts.
__global__ void count_flagged(device_view<const std::uint32_t> values, device_view<std::uint32_t> counts) {
  const std::uint32_t index = blockIdx.x * threads + threadIdx.x;
  unsigned total = 0;
  block_rank_flagged<threads>(index < values.count && values[index] % 3 == 0, total);
  if (threadIdx.x == 0) { counts[blockIdx.x] = total; }
}

__global__ void write_flagged(device_view<const std::uint32_t> values, device_view<const std::uint32_t> begins,
                              device_view<std::uint32_t> out) {
  const std::uint32_t index = blockIdx.x * threads + threadIdx.x;
  const bool flagged = index < values.count && values[index] % 3 == 0;
  unsigned total = 0;
  const unsigned rank = block_rank_flagged<threads>(flagged, total);
  if (flagged) { out[begins[blockIdx.x] + rank] = index; }
}

TEST_P(collectives, ordered_compaction) {
  const std::uint32_t count = sized(40'000) + 13;
  const std::uint32_t blocks = (count + threads - 1) / threads;
  std::vector<std::uint32_t> values(count), expected;
  for (std::uint32_t i = 0; i < count; ++i) {
    values[i] = static_cast<std::uint32_t>(mixed(i));
    if (values[i] % 3 == 0) { expected.push_back(i); }
  }
  const auto counts = through<std::uint32_t>(values, blocks, [&](auto in, auto to, const stream& on) {
    return launch(count_flagged, blocks, threads, 0, on, in, to);
  });
  std::vector<std::uint32_t> begins(blocks);
  std::exclusive_scan(counts.begin(), counts.end(), begins.begin(), 0u);
  ASSERT_EQ(begins.back() + counts.back(), expected.size());
  auto on = stream::make().value();
  auto begins_there = device_buffer<std::uint32_t>::make(blocks).value();
  ASSERT_TRUE(copy_to_device(begins_there.view(), begins, on));
  const auto out = through<std::uint32_t>(values, expected.size(), [&](auto in, auto to, const stream& own) {
    return launch(write_flagged, blocks, threads, 0, own, in, begins_there.view(), to);
  });
  EXPECT_EQ(out, expected);
}

// ------------------------------------------------------------------------------------------- histograms

constexpr unsigned bin_count = 128;

__global__ void histogram(device_view<const std::uint32_t> values, device_view<unsigned long long> weights) {
  PLIMSOLL_DYN_SHARED(unsigned long long, bins);
  block_fill<threads>(bins, bin_count, 0ull);
  for (std::uint32_t i = blockIdx.x * threads + threadIdx.x; i < values.count; i += gridDim.x * threads) {
    atomicAdd(&bins[values[i] % bin_count], values[i] * 3ull);
  }
  block_add_histogram<threads>(weights.data, bins, bin_count);
}

TEST_P(collectives, weighted_histogram_by_shared_atomics) {
  std::vector<std::uint32_t> values(sized(30'000));
  std::vector<unsigned long long> expected(bin_count);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<std::uint32_t>(mixed(i)) >> (i % 7);
    expected[values[i] % bin_count] += values[i] * 3ull;
  }
  const auto out = through<unsigned long long>(values, bin_count, [&](auto in, auto to, const stream& on) {
    return launch(histogram, 7, threads, bin_count * sizeof(unsigned long long), on, in, to);
  });
  EXPECT_EQ(out, expected);
}

// ------------------------------------------------------------------------------------------------ warps

/// The results of each collective in one thread.
struct seen {
  std::uint32_t rank, ballot, any, all, match, count, some, every;
  std::int32_t from, wrapped;
  std::uint64_t up, down, crossed;
  double real;
  std::uint32_t run_sum;

  bool operator==(const seen&) const = default;
};

__global__ void every_collective(device_view<const std::uint32_t> values, device_view<seen> out) {
  const std::uint32_t index = thread_rank() + (blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z)) *
                                                  blockDim.x * blockDim.y * blockDim.z;
  const std::uint32_t value = values[index];
  seen mine{};
  mine.rank = thread_rank();
  mine.ballot = __ballot_sync(whole_warp, value % 2);
  mine.any = static_cast<std::uint32_t>(__any_sync(whole_warp, value % 40 == 0));
  mine.all = static_cast<std::uint32_t>(__all_sync(whole_warp, value % 40 != 0));
  mine.match = __match_any_sync(whole_warp, value % 5);
  mine.count = static_cast<std::uint32_t>(__syncthreads_count(value % 2 == 0));
  mine.some = static_cast<std::uint32_t>(__syncthreads_or(value % 100 == 0));
  mine.every = static_cast<std::uint32_t>(__syncthreads_and(value % 100 != 0));
  mine.from = __shfl_sync(whole_warp, static_cast<int>(value), 5);
  mine.wrapped = __shfl_sync(whole_warp, static_cast<int>(value), 35, 8);
  mine.up = __shfl_up_sync(whole_warp, std::uint64_t{value} << 33, 3, 16);
  mine.down = __shfl_down_sync(whole_warp, std::uint64_t{value} << 33, 3, 16);
  mine.crossed = __shfl_xor_sync(whole_warp, std::uint64_t{value} << 33, 9);
  mine.real = __shfl_sync(whole_warp, value * 0.5, 31);
  mine.run_sum = lanes_reduce<4>(value, sum_of{});
  // Halves of a warp at different collectives, at the same time.
  if (lane_rank() < 16) {
    mine.ballot ^= __ballot_sync(0x0000FFFFu, value % 7 == 0);
  } else {
    mine.ballot ^= __ballot_sync(0xFFFF0000u, value % 5 == 0);
    __syncwarp(0xFFFF0000u);
  }
  __syncwarp();
  out[index] = mine;
}

seen expected_at(const std::uint32_t* block, unsigned rank, unsigned block_threads) {
  const unsigned lane = rank % 32;
  const std::uint32_t* warp = block + (rank - lane);
  const auto bits = [&](auto&& test) {
    std::uint32_t set = 0;
    for (unsigned i = 0; i < 32; ++i) { set |= (test(i) ? 1u : 0u) << i; }
    return set;
  };
  seen want{};
  want.rank = rank;
  want.ballot = bits([&](unsigned i) { return warp[i] % 2 != 0; });
  want.any = bits([&](unsigned i) { return warp[i] % 40 == 0; }) != 0;
  want.all = want.any == 0;
  want.match = bits([&](unsigned i) { return warp[i] % 5 == warp[lane] % 5; });
  for (unsigned i = 0; i < block_threads; ++i) {
    want.count += block[i] % 2 == 0;
    want.some |= block[i] % 100 == 0;
  }
  want.every = want.some == 0;
  want.from = static_cast<int>(warp[5]);
  want.wrapped = static_cast<int>(warp[lane / 8 * 8 + 35 % 8]);
  want.up = std::uint64_t{warp[lane % 16 < 3 ? lane : lane - 3]} << 33;
  want.down = std::uint64_t{warp[lane % 16 + 3 >= 16 ? lane : lane + 3]} << 33;
  want.crossed = std::uint64_t{warp[lane ^ 9]} << 33;
  want.real = warp[31] * 0.5;
  for (unsigned i = lane / 4 * 4; i < lane / 4 * 4 + 4; ++i) { want.run_sum += warp[i]; }
  want.ballot ^= lane < 16 ? bits([&](unsigned i) { return i < 16 && warp[i] % 7 == 0; })
                           : bits([&](unsigned i) { return i >= 16 && warp[i] % 5 == 0; });
  return want;
}

TEST_P(collectives, every_collective_in_blocks_of_three_dimensions) {
  const dim3 grid(3, 2, 2), block(8, 4, 3);
  const std::uint32_t block_threads = 96, blocks = 12;
  std::vector<std::uint32_t> values(blocks * block_threads);
  for (std::size_t i = 0; i < values.size(); ++i) { values[i] = static_cast<std::uint32_t>(mixed(i) >> 40); }
  const auto out = through<seen>(values, values.size(), [&](auto in, auto to, const stream& on) {
    return launch(every_collective, grid, block, 0, on, in, to);
  });
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    const std::uint32_t first = i / block_threads * block_threads;
    ASSERT_TRUE(out[i] == expected_at(&values[first], i - first, block_threads)) << i;
  }
}

__global__ void fold_atomically(device_view<const std::uint32_t> values, device_view<unsigned long long> out) {
  const unsigned long long value = values[blockIdx.x * blockDim.x + threadIdx.x];
  atomicAdd(&out[0], value);
  atomicMin(&out[1], value);
  atomicMax(&out[2], value);
  atomicOr(&out[3], value);
  atomicXor(&out[4], value);
  atomicAnd(&out[5], value);
  unsigned long long expected = 0, before = 0;
  do {
    expected = before;
    before = atomicCAS(&out[6], expected, expected + value);
  } while (before != expected);
}

TEST_P(collectives, atomics_over_blocks) {
  std::vector<std::uint32_t> values(64 * sized(128) + 128);
  unsigned long long sum = 0, low = ~0ull, high = 0, any = 0, odd = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<std::uint32_t>(mixed(i));
    sum += values[i];
    low = std::min<unsigned long long>(low, values[i]);
    high = std::max<unsigned long long>(high, values[i]);
    any |= values[i];
    odd ^= values[i];
  }
  const auto out = through<unsigned long long>(values, 7, [&](auto in, auto to, const stream& on) {
    EXPECT_TRUE(fill_bytes(to.part(1, 1), 0xFF, on));
    EXPECT_TRUE(fill_bytes(to.part(5, 1), 0x00, on));
    return launch(fold_atomically, static_cast<unsigned>(values.size() / 64), 64, 0, on, in, to);
  });
  EXPECT_EQ(out, (std::vector<unsigned long long>{sum, low, high, any, odd, 0, sum}));
}

INSTANTIATE_TEST_SUITE_P(every_schedule, collectives, ::testing::ValuesIn(schedules()),
                         [](const auto& chosen) { return name_of(chosen.param); });

}  // namespace
}  // namespace plimsoll::emulated
