// A screened tick gives the result of a judgement of every unit, on every backend, at every distance from the reference
// prices.
#include <random>

#include "host/engine/moves.hpp"
#include "host/engine/scan.hpp"
#include "kernels/rules/digest.hpp"
#include "tests/parity/backends.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::parity {
namespace {

using synthetic::make_book;
using synthetic::spec;

/// Prices with every mark moved by up to `share`, each by its own; staleness of one instrument turns where `turn` says
/// so.
tick_prices moved(const book& source, double share, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<mark> marks = source.marks;
  for (mark& one : marks) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-53 * 2 - 1;
    one.ticks =
        std::max<std::int64_t>(1, one.ticks + static_cast<std::int64_t>(static_cast<double>(one.ticks) * share * unit));
  }
  tick_prices prices;
  refusal_list refusals;
  EXPECT_TRUE(prepare_tick(source, marks, std::nullopt, prices, refusals));
  return prices;
}

class screen_parity : public testing::TestWithParam<contender> {
 protected:
  void SetUp() override {
    auto made = make(GetParam());
    if (made.machine == nullptr) { GTEST_SKIP() << "SKIPPED: " << made.missing; }
    machine_ = std::move(made.machine);
  }
  [[nodiscard]] bool emulated() const { return GetParam().kind == "emulated"; }

  std::unique_ptr<backend> machine_;
};

TEST_P(screen_parity, screened_is_full_at_every_distance) {
  std::uint64_t ruled_out = 0;
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      spec wanted;
      wanted.accounts = emulated() ? 400 : 4'000;
      wanted.seed = seed;
      wanted.collateral = mode;
      wanted.instruments = seed == 2 ? 3 : 100;
      wanted.held_share = seed == 3 ? 0.2 : 0.0;
      wanted.giant_share = seed == 4 ? 0.01 : 0.0005;
      book source = make_book(wanted);
      for (std::uint64_t unit = 0; unit < source.units.size(); ++unit) {
        source.units.call_hash.push_back(mix64(unit + seed));
      }
      const auto naive = make_naive_backend();
      expect_ok(machine_->load(source));
      expect_ok(naive->load(source));
      const tick_prices reference = moved(source, 0, 0);
      const move_groups groups = make_move_groups(source, reference);
      tick_judgement got;
      tick_judgement right;
      expect_ok(machine_->rebase(reference, groups, got));
      expect_ok(naive->rebase(reference, groups, right));
      expect_same(got, right);
      for (const double share : {0.0, 0.0001, 0.0005, 0.002, 0.01, 0.03, 0.06, 0.2}) {
        SCOPED_TRACE(testing::Message() << to_string(mode) << ", seed " << seed << ", moves of " << share);
        tick_prices now = moved(source, share, seed * 100);
        if (share == 0.002) { now.held[0] ^= 1U; }
        const auto screened = machine_->screen(now, moves_between(reference, now, groups), got);
        ASSERT_TRUE(screened) << screened.error().message;
        ASSERT_TRUE(screened.value());
        expect_ok(naive->rebase(now, groups, right));
        expect_same(got, right);
        EXPECT_LE(got.evaluated, source.units.size());
        ruled_out += source.units.size() - got.evaluated;
        // The score inputs are computed if a screen left them out.
        rank_result ladder;
        rank_result right_ladder;
        expect_ok(machine_->rank({}, ladder));
        expect_ok(naive->rank({}, right_ladder));
        parity::expect_same(ladder, right_ladder);
        // Judged in full: the same, and the state of the rebase stays.
        const auto reached = machine_->reached(moves_between(reference, now, groups));
        ASSERT_TRUE(reached) << reached.error().message;
        EXPECT_EQ(reached.value(), got.evaluated);
        expect_ok(machine_->judge(now, got));
        expect_same(got, right);
        EXPECT_EQ(got.evaluated, source.units.size());
        expect_ok(machine_->rank({}, ladder));
        parity::expect_same(ladder, right_ladder);
      }
    }
  }
  EXPECT_GT(ruled_out, 0U);
}

TEST_P(screen_parity, too_many_are_reported_and_nothing_is_judged) {
  spec wanted;
  wanted.accounts = 500;
  book source = make_book(wanted);
  expect_ok(machine_->load(source));
  const tick_prices reference = moved(source, 0, 0);
  const move_groups groups = make_move_groups(source, reference);
  tick_judgement got;
  tick_moves moves;
  EXPECT_EQ(machine_->screen(reference, moves, got).error().code, error_code::usage);
  EXPECT_EQ(machine_->reached(moves).error().code, error_code::usage);
  expect_ok(machine_->judge(reference, got));
  EXPECT_EQ(machine_->screen(reference, moves, got).error().code, error_code::usage);
  expect_ok(machine_->rebase(reference, groups, got));
  const tick_prices now = moved(source, 0.05, 3);
  moves = moves_between(reference, now, groups);
  ASSERT_TRUE(machine_->screen(now, moves, got).value());
  const std::uint64_t evaluated = got.evaluated;
  ASSERT_GT(evaluated, 1U);
  moves.evaluated_max = evaluated - 1;
  EXPECT_FALSE(machine_->screen(now, moves, got).value());
  EXPECT_EQ(machine_->reached(moves).value(), evaluated);
  rank_result ladder;
  EXPECT_EQ(machine_->rank({}, ladder).error().code, error_code::usage);
  moves.evaluated_max = evaluated;
  EXPECT_TRUE(machine_->screen(now, moves, got).value());
  EXPECT_EQ(got.evaluated, evaluated);
  expect_ok(machine_->rank({}, ladder));
}

INSTANTIATE_TEST_SUITE_P(every_backend, screen_parity, testing::ValuesIn(contenders()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace plimsoll::parity
