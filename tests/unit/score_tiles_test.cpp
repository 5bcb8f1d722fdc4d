// Ladders cut by units: every entry is in one run, most are in their units' range, and the ranks do not depend on the
// cut.
#include <gtest/gtest.h>

#include "host/backend/cpu/rank_ladders_cpu.hpp"
#include "host/backend/cpu/score_tiles_cpu.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t units_a_tile = 128;

class score_tiles_test : public ::testing::TestWithParam<score_kind> {
 protected:
  void SetUp() override {
    synthetic::spec venue;
    venue.accounts = 3'000;
    venue.instruments = 64;
    venue.score = GetParam();
    source_ = synthetic::make_book(venue);
    make_resident(source_, resident_);
    const std::uint32_t columns = venue.score == score_kind::binance ? 3 : 1;
    tiles_ = make_score_tiles(resident_, {units_a_tile * 8 * columns, 3});
    ASSERT_EQ(tiles_.tiles, (source_.units.size() + units_a_tile - 1) / units_a_tile);
    ASSERT_GT(tiles_.segments.size(), 4U);
    ASSERT_LT(tiles_.segments.size(), source_.sides.segments());  // Short ones are left out.
  }

  void expect_every_entry_once() const {
    for (std::size_t s = 0; s < tiles_.segments.size(); ++s) {
      std::uint32_t next = source_.sides.first_entry[tiles_.segments[s]];
      for (std::uint32_t tile = 0; tile < tiles_.tiles; ++tile) {
        const score_tiles::run run = tiles_.run_of(source_.sides, tile, s);
        ASSERT_EQ(run.first, next);
        ASSERT_GE(run.last, run.first);
        next = run.last;
      }
      ASSERT_EQ(next, source_.sides.first_entry[tiles_.segments[s] + 1]);
    }
  }

  [[nodiscard]] rank_result ranks(const score_tiles& tiles, const rank_request& request) {
    const tick_prices prices = synthetic::make_tick(source_, -0.05);
    tick_cpu tick;
    prepare_tick_cpu(resident_, prices, tick);
    unit_cache cache;
    std::vector<tile_summary> summaries;
    margin_result margin;
    scan_units(resident_, tick, false, cache, summaries, margin);
    ladder_tasks tasks = make_ladder_tasks(resident_);
    tasks.tiles = tiles;
    rank_scratch scratch;
    std::vector<stage_time> times;
    rank_result out;
    rank_ladders(resident_, tick, cache, tasks, request, scratch, out, times);
    return out;
  }

  book source_;
  resident_cpu resident_;
  score_tiles tiles_;
};

TEST_P(score_tiles_test, an_entry_is_in_the_run_of_its_unit) {
  expect_every_entry_once();
  for (std::size_t s = 0; s < tiles_.segments.size(); ++s) {
    for (std::uint32_t tile = 0; tile < tiles_.tiles; ++tile) {
      const score_tiles::run run = tiles_.run_of(source_.sides, tile, s);
      for (std::uint32_t entry = run.first; entry < run.last; ++entry) {
        ASSERT_EQ(resident_.entry_unit[entry] / units_a_tile, tile) << entry;
      }
    }
  }
}

TEST_P(score_tiles_test, runs_stay_whole_where_ladders_have_grown_and_shrunk) {
  for (std::size_t segment = 1; segment + 1 < source_.sides.first_entry.size(); ++segment) {
    std::uint32_t& first = source_.sides.first_entry[segment];
    const std::uint32_t by =
        std::min(first - source_.sides.first_entry[segment - 1], static_cast<std::uint32_t>(segment * 3));
    first -= by;
  }
  expect_every_entry_once();
}

TEST_P(score_tiles_test, ranks_do_not_depend_on_the_cut) {
  rank_request request;
  const rank_result whole = ranks({}, request);
  const rank_result cut = ranks(tiles_, request);
  EXPECT_EQ(whole.keys, cut.keys);
  EXPECT_EQ(whole.lights, cut.lights);
  EXPECT_EQ(whole.totals, cut.totals);

  request.lights = false;
  request.prefixes_only = true;
  std::vector<cover_demand> demands;
  for (std::uint32_t segment = 0; segment < whole.totals.size(); segment += 3) {
    if (whole.totals[segment] != 0) { demands.push_back({segment, 1 + whole.totals[segment] / 2}); }
  }
  request.demands = demands;
  const auto same = [](const rank_result& a, const rank_result& b) {
    ASSERT_EQ(a.first_entry, b.first_entry);
    for (std::size_t i = 0; i < a.entries.size(); ++i) {
      ASSERT_EQ(a.entries[i].position, b.entries[i].position);
      ASSERT_EQ(a.entries[i].key, b.entries[i].key);
    }
  };
  same(ranks({}, request), ranks(tiles_, request));
  request = {};
  request.full_ladder = true;
  same(ranks({}, request), ranks(tiles_, request));
}

INSTANTIATE_TEST_SUITE_P(scores, score_tiles_test, ::testing::Values(score_kind::pnl_leverage, score_kind::binance),
                         [](const auto& score) { return std::string(to_string(score.param)); });

}  // namespace
}  // namespace plimsoll
