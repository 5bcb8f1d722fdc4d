// A day of ticks: memory stays flat, and the machine's copy never drifts from the host's book.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "host/backend/choose.hpp"
#include "host/book/live_book.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/engine/feed.hpp"
#include "tests/engine/same_tick.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

using feed::difference;
using feed::lines_of;

/// Bytes of this process in memory.
std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  file >> pages >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

TEST(soak, a_day_of_ticks_on_a_small_venue) {
  constexpr int hours = 24;
  const char* const wanted = std::getenv("PLIMSOLL_TICKS");
  const int ticks_an_hour = wanted == nullptr ? 3'600 : std::max(1, std::atoi(wanted) / hours);
  synthetic::spec venue;
  venue.accounts = 150;
  venue.instruments = 8;
  venue.seed = 77;
  venue.giant_share = 0;
  venue.held_share = 0;
  book start = synthetic::make_book(venue);
  const book base = start;  // Marks stay about where they began.
  feed::source from(77);
  from.opens_isolated = false;
  tick_engine engine(make_backend("cpu", 1).value(), {.threads = 1});
  ASSERT_TRUE(engine.load(std::move(start)));
  const ledger_sums opening = sums_of(engine.snapshot(), engine.system());
  tick_result tick;
  tick_result again;
  std::uint64_t screened = 0;
  std::uint64_t applied = 0;
  std::uint64_t memory_early = 0;
  std::uint64_t columns_early = 0;
  for (int hour = 0; hour < hours; ++hour) {
    for (int second = 0; second < ticks_an_hour; ++second) {
      for (std::uint64_t left = from.below(3); left > 0; --left) {
        const update one = from.next_update(engine.columns());
        applied += engine.apply({&one, 1}) ? 1 : 0;
      }
      ASSERT_TRUE(engine.tick(from.next_marks(base, from.below(50) == 0 ? 0.05 : 0.002), tick));
      screened += tick.screened ? 1 : 0;
    }
    // The host's book against a batch scan of it, and against a machine that has never seen an update.
    const book dense = engine.snapshot();
    const auto batch = make_backend("cpu", 1).value();
    refusal_list refusals;
    ASSERT_TRUE(batch->load(dense));
    const auto scan = scan_book(dense, *batch, {}, refusals);
    ASSERT_TRUE(scan);
    ASSERT_TRUE(engine.tick({}, again));
    ASSERT_EQ(difference(lines_of(again), lines_of(dense, scan.value())), "") << "hour " << hour;
    ASSERT_EQ(state_digest(engine.columns()), state_digest(dense));
    ASSERT_EQ(sums_of(dense, engine.system()), opening) << "hour " << hour;
    ASSERT_EQ(sums_of(engine.columns(), engine.system()), opening) << "hour " << hour << ", vacant slots included";
    if (hour == 3) {
      memory_early = resident_bytes();
      columns_early = engine.bytes();
    }
  }
  std::printf(
      "%d ticks, %lu screened, %lu updates; %lu KiB of columns, after four hours %lu; %lu KiB resident, after four "
      "hours %lu\n",
      hours * ticks_an_hour, screened, applied, engine.bytes() / 1024, columns_early / 1024, resident_bytes() / 1024,
      memory_early / 1024);
  EXPECT_GT(screened, static_cast<std::uint64_t>(hours) * static_cast<std::uint64_t>(ticks_an_hour) / 2);
  EXPECT_LE(engine.bytes(), columns_early * 2);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // They keep freed memory.
  EXPECT_LE(resident_bytes(), memory_early + (std::uint64_t{4} << 20));
#endif
}

}  // namespace
}  // namespace plimsoll
