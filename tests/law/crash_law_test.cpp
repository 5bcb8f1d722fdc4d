// Ten thousand crashes of small venues through `replay`: nothing is made or lost, and no account pays that may not.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/law/crash.hpp"
#include "tests/law/shadow_book.hpp"

namespace plimsoll {
namespace {

scan_result scan_of(const book& source) {
  static const std::unique_ptr<backend> machine = make_cpu_backend(1);
  refusal_list refusals;
  EXPECT_TRUE(machine->load(source).has_value());
  auto scanned = scan_book(source, *machine, {}, refusals);
  EXPECT_TRUE(scanned.has_value()) << refusals.to_error().message;
  return std::move(scanned).value();
}

/// The amount by which the rounding of a fill may leave a winner below zero, in steps. The overlap check bounds its
/// lots by the unrounded haircut, and the value of the lots that it keeps is rounded on its own (docs/waterfall.md, the
/// overlap check).
constexpr std::int64_t rounding_of_a_fill = 1;

/// A unit that paid for others is not below zero. This is checked only if no order has moved the marks, so that the
/// waterfall's marks are the book's.
std::optional<std::string> check_equities(const replay& of, const shadow_book& shadow) {
  const book& now = of.state();
  const scan_result scan = scan_of(now);
  for (std::uint32_t unit = 0; unit < now.units.size(); ++unit) {
    const std::int64_t equity = scan.margin.units.equity[unit];
    const shadow_book::unit_key key{std::string(now.accounts[now.units.account[unit]]),
                                    now.unit_name(now.units.code[unit])};
    if (equity < -rounding_of_a_fill && shadow.winners().count(key) != 0) {
      return key.first + " " + key.second + " was deleveraged below zero: " + std::to_string(equity);
    }
    if (equity < 0 && shadow.payers().count(key) != 0) {
      return key.first + " " + key.second + " paid more than it had: " + std::to_string(equity);
    }
  }
  return std::nullopt;
}

/// One crash; returns the first violation.
std::optional<std::string> crash(std::uint64_t seed, std::set<std::string>& seen) {
  book opening = crash_book(seed);
  rulebook rules = crash_rules(opening, seed);
  auto made = replay::make(std::move(opening), rules, make_cpu_backend(1), {});
  if (!made) { return made.error().message; }
  replay& run = *made.value();
  shadow_book shadow(run);
  if (auto wrong = shadow.compare(run)) { return "at the opening: " + *wrong; }
  crash_path path(seed);
  for (int tick = 1; tick <= 4; ++tick) {
    const tick_marks marks = path.next_marks(run.state());
    const std::vector<update> updates = path.next_updates(run.state());
    refusal_list refusals;
    const std::size_t first_row = run.log().ticks.size();
    const status stepped = run.step(marks, updates, refusals);
    const auto at = [&](const std::string& what) { return "tick " + std::to_string(tick) + ": " + what; };
    if (!stepped) { return at(stepped.error().message); }
    if (auto wrong = shadow.take(run)) { return at(*wrong); }
    if (auto wrong = shadow.compare(run)) { return at(*wrong); }
    if (!run.log().orders.refused.empty()) { return at(run.log().orders.refused.front().reason); }
    const bool moved = run.log().ticks.size() == first_row || run.log().ticks[first_row].passes > 1;
    if (moved) {
      seen.insert("cascade");
    } else if (auto wrong = check_equities(run, shadow)) {
      return at(*wrong);
    }
  }
  seen.insert(shadow.steps().begin(), shadow.steps().end());
  return std::nullopt;
}

constexpr std::uint64_t parts = 10;
constexpr std::uint64_t seeds_per_part = 1'000;

class crash_law : public testing::TestWithParam<std::uint64_t> {};

TEST_P(crash_law, money_and_contracts_are_conserved_and_only_the_named_pay) {
  const char* alone = std::getenv("PLIMSOLL_SEED");
  const char* fewer = std::getenv("PLIMSOLL_CRASHES");  // Of each part, for a mutation run.
  std::uint64_t first = GetParam() * seeds_per_part;
  std::uint64_t last = first + (fewer != nullptr ? std::strtoull(fewer, nullptr, 10) : seeds_per_part);
  if (alone != nullptr) {
    const std::uint64_t seed = std::strtoull(alone, nullptr, 10);
    if (seed < first || seed >= last) { GTEST_SKIP() << "another part's seed"; }
    first = seed;
    last = seed + 1;
  }
  std::set<std::string> seen;
  for (std::uint64_t seed = first; seed < last; ++seed) {
    const auto wrong = crash(seed, seen);
    ASSERT_FALSE(wrong.has_value()) << "seed " << seed << ", " << *wrong << "\nAlone: PLIMSOLL_SEED=" << seed
                                    << " law_test --gtest_filter='*crash_law*'";
  }
  if (alone != nullptr || fewer != nullptr) { return; }
  for (const char* step :
       {"update", "cancel", "liquidate", "backstop", "insurance_fund", "adl", "socialise", "cascade"}) {
    EXPECT_EQ(seen.count(step), 1U) << "no crash reached " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, crash_law, testing::Range<std::uint64_t>(0, parts));

}  // namespace
}  // namespace plimsoll
