// One suite over every backend: the naive one, written like the design, is the reference.
#include <algorithm>

#include "tests/parity/backends.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::parity {
namespace {

using synthetic::make_book;
using synthetic::make_tick;
using synthetic::spec;

class backend_parity : public testing::TestWithParam<contender> {
 protected:
  void SetUp() override {
    auto made = make(GetParam());
    if (made.machine == nullptr) { GTEST_SKIP() << "SKIPPED: " << made.missing; }
    machine_ = std::move(made.machine);
  }

  /// One fiber per thread is slow, so the emulated device gets smaller books of the same shapes.
  [[nodiscard]] bool emulated() const { return GetParam().kind == "emulated"; }

  void expect_parity(const spec& wanted, double move = 0) {
    SCOPED_TRACE(testing::Message() << wanted.accounts << " accounts, seed " << wanted.seed << ", "
                                    << to_string(wanted.collateral) << ", " << to_string(wanted.score) << ", move "
                                    << move);
    const book source = make_book(wanted);
    const auto naive = make_naive_backend();
    expect_agreement(source, make_tick(source, move), *machine_, *naive);
  }

  std::unique_ptr<backend> machine_;
};

TEST_P(backend_parity, units_around_every_edge) {
  for (const std::uint32_t units : {0U, 1U, 31U, 32U, 33U, 1023U, 1024U, 1025U}) {
    for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
      spec wanted = synthetic::one_unit_an_account(units, 10 + units);
      wanted.collateral = mode;
      expect_parity(wanted);
    }
  }
}

TEST_P(backend_parity, every_score_in_both_modes) {
  for (const score_traits& row : all_scores) {
    const score_kind score = row.kind;
    for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
      spec wanted;
      wanted.accounts = emulated() ? 300 : 3000;
      wanted.seed = 100 + static_cast<std::uint64_t>(score);
      wanted.score = score;
      wanted.collateral = mode;
      expect_parity(wanted);
      expect_parity(wanted, -0.2);
    }
  }
}

TEST_P(backend_parity, ten_thousand_accounts) {
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    spec wanted;
    wanted.accounts = 10'000;
    wanted.seed = 7;
    wanted.collateral = mode;
    expect_parity(wanted, -0.1);
  }
}

TEST_P(backend_parity, nothing_but_ties) {
  spec wanted;
  wanted.accounts = emulated() ? 500 : 20'000;
  wanted.instruments = 3;
  wanted.flat_share = 1;
  expect_parity(wanted);
  wanted.score = score_kind::given;
  expect_parity(wanted);
}

TEST_P(backend_parity, few_markets_with_long_ladders) {
  spec wanted;
  wanted.accounts = emulated() ? 2'000 : 60'000;
  wanted.instruments = 2;
  wanted.inverse_share = 0.5;
  expect_parity(wanted, -0.1);
}

TEST_P(backend_parity, many_markets_with_short_ladders) {
  spec wanted;
  wanted.accounts = 300;
  wanted.instruments = emulated() ? 200 : 3'000;
  expect_parity(wanted);
}

TEST_P(backend_parity, every_number_of_bands) {
  for (const std::uint32_t bands : {1U, 2U, 7U, 8U, 9U, 16U, 17U, 32U}) {
    spec wanted;
    wanted.accounts = 400;
    wanted.bands_max = bands;
    wanted.seed = bands;
    expect_parity(wanted);
  }
}

TEST_P(backend_parity, everything_held_and_nothing_held) {
  for (const double share : {0.0, 0.5, 1.0}) {
    for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
      spec wanted;
      wanted.accounts = 500;
      wanted.held_share = share;
      wanted.collateral = mode;
      expect_parity(wanted);
    }
  }
}

TEST_P(backend_parity, everybody_bankrupt) {
  spec wanted;
  wanted.accounts = 700;
  wanted.bankrupt_share = 1;
  expect_parity(wanted);
}

TEST_P(backend_parity, positions_so_large_that_sums_need_128_bits) {
  spec wanted;
  wanted.accounts = 600;
  wanted.giant_share = 0.2;
  wanted.market_maker = false;
  expect_parity(wanted);
  wanted.collateral = collateral_mode::multi;
  expect_parity(wanted);
}

TEST_P(backend_parity, one_state_after_another_on_the_same_machine) {
  // A second load and ticks up and down must leave nothing of the first behind.
  const auto naive = make_naive_backend();
  for (const std::uint32_t accounts : {900U, 20U, 0U, 400U}) {
    spec wanted;
    wanted.accounts = accounts;
    wanted.score = accounts % 3 == 0 ? score_kind::binance : score_kind::pnl_leverage;
    const book source = make_book(wanted);
    for (const double move : {0.0, -0.3, 0.3, 0.0}) {
      expect_agreement(source, make_tick(source, move), *machine_, *naive);
    }
  }
}

void expect_usage(const status& outcome, const char* message, std::uint64_t detail = 0) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, error_code::usage);
  EXPECT_EQ(outcome.error().message, message);
  EXPECT_EQ(outcome.error().detail, detail);
}

TEST_P(backend_parity, calls_out_of_turn_are_refused_in_the_same_words) {
  spec wanted;
  wanted.accounts = 50;
  const book source = make_book(wanted);
  const tick_prices prices = make_tick(source);
  margin_result margin;
  rank_result ranks;
  expect_usage(machine_->margin(prices, true, margin), "a margin pass was asked for before load");
  expect_ok(machine_->load(source));
  expect_usage(machine_->rank({}, ranks), "rank was asked for before a margin pass");
  tick_prices other = prices;
  other.rates.pop_back();
  expect_usage(machine_->margin(other, true, margin), "the prices are not those of the loaded book");
  expect_ok(machine_->margin(prices, false, margin));
  const char* const unfit = "demands must name rising segments of the book, with lots";
  const cover_demand falling[] = {{2, 5}, {1, 5}};
  expect_usage(machine_->rank({true, false, falling}, ranks), unfit, 1);
  const cover_demand twice[] = {{2, 5}, {2, 5}};
  expect_usage(machine_->rank({true, false, twice}, ranks), unfit, 1);
  const cover_demand beyond[] = {{static_cast<std::uint32_t>(source.sides.segments()), 1}};
  expect_usage(machine_->rank({true, false, beyond}, ranks), unfit, 0);
  const cover_demand nothing[] = {{1, 1}, {3, 0}};
  expect_usage(machine_->rank({true, false, nothing}, ranks), unfit, 1);
  expect_ok(machine_->rank({true, true, nothing}, ranks));  // Ignored with the full ladder.
  expect_ok(machine_->load(source));
  expect_usage(machine_->rank({}, ranks), "rank was asked for before a margin pass");
}

/// A million accounts with the naive answers, made once for all backends of a run.
struct million {
  book source;
  tick_prices prices;
  margin_result margin;
  std::vector<cover_demand> demands;
  rank_result cover;  ///< With lights.
  rank_result full;

  static const million& get() {
    static const million made;
    return made;
  }

 private:
  million() {
    spec wanted;
    wanted.accounts = 1'000'000;
    wanted.instruments = 256;
    source = make_book(wanted);
    prices = make_tick(source, -0.05);
    const auto naive = make_naive_backend();
    expect_ok(naive->load(source));
    expect_ok(naive->margin(prices, true, margin));
    expect_ok(naive->rank({false, true, {}}, full));
    demands = demands_on(source, full.totals);
    expect_ok(naive->rank({true, false, demands}, cover));
  }
};

TEST_P(backend_parity, a_million_accounts) {
  if (emulated()) { GTEST_SKIP() << "SKIPPED: a million accounts take minutes on the emulated device"; }
  const million& all = million::get();
  margin_result margin;
  rank_result ranks;
  expect_ok(machine_->load(all.source));
  expect_ok(machine_->margin(all.prices, true, margin));
  expect_same(margin, all.margin);
  expect_ok(machine_->rank({true, false, all.demands}, ranks));
  expect_same(ranks, all.cover);
  expect_ok(machine_->margin(all.prices, false, margin));
  EXPECT_EQ(margin.flagged, all.margin.flagged);
  expect_ok(machine_->rank({false, true, {}}, ranks));
  expect_same(ranks, all.full);
}

INSTANTIATE_TEST_SUITE_P(backends, backend_parity, testing::ValuesIn(contenders()),
                         [](const auto& tested) { return tested.param.name; });

TEST(synthetic_book, does_not_depend_on_the_order_of_rows) {
  spec wanted;
  wanted.accounts = 2'000;
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    wanted.collateral = mode;
    wanted.shuffle = 0;
    const book straight = make_book(wanted);
    wanted.shuffle = 99;
    const book shuffled = make_book(wanted);
    EXPECT_EQ(first_difference(straight.units.account, shuffled.units.account), -1);
    EXPECT_EQ(first_difference(straight.units.cash, shuffled.units.cash), -1);
    EXPECT_EQ(first_difference(straight.positions.lots, shuffled.positions.lots), -1);
    EXPECT_EQ(first_difference(straight.positions.cost, shuffled.positions.cost), -1);
    EXPECT_EQ(first_difference(straight.sides.position, shuffled.sides.position), -1);
    EXPECT_EQ(first_difference(straight.collateral.amount, shuffled.collateral.amount), -1);
  }
}

/// The cases that the books of this suite must contain, so that the suite proves what it claims.
TEST(synthetic_book, holds_every_kind_of_unit_and_state) {
  spec wanted;
  wanted.accounts = 20'000;
  const book source = make_book(wanted);
  const auto naive = make_naive_backend();
  margin_result margin;
  expect_ok(naive->load(source));
  expect_ok(naive->margin(make_tick(source), true, margin));
  for (const std::uint64_t count : margin.counts) { EXPECT_GT(count, source.units.size() / 500); }
  EXPECT_GT(margin.held, 0U);
  EXPECT_LT(margin.held, source.units.size());
  EXPECT_EQ(margin.over_limit, no_id);
  std::size_t isolated = 0;
  std::size_t above_first = 0;
  std::size_t divided = 0;
  const tick_prices prices = make_tick(source);
  for (const unit_code code : source.units.code) { isolated += code.is_isolated() ? 1 : 0; }
  for (std::size_t p = 0; p < source.positions.size(); ++p) {
    const std::uint16_t id = source.positions.instrument[p];
    const std::int64_t value = value_of({source.positions.lots[p]}, prices.rates[id]).raw;
    above_first += band_of(magnitude(value), source.tiers_of(id)) > 0 ? 1 : 0;
    divided += prices.rates[id].den > 1 ? 1 : 0;
  }
  EXPECT_GT(isolated, source.positions.size() / 10);
  EXPECT_NEAR(static_cast<double>(above_first) / static_cast<double>(source.positions.size()), 0.35, 0.1);
  EXPECT_GT(divided, source.positions.size() / 100);
}

}  // namespace
}  // namespace plimsoll::parity
