// At the limit of 2^62 steps and one beyond: every backend names the same unit, published or lean.
#include "tests/parity/backends.hpp"
#include "tests/parity/hand_made_book.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::parity {
namespace {

constexpr std::int64_t limit = limits::money_steps_max;

class limits_parity : public testing::TestWithParam<contender> {
 protected:
  void SetUp() override {
    auto made = make(GetParam());
    if (made.machine == nullptr) { GTEST_SKIP() << "SKIPPED: " << made.missing; }
    machine_ = std::move(made.machine);
  }

  /// Both agree, published and lean, and the unit is the expected one.
  void expect_over(hand_made_book rows, std::uint32_t over_limit) {
    const book source = rows.assemble();
    const auto naive = make_naive_backend();
    const tick_prices prices = synthetic::make_tick(source);
    expect_agreement(source, prices, *machine_, *naive);
    for (const bool publish : {true, false}) {
      margin_result out;
      expect_ok(machine_->margin(prices, publish, out));
      EXPECT_EQ(out.over_limit, over_limit) << (publish ? "published" : "lean");
    }
  }

  std::unique_ptr<backend> machine_;
};

TEST_P(limits_parity, equity_at_the_limit_is_admitted) {
  for (const std::int64_t sign : {1, -1}) {
    hand_made_book rows;
    const std::uint16_t market = rows.market(1);
    rows.account(5);
    rows.position(rows.account(0), market, sign * limit / 2, -sign * limit / 2);
    rows.account(sign * limit);
    expect_over(std::move(rows), no_id);
  }
}

TEST_P(limits_parity, equity_one_step_beyond_is_named) {
  for (const std::int64_t sign : {1, -1}) {
    hand_made_book rows;
    const std::uint16_t market = rows.market(4);
    rows.account(5);
    // Cash is 2^61 and the balance, the value 2^61; two such units, of which the first is named.
    for (const std::int64_t balance : {sign, 2 * sign}) {
      rows.position(rows.account(balance), market, sign * limit / 8, -sign * limit / 2);
    }
    expect_over(std::move(rows), 1);
  }
}

TEST_P(limits_parity, sums_beyond_64_bits_that_come_back_are_admitted) {
  hand_made_book rows;
  const std::uint32_t account = rows.account(100);
  // Four values of 2^62: their sum on the way is 2^64, at the end 0; costs alike.
  for (const std::int64_t sign : {1, 1, 1, 1, -1, -1, -1, -1}) {
    const std::uint16_t market = rows.market(2);
    rows.position(account, market, sign * limit / 2, sign * limit);
  }
  expect_over(std::move(rows), no_id);
}

TEST_P(limits_parity, initial_requirement_alone_beyond_the_limit_is_named) {
  // No MM; IM ten times the notional: 2^60 x 10 > 2^62, and nothing else is beyond.
  hand_made_book rows(0, 10'000'000);
  const std::uint16_t market = rows.market(1);
  rows.account(7);
  rows.position(rows.account(0), market, limit / 16, limit / 16);
  rows.position(rows.account(0), market, limit / 4, limit / 4);
  expect_over(std::move(rows), 2);
}

TEST_P(limits_parity, requirements_at_the_limit_are_admitted) {
  hand_made_book rows(1'000'000, 1'000'000);
  const std::uint16_t market = rows.market(1);
  rows.position(rows.account(0), market, limit / 4, limit / 4);
  const std::uint32_t both = rows.account(0);
  for (int k = 0; k < 4; ++k) { rows.position(both, k == 0 ? market : rows.market(1), limit / 4, limit / 4); }
  expect_over(std::move(rows), no_id);
}

TEST_P(limits_parity, maintenance_one_lot_beyond_the_limit_is_named) {
  hand_made_book rows(1'000'000, 1'000'000);
  const std::uint16_t market = rows.market(1);
  const std::uint32_t both = rows.account(-1);  // Cash is at the limit then, and equity -1.
  for (int k = 0; k < 4; ++k) {
    rows.position(both, k == 0 ? market : rows.market(1), -limit / 4 - (k == 3 ? 1 : 0), -limit / 4 - (k == 3 ? 1 : 0));
  }
  expect_over(std::move(rows), 0);
}

INSTANTIATE_TEST_SUITE_P(backends, limits_parity, testing::ValuesIn(contenders()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace plimsoll::parity
