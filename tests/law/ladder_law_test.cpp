// Select equals sort: places, lights, prefixes and orders found without sorting are those found by sorting.
#include <algorithm>
#include <bit>
#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/backend/cpu/rank_lights_cpu.hpp"
#include "host/backend/cpu/rank_select_cpu.hpp"
#include "host/backend/cpu/rank_sort_cpu.hpp"
#include "tests/support/edge_numbers.hpp"

namespace plimsoll {
namespace {

/// A ladder of random length and lots whose keys come from one of many pools: ties, clusters, extremes, off the ladder.
struct any_ladder {
  std::vector<std::uint64_t> keys;
  std::vector<std::int64_t> lots;
  std::vector<std::uint32_t> order;  ///< Entries on the ladder, sorted.
  std::uint64_t total = 0;

  [[nodiscard]] ladder_view view() const { return {keys.data(), lots.data(), static_cast<std::uint32_t>(keys.size())}; }
};

std::uint64_t key_of(double score) { return ladder_key(std::bit_cast<std::uint64_t>(score == 0 ? 0.0 : score)); }

std::uint64_t key_from(int pool, std::uint64_t word) {
  const double share = static_cast<double>(word >> 11) * 0x1p-53;
  switch (pool) {
    case 0: return key_of(0);
    case 1: return key_of(static_cast<double>(word % 5) - 2.0);
    case 2: return key_of(share - 0.5);
    case 3: return key_of((share - 0.3) * (share - 0.3) * 1e6);
    case 4: return key_of(1.0) + word % 1000;         // Neighbours in the last bits.
    case 5: return std::max<std::uint64_t>(word, 1);  // Any bits.
    case 6: return key_of(word % 3 == 0 ? std::numeric_limits<double>::infinity() : share);
    default: return key_of(word % 10 != 0 ? 0.0 : share - 0.5);
  }
}

any_ladder make_ladder() {
  any_ladder made;
  const auto length = *rc::gen::element<std::uint32_t>(1, 2, 40, 96, 97, 500, 513, 2000, 8192, 9000, 40'000, 70'000);
  const auto count = *rc::gen::inRange<std::uint32_t>(std::max(1U, length - length / 10), length + 1);
  const int pool = *rc::gen::inRange(0, 8);
  const std::int64_t sign = *rc::gen::element<std::int64_t>(1, -1);
  const int lots_bits = *rc::gen::element(1, 7, 40);
  const std::uint64_t off =
      *rc::gen::element<std::uint64_t>(1, 2, 10, 1'000'000'000);  // One in so many is off it; 1: all.
  std::uint64_t word = *edges::any_bits();
  for (std::uint32_t entry = 0; entry < count; ++entry) {
    word = word * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::uint64_t mixed = word ^ (word >> 29);
    made.keys.push_back((word >> 33) % off == 0 ? off_ladder : key_from(pool, mixed));
    made.lots.push_back(sign * static_cast<std::int64_t>(1 + (mixed >> (64 - lots_bits))));
    if (made.keys.back() == off_ladder) { continue; }
    made.order.push_back(entry);
    made.total += magnitude(made.lots.back());
  }
  std::stable_sort(made.order.begin(), made.order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return made.keys[a] > made.keys[b]; });
  return made;
}

RC_GTEST_PROP(select_law, a_place_is_where_the_sorted_sum_reaches_the_target, ()) {
  const any_ladder ladder = make_ladder();
  if (ladder.total == 0) { return; }
  std::vector<std::uint64_t> targets;
  for (std::size_t k = 0, count = *rc::gen::inRange<std::size_t>(1, select_targets_max + 1); k < count; ++k) {
    targets.push_back(1 + *rc::gen::element<std::uint64_t>(*edges::any_bits() % ladder.total, ladder.total - 1, 0));
  }
  std::vector<ladder_place> places(targets.size());
  ladder_scratch scratch;
  select_places(ladder.view(), targets, scratch, places);
  for (std::size_t k = 0; k < targets.size(); ++k) {
    std::uint64_t reached = 0;
    std::size_t at = 0;
    while (reached + magnitude(ladder.lots[ladder.order[at]]) < targets[k]) {
      reached += magnitude(ladder.lots[ladder.order[at++]]);
    }
    RC_ASSERT(places[k].entry == ladder.order[at]);
    RC_ASSERT(places[k].key == ladder.keys[ladder.order[at]]);
  }
}

RC_GTEST_PROP(lights_law, lights_found_by_select_are_the_definition, ()) {
  const any_ladder ladder = make_ladder();
  if (ladder.total == 0) { return; }
  std::array<ladder_place, lights_places> places{};
  ladder_scratch scratch;
  select_places(ladder.view(), lights_targets(ladder.total), scratch, places);
  std::vector<std::uint8_t> lights(ladder.keys.size(), 99);
  // In two runs, as chunks would.
  const auto cut = static_cast<std::uint32_t>(*edges::any_bits() % (lights.size() + 1));
  light_entries(ladder.view(), places, 0, cut, lights.data());
  light_entries(ladder.view(), places, cut, static_cast<std::uint32_t>(lights.size()), lights.data());
  std::vector<std::uint8_t> wanted(ladder.keys.size(), 0);
  std::uint64_t ahead = 0;
  for (const std::uint32_t entry : ladder.order) {
    wanted[entry] =
        static_cast<std::uint8_t>(5 - static_cast<std::uint64_t>(static_cast<uint128>(ahead) * 5 / ladder.total));
    ahead += magnitude(ladder.lots[entry]);
  }
  RC_ASSERT(lights == wanted);
}

RC_GTEST_PROP(cover_law, a_prefix_reaches_its_demand_and_no_shorter_one_does, ()) {
  const any_ladder ladder = make_ladder();
  if (ladder.total == 0) { return; }
  const std::uint64_t demand = 1 + *edges::any_bits() % ladder.total;
  ladder_place last;
  ladder_scratch scratch;
  select_places(ladder.view(), {&demand, 1}, scratch, {&last, 1});
  std::vector<std::uint32_t> positions(ladder.keys.size());
  std::iota(positions.begin(), positions.end(), 1000U);
  std::vector<ladder_entry> prefix;
  append_prefix(ladder.view(), positions.data(), last, prefix);
  std::vector<ladder_entry> sorted(prefix.size());
  sort_ladder(prefix, scratch, sorted);
  std::uint64_t reached = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    RC_ASSERT(reached < demand);  // Without this entry the demand is not met.
    RC_ASSERT(sorted[i].position == ladder.order[i] + 1000);
    RC_ASSERT(sorted[i].key == ladder.keys[ladder.order[i]]);
    reached += magnitude(ladder.lots[sorted[i].position - 1000]);
  }
  RC_ASSERT(reached >= demand);
}

RC_GTEST_PROP(sort_law, a_ladder_sorted_by_digits_is_the_ladder_sorted_by_comparison, ()) {
  const any_ladder ladder = make_ladder();
  std::vector<std::uint32_t> positions(ladder.keys.size());
  std::iota(positions.begin(), positions.end(), 0U);
  std::vector<ladder_entry> unsorted;
  append_prefix(ladder.view(), positions.data(), ladder_end, unsorted);
  std::vector<ladder_entry> entries(unsorted.size());
  ladder_scratch scratch;
  sort_ladder(unsorted, scratch, entries);
  RC_ASSERT(entries.size() == ladder.order.size());
  for (std::size_t i = 0; i < entries.size(); ++i) { RC_ASSERT(entries[i].position == ladder.order[i]); }
}

RC_GTEST_PROP(ladder_digit_law, bins_rise_with_keys_whatever_the_sample_was, ()) {
  const any_ladder sampled = make_ladder();
  const any_ladder other = make_ladder();
  const ladder_digit digit = ladder_digit::of(sampled.view());
  for (std::size_t i = 1; i < other.order.size(); ++i) {
    RC_ASSERT(digit.bin_of(other.keys[other.order[i - 1]]) >= digit.bin_of(other.keys[other.order[i]]));
  }
  RC_ASSERT(digit.bin_of(ladder_digit::zero_key) == digit.zero_bin());
  RC_ASSERT(digit.bin_of(ladder_digit::zero_key - 1) < digit.zero_bin());
  RC_ASSERT(digit.bin_of(ladder_digit::zero_key + 1) > digit.zero_bin());
  RC_ASSERT(digit.bin_of(off_ladder) <= digit.bin_of(off_ladder + 1));
  RC_ASSERT(digit.bin_of(~std::uint64_t{0}) < digit.bins());
}

}  // namespace
}  // namespace plimsoll
