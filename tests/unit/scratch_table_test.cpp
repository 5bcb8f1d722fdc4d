// A table that is cleared and filled again and again is, each time, the map of what was put into it since.
#include "host/memory/scratch_table.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

template <class Key>
void expect_a_map(std::uint64_t keys, Key stride) {
  std::mt19937_64 random(7);
  scratch_table<Key, int> table;
  for (int round = 0; round < 300; ++round) {
    table.clear();
    std::map<Key, int> wanted;
    std::vector<Key> order;
    const std::uint64_t count = random() % (round % 3 == 0 ? 2000 : 20);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto key = static_cast<Key>(static_cast<Key>(random() % keys) * stride);
      const auto [value, is_new] = table.try_emplace(key, 5);
      ASSERT_EQ(is_new, wanted.try_emplace(key, 5).second);
      if (is_new) { order.push_back(key); }
      value += static_cast<int>(i);
      wanted[key] += static_cast<int>(i);
    }
    ASSERT_EQ(table.entries().size(), wanted.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      ASSERT_EQ(table.entries()[i].key, order[i]);
      ASSERT_EQ(table.entries()[i].value, wanted.at(order[i]));
    }
    for (std::uint64_t key = 0; key < std::min<std::uint64_t>(keys, 4000); ++key) {
      const auto at = static_cast<Key>(static_cast<Key>(key) * stride);
      const int* found = table.find(at);
      ASSERT_EQ(found != nullptr, wanted.count(at) != 0);
      if (found != nullptr) { ASSERT_EQ(*found, wanted.at(at)); }
    }
  }
}

TEST(scratch_table, is_a_map_of_small_keys) { expect_a_map<std::uint32_t>(3000, 1); }
TEST(scratch_table, is_a_map_of_keys_that_differ_in_their_high_bits) {
  expect_a_map<std::uint64_t>(3000, std::uint64_t{1} << 40U);
}
TEST(scratch_table, is_a_map_of_pairs) { expect_a_map<std::uint64_t>(3000, (std::uint64_t{1} << 32U) + 1); }

}  // namespace
}  // namespace plimsoll
