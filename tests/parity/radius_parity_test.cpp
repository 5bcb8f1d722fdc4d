// Radii and groups of small units are the same on every backend, to the last code: because the law of radii tests only
// one backend.
#include <algorithm>
#include <set>

#include "host/backend/cpu/screen_units_cpu.hpp"
#include "host/engine/moves.hpp"
#include "host/engine/scan.hpp"
#include "tests/parity/backends.hpp"
#include "tests/parity/hand_made_book.hpp"
#include "tests/support/edge_units.hpp"

namespace plimsoll::parity {
namespace {

/// The radius and groups of every unit at the book's own marks.
struct radii {
  tick_prices prices;
  move_groups groups;
  screen_cpu kept;

  explicit radii(const book& source) {
    refusal_list refusals;
    EXPECT_TRUE(prepare_tick(source, source.marks, edge_units::as_of_ns, prices, refusals));
    groups = make_move_groups(source, prices);
    resident_cpu resident;
    tick_cpu tick;
    unit_cache cache;
    tick_judgement out;
    make_resident(source, resident);
    prepare_tick_cpu(resident, prices, tick);
    rebase_units(resident, tick, groups, kept, cache, out);
  }
  /// The number of candidates of such moves.
  [[nodiscard]] std::uint64_t reached(const tick_moves& moves) const {
    std::uint64_t count = 0;
    for (std::size_t unit = 0; unit < kept.radius.size(); ++unit) {
      count += moves.of_groups[kept.unit_groups[unit]] >= kept.radius[unit] ? 1 : 0;
    }
    return count;
  }
};

tick_moves moves_of(std::uint32_t groups, std::uint32_t code) {
  tick_moves moves;
  for (std::uint32_t set = 0; set < 256; ++set) {
    if ((set & groups) != 0) { moves.of_groups[set] = static_cast<std::uint16_t>(code); }
  }
  return moves;
}

class radius_parity : public testing::TestWithParam<contender> {
 protected:
  void SetUp() override {
    auto made = make(GetParam());
    if (made.machine == nullptr) { GTEST_SKIP() << "SKIPPED: " << made.missing; }
    machine_ = std::move(made.machine);
  }

  void expect_reached(const radii& right, std::uint32_t groups, std::uint32_t code) {
    const tick_moves moves = moves_of(groups, code);
    const auto got = machine_->reached(moves);
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got.value(), right.reached(moves)) << "groups " << groups << ", code " << code;
  }

  /// At every radius that some unit has, and one below; for every group by itself at a few.
  void expect_radii(const radii& right) {
    std::set<std::uint32_t> all(right.kept.radius.data(), right.kept.radius.data() + right.kept.radius.size());
    std::uint32_t turn = 0;
    for (const std::uint32_t radius : all) {
      expect_reached(right, 255, radius);
      if (radius > 0) { expect_reached(right, 255, radius - 1); }
      if (++turn % 8 != 0) { continue; }
      for (std::uint32_t bit = 0; bit < 8; ++bit) { expect_reached(right, 1U << bit, radius); }
    }
  }

  std::unique_ptr<backend> machine_;
};

TEST_P(radius_parity, radii_are_the_same_to_the_last_code) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const book source = edge_units::make_book({.seed = seed, .accounts = 60, .markets = 12});
    const radii right(source);
    tick_judgement out;
    expect_ok(machine_->load(source));
    expect_ok(machine_->rebase(right.prices, right.groups, out));
    expect_radii(right);
  }
}

TEST_P(radius_parity, radii_of_changed_units_are_those_that_a_rebase_would_make) {
  for (std::uint64_t seed = 11; seed <= 14; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    book source = edge_units::make_book({.seed = seed, .accounts = 40, .markets = 6});
    tick_judgement out;
    {
      const radii before(source);
      expect_ok(machine_->load(source));
      expect_ok(machine_->rebase(before.prices, before.groups, out));
    }
    // Every third unit has more cash and, where there are any, smaller positions and other balances of other assets.
    std::vector<std::uint32_t> units, positions, collateral;
    const bool multi = !source.units.first_collateral.empty();
    for (std::uint32_t unit = 0; unit < source.units.size(); unit += 3) {
      units.push_back(unit);
      source.units.cash[unit] = source.units.cash[unit] / 2 + 3;
      for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
        source.positions.lots[p] =
            p % 5 == 0 ? 0 : source.positions.lots[p] / 2 + (source.positions.lots[p] > 0 ? 1 : 0);
        positions.push_back(p);
      }
      for (std::uint32_t row = multi ? source.units.first_collateral[unit] : 0;
           multi && row < source.units.first_collateral[unit + 1]; ++row) {
        source.collateral.amount[row] = row % 3 == 0 ? 0 : -source.collateral.amount[row] / 2;
        collateral.push_back(row);
      }
    }
    std::vector<std::uint32_t> entries(source.sides.position.size());
    for (std::uint32_t entry = 0; entry < entries.size(); ++entry) { entries[entry] = entry; }
    expect_ok(machine_->apply({.units = units, .positions = positions, .entries = entries, .collateral = collateral}));
    const radii right(source);
    expect_radii(right);
    expect_ok(
        machine_->rebase(right.prices, right.groups, out));  // Now by tiles, with vacant slots among the positions.
    expect_radii(right);
  }
}

TEST_P(radius_parity, long_rows_have_the_radius_and_the_groups_of_all_their_parts) {
  for (const std::uint32_t length : {9U, 127U, 128U, 129U, 4'095U, 4'096U, 4'097U}) {
    SCOPED_TRACE(length);
    hand_made_book rows;
    const std::int64_t worth = std::int64_t{length} * 1'000 * (100 + length / 4);  // About.
    const std::int64_t without_other_side = length % 2 == 0 ? 0 : 1'000 * (100 + length / 2);
    const std::uint32_t account = rows.account(worth / 30 + without_other_side);
    std::uint16_t market = 0;
    for (std::uint32_t k = 0; k < length; ++k) {
      // The largest open interest, and so every group but the rest's, is with the last of them.
      if (k % 2 == 0) { market = rows.market(100 + k / 2); }
      rows.position(account, market, k % 2 == 0 ? -1'000 : 1'000, 0);
    }
    const book source = rows.assemble();
    const radii right(source);
    ASSERT_GT(right.kept.radius[0], 1U);
    ASSERT_LT(right.kept.radius[0], move_code_max);
    tick_judgement out;
    expect_ok(machine_->load(source));
    expect_ok(machine_->rebase(right.prices, right.groups, out));
    for (std::uint32_t bit = 0; bit < 8; ++bit) {
      expect_reached(right, 1U << bit, right.kept.radius[0]);
      expect_reached(right, 1U << bit, right.kept.radius[0] - 1U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(backends, radius_parity, testing::ValuesIn(contenders()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace plimsoll::parity
