// The device's host side: copies, waiting, graphs, errors with their meaning, and faults at every call.
#include <numeric>
#include <thread>

#include <gmock/gmock.h>

#include "tests/emulator/support.hpp"

namespace plimsoll::emulated {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

__global__ void add(device_view<const unsigned> values, device_view<unsigned> out, unsigned by) {
  const unsigned index = blockIdx.x * blockDim.x + threadIdx.x;
  if (index < values.count) { out[index] = values[index] + by; }
}

std::vector<unsigned> counting(std::size_t count) {
  std::vector<unsigned> values(count);
  std::iota(values.begin(), values.end(), 0u);
  return values;
}

using device = device_test;

// -------------------------------------------------------------------------------------------- the calls

TEST_F(device, a_copy_to_the_host_arrives_when_the_stream_is_waited_for) {
  auto on = stream::make().value();
  auto there = device_buffer<unsigned>::make(10).value();
  const auto sent = counting(10);
  std::vector<unsigned> back(10, 7);
  ASSERT_TRUE(copy_to_device(there.view(), sent, on));
  ASSERT_TRUE(copy_to_host(std::span(back), there.view(), on));
  EXPECT_THAT(back, Each(0xCDCDCDCDu));
  ASSERT_TRUE(on.synchronize());
  EXPECT_EQ(back, sent);
}

TEST_F(device, an_event_lets_only_what_came_before_it_arrive) {
  auto on = stream::make().value();
  auto point = event::make().value();
  auto there = device_buffer<unsigned>::make(4).value();
  std::vector<unsigned> before(4), after(4);
  ASSERT_TRUE(fill_bytes(there.view(), 1, on));
  ASSERT_TRUE(copy_to_host(std::span(before), there.view(), on));
  ASSERT_TRUE(point.record(on));
  ASSERT_TRUE(copy_to_host(std::span(after), there.view(), on));
  ASSERT_TRUE(point.synchronize());
  EXPECT_THAT(before, Each(0x01010101u));
  EXPECT_THAT(after, Each(0xCDCDCDCDu));
  EXPECT_TRUE(point.reached().value());
  ASSERT_TRUE(on.synchronize());
  EXPECT_THAT(after, Each(0x01010101u));
  auto end = event::make().value();
  ASSERT_TRUE(end.record(on));
  EXPECT_GE(elapsed_ms(point, end).value(), 0.0f);
}

TEST_F(device, pinned_memory_changed_under_a_copy_is_a_broken_invariant) {
  auto on = stream::make().value();
  auto there = device_buffer<unsigned>::make(4).value();
  auto pinned = host_buffer<unsigned>::make(4).value();
  ASSERT_TRUE(pinned.is_pinned());
  pinned.span()[2] = 5;
  ASSERT_TRUE(copy_to_device(there.view(), pinned.span(), on));
  pinned.span()[2] = 6;
  const status outcome = on.synchronize();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, error_code::invariant_broken);
  EXPECT_TRUE(on.synchronize());
}

TEST_F(device, copies_that_do_not_fit_are_refused) {
  auto on = stream::make().value();
  auto there = device_buffer<unsigned>::make(4).value();
  const auto sent = counting(5);
  const status outcome = copy_to_device(there.view(), sent, on);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, error_code::usage);
  EXPECT_THAT(outcome.error().message, HasSubstr("20 bytes into 16 at device_test.cpp:"));
}

TEST_F(device, memory_that_is_not_the_device_s_is_refused) {
  auto on = stream::make().value();
  auto sent = counting(4);
  const device_view<unsigned> astray{sent.data(), 4};
  EXPECT_EQ(fill_bytes(astray, 0, on).error().code, error_code::device_fault);
  auto there = device_buffer<unsigned>::make(4).value();
  EXPECT_EQ(fill_bytes(device_view<unsigned>{there.data(), 5}, 0, on).error().code, error_code::device_fault);
}

TEST_F(device, empty_buffers_copies_and_grids_are_nothing_to_do) {
  auto on = stream::make().value();
  auto there = device_buffer<unsigned>::make(0).value();
  const std::uint64_t calls = call_count();
  EXPECT_TRUE(copy_to_device(there.view(), {}, on));
  EXPECT_TRUE(copy_to_host(std::span<unsigned>{}, there.view(), on));
  EXPECT_TRUE(fill_bytes(there.view(), 1, on));
  EXPECT_TRUE(launch(add, 0, 64, 0, on, there.view(), there.view(), 1u));
  EXPECT_EQ(call_count(), calls);
}

TEST_F(device, launches_beyond_the_limits_are_refused_with_their_place) {
  auto on = stream::make().value();
  auto there = device_buffer<unsigned>::make(4).value();
  const status wide = launch(add, 1, 1025, 0, on, there.view(), there.view(), 1u);
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().code, error_code::device_fault);
  EXPECT_THAT(wide.error().message, HasSubstr("launch at device_test.cpp:"));
  EXPECT_FALSE(launch(add, 1, 32, 228 * 1024, on, there.view(), there.view(), 1u));
  EXPECT_TRUE(launch(add, 1, 32, 227 * 1024, on, there.view(), there.view(), 1u));
}

TEST_F(device, a_graph_runs_what_was_recorded_each_time_it_is_launched) {
  auto on = stream::make().value();
  auto from = host_buffer<unsigned>::make(100).value();
  auto back = host_buffer<unsigned>::make(100).value();
  auto there = device_buffer<unsigned>::make(100).value();
  auto recorded = graph::record(on, [&]() -> status {
    PLIMSOLL_TRY(copy_to_device(there.view(), from.span(), on));
    PLIMSOLL_TRY(launch(add, 4, 32, 0, on, there.view(), there.view(), 5u));
    PLIMSOLL_TRY(launch(add, 4, 32, 0, on, there.view(), there.view(), 6u));
    return copy_to_host(back.span(), there.view(), on);
  });
  ASSERT_TRUE(recorded) << recorded.error().message;
  for (unsigned round = 0; round < 3; ++round) {
    std::fill(from.span().begin(), from.span().end(), round * 100);
    ASSERT_TRUE(recorded.value().launch(on));
    ASSERT_TRUE(on.synchronize());
    EXPECT_THAT(back.span(), Each(round * 100 + 11));
  }
}

TEST_F(device, waiting_inside_a_recording_is_refused) {
  auto on = stream::make().value();
  const auto recorded = graph::record(on, [&]() -> status { return on.synchronize(); });
  ASSERT_FALSE(recorded);
  EXPECT_EQ(recorded.error().code, error_code::device_fault);
  EXPECT_TRUE(on.synchronize());
}

TEST_F(device, mapped_memory_is_written_by_kernels) {
  auto on = stream::make().value();
  auto from = device_buffer<unsigned>::make(8).value();
  auto results = host_buffer<unsigned>::make(8).value();
  auto seen_there = results.mapped();
  ASSERT_TRUE(seen_there);
  ASSERT_TRUE(fill_bytes(from.view(), 0, on));
  ASSERT_TRUE(launch(add, 1, 32, 0, on, from.view(), seen_there.value(), 9u));
  ASSERT_TRUE(on.synchronize());
  EXPECT_THAT(results.span(), Each(9u));
}

__global__ void add_block_sums(device_view<unsigned> out) {
  const unsigned sum = block_sum<64>(threadIdx.x);
  if (threadIdx.x == 0) { out[blockIdx.x] += sum; }
}

TEST_F(device, host_threads_launch_at_the_same_time) {
  const with_settings two_workers({thread_order::forward, 1, 2});
  std::vector<unsigned> seen[3];
  std::vector<std::thread> hosts;
  for (auto& each : seen) {
    hosts.emplace_back([&each] {
      each.resize(5);
      auto on = stream::make().value();
      auto there = device_buffer<unsigned>::make(5).value();
      EXPECT_TRUE(fill_bytes(there.view(), 0, on));
      for (int round = 0; round < 20; ++round) { EXPECT_TRUE(launch(add_block_sums, 5, 64, 0, on, there.view())); }
      EXPECT_TRUE(copy_to_host(std::span(each), there.view(), on));
      EXPECT_TRUE(on.synchronize());
    });
  }
  for (auto& each : hosts) { each.join(); }
  for (const auto& each : seen) { EXPECT_THAT(each, Each(20u * 63 * 64 / 2)); }
}

__global__ void note_the_order(device_view<unsigned> order, device_view<unsigned> turns) {
  // Each block has a counter of its own, so that only the order within the block shows.
  const unsigned first = atomicAdd(&turns[blockIdx.x], 1u);
  __syncthreads();
  const unsigned second = atomicAdd(&turns[blockIdx.x], 1u);
  order[blockIdx.x * 64 + threadIdx.x] = first * 1000 + second;
}

TEST_F(device, thread_orders_are_what_they_say_and_random_repeats_with_its_seed) {
  const auto order_of = [this](const settings& chosen) {
    const with_settings scope(chosen);
    auto turns = device_buffer<unsigned>::make(4).value();
    return through<unsigned>(std::vector<unsigned>{0}, 256, [&](auto, auto out, const stream& on) -> status {
      PLIMSOLL_TRY(fill_bytes(turns.view(), 0, on));
      return launch(note_the_order, 4, 64, 0, on, out, turns.view());
    });
  };
  const auto forward = order_of({thread_order::forward, 1, 1});
  const auto reverse = order_of({thread_order::reverse, 1, 1});
  for (unsigned i = 0; i < 256; ++i) {
    EXPECT_EQ(forward[i], i % 64 * 1000 + 64 + i % 64);
    EXPECT_EQ(reverse[i], (63 - i % 64) * 1000 + 64 + (63 - i % 64));
  }
  const auto random = order_of({thread_order::random, 5, 1});
  EXPECT_NE(random, forward);
  EXPECT_NE(random, reverse);
  EXPECT_EQ(random, order_of({thread_order::random, 5, 2}));
  EXPECT_NE(random, order_of({thread_order::random, 6, 1}));
}

// --------------------------------------------------------------------------------- errors and their meaning

TEST_F(device, no_driver_means_no_device) {
  set_device_count(0);
  EXPECT_EQ(device_count(), 0);
  EXPECT_EQ(stream::make().error().code, error_code::device_missing);
  EXPECT_EQ(describe_device(0).error().code, error_code::device_missing);
  EXPECT_EQ(device_buffer<int>::make(4).error().code, error_code::device_missing);
  auto host = host_buffer<int>::make(4);
  ASSERT_TRUE(host);
  EXPECT_FALSE(host.value().is_pinned());
  EXPECT_EQ(host.value().mapped().error().code, error_code::not_supported);
}

TEST_F(device, facts_of_the_device) {
  set_memory_limit(1 << 20);
  auto memory = device_buffer<std::byte>::make(1 << 19).value();
  EXPECT_EQ(device_count(), 1);
  const auto info = describe_device(0).value();
  EXPECT_EQ(info.name, "emulated device");
  EXPECT_EQ(info.memory_bytes, 1u << 20);
  EXPECT_EQ(info.free_bytes, (1u << 20) - (1u << 19));
  EXPECT_EQ(info.compute_major, 9);
  EXPECT_EQ(describe_device(1).error().code, error_code::device_missing);
}

TEST_F(device, memory_is_limited_and_given_back) {
  set_memory_limit(1000);
  {
    auto first = device_buffer<std::byte>::make(600);
    ASSERT_TRUE(first);
    EXPECT_EQ(device_bytes_in_use(), 600u);
    const auto second = device_buffer<std::byte>::make(401);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, error_code::device_memory);
    EXPECT_TRUE(device_buffer<std::byte>::make(400));
    auto moved = std::move(first).value();
    EXPECT_EQ(moved.count(), 600u);
    moved = device_buffer<std::byte>::make(10).value();
    EXPECT_EQ(device_bytes_in_use(), 10u);
  }
  EXPECT_EQ(device_bytes_in_use(), 0u);
  EXPECT_EQ(device_buffer<std::byte>::make(std::size_t{1} << 32).error().code, error_code::usage);
}

TEST_F(device, without_pinned_memory_host_buffers_are_plain) {
  inject_fault(call_count(), fault_kind::out_of_memory);
  auto plain = host_buffer<unsigned>::make(1000).value();
  EXPECT_FALSE(plain.is_pinned());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(plain.data()) % 4096, 0u);
  auto pinned = host_buffer<unsigned>::make(1000).value();
  EXPECT_TRUE(pinned.is_pinned());
}

// ---------------------------------------------------------------------------------- a fault at every call

/// A small backend: everything that can fail, once.
status one_of_everything(std::vector<unsigned>& back) {
  auto facts = describe_device(0);
  if (!facts) { return std::move(facts).error(); }
  auto on = stream::make();
  if (!on) { return std::move(on).error(); }
  auto ready = event::make();
  if (!ready) { return std::move(ready).error(); }
  auto from = host_buffer<unsigned>::make(64);
  if (!from) { return std::move(from).error(); }
  auto there = device_buffer<unsigned>::make(64);
  if (!there) { return std::move(there).error(); }
  std::iota(from.value().span().begin(), from.value().span().end(), 0u);
  PLIMSOLL_TRY(fill_bytes(there.value().view(), 0, on.value()));
  PLIMSOLL_TRY(copy_to_device(there.value().view(), from.value().span(), on.value()));
  auto recorded = graph::record(on.value(), [&]() -> status {
    return launch(add, 2, 32, 0, on.value(), there.value().view(), there.value().view(), 1u);
  });
  if (!recorded) { return std::move(recorded).error(); }
  PLIMSOLL_TRY(recorded.value().launch(on.value()));
  PLIMSOLL_TRY(launch(add, 2, 32, 0, on.value(), there.value().view(), there.value().view(), 1u));
  PLIMSOLL_TRY(ready.value().record(on.value()));
  PLIMSOLL_TRY(on.value().wait_for(ready.value()));
  PLIMSOLL_TRY(copy_to_host(std::span(back), there.value().view(), on.value()));
  return on.value().synchronize();
}

TEST_F(device, a_fault_fires_at_the_nth_call_and_only_there) {
  std::vector<unsigned> back(64);
  ASSERT_TRUE(one_of_everything(back));
  const std::uint64_t calls = call_count();
  ASSERT_GT(calls, 15u);
  const std::size_t before = live_objects();
  std::vector<unsigned> expected(64);
  std::iota(expected.begin(), expected.end(), 2u);
  for (const auto& [kind, code] :
       {std::pair{fault_kind::out_of_memory, error_code::device_memory},
        std::pair{fault_kind::fault, error_code::device_fault}, std::pair{fault_kind::lost, error_code::device_lost}}) {
    unsigned survived = 0;
    for (std::uint64_t call = 0; call < calls; ++call) {
      reset_device();
      inject_fault(call, kind);
      std::fill(back.begin(), back.end(), 0u);
      const status outcome = one_of_everything(back);
      if (outcome) {
        ++survived;  // Pinned memory has a fallback.
        EXPECT_EQ(back, expected) << call;
      } else {
        EXPECT_EQ(outcome.error().code, code) << call << ": " << outcome.error().message;
        EXPECT_GE(call_count(), call + 1);
      }
      EXPECT_EQ(live_objects(), before) << call;
      // Only a lost device stays so.
      EXPECT_EQ(static_cast<bool>(stream::make()), kind != fault_kind::lost);
    }
    EXPECT_EQ(survived, kind == fault_kind::lost ? 0u : 1u);
  }
}

TEST_F(device, an_error_that_ends_a_context_is_a_lost_device_whatever_is_asked_next) {
  // On a GPU neither a free of nothing nor the last error shows that the context is gone, so the number of the error
  // must.
  for (const int ends : {214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721}) {
    EXPECT_EQ(cuda_ok(static_cast<cudaError_t>(ends), "a call").error().code, error_code::device_lost) << ends;
  }
  EXPECT_EQ(cuda_ok(cudaErrorLaunchOutOfResources, "a call").error().code, error_code::device_fault);
  EXPECT_EQ(cuda_ok(cudaErrorInvalidValue, "a call").error().code, error_code::device_fault);
  EXPECT_EQ(cuda_ok(cudaErrorMemoryAllocation, "a call").error().code, error_code::device_memory);
}

TEST_F(device, an_old_driver_is_told_from_none) {
  EXPECT_EQ(why_no_device(cudaErrorInsufficientDriver, 0, 13000), "no CUDA driver");
  EXPECT_EQ(why_no_device(cudaErrorInsufficientDriver, 12040, 13000),
            "the driver is for CUDA 12.4, older than the CUDA 13.0 of this program");
  EXPECT_EQ(why_no_device(cudaErrorNoDevice, 13000, 13000), "no CUDA device");
  EXPECT_EQ(why_no_device(cudaSuccess, 13000, 13000), "no CUDA device");
}

TEST_F(device, an_event_that_orders_has_no_time) {
  auto on = stream::make().value();
  auto timed = event::make().value();
  auto ordering = event::make(event_use::order).value();
  ASSERT_TRUE(timed.record(on));
  ASSERT_TRUE(ordering.record(on));
  ASSERT_TRUE(on.synchronize());
  EXPECT_TRUE(ordering.reached().value());
  EXPECT_TRUE(elapsed_ms(timed, timed));
  EXPECT_FALSE(elapsed_ms(timed, ordering));
}

TEST_F(device, a_graph_marks_its_own_points_at_each_launch) {
  auto on = stream::make().value();
  auto begin = event::make().value();
  auto end = event::make().value();
  EXPECT_FALSE(begin.record_in_graph(on)) << "outside a recording";
  auto recorded = graph::record(on, [&]() -> status {
    EXPECT_FALSE(begin.record(on)) << "it would mark no launch's time";
    PLIMSOLL_TRY(begin.record_in_graph(on));
    return end.record_in_graph(on);
  });
  ASSERT_TRUE(recorded);
  EXPECT_FALSE(elapsed_ms(begin, end)) << "nothing has run yet";
  ASSERT_TRUE(recorded.value().launch(on));
  ASSERT_TRUE(on.synchronize());
  EXPECT_GE(elapsed_ms(begin, end).value(), 0.0F);
}

TEST_F(device, a_lost_device_stays_lost) {
  auto on = stream::make().value();
  auto there = device_buffer<unsigned>::make(4).value();
  inject_fault(call_count(), fault_kind::lost);
  EXPECT_EQ(on.synchronize().error().code, error_code::device_lost);
  EXPECT_EQ(fill_bytes(there.view(), 0, on).error().code, error_code::device_lost);
  EXPECT_EQ(host_buffer<int>::make(4).error().code, error_code::device_lost);
  reset_device();
  EXPECT_TRUE(fill_bytes(there.view(), 0, on));
}

}  // namespace
}  // namespace plimsoll::emulated
