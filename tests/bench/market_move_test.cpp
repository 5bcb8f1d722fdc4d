// Moves of the market between ticks.
#include "bench/market_move.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "host/generate/generate.hpp"

namespace plimsoll::bench {
namespace {

mark mark_of(std::int64_t ticks) {
  mark one;
  one.ticks = ticks;
  return one;
}

TEST(market_move, stays_within_its_bounds_and_uses_them) {
  const std::vector<mark> marks(2'000, mark_of(1'000'000));
  struct bounds {
    market_move move;
    std::int64_t least, most;
  };
  for (const bounds& one : {bounds{quiet_move, 999'500, 1'000'500},
                            {move_of_1_percent, 990'000, 994'000},
                            {move_of_3_percent, 970'000, 982'000},
                            {gap_move, 800'000, 800'000}}) {
    const std::vector<mark> moved = moved_marks(marks, one.move);
    const auto [low, high] =
        std::minmax_element(moved.begin(), moved.end(), [](const mark& a, const mark& b) { return a.ticks < b.ticks; });
    EXPECT_GE(low->ticks, one.least);
    EXPECT_LE(high->ticks, one.most);
    EXPECT_LE(low->ticks - one.least, (one.most - one.least) / 50);
    EXPECT_LE(one.most - high->ticks, (one.most - one.least) / 50);
  }
}

TEST(market_move, is_the_same_for_the_same_draw_only) {
  const std::vector<mark> marks(100, mark_of(1'000'000));
  const auto ticks = [&](std::uint64_t draw) {
    std::vector<std::int64_t> all;
    for (const mark& one : moved_marks(marks, quiet_move, draw)) { all.push_back(one.ticks); }
    return all;
  };
  EXPECT_EQ(ticks(0), ticks(0));
  EXPECT_NE(ticks(0), ticks(1));
}

TEST(market_move, keeps_blank_marks_blank_and_others_above_zero) {
  const std::vector<mark> marks{mark_of(0), mark_of(1)};
  EXPECT_EQ(moved_marks(marks, gap_move)[0].ticks, 0);
  EXPECT_EQ(moved_marks(marks, gap_move)[1].ticks, 1);
}

TEST(market_move, gives_a_book_its_marks_back) {
  venue_recipe recipe;
  recipe.accounts = 10;
  recipe.positions = 40;
  recipe.instruments = 4;
  book source = generate_book(recipe).value();
  const std::int64_t before = source.marks[0].ticks;
  {
    const moved_book moved(source, gap_move);
    EXPECT_EQ(source.marks[0].ticks, before * 4 / 5);
  }
  EXPECT_EQ(source.marks[0].ticks, before);
}

}  // namespace
}  // namespace plimsoll::bench
