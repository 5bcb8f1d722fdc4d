// Books in which many blocks meet in one word: a ladder of several tiles, many long rows at once, rows of several
// parts. Small books give each word to one block, and then no race shows.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "host/backend/device_backend.hpp"
#include "host/engine/moves.hpp"
#include "kernels/rank/rank_tiles.hpp"
#include "kernels/screen/screen_types.hpp"
#include "tests/emulator/support.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::emulated {
namespace {

using synthetic::make_book;
using synthetic::make_tick;

class contended : public device_test {
 protected:
  contended() : schedule_({thread_order::forward, 1, 1}) {}
  static void expect_ok(const status& outcome) { ASSERT_TRUE(outcome) << outcome.error().message; }

  /// All judgements of units: at the reference prices, after a small move and in a crash.
  static void judge_all(const book& source) {
    auto made = make_emulated_backend();
    ASSERT_TRUE(made.has_value());
    backend& machine = *made.value();
    expect_ok(machine.load(source));
    const tick_prices reference = make_tick(source);
    const move_groups groups = make_move_groups(source, reference);
    tick_judgement out;
    expect_ok(machine.rebase(reference, groups, out));
    for (const double move : {0.01, -0.2}) {
      const tick_prices now = make_tick(source, move);
      const auto screened = machine.screen(now, moves_between(reference, now, groups), out);
      ASSERT_TRUE(screened.has_value()) << screened.error().message;
      expect_ok(machine.judge(now, out));
    }
  }

 private:
  with_settings schedule_;
};

TEST_F(contended, ladders_of_several_tiles) {
  synthetic::spec wanted;
  wanted.accounts = 11'000;
  wanted.positions_per_account = 1;
  wanted.instruments = 1;
  wanted.isolated_share = 0;
  const book source = make_book(wanted);
  ASSERT_GT(source.sides.first_entry[1], rank_policy::tile_entries);
  auto made = make_emulated_backend();
  ASSERT_TRUE(made.has_value());
  backend& machine = *made.value();
  expect_ok(machine.load(source));
  margin_result margin;
  expect_ok(machine.margin(make_tick(source, -0.05), true, margin));
  rank_result ranks;
  expect_ok(machine.rank({.lights = true}, ranks));
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_EQ(ranks.totals.size(), 2U);
  ASSERT_GT(ranks.totals[0], 0U);
  const std::vector<cover_demand> demands{{0, ranks.totals[0] / 3}, {1, ranks.totals[1] / 2 + 1}};
  expect_ok(machine.rank({.lights = true, .demands = demands}, ranks));
  expect_ok(machine.rank({.lights = false, .full_ladder = true}, ranks));
}

TEST_F(contended, many_long_rows) {
  synthetic::spec wanted;
  wanted.accounts = 40;
  wanted.positions_per_account = 150;
  wanted.instruments = 400;
  wanted.isolated_share = 0;
  wanted.bankrupt_share = 0.4;
  judge_all(make_book(wanted));
}

/// The market maker, which holds both sides of every instrument, three times over.
book three_market_makers() {
  synthetic::spec wanted;
  wanted.accounts = 1;
  wanted.instruments = 2'500;
  wanted.isolated_share = 0;
  synthetic::rows made = synthetic::make_rows(wanted);
  position_rows& rows = made.positions;
  const std::size_t count = rows.account.size();
  for (std::uint32_t more = 1; more < 3; ++more) {
    made.accounts.append("zz" + std::to_string(more));
    for (std::size_t row = 0; row < count; ++row) {
      rows.account.push_back(more);
      rows.instrument.push_back(rows.instrument[row]);
      rows.lots.push_back(rows.lots[row]);
      rows.cost.push_back(rows.cost[row]);
      rows.isolated_margin.push_back(rows.isolated_margin[row]);
      rows.isolated.push_back(rows.isolated[row]);
    }
  }
  assemble_outcome outcome = assemble_book(std::move(made.reference), std::move(made.accounts),
                                           std::move(made.balances), std::move(rows), std::move(made.marks));
  EXPECT_TRUE(outcome.faults.empty());
  return std::move(outcome.built);
}

TEST_F(contended, rows_of_several_parts) {
  const book source = three_market_makers();
  std::uint32_t parted = 0;
  for (std::size_t unit = 0; unit < source.units.size(); ++unit) {
    const std::uint32_t count = source.units.first_position[unit + 1] - source.units.first_position[unit];
    parted += count > row_policy::part_positions ? 1 : 0;
  }
  ASSERT_GT(parted, 1U);
  judge_all(source);
}

}  // namespace
}  // namespace plimsoll::emulated
