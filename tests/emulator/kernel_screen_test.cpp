// The screen's kernels under every schedule: radii kept through changes, ordered lists, more records than one copy to
// the host holds, more changes than a half of the ring holds, a tick that cannot be recorded.
#include "host/backend/device_backend.hpp"
#include "host/engine/moves.hpp"
#include "kernels/resident/change_feed.hpp"
#include "kernels/scan/unit_tiles.hpp"
#include "kernels/screen/screen_types.hpp"
#include "tests/emulator/support.hpp"
#include "tests/support/changing_book.hpp"
#include "tests/support/naive_backend.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::emulated {
namespace {

using synthetic::make_book;
using synthetic::make_tick;
using synthetic::spec;

std::unique_ptr<backend> emulated_backend() {
  auto made = make_emulated_backend();
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? std::move(made).value() : nullptr;
}

void expect_ok(const status& outcome) { EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message); }

void expect_equal(const tick_judgement& got, const tick_judgement& wanted) {
  for (int state = 0; state < 4; ++state) { EXPECT_EQ(got.counts[state], wanted.counts[state]) << "state " << state; }
  EXPECT_EQ(got.held, wanted.held);
  EXPECT_EQ(got.call_hashes, wanted.call_hashes);
  EXPECT_EQ(got.over_limit, wanted.over_limit);
  ASSERT_EQ(got.records.size(), wanted.records.size());
  for (std::size_t i = 0; i < got.records.size(); ++i) {
    const unit_record& a = got.records[i];
    const unit_record& b = wanted.records[i];
    const bool same = a.unit == b.unit && a.outcome.bits == b.outcome.bits && a.equity == b.equity &&
                      a.margin_equity == b.margin_equity && a.maintenance_ppm == b.maintenance_ppm;
    ASSERT_TRUE(same) << "record " << i << ", units " << a.unit << " and " << b.unit;
  }
}

book hashed_book(const spec& wanted) {
  book source = make_book(wanted);
  for (std::uint64_t unit = 0; unit < source.units.size(); ++unit) { source.units.call_hash.push_back(mixed(unit)); }
  return source;
}

/// A book on the device and in the naive backend, and the prices that radii are measured from.
struct pair_of_backends {
  const book& source;
  std::unique_ptr<backend> device = emulated_backend();
  std::unique_ptr<backend> naive = make_naive_backend();
  std::unique_ptr<backend> cpu = make_cpu_backend(1);  ///< Whose radii the device's must be.
  tick_prices reference = make_tick(source);
  move_groups groups = make_move_groups(source, reference);

  explicit pair_of_backends(const book& of) : source(of) {
    expect_ok(device->load(source));
    expect_ok(naive->load(source));
    expect_ok(cpu->load(source));
  }
  void apply(const change_lists& changes) {
    expect_ok(device->apply(changes.view()));
    expect_ok(cpu->apply(changes.view()));
  }
  void rebase() {
    tick_judgement got;
    tick_judgement wanted;
    expect_ok(cpu->rebase(reference, groups, got));
    expect_ok(device->rebase(reference, groups, got));
    expect_ok(naive->rebase(reference, groups, wanted));
    expect_equal(got, wanted);
  }
  /// Units evaluated.
  std::uint64_t screen(double move) {
    const tick_prices now = make_tick(source, move);
    tick_judgement got;
    tick_judgement wanted;
    const auto screened = device->screen(now, moves_between(reference, now, groups), got);
    EXPECT_TRUE(screened) << (screened ? "" : screened.error().message);
    EXPECT_TRUE(screened && screened.value());
    expect_ok(naive->rebase(now, groups, wanted));
    expect_equal(got, wanted);
    const std::uint64_t evaluated = got.evaluated;
    EXPECT_TRUE(cpu->screen(now, moves_between(reference, now, groups), got).value());
    EXPECT_EQ(evaluated, got.evaluated) << "move " << move;
    return evaluated;
  }
  /// The same for every unit; the state of the rebase stays.
  void judge(double move) {
    const tick_prices now = make_tick(source, move);
    tick_judgement got;
    tick_judgement wanted;
    expect_ok(naive->judge(now, wanted));
    for (backend* const machine : {device.get(), cpu.get()}) {
      expect_ok(machine->judge(now, got));
      expect_equal(got, wanted);
      EXPECT_EQ(got.evaluated, source.units.size());
    }
    const std::uint64_t evaluated = screen(move);
    for (backend* const machine : {device.get(), cpu.get()}) {
      EXPECT_EQ(machine->reached(moves_between(reference, now, groups)).value(), evaluated);
    }
  }
};

class kernel_screen : public scheduled_test {};

TEST_P(kernel_screen, units_around_warps_blocks_and_tiles) {
  for (const std::uint32_t units : {1U, 3U, 15U, 17U, 31U, 33U, 255U, 257U, 4'095U, 4'096U, 4'097U, 8'193U}) {
    SCOPED_TRACE(units);
    if (units > sized(1 << 16)) { break; }
    spec wanted = synthetic::one_unit_an_account(units, units);
    wanted.positions_per_account = 1;
    wanted.instruments = 5;
    const book source = hashed_book(wanted);
    pair_of_backends both(source);
    both.rebase();
    for (const double move : {0.0, 0.004, -0.2}) { both.judge(move); }
  }
}

TEST_P(kernel_screen, changes_of_every_kind) {
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    SCOPED_TRACE(to_string(mode));
    spec wanted;
    wanted.accounts = sized(300);
    wanted.instruments = 90;  // The market maker's row is long.
    wanted.collateral = mode;
    wanted.seed = 77;
    changing_book changing(hashed_book(wanted), 5);
    pair_of_backends both(changing.get());
    both.rebase();
    for (int step = 0; step < (slow_build ? 2 : 5); ++step) {
      SCOPED_TRACE(step);
      const change_lists changes = changing.change(40);
      both.apply(changes);
      both.screen(step % 2 == 0 ? 0.002 : -0.03);
      margin_result figures;  // Over tiles cut again; and the prices on the device are no longer the reference.
      margin_result wanted_figures;
      const tick_prices now = make_tick(changing.get(), 0.05);
      expect_ok(both.device->margin(now, false, figures));
      expect_ok(both.naive->margin(now, false, wanted_figures));
      EXPECT_EQ(figures.flagged, wanted_figures.flagged);
    }
  }
}

TEST_P(kernel_screen, rows_of_a_block_and_of_several) {
  if (under_tsan) { GTEST_SKIP() << "SKIPPED: rows of thousands of positions"; }
  for (const std::uint32_t instruments :
       {64U, 65U, 2'048U, 2'049U, 3'000U, 5'000U}) {  // The market maker holds both sides of each.
    SCOPED_TRACE(instruments);
    if (slow_build && instruments != 3'000U) { continue; }
    spec wanted;
    wanted.accounts = slow_build ? 4 : 60;
    wanted.instruments = instruments;
    wanted.isolated_share = 0;
    wanted.inverse_share = 0;
    wanted.held_share = 0;
    book source = hashed_book(wanted);
    changing_book changing(source, 1);
    pair_of_backends both(changing.get());
    both.rebase();
    both.judge(-0.2);
    for (int step = 1; step < (slow_build ? 2 : 16); ++step) { both.screen(0.004 * step); }
    both.apply(changing.everything());
    both.screen(0.01);
    source.units.cash[0] = -(std::int64_t{1} << 61);  // Bankrupt, so that its figures are reported.
    pair_of_backends poor(source);
    poor.rebase();
    poor.screen(0.01);
  }
}

TEST_P(kernel_screen, long_rows_among_short_ones) {
  spec wanted;
  wanted.accounts = sized(24);
  wanted.positions_per_account = 250;
  wanted.instruments = 500;
  wanted.isolated_share = 0.02;
  wanted.bankrupt_share = 0.4;
  const book source = hashed_book(wanted);
  const unit_cut cut = cut_units(source.units.first_position);
  if (!slow_build) { ASSERT_GT(cut.long_units.size(), 5U); }
  pair_of_backends both(source);
  both.rebase();
  for (const double move : {0.0, 0.01, -0.2}) { both.judge(move); }
}

/// A judgement at the reference itself, as though every mark had moved by that code.
std::uint64_t evaluated_at(backend& machine, const pair_of_backends& both, std::uint32_t code) {
  tick_moves moves;
  moves.of_groups.fill(static_cast<std::uint16_t>(code));
  tick_judgement got;
  EXPECT_TRUE(machine.screen(both.reference, moves, got).value());
  return got.evaluated;
}

TEST_P(kernel_screen, a_radius_is_the_same_to_the_last_code) {
  if (slow_build) { GTEST_SKIP() << "SKIPPED: rows of thousands of positions"; }
  for (const std::uint32_t instruments : {10U, 200U, 5'000U}) {  // A row of a few lanes, of a block, of several.
    SCOPED_TRACE(instruments);
    spec wanted;
    wanted.accounts = 1;
    wanted.instruments = instruments;
    wanted.isolated_share = 0;
    wanted.inverse_share = 0;
    wanted.held_share = 0;
    wanted.giant_share = 0;
    book source = make_book(wanted);
    ASSERT_EQ(source.units.size(), 1U);
    // Just below a floor, which is within range; and small: sums beyond 2^57 have no radius.
    const tick_prices prices = make_tick(source);
    for (std::size_t p = 0; p < source.positions.size(); ++p) {
      const tier_view tiers = source.tiers_of(source.positions.instrument[p]);
      const value_rate& rate = prices.rates[source.positions.instrument[p]];
      const std::uint64_t floor = tiers.count > 1 ? tiers.bands[1].floor : 1'000'000;
      const auto lots = static_cast<std::int64_t>(floor / 32 * 31 * rate.den / rate.num);
      source.positions.lots[p] = source.positions.lots[p] > 0 ? lots : -lots;
    }
    margin_result figures;
    const auto naive = make_naive_backend();
    expect_ok(naive->load(source));
    expect_ok(naive->margin(make_tick(source), true, figures));
    // Four fifths above the requirement: safe, but a small move changes that.
    source.units.cash[0] +=
        static_cast<std::int64_t>(figures.units.maintenance_ppm[0] / 10'000'000 * 18) - figures.units.equity[0];
    pair_of_backends both(source);
    both.rebase();
    std::uint32_t below = 0;
    std::uint32_t reached = move_code_max;
    while (reached - below > 1) {
      const std::uint32_t code = (below + reached) / 2;
      (evaluated_at(*both.cpu, both, code) == 1 ? reached : below) = code;
    }
    ASSERT_GT(below, 1'000U);
    ASSERT_LT(reached, move_code_max);
    EXPECT_EQ(evaluated_at(*both.device, both, below), 0U);
    EXPECT_EQ(evaluated_at(*both.device, both, reached), 1U);
  }
}

TEST_P(kernel_screen, no_book_at_all) {
  spec none;
  none.accounts = 0;
  none.market_maker = false;
  const book source = make_book(none);
  pair_of_backends both(source);
  both.rebase();
  EXPECT_EQ(both.screen(0.01), 0U);
  both.apply({});
}

INSTANTIATE_TEST_SUITE_P(schedules, kernel_screen, ::testing::ValuesIn(every_schedule),
                         [](const auto& each) { return name_of(each.param); });

TEST_F(device_test, kernel_screen_more_records_than_one_copy_holds) {
  spec wanted = synthetic::one_unit_an_account(sized(40'000), 3);
  wanted.positions_per_account = 1.5;
  wanted.bankrupt_share = 0.9;
  const book source = make_book(wanted);
  pair_of_backends both(source);
  both.rebase();
  tick_judgement got;
  const tick_prices now = make_tick(source, 0.01);
  ASSERT_TRUE(both.device->screen(now, moves_between(both.reference, now, both.groups), got).value());
  ASSERT_GT(got.records.size(), slow_build ? host_records / 2 : 16'384 + host_records);  // More than one round.
  both.screen(0.01);
}

TEST_F(device_test, kernel_screen_more_changes_than_a_half_of_the_ring_holds) {
  spec wanted;
  wanted.accounts = sized(9'000);
  changing_book changing(hashed_book(wanted), 1);
  pair_of_backends both(changing.get());
  both.rebase();
  static_cast<void>(changing.change(2'000));
  const change_lists changes = changing.everything();
  if (!slow_build) {
    ASSERT_GT(changes.units.size() * 32 + changes.positions.size() * 16 + changes.entries.size() * 40,
              5 * change_feed::half_bytes);
  }
  both.apply(changes);
  const std::uint64_t evaluated = both.screen(0.003);
  both.rebase();
  EXPECT_EQ(both.screen(0.003), evaluated);  // Radii made at once are those that changes left.
  both.apply(changes);
  EXPECT_EQ(both.screen(0.003), evaluated);
}

TEST_F(device_test, kernel_screen_a_tick_is_recorded_once_and_replayed) {
  const book source = hashed_book({.accounts = 100});
  pair_of_backends both(source);
  both.rebase();
  both.screen(0.001);
  const std::uint64_t before = call_count();
  both.screen(0.02);
  EXPECT_LT(call_count() - before, 8U);  // A launch, a wait, the clock; recorded kernels are not calls.
  EXPECT_EQ(both.device->times().back().stage, "screen");
}

TEST_F(device_test, kernel_screen_a_tick_that_cannot_be_recorded_is_given_pass_by_pass) {
  const book source = hashed_book({.accounts = 100});
  int unrecorded = 0;
  for (std::uint64_t ahead = 1; ahead < 24; ++ahead) {
    SCOPED_TRACE(ahead);
    pair_of_backends both(source);
    both.rebase();
    inject_fault(call_count() + ahead, fault_kind::fault);
    tick_judgement got;
    const tick_prices now = make_tick(source, 0.01);
    const auto screened = both.device->screen(now, moves_between(both.reference, now, both.groups), got);
    reset_device();
    both.screen(0.01);
    unrecorded += screened && both.device->times().back().stage == "screen_unrecorded" ? 1 : 0;
  }
  EXPECT_EQ(unrecorded, 10);  // A copy up, three kernels, a copy to the host, and what records them.
}

TEST(unit_tiles, buffers_of_a_load_fit_every_cut) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    std::vector<std::uint32_t> first{0};
    const std::uint64_t units = 1 + mixed(seed) % 3'000;
    for (std::uint64_t unit = 0; unit < units; ++unit) {
      const std::uint64_t bits = mixed(seed * 10'007 + unit);
      const std::uint64_t length = seed % 4 == 0   ? bits % 5
                                   : seed % 4 == 1 ? bits % 140
                                   : seed % 4 == 2 ? 120 + bits % 12
                                                   : (bits % 3 == 0 ? 129 : 1);
      first.push_back(first.back() + static_cast<std::uint32_t>(length));
    }
    const unit_cut cut = cut_units(first);
    EXPECT_LE(cut.tiles.size(), tiles_max(units, first.back())) << seed;
    EXPECT_LE(cut.long_units.size(), long_units_max(first.back())) << seed;
  }
}

TEST(row_parts, buffers_of_a_load_fit_all) {
  for (const std::size_t length : {4'097U, 8'192U, 8'193U, 12'289U, 1'000'001U}) {
    for (const std::size_t rows : {1U, 2U, 7U}) {
      const std::size_t parts = rows * ((length - 1) / row_policy::part_positions + 1);
      EXPECT_LE(parts, parts_max(rows * length)) << length;
      EXPECT_LE(rows, parted_rows_max(rows * length)) << length;
    }
  }
}

TEST(unit_tiles, a_cut_holds_until_a_tile_overflows) {
  std::vector<std::uint32_t> first{0};
  for (std::uint32_t unit = 0; unit < 2'000; ++unit) { first.push_back(first.back() + 8); }
  const unit_cut cut = cut_units(first);
  for (const unit_tile& tile : cut.tiles) {
    SCOPED_TRACE(tile.first_unit);
    const std::uint32_t end = tile.first_unit + tile.unit_count;
    const std::uint32_t headroom = tile_policy::tile_positions - (first[end] - first[tile.first_unit]);
    for (const std::uint32_t moved : {tile.first_unit, end}) {
      if (moved == 0) { continue; }
      const std::uint32_t one[] = {moved};
      for (const bool too_far : {false, true}) {
        std::vector<std::uint32_t> now = first;
        const std::uint32_t by = headroom + (too_far ? 1 : 0);
        now[moved] = moved == end ? now[moved] + by : now[moved] - by;
        EXPECT_EQ(cut_holds(cut, now, one), !too_far);
      }
    }
    const std::uint32_t inside[] = {tile.first_unit + 1};
    EXPECT_TRUE(cut_holds(cut, first, inside));
  }
}

TEST_F(device_test, kernel_screen_rows_that_move_far_are_cut_again) {
  spec wanted;
  wanted.accounts = sized(3'000);
  changing_book changing(hashed_book(wanted), 8);
  pair_of_backends both(changing.get());
  both.rebase();
  for (int step = 0; step < (slow_build ? 3 : 30); ++step) {
    const change_lists changes = changing.move_rows(300);
    both.apply(changes);
    both.screen(0.01);
    rank_result ladder;
    rank_result wanted_ladder;
    expect_ok(both.device->rank({.lights = false}, ladder));
    expect_ok(both.naive->rank({.lights = false}, wanted_ladder));
    ASSERT_EQ(ladder.keys, wanted_ladder.keys) << step;
  }
}

// ------------------------------------------------------------------------------------------------- faults

/// A day of a resident book: changes, screened ticks, ranks.
struct day {
  changing_book changing;
  std::vector<change_lists> changes;
  tick_prices reference, now;
  move_groups groups;

  static day make() {
    spec wanted;
    wanted.accounts = 200;
    wanted.instruments = 70;
    wanted.collateral = collateral_mode::multi;
    changing_book book_then(hashed_book(wanted), 3);
    day made{std::move(book_then), {}, {}, {}, {}};
    made.reference = make_tick(made.changing.get());
    made.now = make_tick(made.changing.get(), -0.02);
    made.groups = make_move_groups(made.changing.get(), made.reference);
    return made;
  }
};

/// Applies, rebases and screens a book that has changed meanwhile; the first failure, or the last judgement.
status run_day(const day& of, const change_lists& all, tick_judgement& out) {
  auto made = make_emulated_backend();
  if (!made) { return std::move(made).error(); }
  backend& machine = *made.value();
  PLIMSOLL_TRY(machine.load(of.changing.get()));
  PLIMSOLL_TRY(machine.apply(all.view()));
  PLIMSOLL_TRY(machine.rebase(of.reference, of.groups, out));
  PLIMSOLL_TRY(machine.apply(all.view()));
  for (int tick = 0; tick < 2; ++tick) {
    const auto screened = machine.screen(of.now, moves_between(of.reference, of.now, of.groups), out);
    if (!screened) { return screened.error(); }
  }
  rank_result ladder;
  return machine.rank({}, ladder);
}

class screen_faults : public device_test, public ::testing::WithParamInterface<fault_kind> {};

TEST_P(screen_faults, each_call_in_turn) {
  const day of = day::make();
  const change_lists all = of.changing.everything();
  tick_judgement wanted;
  const std::size_t live_before = live_objects();
  reset_device();
  expect_ok(run_day(of, all, wanted));
  const std::uint64_t calls = call_count();
  ASSERT_GT(calls, 100U);
  EXPECT_EQ(live_objects(), live_before);
  const std::uint64_t stride = slow_build ? 13 : 1;
  std::uint64_t failed = 0;
  for (std::uint64_t call = 0; call < calls; call += stride) {
    SCOPED_TRACE(call);
    reset_device();
    inject_fault(call, GetParam());
    tick_judgement got;
    const status outcome = run_day(of, all, got);
    EXPECT_EQ(live_objects(), live_before);
    if (outcome) {
      expect_equal(got, wanted);
      continue;
    }
    ++failed;
    const error_code code = outcome.error().code;
    EXPECT_NE(code, error_code::usage) << outcome.error().message;
    EXPECT_NE(code, error_code::invariant_broken) << outcome.error().message;
    if (GetParam() == fault_kind::lost) { EXPECT_EQ(code, error_code::device_lost); }
  }
  // Two waits at the end fail nothing. Pinned memory has a fallback, and so has a recording; no other call may fail
  // unnoticed.
  EXPECT_GE(failed * stride + (GetParam() == fault_kind::lost ? 2 : 48), calls);
}

INSTANTIATE_TEST_SUITE_P(kinds, screen_faults,
                         ::testing::Values(fault_kind::out_of_memory, fault_kind::fault, fault_kind::lost),
                         [](const auto& each) {
                           return each.param == fault_kind::out_of_memory ? "out_of_memory"
                                  : each.param == fault_kind::fault       ? "fault"
                                                                          : "lost";
                         });

TEST_F(device_test, screen_faults_half_arrived_changes_need_a_new_load) {
  day of = day::make();
  const change_lists all = of.changing.everything();
  const auto device = emulated_backend();
  const tick_moves moves = moves_between(of.reference, of.now, of.groups);
  for (std::uint64_t ahead = 0; ahead < 14; ++ahead) {
    SCOPED_TRACE(ahead);
    tick_judgement got;
    expect_ok(device->load(of.changing.get()));
    expect_ok(device->rebase(of.reference, of.groups, got));
    inject_fault(call_count() + ahead, fault_kind::fault);
    const bool applied = device->apply(all.view()).has_value();
    const auto screened = device->screen(of.now, moves, got);
    if (!applied) {
      EXPECT_EQ(screened.error().code, error_code::usage);
      EXPECT_EQ(device->apply(all.view()).error().code, error_code::usage);
    }
    reset_device();
  }
}

TEST_F(device_test, screen_faults_a_fault_in_a_tick_leaves_the_book_usable) {
  const book source = hashed_book({.accounts = 100});
  pair_of_backends both(source);
  both.rebase();
  const tick_prices now = make_tick(source, 0.01);
  const tick_moves moves = moves_between(both.reference, now, both.groups);
  for (std::uint64_t ahead = 0; ahead < 30; ++ahead) {
    SCOPED_TRACE(ahead);
    tick_judgement got;
    inject_fault(call_count() + ahead, fault_kind::fault);
    static_cast<void>(both.device->screen(now, moves, got));
    static_cast<void>(both.device->rank({}, *std::make_unique<rank_result>()));
    reset_device();
    both.screen(0.01);
  }
}

TEST_F(device_test, screen_faults_a_lost_device_stays_lost) {
  const day of = day::make();
  const change_lists all = of.changing.everything();
  const tick_moves moves = moves_between(of.reference, of.now, of.groups);
  for (int which = 0; which < 3; ++which) {
    reset_device();
    const auto device = emulated_backend();
    tick_judgement got;
    expect_ok(device->load(of.changing.get()));
    expect_ok(device->rebase(of.reference, of.groups, got));
    inject_fault(call_count() + 3, fault_kind::lost);
    const status outcome = which == 0   ? device->apply(all.view())
                           : which == 1 ? device->rebase(of.reference, of.groups, got)
                                        : [&]() -> status {
      const auto screened = device->screen(of.now, moves, got);
      return screened ? ok() : status(screened.error());
    }();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, error_code::device_lost);
    reset_device();
    EXPECT_EQ(device->apply(all.view()).error().code, error_code::device_lost);
    EXPECT_EQ(device->rebase(of.reference, of.groups, got).error().code, error_code::device_lost);
    EXPECT_EQ(device->screen(of.now, moves, got).error().code, error_code::device_lost);
    EXPECT_EQ(device->load(of.changing.get()).error().code, error_code::device_lost);
  }
}

}  // namespace
}  // namespace plimsoll::emulated
