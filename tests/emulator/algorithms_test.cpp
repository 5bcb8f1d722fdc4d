// The device-wide algorithms against obvious host code, at sizes around the edges; their errors; in a graph.
#include "kernels/device/algorithms.hpp"

#include <algorithm>

#include "tests/emulator/support.hpp"

namespace plimsoll::emulated {
namespace {

class algorithms : public device_test {
 protected:
  static constexpr std::uint32_t most = 70'000;
  workspace scratch_ = workspace::make({.scan = most, .sort_keys = most, .sort_pairs = most, .select = most}).value();
  static std::vector<std::uint32_t> sizes() { return {0, 1, 2, 31, 32, 33, 255, 256, 257, 4'097, most}; }
};

template <class T>
std::vector<T> numbers(std::uint32_t count) {
  std::vector<T> values(count);
  for (std::uint32_t i = 0; i < count; ++i) { values[i] = static_cast<T>(mixed(i)); }
  return values;
}

TEST_F(algorithms, sums) {
  const auto check = [this]<class T>(T) {
    for (const std::uint32_t count : sizes()) {
      const auto values = numbers<T>(count);
      std::vector<T> exclusive(count), inclusive(count);
      T sum = 0;
      for (std::uint32_t i = 0; i < count; ++i) {
        exclusive[i] = sum;
        sum = static_cast<T>(sum + values[i]);
        inclusive[i] = sum;
      }
      EXPECT_EQ(through<T>(values, count,
                           [&](auto in, auto out, const stream& on) { return exclusive_sum(scratch_, in, out, on); }),
                exclusive);
      EXPECT_EQ(through<T>(values, count,
                           [&](auto in, auto out, const stream& on) { return inclusive_sum(scratch_, in, out, on); }),
                inclusive);
      EXPECT_EQ(through<T>(values, count,
                           [&](auto in, auto out, const stream& on) -> status {
                             PLIMSOLL_TRY(copy_on_device(out, in, on));
                             return exclusive_sum(scratch_, out, out, on);  // In place.
                           }),
                exclusive);
    }
  };
  check(std::uint32_t{});
  check(std::uint64_t{});
}

std::uint64_t part(std::uint64_t key, key_bits bits) {
  return (bits.end == 64 ? key : key % (std::uint64_t{1} << bits.end)) >> bits.begin;
}

TEST_F(algorithms, sorts_are_stable_and_look_only_at_their_bits) {
  for (const std::uint32_t count : sizes()) {
    for (const key_bits bits : {key_bits{}, key_bits{8, 24}, key_bits{60, 64}, key_bits{0, 1}}) {
      const auto keys = numbers<std::uint64_t>(count);
      std::vector<std::uint32_t> order(count);
      for (std::uint32_t i = 0; i < count; ++i) { order[i] = i; }
      const auto values_sent = order;
      std::stable_sort(order.begin(), order.end(),
                       [&](std::uint32_t a, std::uint32_t b) { return part(keys[a], bits) < part(keys[b], bits); });
      std::vector<std::uint64_t> sorted(count);
      for (std::uint32_t i = 0; i < count; ++i) { sorted[i] = keys[order[i]]; }

      EXPECT_EQ(
          through<std::uint64_t>(
              keys, count, [&](auto in, auto out, const stream& on) { return sort_keys(scratch_, in, out, on, bits); }),
          sorted);
      auto on = stream::make().value();
      auto values = device_buffer<std::uint32_t>::make(count).value();
      auto values_out = device_buffer<std::uint32_t>::make(count).value();
      std::vector<std::uint32_t> values_back(count);
      ASSERT_TRUE(copy_to_device(values.view(), values_sent, on));
      EXPECT_EQ(through<std::uint64_t>(keys, count,
                                       [&](auto in, auto out, const stream& own) {
                                         return sort_pairs(scratch_, in, out, values.view(), values_out.view(), own,
                                                           bits);
                                       }),
                sorted);
      ASSERT_TRUE(copy_to_host(std::span(values_back), values_out.view(), on));
      ASSERT_TRUE(on.synchronize());
      EXPECT_EQ(values_back, order);
    }
  }
}

TEST_F(algorithms, selection_keeps_the_order_and_leaves_the_rest) {
  for (const std::uint32_t count : sizes()) {
    std::vector<std::uint8_t> flags(count);
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < count; ++i) {
      flags[i] = mixed(i) % 5 == 0 ? static_cast<std::uint8_t>(1 + mixed(i) / 5 % 255) : 0;
      if (flags[i] != 0) { expected.push_back(i); }
    }
    const auto found = static_cast<std::uint32_t>(expected.size());
    expected.resize(count, 0u);
    expected.push_back(found);
    EXPECT_EQ(through<std::uint32_t>(flags, count + 1,
                                     [&](auto in, auto out, const stream& on) {
                                       return select_flagged(scratch_, in, out.part(0, count), out.part(count, 1), on);
                                     }),
              expected);
  }
}

TEST_F(algorithms, all_of_them_in_a_graph) {
  auto on = stream::make().value();
  auto from = host_buffer<std::uint64_t>::make(1000).value();
  auto back = host_buffer<std::uint64_t>::make(1000).value();
  auto keys = device_buffer<std::uint64_t>::make(1000).value();
  auto sorted = device_buffer<std::uint64_t>::make(1000).value();
  auto recorded = graph::record(on, [&]() -> status {
    PLIMSOLL_TRY(copy_to_device(keys.view(), from.span(), on));
    PLIMSOLL_TRY(sort_keys(scratch_, keys.view(), sorted.view(), on));
    PLIMSOLL_TRY(inclusive_sum(scratch_, sorted.view(), sorted.view(), on));
    return copy_to_host(back.span(), sorted.view(), on);
  });
  ASSERT_TRUE(recorded);
  for (unsigned round = 0; round < 2; ++round) {
    std::vector<std::uint64_t> expected(1000);
    for (std::size_t i = 0; i < 1000; ++i) { expected[i] = from.span()[i] = mixed(i + round) >> 12; }
    std::sort(expected.begin(), expected.end());
    for (std::size_t i = 1; i < 1000; ++i) { expected[i] += expected[i - 1]; }
    ASSERT_TRUE(recorded.value().launch(on));
    ASSERT_TRUE(on.synchronize());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), back.span().begin()));
  }
}

TEST_F(algorithms, refusals) {
  auto on = stream::make().value();
  auto small = workspace::make({.scan = 10}).value();
  auto keys = device_buffer<std::uint64_t>::make(1000).value();
  auto sorted = device_buffer<std::uint64_t>::make(1000).value();
  EXPECT_EQ(sort_keys(small, keys.view(), sorted.view(), on).error().code, error_code::device_fault);
  EXPECT_EQ(sort_keys(workspace{}, keys.view(), sorted.view(), on).error().code, error_code::device_fault);
  EXPECT_EQ(sort_keys(scratch_, keys.view(), sorted.view().part(0, 999), on).error().code, error_code::usage);
  EXPECT_EQ(sort_keys(scratch_, keys.view(), sorted.view(), on, {5, 5}).error().code, error_code::usage);
  EXPECT_EQ(sort_keys(scratch_, keys.view(), sorted.view(), on, {0, 65}).error().code, error_code::usage);
  inject_fault(call_count(), fault_kind::lost);
  EXPECT_EQ(sort_keys(scratch_, keys.view(), sorted.view(), on).error().code, error_code::device_lost);
  reset_device();
  set_memory_limit(100);
  EXPECT_EQ(workspace::make({.sort_pairs = 1000}).error().code, error_code::device_memory);
  EXPECT_EQ(workspace_bytes({}).value(), 0u);
}

}  // namespace
}  // namespace plimsoll::emulated
