// Once warm, updates find all their memory in place: a stream of every kind that a venue's day consists of allocates nothing.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "host/backend/choose.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/allocation/failing_new.hpp"
#include "tests/engine/feed.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

/// Funding and settlements walk the whole book, and come a few times a day.
bool is_of_the_stream(update_kind kind) {
  return kind == update_kind::fill || kind == update_kind::deposit || kind == update_kind::withdraw || kind == update_kind::transfer ||
         kind == update_kind::fee || kind == update_kind::margin;
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
  tick_result tick;
  std::array<std::uint64_t, 10> applied{};
  const auto stream = [&](int updates, bool measured) {
    for (int i = 0; i < updates; ++i) {
      if (i % 100 == 0) { static_cast<void>(engine.tick(from.next_marks(engine.columns(), 0.001), tick)); }
      const update one = from.next_update(engine.columns());
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
      if (!taken || !measured) { continue; }  // What is refused is told in words.
      ASSERT_EQ(engine.columns().units.size(), units) << "a layout anew: the venue of this test has too little room";
      ASSERT_EQ(engine.columns().positions.size(), positions);
      ASSERT_EQ(made, 0U) << to_string(one.kind) << ", update " << i;
      ++applied[static_cast<std::size_t>(one.kind)];
    }
  };
  stream(6000, false);
  ASSERT_FALSE(testing::Test::HasFatalFailure());
  stream(1500, true);
  if (testing::Test::HasFatalFailure()) { return; }
  EXPECT_GT(applied[static_cast<std::size_t>(update_kind::fill)], 300U);
  for (const update_kind kind : {update_kind::deposit, update_kind::withdraw, update_kind::transfer, update_kind::fee, update_kind::margin}) {
    EXPECT_GT(applied[static_cast<std::size_t>(kind)], 5U) << to_string(kind);
  }
}

TEST(steady_updates, allocate_nothing) {
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) { expect_steady(collateral, score_kind::binance); }
}

}  // namespace
}  // namespace plimsoll
