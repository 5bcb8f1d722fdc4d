// Races that the order of threads hides: the emulated device, built to watch accesses, must name each.
#include <gmock/gmock.h>

#include "tests/emulator/support.hpp"

namespace plimsoll::emulated {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using kernel = void (*)(device_view<unsigned>);

class race : public scheduled_test {
 protected:
  /// The error of the launch; blank if it succeeds.
  static std::string report_of(kernel what, unsigned blocks = 1, unsigned block_threads = 64) {
    auto on = stream::make().value();
    auto out = device_buffer<unsigned>::make(1024).value();
    EXPECT_TRUE(fill_bytes(out.view(), 0, on));
    const status outcome = launch(what, blocks, block_threads, 64 * sizeof(unsigned), on, out.view());
    EXPECT_TRUE(on.synchronize());
    if (outcome) { return ""; }
    EXPECT_EQ(outcome.error().code, error_code::invariant_broken);
    return outcome.error().message;
  }
  void expect_race(kernel what, unsigned blocks = 1) {
    ++divergences_expected_;
    EXPECT_THAT(report_of(what, blocks),
                AllOf(HasSubstr("threads race"), HasSubstr("race_test.cpp:"), HasSubstr("nothing orders two uses")));
    EXPECT_EQ(report_of(fine, 3), "") << "the next kernel is judged by itself";
  }

  static void fine(device_view<unsigned> out) {
    __syncthreads();
    const unsigned sum = block_sum<64>(threadIdx.x);
    if (threadIdx.x == 0) { out[blockIdx.x] = sum; }
  }
};

// --------------------------------------------------------------------------------------- lost updates

__global__ void add_by_plain_stores(device_view<unsigned> out) { out[0] += 1; }
__global__ void add_to_a_word_each_block(device_view<unsigned> out) {
  if (threadIdx.x == 0) { out[7] += blockIdx.x; }
}
__global__ void add_in_shared_memory(device_view<unsigned> out) {
  PLIMSOLL_SHARED(total, unsigned);
  if (threadIdx.x == 0) { total = 0; }
  __syncthreads();
  total += threadIdx.x;
  __syncthreads();
  if (threadIdx.x == 0) { out[blockIdx.x] = total; }
}
__global__ void add_once_by_plain_store(device_view<unsigned> out) {
  if (threadIdx.x == 40) {
    out[3] += 5;
  } else {
    atomicAdd(&out[3], 1U);
  }
}
__global__ void two_words_of_a_wide_store(device_view<unsigned> out) {
  if (threadIdx.x == 0) { *reinterpret_cast<unsigned long long*>(&out[4]) = 1; }
  if (threadIdx.x == 33) { out[5] = 1; }
}
__global__ void one_byte_of_a_word(device_view<unsigned> out) {
  auto* const bytes = reinterpret_cast<unsigned char*>(out.data);
  if (threadIdx.x == 0) { out[9] = 0; }
  if (threadIdx.x == 50) { bytes[38] = 1; }
}
__global__ void a_flag_raised_by_all(device_view<unsigned> out) {
  if (threadIdx.x % 8 == 3) { out[0] = 1; }
}
TEST_P(race, lost_updates) {
  expect_race(add_by_plain_stores);
  expect_race(add_to_a_word_each_block, 2);
  expect_race(add_in_shared_memory);
  expect_race(add_once_by_plain_store);
  expect_race(two_words_of_a_wide_store);
  expect_race(one_byte_of_a_word);
  expect_race(a_flag_raised_by_all);
}

// ----------------------------------------------------------------------------------- missing meetings

__global__ void no_barrier_before_a_read(device_view<unsigned> out) {
  PLIMSOLL_SHARED(tile, unsigned[64]);
  tile[threadIdx.x] = threadIdx.x;
  out[threadIdx.x] = tile[(threadIdx.x + 1) % 64];
}
__global__ void no_barrier_before_a_write(device_view<unsigned> out) {
  PLIMSOLL_DYN_SHARED(unsigned, tile);
  unsigned sum = 0;
  for (unsigned round = 0; round < 3; ++round) {
    tile[threadIdx.x] = threadIdx.x + round;
    __syncthreads();
    sum += tile[63 - threadIdx.x];
  }
  out[threadIdx.x] = sum;
}
__global__ void no_syncwarp(device_view<unsigned> out) {
  PLIMSOLL_SHARED(tile, unsigned[64]);
  tile[threadIdx.x] = threadIdx.x;
  if (lane_rank() % 2 == 0) { out[threadIdx.x] = tile[threadIdx.x ^ 1]; }
  __syncwarp();
}
__global__ void a_warp_where_a_block_must_meet(device_view<unsigned> out) {
  PLIMSOLL_SHARED(tile, unsigned[64]);
  tile[threadIdx.x] = threadIdx.x;
  __syncwarp();
  out[threadIdx.x] = tile[63 - threadIdx.x];
}
__global__ void half_a_warp_where_all_must_meet(device_view<unsigned> out) {
  PLIMSOLL_SHARED(tile, unsigned[64]);
  tile[threadIdx.x] = threadIdx.x;
  __syncwarp(lane_rank() < 16 ? 0xFFFFU : 0xFFFF0000U);
  out[threadIdx.x] = tile[threadIdx.x ^ 16U];
}
__global__ void a_block_reads_what_another_writes(device_view<unsigned> out) {
  if (threadIdx.x == 0) { out[100 + blockIdx.x] = out[(blockIdx.x + 1) % 2]; }
  if (threadIdx.x == 0) { out[blockIdx.x] = 1; }
}
TEST_P(race, missing_meetings) {
  expect_race(no_barrier_before_a_read);
  expect_race(no_barrier_before_a_write);
  expect_race(no_syncwarp);
  expect_race(a_warp_where_a_block_must_meet);
  expect_race(half_a_warp_where_all_must_meet);
  expect_race(a_block_reads_what_another_writes, 2);
}

// ------------------------------------------------------------------------------------- what is no race

__global__ void neighbouring_bytes(device_view<unsigned> out) {
  reinterpret_cast<unsigned char*>(out.data)[blockIdx.x * 64 + threadIdx.x] = 1;
}
__global__ void atomics_of_all(device_view<unsigned> out) {
  atomicAdd(&out[0], 1U);
  atomicMax(reinterpret_cast<unsigned long long*>(&out[2]), static_cast<unsigned long long>(threadIdx.x));
}
__global__ void meetings_in_between(device_view<unsigned> out) {
  PLIMSOLL_SHARED(tile, unsigned[64]);
  tile[threadIdx.x] = threadIdx.x;
  __syncwarp();
  const unsigned neighbour = tile[threadIdx.x ^ 1U];
  __syncthreads();
  tile[63 - threadIdx.x] = neighbour;
  __syncwarp(lane_rank() < 16 ? 0xFFFFU : 0xFFFF0000U);
  const unsigned own = tile[63 - (threadIdx.x ^ 8U)];
  out[blockIdx.x * 64 + threadIdx.x] = own;
  __syncthreads();
  if (threadIdx.x == 0) { atomicAdd(&out[1000], out[blockIdx.x * 64 + 63]); }
}
__global__ void the_last_block_reads_all(device_view<unsigned> out) {
  PLIMSOLL_SHARED(last, unsigned);
  out[blockIdx.x * 64 + threadIdx.x] = 1;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    last = atomicAdd(&out[1000], 1U) == gridDim.x - 1 ? 1 : 0;
    __threadfence();
  }
  __syncthreads();
  if (last != 0) { out[threadIdx.x] = out[threadIdx.x] + out[64 + threadIdx.x]; }
}
TEST_P(race, no_race_is_invented) {
  EXPECT_EQ(report_of(neighbouring_bytes, 4), "");
  EXPECT_EQ(report_of(atomics_of_all, 4), "");
  EXPECT_EQ(report_of(meetings_in_between, 3), "");
  EXPECT_EQ(report_of(the_last_block_reads_all, 2), "");
}

TEST_P(race, names_both_uses) {
  ++divergences_expected_;
  const std::string outcome = report_of(add_to_a_word_each_block, 2);
  const auto in_order = [](const char* first, const char* second) {
    return AllOf(HasSubstr("byte 28 of 4096 bytes: " + std::string(first) + " thread 0 writes it at "),
                 HasSubstr(", " + std::string(second) + " thread 0 reads it at "));
  };
  EXPECT_THAT(outcome, ::testing::AnyOf(in_order("block 0", "block 1"), in_order("block 1", "block 0")));
}

INSTANTIATE_TEST_SUITE_P(orders, race,
                         ::testing::Values(settings{thread_order::forward, 1, 1}, settings{thread_order::reverse, 1, 1},
                                           settings{thread_order::random, 5, 2}),
                         [](const auto& chosen) { return name_of(chosen.param); });

}  // namespace
}  // namespace plimsoll::emulated
