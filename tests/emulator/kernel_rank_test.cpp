// The rank pass's own kernels over difficult keys: ties across tiles, bits that differ late, lots that carry.
#include <algorithm>
#include <numeric>

#include "kernels/rank/gather_cover.hpp"
#include "kernels/rank/light_entries.hpp"
#include "kernels/rank/order_entries.hpp"
#include "kernels/rank/rank_tiles.hpp"
#include "kernels/rank/select_places.hpp"
#include "tests/emulator/support.hpp"

namespace plimsoll::emulated {
namespace {

/// Ladders made here: a segment after the other.
struct ladders {
  std::vector<std::uint32_t> first_entry{0};
  std::vector<std::uint64_t> keys;
  std::vector<std::int64_t> lots;
  std::vector<std::uint64_t> demands;

  void end_segment(std::uint64_t demand) {
    first_entry.push_back(static_cast<std::uint32_t>(keys.size()));
    demands.push_back(demand);
  }
  [[nodiscard]] std::uint32_t segments() const { return static_cast<std::uint32_t>(demands.size()); }
};

struct ladder_answer {
  std::vector<std::uint64_t> totals;
  std::vector<std::uint8_t> lights;
  std::vector<std::uint32_t> first;    ///< Per segment, and one more.
  std::vector<std::uint32_t> entries;  ///< Of each segment's cover, in ladder order.
};

/// By sorting, as in the design.
ladder_answer naive(const ladders& of) {
  ladder_answer out;
  out.lights.assign(of.keys.size(), 0);
  out.first.push_back(0);
  for (std::uint32_t segment = 0; segment < of.segments(); ++segment) {
    std::vector<std::uint32_t> ladder;
    for (std::uint32_t e = of.first_entry[segment]; e < of.first_entry[segment + 1]; ++e) {
      if (of.keys[e] != off_ladder) { ladder.push_back(e); }
    }
    std::stable_sort(ladder.begin(), ladder.end(), [&](auto a, auto b) { return of.keys[a] > of.keys[b]; });
    std::uint64_t total = 0;
    for (const std::uint32_t e : ladder) { total += magnitude(of.lots[e]); }
    std::uint64_t ahead = 0;
    for (const std::uint32_t e : ladder) {
      out.lights[e] = lights_of(ahead, total);
      if (ahead < of.demands[segment]) { out.entries.push_back(e); }
      ahead += magnitude(of.lots[e]);
    }
    out.totals.push_back(total);
    out.first.push_back(static_cast<std::uint32_t>(out.entries.size()));
  }
  return out;
}

template <class T>
device_buffer<T> resident_copy(const std::vector<T>& from, const stream& on) {
  auto made = device_buffer<T>::make(from.size()).value();
  EXPECT_TRUE(copy_to_device(made.view(), std::span<const T>(from), on));
  return made;
}

template <class T>
std::vector<T> host_copy(device_view<T> from, const stream& on) {
  std::vector<std::remove_const_t<T>> out(from.count);
  EXPECT_TRUE(copy_to_host(std::span(out), from, on));
  EXPECT_TRUE(on.synchronize());
  return out;
}

/// The results of the tested passes, from the totals.
void compare(const ladders& of) {
  const ladder_answer wanted = naive(of);
  const auto on = stream::make().value();
  const rank_cut cut = cut_segments(of.first_entry);
  const auto count = static_cast<std::uint32_t>(of.keys.size());
  std::vector<std::uint32_t> every_position(count);
  std::iota(every_position.begin(), every_position.end(), 1'000U);
  std::vector<std::uint32_t> every_segment(of.segments());
  std::iota(every_segment.begin(), every_segment.end(), 0U);

  const auto keys = resident_copy(of.keys, on);
  const auto lots = resident_copy(of.lots, on);
  const auto position = resident_copy(every_position, on);
  const auto first_entry = resident_copy(of.first_entry, on);
  const auto first_tile = resident_copy(cut.first_tile, on);
  const auto tiles = resident_copy(cut.tiles, on);
  const auto tiny = resident_copy(cut.tiny, on);
  const auto small = resident_copy(cut.small, on);
  const auto large_tiles = resident_copy(cut.large_tiles, on);
  const auto large = resident_copy(cut.large, on);
  const auto totals = resident_copy(wanted.totals, on);
  const auto demands = resident_copy(of.demands, on);
  const auto segments = resident_copy(every_segment, on);
  entries_view entries;
  entries.lots = lots.view();
  entries.position = position.view();
  entries.first_entry = first_entry.view();
  entries.first_tile = first_tile.view();
  entries.tiles = tiles.view();
  entries.tiny = tiny.view();
  entries.small = small.view();
  entries.large_tiles = large_tiles.view();
  entries.large = large.view();

  auto states = device_buffer<select_state>::make(of.segments()).value();
  auto bins = device_buffer<std::uint64_t>::make(cut.large.size() * select_policy::bins_max).value();
  auto survivor_counts = device_buffer<std::uint32_t>::make(cut.tiles.size()).value();
  auto tie_lots = device_buffer<std::uint64_t>::make(cut.tiles.size() * places_max).value();
  auto tiles_done = device_buffer<std::uint32_t>::make(cut.large.size() + 1).value();
  auto order_keys = device_buffer<std::uint64_t>::make(2 * std::size_t{count}).value();
  auto order_list = device_buffer<std::uint32_t>::make(2 * std::size_t{count}).value();
  auto places = device_buffer<ladder_place>::make(of.segments() * places_max).value();
  auto lights = device_buffer<std::uint8_t>::make(count).value();
  auto tile_counts = device_buffer<std::uint32_t>::make(cut.tiles.size() + 1).value();
  auto first = device_buffer<std::uint32_t>::make(of.segments() + 1).value();
  const auto work = workspace::make({.sort_pairs = count}).value();
  const select_scratch scratch{states.view(),          bins.view(),     order_list.view(),
                               survivor_counts.view(), tie_lots.view(), tiles_done.view()};
  const order_scratch order{order_keys.view(), order_list.view()};

  for (const bool with_lights : {true, false}) {
    ASSERT_TRUE(
        select_places(entries, keys.view(), {totals.view(), demands.view(), with_lights}, scratch, places.view(), on));
    if (with_lights) {
      ASSERT_TRUE(light_entries(entries, keys.view(), places.view(), lights.view(), on));
      EXPECT_EQ(host_copy(lights.view(), on), wanted.lights);
    }
    ASSERT_TRUE(gather_cover(entries, keys.view(), places.view(), segments.view(), tile_counts.view(),
                             tiles_done.view().part(static_cast<std::uint32_t>(cut.large.size()), 1), order,
                             first.view(), on));
    const auto got_first = host_copy(first.view(), on);
    ASSERT_EQ(got_first, wanted.first);
    if (got_first.back() == 0) { continue; }
    ASSERT_TRUE(order_entries(entries, keys.view(), got_first.back(), of.segments() == 1, work, order, on));
    const auto got = host_copy(ordered_entries(order, got_first.back()), on);
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].position, every_position[wanted.entries[i]]) << "place " << i;
      ASSERT_EQ(got[i].key, of.keys[wanted.entries[i]]) << "place " << i;
    }
  }
}

/// Adds a segment of `count` entries with keys key_at(i) and lots lots_at(i); a share of its lots is wanted.
template <class KeyAt, class LotsAt>
void add_segment(ladders& of, std::uint32_t count, KeyAt key_at, LotsAt lots_at, double share) {
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    of.keys.push_back(key_at(i));
    of.lots.push_back(lots_at(i));
    total += of.keys.back() == off_ladder ? 0 : magnitude(of.lots.back());
  }
  of.end_segment(static_cast<std::uint64_t>(static_cast<double>(total) * share));
}

std::uint64_t any_key(std::uint64_t at) {
  const std::uint64_t bits = mixed(at);
  return bits % 10 == 0 ? off_ladder : ladder_key(bits & ~(std::uint64_t{1} << 62));  // Never NaN.
}
std::int64_t few_lots(std::uint32_t i) { return -static_cast<std::int64_t>(1 + mixed(i) % 100); }

class kernel_rank : public scheduled_test {};

TEST_P(kernel_rank, segments_of_every_length) {
  ladders of;
  std::uint64_t seed = 0;
  for (const std::uint32_t count :
       {0U,   1U,     2U,     31U,    32U, 33U,    255U,   256U,   257U,   511U,   512U,
        513U, 1'023U, 1'024U, 1'025U, 0U,  4'095U, 4'096U, 4'097U, 8'192U, 8'193U, 20'000U}) {
    ++seed;
    if (slow_build && count > 4'097) { continue; }
    add_segment(of, count, [&](std::uint32_t i) { return any_key(seed << 32 | i); }, few_lots, 0.1);
  }
  compare(of);
}

TEST_P(kernel_rank, all_keys_equal) {
  for (const std::uint32_t count : {300U, 3'000U, sized(30'000)}) {
    for (const double share : {0.0, 0.001, 0.5, 1.0, 2.0}) {
      ladders of;
      add_segment(of, count, [](std::uint32_t) { return ladder_key(0); }, few_lots, share);
      SCOPED_TRACE(count);
      compare(of);
    }
  }
}

TEST_P(kernel_rank, keys_that_differ_in_one_bit_only) {
  for (const int bit : {0, 7, 8, 16, 17, 25, 26, 43, 44, 52, 53, 62, 63}) {
    ladders of;
    const auto key_at = [&](std::uint32_t i) { return 0x4040'4040'4040'4040ULL ^ (mixed(i) % 2) << bit; };
    add_segment(of, 700, key_at, few_lots, 0.3);
    add_segment(of, sized(9'000), key_at, few_lots, 0.7);
    SCOPED_TRACE(bit);
    compare(of);
  }
}

TEST_P(kernel_rank, lots_that_carry_beyond_32_bits) {
  ladders of;
  const auto lots_at = [](std::uint32_t i) {
    return static_cast<std::int64_t>((mixed(i) % 3 == 0 ? (std::uint64_t{1} << 44) : 0xffff'ffffU) + i % 2);
  };
  const auto few_keys = [](std::uint32_t i) { return ladder_key(mixed(i) % 5 << 50); };
  add_segment(of, 600, few_keys, lots_at, 0.25);
  add_segment(of, 4'000, few_keys, lots_at, 0.25);
  add_segment(of, sized(10'000), few_keys, lots_at, 0.25);
  compare(of);
}

TEST_P(kernel_rank, one_entry_holds_nearly_all) {
  for (const std::uint32_t at : {0U, 255U, 256U, 4'095U, 4'096U, 8'999U}) {
    if (at >= sized(1 << 19)) { continue; }
    ladders of;
    const auto lots_at = [&](std::uint32_t i) { return i == at ? std::int64_t{1} << 60 : std::int64_t{1}; };
    add_segment(of, 9'000, [](std::uint32_t i) { return any_key(i) | 1U << 31; }, lots_at, 0.5);
    SCOPED_TRACE(at);
    compare(of);
  }
}

TEST_P(kernel_rank, nobody_on_the_ladder) {
  ladders of;
  for (const std::uint32_t count : {5U, 600U, 5'000U}) {
    add_segment(of, count, [](std::uint32_t) { return off_ladder; }, few_lots, 0);
    of.demands.back() = 17;
  }
  compare(of);
}

INSTANTIATE_TEST_SUITE_P(schedules, kernel_rank, ::testing::ValuesIn(every_schedule),
                         [](const auto& each) { return name_of(each.param); });

}  // namespace
}  // namespace plimsoll::emulated
