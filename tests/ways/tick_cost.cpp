// CPU time of a tick through the C++ interface, for tests/python/check_tick.py, which does the same through Python:
//
//     tick_cost BOOK TICKS small|crash|tables
//
// Marks of even and odd ticks differ by 0.05 % (small), or are 2 % and 3 % below the book's (crash). `tables` also
// makes `flagged` and `cover` as tables. Prints the nanoseconds of the least tick, the digest of the last one and its
// numbers of rows.
#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "plimsoll/plimsoll.h"
#include "plimsoll/scanner.hpp"

namespace {

void must(const plimsoll::status& outcome) {
  if (outcome) { return; }
  std::fprintf(stderr, "tick_cost: %s\n", outcome.error().message.c_str());
  std::exit(1);
}

std::int64_t cpu_ns() {
  timespec now{};
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

/// Tables of a tick, which nobody reads.
void make_tables(const plimsoll::tick_result& found) {
  ArrowArrayStream table;
  must(plimsoll::scanner::export_flagged(found, table));
  table.release(&table);
  must(plimsoll::scanner::export_cover(found, table));
  table.release(&table);
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) { return 2; }
  const std::string kind = words[3];
  const bool crash = kind != "small";
  plimsoll::scanner scan = std::move(plimsoll::scanner::make({.backend = "cpu", .threads = 1})).value();
  must(scan.load(words[1]));
  std::vector<plimsoll::mark_update> marks[2];
  for (std::uint32_t id = 0; id < scan.instruments(); ++id) {
    const std::int64_t ticks = scan.describe_instrument(id).value().mark.value().raw;
    marks[0].push_back({id, {crash ? ticks * 98 / 100 : ticks}});
    marks[1].push_back({id, {crash ? ticks * 97 / 100 : ticks + ticks / 2000}});
  }
  plimsoll::tick_result found;
  must(scan.tick(marks[0], found));
  must(scan.tick(marks[1], found));
  const int ticks = std::atoi(words[2]);
  std::int64_t least_ns = std::numeric_limits<std::int64_t>::max();
  for (int tick = 0; tick < ticks; ++tick) {
    const std::int64_t began = cpu_ns();
    must(scan.tick(marks[tick % 2], found));
    if (kind == "tables") { make_tables(found); }
    least_ns = std::min(least_ns, cpu_ns() - began);
  }
  std::printf("%" PRId64 " %016" PRIx64 " %zu %zu\n", least_ns, found.tick_digest, found.flagged.size(),
              found.cover.size());
  return 0;
}
