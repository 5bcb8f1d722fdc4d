// Warm updates and ticks allocate nothing: a stream of every kind of update in a venue's day, and a tick like an
// earlier one: screened, judged or rebased, with cover or without.
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/backend/cpu/backend_cpu.hpp"
#include "host/engine/tick_engine.hpp"
#include "kernels/rules/tiers.hpp"
#include "tests/allocation/failing_new.hpp"
#include "tests/engine/feed.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

/// Funding and settlements walk the whole book, and come a few times a day.
bool is_of_the_stream(update_kind kind) {
  return kind == update_kind::fill || kind == update_kind::deposit || kind == update_kind::withdraw ||
         kind == update_kind::transfer || kind == update_kind::fee || kind == update_kind::margin;
}

/// An update of an account with an isolated position, which the feed rarely has.
void aim_margin(update& one, const book& columns, feed::source& from) {
  for (int tries = 0; tries < 200; ++tries) {
    const auto unit = static_cast<std::uint32_t>(from.below(columns.units.size()));
    const unit_code code = columns.units.code[unit];
    if (code.is_vacant() || !code.is_isolated()) { continue; }
    one.account = columns.accounts[columns.units.account[unit]];
    one.instrument = code.instrument();
    one.lots = {code.side() == position_side::long_side ? 1 : -1};
    one.amount = {1 + static_cast<std::int64_t>(from.below(1000))};
    return;
  }
}

void expect_steady(collateral_mode collateral, score_kind score) {
  SCOPED_TRACE(testing::Message() << to_string(collateral) << ", " << to_string(score));
  synthetic::spec venue;
  venue.accounts = 600;
  venue.instruments = 6;
  venue.collateral = collateral;
  venue.score = score;
  venue.giant_share = 0;
  tick_engine engine(make_backend("cpu", 1).value(), {.threads = 1, .spare_share = 0.5});
  ASSERT_TRUE(engine.load(synthetic::make_book(venue)));
  feed::source from(11);
  from.opens_isolated = false;
  tick_result tick;
  std::array<std::uint64_t, 10> applied{};
  int laid_out_again = 0;
  const auto stream = [&](int updates, bool measured) {
    for (int i = 0; i < updates; ++i) {
      if (i % 100 == 0) { static_cast<void>(engine.tick(from.next_marks(engine.columns(), 0.001), tick)); }
      update one = from.next_update(engine.columns());
      if (one.kind == update_kind::margin) { aim_margin(one, engine.columns(), from); }
      if (!is_of_the_stream(one.kind)) { continue; }
      const std::uint64_t units = engine.columns().units.size();
      const std::uint64_t positions = engine.columns().positions.size();
      std::uint64_t made = 0;
      bool taken = false;
      {
        const allocation::counting memory;
        taken = engine.apply({&one, 1}).has_value();
        made = memory.made();
      }
      if (!taken || !measured) { continue; }  // A refusal has a text.
      if (engine.columns().units.size() != units || engine.columns().positions.size() != positions) {
        ++laid_out_again;
        continue;
      }
      ASSERT_EQ(made, 0U) << to_string(one.kind) << ", update " << i;
      ++applied[static_cast<std::size_t>(one.kind)];
    }
  };
  stream(6000, false);
  ASSERT_FALSE(testing::Test::HasFatalFailure());
  stream(1500, true);
  if (testing::Test::HasFatalFailure()) { return; }
  EXPECT_LE(laid_out_again, 5);
  EXPECT_GT(applied[static_cast<std::size_t>(update_kind::fill)], 300U);
  for (const update_kind kind :
       {update_kind::deposit, update_kind::withdraw, update_kind::transfer, update_kind::fee, update_kind::margin}) {
    EXPECT_GT(applied[static_cast<std::size_t>(kind)], 5U) << to_string(kind);
  }
}

TEST(steady_updates, allocate_nothing) {
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    expect_steady(collateral, score_kind::binance);
  }
}

/// Pays in the amount that takes every bankrupt unit back to zero at the book's own marks, and a little more.
void make_whole(book& source) {
  const auto machine = make_backend("cpu", 1).value();
  margin_result margin;
  ASSERT_TRUE(machine->load(source));
  ASSERT_TRUE(machine->margin(synthetic::make_tick(source), true, margin));
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    if (margin.units.verdicts[unit].state() != unit_state::bankrupt) { continue; }
    const std::int64_t paid =
        static_cast<std::int64_t>(ceil_ppm(margin.units.maintenance_ppm[unit])) / 2 - margin.units.equity[unit];
    source.units.balance[unit] += paid;
    source.units.cash[unit] += paid;
  }
}

TEST(steady_ticks, allocate_nothing_while_nobody_is_bankrupt) {
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    SCOPED_TRACE(to_string(collateral));
    synthetic::spec venue;
    venue.accounts = 2'000;
    venue.collateral = collateral;
    venue.bankrupt_share = 0;
    venue.giant_share = 0;
    book source = synthetic::make_book(venue);
    make_whole(source);
    const book base = source;
    tick_engine engine(make_backend("cpu", 2).value(), {.threads = 2});
    ASSERT_TRUE(engine.load(std::move(source)));
    feed::source from(5);
    from.opens_isolated = false;
    tick_result tick;
    int measured = 0;
    std::size_t flagged = 0;
    for (int t = 0; t < 200; ++t) {
      const std::vector<mark_update> marks = from.next_marks(base, 0.0003);
      std::uint64_t made = 0;
      {
        const allocation::counting memory;
        ASSERT_TRUE(engine.tick(marks, tick));
        made = memory.made();
      }
      if (t < 100 || !tick.screened || tick.counts[static_cast<int>(unit_state::bankrupt)] != 0) { continue; }
      ++measured;
      flagged = std::max(flagged, tick.flagged.size());
      ASSERT_EQ(made, 0U) << "tick " << t;
    }
    EXPECT_GT(measured, 50);
    EXPECT_GT(flagged, 0U);
  }
}

/// A day of a venue: small moves, gaps, and markets that stay after a gap. Each tick has all marks.
std::vector<std::vector<mark_update>> make_course(book venue, int ticks) {
  const std::vector<mark> dawn = venue.marks;
  feed::source from(7);
  from.opens_isolated = false;
  std::vector<std::vector<mark_update>> course;
  const auto walk = [&](double share) {
    for (const mark_update& one : from.next_marks(venue, share)) { venue.marks[one.instrument].ticks = one.price.raw; }
  };
  for (int t = 0; t < ticks; ++t) {
    if (t % 6 == 0) {  // From there on the market stays here for a while,
      venue.marks = dawn;
      walk(0.05);
    } else if (t % 6 == 3) {  // and for one tick at this gap.
      walk(0.04);
    } else {
      walk(0.0003);
    }
    std::vector<mark_update>& marks = course.emplace_back();
    for (std::uint32_t i = 0; i < venue.marks.size(); ++i) {
      if (venue.marks[i].ticks > 0) { marks.push_back({i, {venue.marks[i].ticks}}); }
    }
  }
  return course;
}

/// The same run again and again: the third time nothing is allocated.
void expect_steady_course(const synthetic::spec& venue, int threads, int ticks) {
  SCOPED_TRACE(testing::Message() << to_string(venue.collateral) << ", " << to_string(venue.score) << ", " << threads
                                  << " threads");
  const book source = synthetic::make_book(venue);
  const std::vector<std::vector<mark_update>> course = make_course(source, ticks);
  const cpu_costs costs{.units_passed =
                            threads == 1 ? 0U : 3U};  // Score inputs of the requested units only, and of all.
  tick_engine engine(make_cpu_backend(threads, costs),
                     {.threads = threads, .evaluated_least = source.units.size() / 4});
  ASSERT_TRUE(engine.load(book(source)));
  tick_result tick;
  std::array<int, 3> covered{};  // Judged ticks with cover.
  for (int round = 0; round < 3; ++round) {
    for (std::size_t t = 0; t < course.size(); ++t) {
      std::uint64_t made = 0;
      {
        const allocation::counting memory;
        const status outcome = engine.tick(course[t], tick);
        made = memory.made();
        ASSERT_TRUE(outcome) << outcome.error().message;
      }
      if (round < 2) { continue; }
      ASSERT_EQ(made, 0U) << "tick " << t << ", " << (tick.screened ? "screened" : tick.full_because) << ", "
                          << tick.cover.size() << " fills";
      const bool rebased = tick.full_because == "marks moved too far for the screen";
      if (!tick.cover.empty()) { ++covered[tick.screened ? 0U : rebased ? 1U : 2U]; }
    }
  }
  for (const int of_a_way : covered) { EXPECT_GE(of_a_way, ticks / 12); }
}

TEST(steady_ticks, allocate_nothing_with_cover_whichever_way_they_judge) {
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    for (const score_traits& row : all_scores) {
      const score_kind score = row.kind;
      for (const int threads : {1, 2}) {
        synthetic::spec venue;
        venue.accounts = 2'000;
        venue.instruments = 24;
        venue.collateral = collateral;
        venue.score = score;
        expect_steady_course(venue, threads, 24);
      }
    }
  }
}

TEST(steady_ticks, allocate_nothing_on_ladders_that_are_taken_in_chunks) {
  synthetic::spec venue;
  venue.accounts = 60'000;
  venue.instruments = 2;
  venue.inverse_share = 0;
  for (const int threads : {1, 2}) { expect_steady_course(venue, threads, 12); }
}

}  // namespace
}  // namespace plimsoll
