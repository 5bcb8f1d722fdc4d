// Screened = full = batch on a venue of a million accounts and four million positions.
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/generate/generate.hpp"
#include "tests/engine/feed.hpp"
#include "tests/engine/same_tick.hpp"

namespace plimsoll {
namespace {

using feed::difference;
using feed::lines_of;

TEST(million, screened_is_full_is_batch) {
  const char* const wanted = std::getenv("PLIMSOLL_MILLION_TICKS");
  const int ticks = wanted == nullptr ? 200 : std::atoi(wanted);
  if (ticks == 0) { GTEST_SKIP() << "SKIPPED: PLIMSOLL_MILLION_TICKS=0"; }
  venue_recipe recipe;
  recipe.accounts = 1'000'000;
  recipe.positions = 4'000'000;
  recipe.distressed_ppm = 200;  // An executor has been at work.
  book start = std::move(generate_book(recipe).value());
  const book base = start;
  feed::source from(1);
  tick_engine screened(make_backend("cpu", 0).value(), {});
  tick_engine full(make_backend("cpu", 0).value(), {.screen = false});
  ASSERT_TRUE(screened.load(book(base)));
  ASSERT_TRUE(full.load(std::move(start)));
  const auto batch = make_backend("cpu", 0).value();
  tick_result tick;
  tick_result other;
  std::uint64_t seen = 0;
  std::uint64_t evaluated = 0;
  std::uint64_t applied = 0;
  for (int t = 0; t < ticks; ++t) {
    std::vector<update> updates;
    for (int u = 0; u < 50; ++u) {
      update one = from.next_update(screened.columns());
      if (one.kind == update_kind::settle || one.kind == update_kind::delist || one.kind == update_kind::funding) {
        continue;
      }
      if (!screened.apply({&one, 1})) { continue; }
      updates.push_back(std::move(one));
    }
    applied += updates.size();
    ASSERT_TRUE(full.apply(updates));
    const auto marks = from.next_marks(base, t % 40 == 39 ? 0.02 : 0.002);
    ASSERT_TRUE(screened.tick(marks, tick));
    ASSERT_TRUE(full.tick(marks, other));
    const book dense = screened.snapshot();
    refusal_list refusals;
    ASSERT_TRUE(batch->load(dense));
    const auto scan = scan_book(dense, *batch, {}, refusals);
    ASSERT_TRUE(scan);
    const auto right = lines_of(dense, scan.value());
    ASSERT_EQ(difference(lines_of(tick), right), "") << "screened tick " << t;
    ASSERT_EQ(difference(lines_of(other), right), "") << "full tick " << t;
    seen += tick.screened ? 1 : 0;
    evaluated += tick.screened ? tick.evaluated : 0;
  }
  std::printf(
      "%d ticks, %lu screened, %.2f %% of units evaluated in them, %lu updates\n", ticks, seen,
      seen == 0 ? 0.0
                : 100.0 * static_cast<double>(evaluated) / static_cast<double>(seen) / static_cast<double>(tick.units),
      applied);
  EXPECT_GT(seen, static_cast<std::uint64_t>(ticks) * 3 / 4);
}

}  // namespace
}  // namespace plimsoll
