// Memory that nothing wrote: the emulated device, built to watch accesses, must name each read of it, and each copy to
// the host.
#include <gmock/gmock.h>

#include "kernels/device/algorithms.hpp"
#include "tests/emulator/support.hpp"

namespace plimsoll::emulated {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using kernel = void (*)(device_view<unsigned>, device_view<unsigned>);

__global__ void reads_a_word(device_view<unsigned> from, device_view<unsigned> to) {
  if (threadIdx.x == 0) { to[0] = from[5]; }
}
__global__ void adds_to_a_word(device_view<unsigned> from, device_view<unsigned>) {
  if (threadIdx.x == 0) { atomicAdd(&from[5], 1U); }
}
__global__ void reads_one_byte_beside_written_ones(device_view<unsigned> from, device_view<unsigned> to) {
  auto* const bytes = reinterpret_cast<unsigned char*>(&from[5]);
  if (threadIdx.x != 0) { return; }
  bytes[0] = bytes[1] = bytes[3] = 1;
  to[0] = bytes[0] + bytes[1] + bytes[3];
  to[1] = bytes[2];
}
__global__ void reads_shared_memory(device_view<unsigned>, device_view<unsigned> to) {
  PLIMSOLL_SHARED(tile, unsigned[64]);
  if (threadIdx.x < 63) { tile[threadIdx.x] = 1; }
  __syncthreads();
  to[threadIdx.x] = tile[threadIdx.x];
}
__global__ void reads_what_another_block_left_in_shared_memory(device_view<unsigned>, device_view<unsigned> to) {
  PLIMSOLL_SHARED(tile, unsigned[64]);
  if (blockIdx.x == 0) { tile[threadIdx.x] = 1; }
  __syncthreads();
  to[blockIdx.x * 64 + threadIdx.x] = tile[threadIdx.x];
}
__global__ void writes_and_reads(device_view<unsigned> from, device_view<unsigned> to) {
  from[threadIdx.x] = threadIdx.x;
  to[threadIdx.x] = from[threadIdx.x];
}

class unwritten : public scheduled_test {
 protected:
  unwritten()
      : on_(stream::make().value()),
        fresh_(device_buffer<unsigned>::make(64).value()),
        out_(device_buffer<unsigned>::make(128).value()) {}

  [[nodiscard]] std::string report_of(kernel what, unsigned blocks = 1) {
    const status outcome = launch(what, blocks, 64, 0, on_, fresh_.view(), out_.view());
    return outcome ? "" : outcome.error().message;
  }
  void expect_named(kernel what, const char* where, unsigned blocks = 1) {
    ++divergences_expected_;
    EXPECT_THAT(report_of(what, blocks), AllOf(HasSubstr("memory is read before it is written"), HasSubstr(where)));
  }
  [[nodiscard]] std::string report_of_copy() {
    std::vector<unsigned> to_host(64);
    const status outcome = copy_to_host(std::span(to_host), fresh_.view(), on_);
    EXPECT_TRUE(on_.synchronize());
    return outcome ? "" : outcome.error().message;
  }

  stream on_;
  device_buffer<unsigned> fresh_;
  device_buffer<unsigned> out_;
};

TEST_P(unwritten, reads_are_named) {
  expect_named(reads_a_word, "byte 20 of 256 bytes: block 0 thread 0 reads it");
  expect_named(adds_to_a_word, "byte 20 of 256 bytes: block 0 thread 0 atomically changes it");
}

TEST_P(unwritten, a_byte_is_told_from_its_neighbours) {
  expect_named(reads_one_byte_beside_written_ones, "byte 22 of 256 bytes");
}

TEST_P(unwritten, shared_memory_is_unwritten_in_each_block) {
  expect_named(reads_shared_memory, "byte 252 of 256 bytes: block 0 thread 63");
  expect_named(reads_what_another_block_left_in_shared_memory, "block 1", 2);
}

TEST_P(unwritten, copies_to_the_host_are_named_and_copies_between_carry_it_on) {
  EXPECT_THAT(report_of_copy(), HasSubstr("nothing has written byte 0 of 256 bytes that a copy takes home"));
  const std::vector<unsigned> half(32, 7);
  EXPECT_TRUE(copy_to_device(fresh_.view(), std::span<const unsigned>(half), on_));
  EXPECT_THAT(report_of_copy(), HasSubstr("byte 128 of 256"));
  auto other = device_buffer<unsigned>::make(64).value();
  EXPECT_TRUE(fill_bytes(other.view(), 0, on_));
  EXPECT_TRUE(copy_on_device(other.view(), fresh_.view(), on_));
  EXPECT_TRUE(copy_on_device(fresh_.view(), other.view(), on_));
  EXPECT_THAT(report_of_copy(), HasSubstr("byte 128 of 256"));
  EXPECT_TRUE(fill_bytes(fresh_.view(), 0, on_));
  EXPECT_EQ(report_of_copy(), "");
}

TEST_P(unwritten, algorithms_read_and_write_too) {
  auto in = workspace::make({.scan = 64}).value();
  auto sums = device_buffer<std::uint32_t>::make(64).value();
  auto counts = device_buffer<std::uint32_t>::make(64).value();
  const status outcome = exclusive_sum(in, counts.view(), sums.view(), on_);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("an algorithm reads it"));
  EXPECT_TRUE(fill_bytes(counts.view(), 0, on_));
  EXPECT_TRUE(exclusive_sum(in, counts.view(), sums.view(), on_));
  EXPECT_TRUE(copy_on_device(fresh_.view(), sums.view(), on_));
  EXPECT_EQ(report_of_copy(), "");
}

TEST_P(unwritten, nothing_is_invented) {
  EXPECT_EQ(report_of(writes_and_reads), "");
  EXPECT_EQ(report_of(reads_a_word), "");
  EXPECT_EQ(report_of_copy(), "");
}

INSTANTIATE_TEST_SUITE_P(orders, unwritten,
                         ::testing::Values(settings{thread_order::forward, 1, 1}, settings{thread_order::reverse, 1, 1},
                                           settings{thread_order::random, 5, 2}),
                         [](const auto& chosen) { return name_of(chosen.param); });

}  // namespace
}  // namespace plimsoll::emulated
