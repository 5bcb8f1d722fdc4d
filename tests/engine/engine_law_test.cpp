// Screened tick = full tick = batch scan, byte for byte, after any updates, in any batches, at any moves.
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/book/live_book.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/engine/feed.hpp"
#include "tests/engine/same_tick.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

using feed::difference;
using feed::lines_of;

/// Counts of a run's cases, so that a run without any is noticed.
struct tally {
  std::uint64_t ticks = 0, screened = 0, ruled_out = 0, refused_updates = 0, refused_ticks = 0, applied = 0, covers = 0,
                flagged = 0, relaid = 0, judged = 0;
};

/// One venue and its history.
struct course {
  synthetic::spec venue;
  std::uint64_t seed = 1;
  int ticks = 100;
  std::string backend = "cpu";
  int threads = 1;
  std::optional<std::int64_t> mark_age_ns{};
  std::uint64_t evaluated_least = 256;  ///< Small: marks often move too far for a screen.
};

book venue_of(const course& one) {
  book made = synthetic::make_book(one.venue);
  made.reference.venue.max_mark_age_ns = one.mark_age_ns;
  for (mark& m : made.marks) { m.as_of_ns = 0; }
  return made;
}

/// Two engines take the same updates, one in a batch before each tick, one as they come, with additional ticks between;
/// a batch scan of the state decides.
void run(const course& one, tally& seen) {
  SCOPED_TRACE(testing::Message() << to_string(one.venue.collateral) << ", " << to_string(one.venue.score) << ", "
                                  << one.venue.accounts << " accounts, seed " << one.seed << ", " << one.backend);
  feed::source from(one.seed);
  tick_engine screened(make_backend(one.backend, one.threads).value(),
                       {.threads = one.threads,
                        .screen = true,
                        .evaluated_least = one.evaluated_least,
                        .spare_share = one.seed % 2 == 0 ? 0.25 : 1.0 / 32,
                        .shift_limit = one.seed % 3 == 0 ? 4096U : 4U});
  tick_engine full(make_backend("cpu", 1).value(), {.threads = 1, .screen = false});
  ASSERT_TRUE(screened.load(venue_of(one)));
  ASSERT_TRUE(full.load(venue_of(one)));
  const auto batch = make_backend("cpu", 1).value();
  tick_result tick;
  tick_result other;
  std::vector<update> held_back;
  for (int t = 0; t < one.ticks; ++t) {
    const std::uint64_t count = from.below(6);
    for (std::uint64_t u = 0; u < count; ++u) {
      const update next = from.next_update(screened.columns());
      const auto applied = screened.apply({&next, 1});
      if (!applied) {
        ASSERT_EQ(applied.error().code, error_code::bad_data) << applied.error().message;
        ++seen.refused_updates;
        continue;
      }
      ++seen.applied;
      held_back.push_back(next);
      if (from.below(16) == 0) { static_cast<void>(screened.tick({}, other)); }
    }
    const auto taken = full.apply(held_back);
    ASSERT_TRUE(taken) << taken.error().message;
    ASSERT_EQ(taken.value(), held_back.size());
    held_back.clear();
    const auto marks = from.next_marks(screened.columns(), from.next_share());
    const status outcome = screened.tick(marks, tick);
    const status outcome_in_full = full.tick(marks, other);
    ASSERT_EQ(outcome.has_value(), outcome_in_full.has_value())
        << (outcome ? outcome_in_full : outcome).error().message;
    ++seen.ticks;
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, error_code::bad_data) << outcome.error().message;
      EXPECT_EQ(outcome.error().message, outcome_in_full.error().message);
      ++seen.refused_ticks;
      continue;
    }
    seen.screened += tick.screened ? 1 : 0;
    seen.judged += !tick.screened && tick.full_because.find("new radii") != std::string_view::npos ? 1 : 0;
    seen.ruled_out += tick.units - std::min(tick.units, tick.evaluated);
    seen.covers += tick.cover.size();
    seen.flagged += tick.flagged.size();
    const book dense = screened.snapshot();
    refusal_list refusals;
    ASSERT_TRUE(batch->load(dense));
    const auto scan = scan_book(dense, *batch, {}, refusals);
    ASSERT_TRUE(scan) << scan.error().message;
    const auto right = lines_of(dense, scan.value());
    ASSERT_EQ(difference(lines_of(tick), right), "") << "screened tick " << t;
    ASSERT_EQ(difference(lines_of(other), right), "") << "full tick " << t;
    if (t % 16 == 0) {
      ASSERT_EQ(state_digest(screened.columns()), state_digest(dense));
      ASSERT_EQ(state_digest(full.columns()), state_digest(dense));
    }
  }
}

void expect_worth(const course& one, const tally& seen) {
  std::printf(
      "ticks %lu, screened %lu, judged in full between radii %lu, units ruled_out %lu, updates applied %lu, refused "
      "%lu, "
      "ticks refused %lu, flagged %lu, cover fills %lu\n",
      seen.ticks, seen.screened, seen.judged, seen.ruled_out, seen.applied, seen.refused_updates, seen.refused_ticks,
      seen.flagged, seen.covers);
  if (seen.ticks < 500) { return; }  // Too short a run, as under a sanitizer, to show every kind.
  const bool narrow = one.evaluated_least < 256;
  EXPECT_GT(seen.screened, narrow ? 20 : seen.ticks / 4);
  EXPECT_GT(seen.ruled_out, narrow ? 500 : seen.ticks);
  EXPECT_GT(seen.applied, seen.ticks);
  EXPECT_GT(seen.refused_updates, seen.ticks / 20);
  EXPECT_GT(seen.covers, seen.ticks / 4);
  if (narrow) { EXPECT_GT(seen.judged, seen.ticks / 10); }
}

/// Venues of every kind, `ticks` each.
std::vector<course> courses(int ticks, std::uint32_t accounts_most) {
  std::vector<course> all;
  constexpr score_kind scores[] = {score_kind::pnl_leverage, score_kind::binance, score_kind::hyperliquid,
                                   score_kind::size, score_kind::given};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    course one;
    one.seed = seed;
    one.ticks = ticks;
    one.venue.seed = seed;
    one.evaluated_least = seed == 10 || seed == 16 || seed == 19 ? 80 : 256;  // Nearly as many as are always evaluated.
    one.venue.collateral = seed % 3 == 0 ? collateral_mode::multi : collateral_mode::single;
    one.venue.score = scores[seed % std::size(scores)];
    one.venue.accounts =
        seed == 4 ? 0 : std::min<std::uint32_t>(accounts_most, static_cast<std::uint32_t>(5 + 7 * seed));
    one.venue.instruments = seed % 4 == 1 ? 3 : 12;
    one.venue.giant_share = seed % 7 == 0 ? 0.01 : 0;
    one.venue.held_share = 0;
    if (seed % 2 == 0) {
      one.venue.whole_share = 0.5;
      one.venue.lots_share = 0.4;
    }
    if (seed % 4 == 2 || seed % 4 == 1) { one.venue.below_zero_share = 0.4; }
    if (seed % 5 == 0) { one.mark_age_ns = 3'000'000'000; }
    one.threads = seed % 6 == 0 ? 2 : 1;
    all.push_back(one);
  }
  return all;
}

/// How many ticks all courses have together; sanitizers take fewer.
int ticks_wanted(int usual) {
  const char* const wanted = std::getenv("PLIMSOLL_TICKS");
  return wanted == nullptr ? usual : std::atoi(wanted);
}

class engine_law : public testing::TestWithParam<course> {};

TEST_P(engine_law, screened_is_full_is_batch) {
  if (const auto machine = make_backend(GetParam().backend, 1); !machine) {
    GTEST_SKIP() << "SKIPPED: " << machine.error().message;
  }
  tally seen;
  run(GetParam(), seen);
  if (!testing::Test::HasFatalFailure()) { expect_worth(GetParam(), seen); }
}

INSTANTIATE_TEST_SUITE_P(random_venues, engine_law, testing::ValuesIn(courses(ticks_wanted(100'000) / 20, 120)),
                         [](const auto& one) { return "seed_" + std::to_string(one.param.seed); });

/// The same on a machine with separate memory for the book.
std::vector<course> device_courses(const char* backend, int ticks, std::size_t count) {
  std::vector<course> all = courses(ticks, 80);
  all.resize(count);
  for (course& one : all) { one.backend = backend; }
  return all;
}

INSTANTIATE_TEST_SUITE_P(on_the_emulated_device, engine_law,
                         testing::ValuesIn(device_courses("emulated", std::max(20, ticks_wanted(100'000) / 1'000), 20)),
                         [](const auto& one) { return "seed_" + std::to_string(one.param.seed); });
INSTANTIATE_TEST_SUITE_P(on_cuda, engine_law,
                         testing::ValuesIn(device_courses("cuda", std::max(20, ticks_wanted(100'000) / 100), 8)),
                         [](const auto& one) { return "seed_" + std::to_string(one.param.seed); });

}  // namespace
}  // namespace plimsoll
