// The device work of each call, and the number of waits of the host: on a GPU each launch costs some microseconds, each
// copy and each wait more. A change of these numbers is a change of speed.
#include <ostream>

#include <gtest/gtest.h>

#include "host/backend/device_backend.hpp"
#include "host/engine/moves.hpp"
#include "tests/emulator/support.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::emulated {

void PrintTo(const device_work& work, std::ostream* out) {
  *out << work.kernels << " kernels, " << work.algorithms << " algorithms, " << work.fills << " fills, "
       << work.copies_up << " copies up, " << work.copies_to_host << " home, " << work.waits << " waits";
}
bool operator==(const device_work& a, const device_work& b) {
  return a.kernels == b.kernels && a.algorithms == b.algorithms && a.fills == b.fills && a.copies_up == b.copies_up &&
         a.copies_to_host == b.copies_to_host && a.waits == b.waits;
}

namespace {

class counted_calls : public device_test {
 protected:
  counted_calls() {
    synthetic::spec wanted;
    wanted.accounts = 400;  // Few enough that every record is copied to the host with the header.
    wanted.instruments = 8;
    source_ = synthetic::make_book(wanted);
    machine_ = make_emulated_backend().value();
    EXPECT_TRUE(machine_->load(source_));
    reference_ = synthetic::make_tick(source_);
    groups_ = make_move_groups(source_, reference_);
    EXPECT_TRUE(machine_->rebase(reference_, groups_, judged_));
  }

  template <class Call>
  device_work work_of(const Call& call) {
    reset_device();
    EXPECT_TRUE(call());
    return work_done();
  }

  book source_;
  std::unique_ptr<backend> machine_;
  tick_prices reference_;
  move_groups groups_;
  tick_judgement judged_;
};

TEST_F(counted_calls, of_a_screened_tick) {
  const tick_prices now = synthetic::make_tick(source_, 0.001);
  const tick_moves moves = moves_between(reference_, now, groups_);
  const auto screen = [&] { return machine_->screen(now, moves, judged_).has_value(); };
  ASSERT_TRUE(screen());  // The first one records the graph.
  // Search and short rows; long rows and sums; records.
  EXPECT_EQ(work_of(screen),
            (device_work{.kernels = 3, .algorithms = 0, .fills = 0, .copies_up = 1, .copies_to_host = 1, .waits = 1}));
}

TEST_F(counted_calls, of_a_full_tick) {
  const auto judge = [&] { return machine_->judge(reference_, judged_).has_value(); };
  // Begin, tiles, long units by short and long rows; count, sum, write.
  EXPECT_EQ(work_of(judge),
            (device_work{.kernels = 7, .algorithms = 0, .fills = 0, .copies_up = 1, .copies_to_host = 1, .waits = 1}));
}

TEST_F(counted_calls, of_a_new_reference) {
  const auto rebase = [&] { return machine_->rebase(reference_, groups_, judged_).has_value(); };
  EXPECT_EQ(work_of(rebase),
            (device_work{.kernels = 7, .algorithms = 0, .fills = 0, .copies_up = 2, .copies_to_host = 1, .waits = 1}));
}

TEST_F(counted_calls, of_covers_from_ladders_of_many_tiles) {
  synthetic::spec wanted;
  wanted.accounts = 20'000;
  wanted.instruments = 1;
  const book source = synthetic::make_book(wanted);
  const auto machine = make_emulated_backend().value();
  ASSERT_TRUE(machine->load(source));
  margin_result margins;
  ASSERT_TRUE(machine->margin(synthetic::make_tick(source), true, margins));
  const cover_demand demands[] = {{0, 50}, {1, 50}};
  rank_result ranked;
  const auto cover = [&] {
    return machine->rank({.lights = false, .demands = demands, .prefixes_only = true}, ranked).has_value();
  };
  const device_work work = work_of(cover);
  ASSERT_GT(ranked.entries.size(), 2U);
  // Scores; plan; seven digits, ties; winners counted and written; their segments, their places. Ladders of one tile
  // would add a launch each for tiny and small ones.
  EXPECT_EQ(work.kernels, 14U);
  EXPECT_EQ(work.algorithms, 2U);  // The sorts by key and by segment.
  EXPECT_EQ(work.fills, 2U);       // Totals, histograms.
}

/// The column of ids, the cut of entries, tiers, tables by id and the reference; no position, balance or entry.
TEST_F(counted_calls, of_a_listing) {
  const auto relist = [&] {
    const auto taken = machine_->relist(reference_, groups_);
    return taken && taken.value();
  };
  const device_work work = work_of(relist);
  EXPECT_EQ(work.kernels, 0U);
  EXPECT_EQ(work.fills, 0U);
  EXPECT_LE(work.copies_up, 14U);
}

TEST_F(counted_calls, of_other_prices_for_what_nobody_holds) {
  const auto reprice = [&] {
    const auto taken = machine_->reprice(reference_);
    return taken && taken.value();
  };
  const device_work work = work_of(reprice);
  EXPECT_EQ(work.kernels, 0U);
  EXPECT_EQ(work.copies_up, 1U);
}

}  // namespace
}  // namespace plimsoll::emulated
