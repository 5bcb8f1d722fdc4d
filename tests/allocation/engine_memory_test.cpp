// Host memory that runs out, at every allocation of a load, an update and a tick in turn: an error value, and never a
// wrong answer.
#include <functional>
#include <memory>

#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#include "host/backend/choose.hpp"
#include "host/book/live_book.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/allocation/failing_new.hpp"
#include "tests/engine/feed.hpp"
#include "tests/engine/same_tick.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

using allocation::failing;
using allocation::lasting;
using feed::difference;
using feed::lines_of;

/// A venue, its updates and marks, and the results of its ticks without a failing allocation.
struct day {
  book dense;
  std::vector<update> updates;
  std::vector<mark_update> marks;
  std::vector<std::string> first, last;
  std::uint64_t state_before, state;
};

std::unique_ptr<tick_engine> new_engine() {
  return std::make_unique<tick_engine>(make_backend("cpu", 1).value(),
                                       engine_options{.threads = 1, .spare_share = 1.0 / 32});
}

day make_day(collateral_mode collateral, double share, std::size_t updates) {
  synthetic::spec venue;
  venue.accounts = 24;
  venue.instruments = 4;
  venue.collateral = collateral;
  venue.held_share = 0;
  venue.giant_share = 0;
  day made{synthetic::make_book(venue), {}, {}, {}, {}, 0, 0};
  const auto twin = new_engine();
  feed::source from(3);
  tick_result tick;
  EXPECT_TRUE(twin->load(book(made.dense)));
  EXPECT_TRUE(twin->tick({}, tick));
  made.first = lines_of(tick);
  made.state_before = state_digest(twin->columns());
  while (made.updates.size() < updates) {
    const update next = from.next_update(twin->columns());
    if (twin->apply({&next, 1})) { made.updates.push_back(next); }
  }
  made.state = state_digest(twin->columns());
  do {
    made.marks = from.next_marks(twin->columns(), share);
  } while (made.marks.empty() || !twin->tick(made.marks, tick));
  made.last = lines_of(tick);
  return made;
}

std::string tick_of(tick_engine& engine, const std::vector<mark_update>& marks,
                    const std::vector<std::string>& wanted) {
  tick_result tick;
  const status outcome = engine.tick(marks, tick);
  return outcome ? difference(lines_of(tick), wanted) : outcome.error().message;
}

/// The whole day on an engine, from its load on.
void expect_day(tick_engine& engine, const day& of) {
  ASSERT_TRUE(engine.load(book(of.dense)));
  ASSERT_EQ(tick_of(engine, {}, of.first), "");
  ASSERT_TRUE(engine.apply(of.updates));
  ASSERT_EQ(state_digest(engine.columns()), of.state);
  ASSERT_EQ(tick_of(engine, of.marks, of.last), "");
}

/// Runs `call` with allocation 1, 2, ... failing until it needs no more; `after` sees the engine each time that it
/// failed.
void each_allocation(const std::function<void(tick_engine&)>& before, const std::function<status(tick_engine&)>& call,
                     const std::function<void(tick_engine&)>& after, std::uint64_t allocations_least) {
  const tbb::global_control alone(tbb::global_control::max_allowed_parallelism, 1);
  for (const lasting how : {lasting::once, lasting::for_ever}) {
    for (std::uint64_t nth = 1;; ++nth) {
      SCOPED_TRACE(testing::Message() << "allocation " << nth << (how == lasting::once ? "" : " and all after it"));
      const auto engine = new_engine();
      before(*engine);
      ASSERT_FALSE(testing::Test::HasFatalFailure());
      status outcome = ok();
      bool reached = false;
      {
        const failing memory(nth, how);
        outcome = call(*engine);
        reached = memory.reached();
      }
      if (!reached) {
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_GT(nth, allocations_least);
        break;
      }
      // An allocation that fails need not fail the call: a hint, or an error's longer text.
      if (outcome) { continue; }
      ASSERT_EQ(outcome.error().code, error_code::out_of_memory) << outcome.error().message;
      after(*engine);
      ASSERT_FALSE(testing::Test::HasFatalFailure());
    }
  }
}

TEST(engine_memory, a_load_that_finds_none_leaves_nothing_or_all) {
  const day of = make_day(collateral_mode::single, 0.1, 12);
  book copy;
  each_allocation([&](tick_engine&) { copy = of.dense; },
                  [&](tick_engine& engine) { return engine.load(std::move(copy)); },
                  [&](tick_engine& engine) {
                    tick_result tick;
                    ASSERT_FALSE(engine.loaded());
                    ASSERT_FALSE(engine.tick({}, tick));
                    expect_day(engine, of);
                  },
                  20);
}

TEST(engine_memory, a_second_load_that_finds_none_leaves_the_first_book_or_none) {
  const day of = make_day(collateral_mode::multi, 0.1, 12);
  book copy;
  each_allocation(
      [&](tick_engine& engine) {
        expect_day(engine, of);
        copy = of.dense;
      },
      [&](tick_engine& engine) { return engine.load(std::move(copy)); },
      [&](tick_engine& engine) {
        if (engine.loaded()) { ASSERT_EQ(tick_of(engine, {}, of.last), ""); }
        expect_day(engine, of);
      },
      20);
}

TEST(engine_memory, an_update_that_finds_none_requires_a_new_load) {
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    const day of = make_day(collateral, 0.1, 12);
    each_allocation(
        [&](tick_engine& engine) {
          ASSERT_TRUE(engine.load(book(of.dense)));
          ASSERT_EQ(tick_of(engine, {}, of.first), "");
        },
        [&](tick_engine& engine) -> status {
          PLIMSOLL_TRY(engine.apply(of.updates));
          return ok();
        },
        [&](tick_engine& engine) {
          tick_result tick;
          const status ticked = engine.tick({}, tick);
          ASSERT_FALSE(ticked);
          ASSERT_EQ(ticked.error().code, error_code::out_of_memory);
          ASSERT_NE(ticked.error().message.find("load the book again"), std::string::npos);
          ASSERT_FALSE(engine.apply({}));
          expect_day(engine, of);
        },
        20);
  }
}

/// The reference data of a book with an instrument and an asset ahead of all others, and other tiers.
reference_data listed_in(const reference_data& current) {
  reference_data next = current;
  next.assets.insert(next.assets.begin(), current.assets[0]);
  next.assets[0].name = "0";
  for (instrument& it : next.instruments) {
    ++it.base;
    ++it.settle;
  }
  ++next.quote;
  for (asset& one : next.assets) { one.spot = no_id; }
  next.instruments.insert(next.instruments.begin(), next.instruments.back());
  next.instruments[0].name = "0";
  next.bands[0].maintenance_ppm += 1;
  next.bands[0].initial_ppm += 1;
  return next;
}

TEST(engine_memory, a_revision_that_finds_none_takes_nothing_over) {
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    const day of = make_day(collateral, 0.1, 12);
    reference_data next;
    each_allocation(
        [&](tick_engine& engine) {
          ASSERT_TRUE(engine.load(book(of.dense)));
          ASSERT_EQ(tick_of(engine, {}, of.first), "");
          next = listed_in(of.dense.reference);
        },
        [&](tick_engine& engine) -> status {
          const auto outcome = engine.revise(std::move(next));
          return outcome ? ok() : status(outcome.error());
        },
        [&](tick_engine& engine) {
          ASSERT_EQ(engine.columns().reference.instruments.size(), of.dense.reference.instruments.size());
          ASSERT_EQ(tick_of(engine, {}, of.first), "");
          ASSERT_TRUE(engine.apply(of.updates));
          ASSERT_EQ(tick_of(engine, of.marks, of.last), "");
          ASSERT_TRUE(engine.revise(listed_in(of.dense.reference)));
          tick_result tick;
          ASSERT_TRUE(engine.tick({}, tick));
          ASSERT_EQ(state_digest(engine.columns()), of.state);
          expect_day(engine, of);
        },
        20);
  }
}

/// The tick of `of` on a book that has been ticked (`settled`) or not.
void expect_ticks_to_go_on(const day& of, bool settled, bool again_first) {
  each_allocation(
      [&](tick_engine& engine) {
        ASSERT_TRUE(engine.load(book(of.dense)));
        if (settled) { ASSERT_EQ(tick_of(engine, {}, of.first), ""); }
        ASSERT_TRUE(engine.apply(of.updates));
      },
      [&](tick_engine& engine) {
        tick_result tick;
        return engine.tick(of.marks, tick);
      },
      [&](tick_engine& engine) {
        ASSERT_EQ(state_digest(engine.columns()), of.state);
        if (again_first) {  // No mark was applied: a batch scan of the book at the old marks gives the same.
          const book dense = engine.snapshot();
          const auto batch = make_backend("cpu", 1).value();
          refusal_list refusals;
          ASSERT_TRUE(batch->load(dense));
          const auto scan = scan_book(dense, *batch, {}, refusals);
          ASSERT_TRUE(scan);
          for (std::size_t i = 0; i < of.dense.marks.size(); ++i) {
            ASSERT_EQ(dense.marks[i].ticks, of.dense.marks[i].ticks);
          }
          ASSERT_EQ(tick_of(engine, {}, lines_of(dense, scan.value())), "");
        }
        ASSERT_EQ(tick_of(engine, of.marks, of.last), "");
        expect_day(engine, of);
      },
      20);
}

TEST(engine_memory, a_first_tick_that_finds_none_takes_no_mark) {
  expect_ticks_to_go_on(make_day(collateral_mode::single, 0.1, 12), false, true);
}
TEST(engine_memory, a_screened_tick_that_finds_none_takes_no_mark) {
  expect_ticks_to_go_on(make_day(collateral_mode::single, 0.0005, 12), true, true);
}
TEST(engine_memory, a_gap_that_finds_none_takes_no_mark) {
  expect_ticks_to_go_on(make_day(collateral_mode::multi, 0.3, 12), true, true);
}
TEST(engine_memory, the_same_tick_again_gives_its_result) {
  expect_ticks_to_go_on(make_day(collateral_mode::multi, 0.3, 12), true, false);
  expect_ticks_to_go_on(make_day(collateral_mode::single, 0.0005, 40), true, false);
}

}  // namespace
}  // namespace plimsoll
