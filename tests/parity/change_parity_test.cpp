// A resident book that changes: after each batch of changes a backend gives the same results as for the same book
// loaded again, and as the naive one.
#include "host/engine/moves.hpp"
#include "kernels/rules/digest.hpp"
#include "tests/parity/backends.hpp"
#include "tests/support/changing_book.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::parity {
namespace {

using synthetic::make_book;
using synthetic::make_tick;
using synthetic::spec;

book hashed_book(const spec& wanted) {
  book source = make_book(wanted);
  for (std::uint64_t unit = 0; unit < source.units.size(); ++unit) {
    source.units.call_hash.push_back(mix64(unit + wanted.seed));
  }
  return source;
}

class change_parity : public testing::TestWithParam<contender> {
 protected:
  void SetUp() override {
    machine_ = machine();
    if (machine_ == nullptr) { GTEST_SKIP() << "SKIPPED: " << missing_; }
  }
  std::unique_ptr<backend> machine() {
    auto made = make(GetParam());
    missing_ = made.missing;
    return std::move(made.machine);
  }
  [[nodiscard]] bool emulated() const { return GetParam().kind == "emulated"; }

  /// Screen, ranks and now and then a margin pass, of the changed book, of the same book loaded again, and of the naive
  /// backend.
  void expect_fresh(const book& source, const tick_prices& reference, const tick_prices& now, const move_groups& groups,
                    bool with_margin) {
    const auto fresh = machine();
    const auto naive = make_naive_backend();
    expect_ok(fresh->load(source));
    expect_ok(naive->load(source));
    tick_judgement got;
    tick_judgement reloaded;
    tick_judgement right;
    expect_ok(fresh->rebase(reference, groups, reloaded));
    const tick_moves moves = moves_between(reference, now, groups);
    const auto screened = machine_->screen(now, moves, got);
    ASSERT_TRUE(screened) << screened.error().message;
    ASSERT_TRUE(screened.value());
    ASSERT_TRUE(fresh->screen(now, moves, reloaded).value());
    expect_ok(naive->rebase(now, groups, right));
    expect_same(got, right);
    expect_same(reloaded, right);
    EXPECT_EQ(got.evaluated, reloaded.evaluated);  // The same radii, whether changed or made at once.
    rank_result ladder;
    rank_result right_ladder;
    rank_result wanted_totals;
    expect_ok(naive->rank({false, false, {}}, wanted_totals));
    const std::vector<cover_demand> demands = demands_on(source, wanted_totals.totals);
    for (const rank_request& request : {rank_request{true, false, demands}, rank_request{true, false, demands, true}}) {
      expect_ok(machine_->rank(request, ladder));
      expect_ok(naive->rank(request, right_ladder));
      parity::expect_same(ladder, right_ladder);
    }
    if (!with_margin) { return; }
    margin_result figures;
    margin_result right_figures;
    expect_ok(machine_->margin(now, true, figures));
    expect_ok(naive->margin(now, true, right_figures));
    parity::expect_same(figures, right_figures);
  }

  std::unique_ptr<backend> machine_;
  std::string missing_;
};

TEST_P(change_parity, changed_in_place_is_loaded_again) {
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    for (const score_kind score : {score_kind::pnl_leverage, score_kind::binance, score_kind::given}) {
      spec wanted;
      wanted.accounts = emulated() ? 250 : 1'000;
      wanted.instruments = score == score_kind::binance ? 90 : 9;  // The market maker is a long unit, or is not.
      wanted.collateral = mode;
      wanted.score = score;
      wanted.seed = 40 + static_cast<std::uint64_t>(score);
      changing_book changing(hashed_book(wanted), wanted.seed);
      const book& source = changing.get();
      const tick_prices reference = make_tick(source);
      const move_groups groups = make_move_groups(source, reference);
      expect_ok(machine_->load(source));
      change_lists before = changing.change(50);  // Before any rebase.
      expect_ok(machine_->apply(before.view()));
      tick_judgement got;
      expect_ok(machine_->rebase(reference, groups, got));
      const int steps = emulated() ? 12 : 40;
      for (int step = 0; step < steps; ++step) {
        SCOPED_TRACE(testing::Message() << to_string(mode) << ", " << to_string(score) << ", step " << step);
        const change_lists changes = step == 5 ? changing.everything() : changing.change(step % 3 == 0 ? 3 : 60);
        expect_ok(machine_->apply(changes.view()));
        if (step % 4 == 3) { expect_ok(machine_->apply(changing.change(20).view())); }  // Twice between two ticks.
        const double move = step % 5 == 4 ? -0.03 : 0.001 * (step % 7);
        expect_fresh(source, reference, make_tick(source, move), groups, step % 4 == 1);
        if (HasFailure()) { return; }
      }
    }
  }
}

TEST_P(change_parity, retiered_in_place_is_loaded_again) {
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    spec wanted;
    wanted.accounts = emulated() ? 250 : 1'000;
    wanted.instruments = mode == collateral_mode::multi ? 90 : 9;
    wanted.collateral = mode;
    wanted.score = score_kind::binance;  // Maintenance is in the scores.
    wanted.seed = 70;
    changing_book changing(hashed_book(wanted), wanted.seed);
    const book& source = changing.get();
    const tick_prices reference = make_tick(source);
    const move_groups groups = make_move_groups(source, reference);
    expect_ok(machine_->load(source));
    tick_judgement got;
    int reloads = 0;
    for (int step = 0; step < 10; ++step) {
      SCOPED_TRACE(testing::Message() << to_string(mode) << ", step " << step);
      if (step == 0 || step % 3 != 1) { expect_ok(machine_->rebase(reference, groups, got)); }
      if (step % 3 == 2) {
        ASSERT_TRUE(machine_->screen(make_tick(source, 0.001),
                                     moves_between(reference, make_tick(source, 0.001), groups), got));
      }
      changing.change_tiers(step == 7 ? 200 : 1 + static_cast<std::uint32_t>(step));
      const auto taken = machine_->retier();
      ASSERT_TRUE(taken) << taken.error().message;
      reloads += taken.value() ? 0 : 1;
      if (!taken.value()) { expect_ok(machine_->load(source)); }
      rank_result ladder;
      EXPECT_EQ(machine_->rank({}, ladder).error().code, error_code::usage);  // The last judgement used the old tiers.
      expect_ok(machine_->apply(changing.change(20).view()));
      if (step % 3 == 1 || !taken.value()) {
        expect_ok(machine_->rebase(reference, groups, got));
      } else {
        change_lists all;  // Every unit with positions: some of its instruments are retiered.
        for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) { all.units.push_back(unit); }
        expect_ok(machine_->apply(all.view()));
      }
      expect_fresh(source, reference, make_tick(source, 0.001 * step), groups, step % 2 == 0);
      if (HasFailure()) { return; }
    }
    EXPECT_EQ(reloads, machine_->name() == "cpu" ? 0 : 1);  // Tiers that do not fit are refused.
  }
}

TEST_P(change_parity, other_tiers_need_a_book) { EXPECT_EQ(machine_->retier().error().code, error_code::usage); }

TEST_P(change_parity, changes_need_a_book_and_end_a_tick) {
  const book source = hashed_book({.accounts = 50});
  book_changes none;
  EXPECT_EQ(machine_->apply(none).error().code, error_code::usage);
  expect_ok(machine_->load(source));
  expect_ok(machine_->apply(none));
  rank_result ladder;
  expect_ok(machine_->rebase(make_tick(source), make_move_groups(source, make_tick(source)),
                             *std::make_unique<tick_judgement>()));
  expect_ok(machine_->rank({}, ladder));
  expect_ok(machine_->apply(none));
  EXPECT_EQ(machine_->rank({}, ladder).error().code, error_code::usage);  // The last judgement is of the book before.
}

INSTANTIATE_TEST_SUITE_P(every_backend, change_parity, testing::ValuesIn(contenders()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace plimsoll::parity
