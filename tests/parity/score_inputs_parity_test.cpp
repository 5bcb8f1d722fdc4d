// The score inputs after a screen or a rebase, for each path by which a CPU backend computes them: the ladders are
// those of a pass over all units.
#include <random>

#include "host/backend/cpu/backend_cpu.hpp"
#include "host/engine/moves.hpp"
#include "kernels/rules/digest.hpp"
#include "tests/parity/backends.hpp"
#include "tests/support/changing_book.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::parity {
namespace {

using synthetic::make_tick;

constexpr std::uint64_t never = std::uint64_t{1} << 32;

/// A few of the demands, at least one.
std::vector<cover_demand> some_of(const std::vector<cover_demand>& demands, std::mt19937_64& random) {
  std::vector<cover_demand> chosen;
  const std::uint64_t one_in = 1 + random() % demands.size();
  const std::uint64_t surely = random() % demands.size();
  for (std::size_t i = 0; i < demands.size(); ++i) {
    if (i == surely || random() % one_in == 0) { chosen.push_back(demands[i]); }
  }
  return chosen;
}

/// The number of uses of each path.
struct ways {
  int asked = 0, all = 0;
};

void rank_alike(backend& machine, backend& naive, const rank_request& request, ways& seen) {
  rank_result got;
  rank_result wanted;
  expect_ok(machine.rank(request, got));
  expect_ok(naive.rank(request, wanted));
  expect_same(got, wanted);
  for (const stage_time& one : machine.times()) {
    seen.asked += one.stage == "inputs_asked" ? 1 : 0;
    seen.all += one.stage == "inputs" ? 1 : 0;
  }
}

void expect_alike(const synthetic::spec& wanted, std::uint64_t units_passed, int threads, ways& seen) {
  SCOPED_TRACE(testing::Message() << to_string(wanted.collateral) << ", " << to_string(wanted.score) << ", "
                                  << units_passed << " units passed, " << threads << " threads");
  std::mt19937_64 random(wanted.seed);
  book made = synthetic::make_book(wanted);
  for (std::uint64_t unit = 0; unit < made.units.size(); ++unit) { made.units.call_hash.push_back(mix64(unit)); }
  changing_book changing(made, wanted.seed);
  const book& source = changing.get();
  const auto machine = make_cpu_backend(threads, {.units_passed = units_passed});
  const auto naive = make_naive_backend();
  expect_ok(machine->load(source));
  tick_prices reference = make_tick(source);
  const move_groups groups = make_move_groups(source, reference);
  tick_judgement got;
  tick_judgement right;
  for (int step = 0; step < 12; ++step) {
    SCOPED_TRACE(testing::Message() << "step " << step);
    expect_ok(machine->apply(changing.change(step % 3 == 0 ? 3 : 40).view()));
    tick_prices now = make_tick(source, step % 4 == 3 ? -0.03 : 0.001 * (step % 5));
    if (step % 5 == 4) { now.held[random() % now.held.size()] ^= 1U; }
    if (step % 4 == 0) {
      reference = now;
      expect_ok(machine->rebase(now, groups, got));
    } else {
      ASSERT_TRUE(machine->screen(now, moves_between(reference, now, groups), got).value());
    }
    // Requested in between, which must not change the tick's results.
    if (step % 2 == 1) { ASSERT_TRUE(machine->reached(moves_between(reference, make_tick(source, 0.2), groups))); }
    expect_ok(naive->load(source));
    expect_ok(naive->rebase(now, groups, right));
    expect_same(got, right);
    rank_result totals;
    expect_ok(naive->rank({false, false, {}}, totals));
    const std::vector<cover_demand> demands = demands_on(source, totals.totals);
    for (int again = 0; again < 3; ++again) {
      const std::vector<cover_demand> some = some_of(demands, random);
      rank_alike(*machine, *naive, {false, false, some, true}, seen);
    }
    if (step % 3 == 2) { rank_alike(*machine, *naive, {true, false, demands}, seen); }
    if (testing::Test::HasFailure()) { return; }
  }
}

TEST(score_inputs_parity, ladders_are_the_same_whichever_units_are_evaluated) {
  int turn = 0;
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    for (const score_traits& row : all_scores) {
      const score_kind score = row.kind;
      for (const std::uint64_t units_passed : {std::uint64_t{0}, std::uint64_t{3}, never}) {
        synthetic::spec wanted;
        wanted.accounts = 700;
        wanted.instruments = turn % 2 == 0 ? 30 : 5;
        wanted.collateral = mode;
        wanted.score = score;
        wanted.seed = 90 + static_cast<std::uint64_t>(turn);
        wanted.giant_share = turn % 3 == 0 ? 0.01 : 0.0005;
        ways seen;
        expect_alike(wanted, units_passed, std::array{1, 2, 7}[static_cast<std::size_t>(turn / 3) % 3], seen);
        EXPECT_EQ(seen.asked > 0, units_passed != never);
        EXPECT_GT(seen.all, 0);
        ++turn;
      }
    }
  }
}

}  // namespace
}  // namespace plimsoll::parity
