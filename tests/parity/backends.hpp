// The backends that must agree, and what agreement means: every byte.
#pragma once

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/backend/backend.hpp"
#include "host/backend/choose.hpp"
#include "host/backend/cpu/vector_targets.hpp"
#include "tests/support/naive_backend.hpp"

namespace plimsoll::parity {

/// A backend under test, by name: "cpu_1", "cpu_avx2", "emulated", "cuda".
struct contender {
  std::string name;
  std::string kind;
  int threads = 0;
  std::string vector{};  ///< Of a CPU: the instruction set of its loops; blank: the best there is.
  friend void PrintTo(const contender& one, std::ostream* out) { *out << one.name; }
};

inline const std::vector<contender>& contenders() {
  static const std::vector<contender> all = {{"cpu_1", "cpu", 1},
                                             {"cpu_2", "cpu", 2},
                                             {"cpu_7", "cpu", 7},
                                             {"cpu_plain", "cpu", 2, "plain"},
#if defined(__aarch64__)
                                             {"cpu_neon", "cpu", 2, "neon"},
#else
                                             {"cpu_avx2", "cpu", 2, "avx2"},
                                             {"cpu_avx512", "cpu", 2, "avx512"},
#endif
                                             {"emulated", "emulated", 0},
                                             {"cuda", "cuda", 0}};
  return all;
}

/// The backend, or null with the reason why this machine has none.
struct made_backend {
  std::unique_ptr<backend> machine;
  std::string missing;
};
inline made_backend make(const contender& wanted) {
  if (!use_vector_target(wanted.vector)) { return {nullptr, "this processor or this build has no " + wanted.vector}; }
  auto made = make_backend(wanted.kind, wanted.threads);
  if (made) { return {std::move(made).value(), ""}; }
  EXPECT_EQ(made.error().code, error_code::device_missing) << made.error().message;
  return {nullptr, made.error().message};
}

inline void expect_ok(const status& outcome) { EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message); }

/// Index of the first difference, for messages; -1 if there is none.
template <class T, class Equal>
std::ptrdiff_t first_difference(const std::vector<T>& a, const std::vector<T>& b, const Equal& equal) {
  if (a.size() != b.size()) { return static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())); }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!equal(a[i], b[i])) { return static_cast<std::ptrdiff_t>(i); }
  }
  return -1;
}
template <class T>
std::ptrdiff_t first_difference(const std::vector<T>& a, const std::vector<T>& b) {
  return first_difference(a, b, [](const T& x, const T& y) { return x == y; });
}

inline void expect_same(const margin_result& got, const margin_result& wanted) {
  ASSERT_EQ(got.over_limit, wanted.over_limit);
  if (wanted.over_limit != no_id) { return; }  // The tick is refused; nothing else has a meaning.
  EXPECT_EQ(first_difference(got.units.verdicts, wanted.units.verdicts,
                             [](verdict a, verdict b) { return a.bits == b.bits; }),
            -1);
  EXPECT_EQ(first_difference(got.units.equity, wanted.units.equity), -1);
  EXPECT_EQ(first_difference(got.units.margin_equity, wanted.units.margin_equity), -1);
  EXPECT_EQ(first_difference(got.units.maintenance_ppm, wanted.units.maintenance_ppm), -1);
  EXPECT_EQ(first_difference(got.units.initial_ppm, wanted.units.initial_ppm), -1);
  EXPECT_EQ(first_difference(got.flagged, wanted.flagged), -1);
  for (int state = 0; state < 4; ++state) { EXPECT_EQ(got.counts[state], wanted.counts[state]) << "state " << state; }
  EXPECT_EQ(got.held, wanted.held);
}

inline void expect_same(const rank_result& got, const rank_result& wanted) {
  EXPECT_EQ(first_difference(got.keys, wanted.keys), -1);
  EXPECT_EQ(first_difference(got.lights, wanted.lights), -1);
  EXPECT_EQ(first_difference(got.totals, wanted.totals), -1);
  EXPECT_EQ(first_difference(got.first_entry, wanted.first_entry), -1);
  EXPECT_EQ(first_difference(got.entries, wanted.entries,
                             [](const ladder_entry& a, const ladder_entry& b) {
                               return a.position == b.position && a.key == b.key;
                             }),
            -1);
}

inline void expect_same(const tick_judgement& got, const tick_judgement& wanted) {
  ASSERT_EQ(got.over_limit, wanted.over_limit);
  if (wanted.over_limit != no_id) { return; }
  for (int state = 0; state < 4; ++state) { EXPECT_EQ(got.counts[state], wanted.counts[state]) << "state " << state; }
  EXPECT_EQ(got.held, wanted.held);
  EXPECT_EQ(got.call_hashes, wanted.call_hashes);
  EXPECT_EQ(first_difference(got.records, wanted.records,
                             [](const unit_record& a, const unit_record& b) {
                               return a.unit == b.unit && a.outcome.bits == b.outcome.bits && a.equity == b.equity &&
                                      a.margin_equity == b.margin_equity && a.maintenance_ppm == b.maintenance_ppm;
                             }),
            -1);
}

/// Demands on every side with positions: one lot, a fifth, all but one, all, and more than there is, in turn.
inline std::vector<cover_demand> demands_on(const book& source, const std::vector<std::uint64_t>& totals) {
  std::vector<cover_demand> demands;
  for (std::uint32_t segment = 0; segment < source.sides.segments(); ++segment) {
    const std::uint64_t total = totals[segment];
    const std::uint64_t choices[] = {1, total / 5 + 1, total > 1 ? total - 1 : 1, total + (total == 0 ? 1U : 0U),
                                     total + 7};
    if (segment % 7 != 6) { demands.push_back({segment, choices[segment % 5]}); }
  }
  return demands;
}

/// Every request that a tick allows, made to both: margin published and lean, then every kind of rank request.
inline void expect_agreement(const book& source, const tick_prices& prices, backend& machine, backend& naive) {
  expect_ok(naive.load(source));
  expect_ok(machine.load(source));
  for (const bool publish : {true, false}) {
    SCOPED_TRACE(publish ? "published" : "lean");
    margin_result got;
    margin_result wanted;
    expect_ok(naive.margin(prices, publish, wanted));
    expect_ok(machine.margin(prices, publish, got));
    expect_same(got, wanted);
    if (wanted.over_limit != no_id) { continue; }
    rank_result wanted_totals;
    expect_ok(naive.rank({false, false, {}}, wanted_totals));
    const std::vector<cover_demand> demands = demands_on(source, wanted_totals.totals);
    // A scan publishes and requests everything; a tick of a replay is lean and may request only the cover.
    const std::vector<rank_request> requests = publish
                                                   ? std::vector<rank_request>{{true, false, demands}, {true, true, {}}}
                                                   : std::vector<rank_request>{{false, false, demands},
                                                                               {true, false, {}},
                                                                               {true, false, demands, true},
                                                                               {true, true, {}, true},
                                                                               {false, false, {}}};
    for (const rank_request& request : requests) {
      SCOPED_TRACE(std::string("lights ") + (request.lights ? "yes" : "no") + ", full " +
                   (request.full_ladder ? "yes" : "no") + ", prefixes only " + (request.prefixes_only ? "yes" : "no"));
      rank_result got_ranks;
      rank_result wanted_ranks;
      expect_ok(naive.rank(request, wanted_ranks));
      expect_ok(machine.rank(request, got_ranks));
      expect_same(got_ranks, wanted_ranks);
    }
  }
}

}  // namespace plimsoll::parity
