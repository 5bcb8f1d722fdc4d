// The return of the margin of an isolated position that an update closed.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "host/book/find.hpp"
#include "host/book/live_book.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

book random_book(collateral_mode collateral, std::uint64_t seed) {
  synthetic::spec wanted;
  wanted.accounts = 60;
  wanted.instruments = 4;
  wanted.collateral = collateral;
  wanted.seed = seed;
  wanted.giant_share = 0;
  return synthetic::make_book(wanted);
}

std::vector<int128> money_of(const book& source) {
  std::vector<int128> sums(source.reference.assets.size(), 0);
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    sums[source.asset_of(unit)] += source.units.balance[unit];
  }
  for (std::size_t row = 0; row < source.collateral.amount.size(); ++row) {
    sums[source.collateral.asset[row]] += source.collateral.amount[row];
  }
  return sums;
}

std::uint64_t cross_units_of(const book& source) {
  return static_cast<std::uint64_t>(std::count_if(source.units.code.begin(), source.units.code.end(),
                                                  [](unit_code code) { return !code.is_isolated(); }));
}

update settled_at_mark(const book& source, std::uint32_t instrument) {
  const plimsoll::instrument& it = source.reference.instruments[instrument];
  update one;
  one.kind = update_kind::settle;
  one.instrument = instrument;
  one.price = {static_cast<int128>(source.marks[instrument].ticks) * it.price_step.mantissa, it.price_step.scale};
  return one;
}

/// Accounts that hold only an isolated position have no cross unit, so settling opens one for the rest.
TEST(margin_return, leaves_no_money_behind_where_everything_is_settled) {
  std::uint64_t opened = 0;
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      tick_engine engine(make_cpu_backend(1), {});
      ASSERT_TRUE(engine.load(random_book(collateral, seed)));
      const std::uint64_t before = cross_units_of(engine.snapshot());
      int128 returned = 0;
      apply_context context;
      context.on_plan = [&](const ledger_plan& plan) {
        if (plan.cause != std::string_view("margin returned")) { return; }
        ASSERT_EQ(plan.legs.size(), 2U);
        const unit_columns& units = engine.columns().units;
        EXPECT_TRUE(units.code[plan.legs[0].unit].is_isolated());
        EXPECT_FALSE(units.code[plan.legs[1].unit].is_isolated());
        EXPECT_EQ(units.account[plan.legs[0].unit], units.account[plan.legs[1].unit]);
        returned += plan.legs[1].amount;
      };
      std::uint32_t settled = 0;
      for (std::uint32_t i = 0; i < engine.columns().reference.instruments.size(); ++i) {
        if (engine.columns().reference.instruments[i].kind == instrument_kind::spot) { continue; }
        const update one = settled_at_mark(engine.columns(), i);
        ASSERT_TRUE(engine.apply({&one, 1}, context)) << i;
        ++settled;
      }
      ASSERT_GT(settled, 0U);
      EXPECT_GT(returned, 0);
      const book after = engine.snapshot();
      EXPECT_EQ(after.positions.size(), 0U);
      for (std::uint32_t unit = 0; unit < after.units.size(); ++unit) {
        if (after.units.code[unit].is_isolated()) { EXPECT_LT(after.units.balance[unit], 0) << "owes, or is gone"; }
      }
      const std::vector<int128> money = money_of(after);
      EXPECT_TRUE(std::equal(money.begin(), money.end(), engine.books().customers_money().begin()));
      EXPECT_EQ(state_digest(engine.columns()), state_digest(after));
      opened += cross_units_of(after) - before;
    }
  }
  EXPECT_GT(opened, 0U) << "no account without a cross unit was drawn";
}

TEST(margin_return, what_opens_again_is_cross) {
  book source = random_book(collateral_mode::single, 3);
  std::uint32_t isolated = 0;
  while (!source.units.code[isolated].is_isolated()) { ++isolated; }
  const std::uint32_t position = source.units.first_position[isolated];
  const std::uint32_t instrument = source.positions.instrument[position];
  const std::string account(source.accounts[source.units.account[isolated]]);
  update close = settled_at_mark(source, instrument);
  close.kind = update_kind::fill;
  close.account = account;
  close.lots = {-source.positions.lots[position]};
  update again = close;
  again.lots = {source.positions.lots[position]};
  const position_side side = side_of(again.lots);
  tick_engine engine(make_cpu_backend(1), {});
  ASSERT_TRUE(engine.load(std::move(source)));
  const std::vector<update> both = {close, again};  // In one call.
  ASSERT_TRUE(engine.apply(both));
  const book& columns = engine.columns();
  const std::uint32_t id = columns.accounts.find(account);
  EXPECT_EQ(find_unit(columns, id, unit_code::isolated(instrument, side)), no_id);
  const std::uint32_t opened = find_position(columns, id, instrument, side);
  ASSERT_NE(opened, no_id);
  EXPECT_FALSE(columns.units.code[columns.positions.unit[opened]].is_isolated());
  EXPECT_EQ(columns.positions.lots[opened], again.lots.raw);
}

}  // namespace
}  // namespace plimsoll
