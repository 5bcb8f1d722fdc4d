// CPU time of a steady tick of an executor after 1,000 fills, beside the same tick of scanners without one:
//
//     acting_cost BOOK ACCOUNTS TICKS [RATIO]
//
// BOOK is one that `plimsoll generate` made with so many accounts and nobody in distress. One scanner only ticks, a
// second one takes the same fills as the executor's. Their ticks alternate, so that other programs on the machine touch
// all alike; marks of even and odd ticks differ by 0.05 %. Prints the median of each in microseconds and the ratio of
// the executor's tick to that of the second scanner; exits 1 above RATIO.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "plimsoll/executor.hpp"
#include "plimsoll/scanner.hpp"

namespace {

constexpr int fills_per_tick = 1'000;

void must(const plimsoll::status& outcome) {
  if (outcome) { return; }
  std::fprintf(stderr, "acting_cost: %s\n", outcome.error().message.c_str());
  std::exit(2);
}

template <class T>
T must(plimsoll::result<T> outcome) {
  if (!outcome) { must(plimsoll::status(outcome.error())); }
  return std::move(outcome).value();
}

double cpu_us() {
  timespec now{};
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <class Call>
double spent_us(const Call& call) {
  const double began = cpu_us();
  must(call());
  return cpu_us() - began;
}

double median(std::vector<double> of) {
  std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2), of.end());
  return of[of.size() / 2];
}

std::string account_name(std::uint64_t number) {
  std::string digits = std::to_string(number);
  return "acc-" + std::string(8 - digits.size(), '0') + digits;
}

/// Sales of one lot of what accounts hold, at the mark: nobody comes nearer to liquidation.
std::vector<plimsoll::update> trades(const plimsoll::scanner& scan,
                                     const std::vector<plimsoll::instrument_description>& instruments,
                                     std::uint64_t accounts, std::mt19937_64& draw) {
  std::vector<plimsoll::update> out;
  while (out.size() < fills_per_tick) {
    const std::string name = account_name(1 + draw() % (accounts - 1));
    const plimsoll::account_report report = must(scan.account(name));
    for (const plimsoll::unit_report& unit : report.units) {
      for (const plimsoll::position_report& held : unit.positions) {
        const plimsoll::instrument_description& it = instruments[held.instrument];
        if (std::abs(held.lots.raw) < 2 || out.size() == fills_per_tick) { continue; }
        plimsoll::update one;
        one.kind = plimsoll::update_kind::fill;
        one.account = name;
        one.instrument = held.instrument;
        one.lots = {held.lots.raw > 0 ? -1 : 1};
        one.side = plimsoll::side_of(held.lots);
        one.price = {static_cast<plimsoll::int128>(it.mark->raw) * it.price_step.mantissa, it.price_step.scale};
        out.push_back(std::move(one));
      }
    }
  }
  return out;
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) { return 2; }
  const std::uint64_t accounts = std::strtoull(words[2], nullptr, 10);
  const int ticks = std::atoi(words[3]);
  plimsoll::scanner alone = must(plimsoll::scanner::make({.backend = "cpu", .threads = 1}));
  plimsoll::scanner filled = must(plimsoll::scanner::make({.backend = "cpu", .threads = 1}));
  plimsoll::scanner acted_on = must(plimsoll::scanner::make({.backend = "cpu", .threads = 1}));
  must(alone.load(words[1]));
  must(filled.load(words[1]));
  must(acted_on.load(words[1]));
  plimsoll::executor acting = must(plimsoll::executor::make(acted_on, {}));
  std::vector<plimsoll::instrument_description> instruments;
  std::vector<plimsoll::mark_update> marks[2];
  for (std::uint32_t id = 0; id < alone.instruments(); ++id) {
    instruments.push_back(must(alone.describe_instrument(id)));
    if (!instruments.back().mark) { continue; }
    const std::int64_t mark = instruments.back().mark->raw;
    marks[0].push_back({id, {mark}});
    marks[1].push_back({id, {mark + mark / 2'000}});
  }
  std::mt19937_64 draw(7);
  plimsoll::tick_result found;
  plimsoll::execution done;
  std::vector<double> tick_us, filled_us, run_us, apply_us;
  std::uint64_t plans = 0;
  for (int tick = 0; tick < 2 * ticks; ++tick) {
    const double plain = spent_us([&] { return alone.tick(marks[tick % 2], found); });
    const std::vector<plimsoll::update> fills = trades(acted_on, instruments, accounts, draw);
    const double applied = spent_us([&] {
      const auto count_applied = acted_on.apply(fills);
      return count_applied ? plimsoll::ok() : plimsoll::status(count_applied.error());
    });
    if (!filled.apply(fills)) { return 2; }
    const double after_fills = spent_us([&] { return filled.tick(marks[tick % 2], found); });
    const double ran = spent_us([&] { return acting.run(tick + 1, marks[tick % 2], found, done); });
    if (tick < ticks) { continue; }  // The venue comes to rest.
    tick_us.push_back(plain);
    apply_us.push_back(applied);
    filled_us.push_back(after_fills);
    run_us.push_back(ran);
    plans += done.plans.size();
  }
  const double ratio = median(run_us) / median(filled_us);
  std::printf(
      "%llu accounts, %d ticks: %.0f us alone, %.0f us after %d fills (%.0f us to apply), %.0f us of an executor "
      "after the same (%.1f plans a tick), ratio %.2f\n",
      static_cast<unsigned long long>(accounts), ticks, median(tick_us), median(filled_us), fills_per_tick,
      median(apply_us), median(run_us), static_cast<double>(plans) / static_cast<double>(tick_us.size()), ratio);
  return count > 4 && ratio > std::atof(words[4]) ? 1 : 0;
}
