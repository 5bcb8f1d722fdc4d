// Warm ticks of the engine on a device need no new resource: no memory, stream, event or graph is made.
#include <array>

#include "host/backend/device_backend.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/emulator/support.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::emulated {
namespace {

using steady_engine = device_test;

/// Marks of a tick, each `share` off the book's own.
std::vector<mark_update> moved(const book& source, double share) {
  std::vector<mark_update> marks;
  for (std::uint32_t i = 0; i < source.marks.size(); ++i) {
    const std::int64_t ticks = source.marks[i].ticks;
    if (ticks > 0) {
      marks.push_back(
          {i, {std::max<std::int64_t>(1, ticks + static_cast<std::int64_t>(static_cast<double>(ticks) * share))}});
    }
  }
  return marks;
}

/// Deposits to some accounts: changes of units alone.
std::vector<update> deposits(const book& source, std::uint32_t first) {
  std::vector<update> updates;
  for (std::uint32_t account = first; account < source.accounts.size(); account += 9) {
    update one;
    one.kind = update_kind::deposit;
    one.account = source.accounts[account];
    one.asset = source.reference.quote;
    one.amount = {1};
    updates.push_back(std::move(one));
  }
  return updates;
}

TEST_F(steady_engine, makes_nothing_on_the_device_whichever_way_it_judges) {
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    SCOPED_TRACE(to_string(collateral));
    synthetic::spec wanted;
    wanted.accounts = sized(400);
    wanted.instruments = 6;
    wanted.collateral = collateral;
    wanted.held_share = 0;
    wanted.giant_share = 0;
    const book source = synthetic::make_book(wanted);
    tick_engine engine(make_emulated_backend().value(),
                       {.evaluated_least = source.units.size() / 2, .spare_share = 0.5});
    ASSERT_TRUE(engine.load(book(source)));
    tick_result tick;
    std::array<int, 3> covered{};  // Screened, rebased, judged.
    std::uint64_t made = 0;
    for (int round = 0; round < 3; ++round) {
      if (round == 2) { made = objects_made(); }
      for (const double share : {-0.3, -0.2997, -0.2996, 0.0, 0.0003, 0.0001}) {
        ASSERT_TRUE(engine.apply(deposits(source, static_cast<std::uint32_t>(round))));
        const status outcome = engine.tick(moved(source, share), tick);
        ASSERT_TRUE(outcome) << outcome.error().message;
        ASSERT_EQ(tick.backend, "emulated");
        if (round == 2) { EXPECT_EQ(objects_made(), made) << share; }
        const bool rebased = tick.full_because == "marks moved too far for the screen";
        if (round == 2 && !tick.cover.empty()) { ++covered[tick.screened ? 0U : rebased ? 1U : 2U]; }
      }
    }
    if (under_tsan) { continue; }  // Too few accounts for every path.
    for (const int of_a_way : covered) { EXPECT_GT(of_a_way, 0); }
  }
}

}  // namespace
}  // namespace plimsoll::emulated
