// Scores: the formulas of the design written a second time, over every combination of signs, zeros and infinities.
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/explain/score_terms.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/score.hpp"
#include "tests/support/edge_numbers.hpp"

namespace plimsoll {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The table of docs/design.md section 3, row by row, with its sentences about zeros below it.
double score_by_the_book(score_kind kind, const score_input& in) {
  const auto pnl = static_cast<double>(in.pnl);
  const auto notional = static_cast<double>(in.notional);
  const auto cost = static_cast<double>(in.cost);
  const double sign = in.pnl > 0 ? 1 : (in.pnl < 0 ? -1 : 0);
  const double r = in.cost == 0 ? (sign == 0 ? 0 : sign * infinity) : pnl / cost;
  const double l = in.equity <= 0 ? infinity : notional / static_cast<double>(in.equity);
  switch (kind) {
    case score_kind::pnl_leverage:
      if (r == 0 || (r < 0 && l == infinity)) { return 0; }
      if (r < 0 && l == 0) { return -infinity; }
      if (r > 0 && l == 0) { return 0; }  // No notional: even an infinite return ranks as 0.
      return r > 0 ? r * l : r / l;
    case score_kind::binance: {
      if (in.equity <= 0) { return 0; }
      const double profit = in.pnl > 0 ? pnl : 0;
      const double wallet = std::max(in.whole_unit, static_cast<double>(in.balance));
      return profit / wallet * (static_cast<double>(in.maintenance) / static_cast<double>(in.equity));
    }
    case score_kind::hyperliquid: {
      if (in.notional == 0 || in.cost == 0) { return 0; }
      const bool is_long = in.lots > 0;
      return (is_long == !in.inverse ? notional / cost : cost / notional) * l;
    }
    case score_kind::pnl: return pnl / in.whole_unit;
    case score_kind::return_on_cost: return r;
    case score_kind::leverage: return l;
    case score_kind::size: return std::fabs(static_cast<double>(in.lots)) * in.size_step;
    case score_kind::given: return in.given;
  }
  return 0;
}

void expect_score(score_kind kind, const score_input& in) {
  const double score = score_of(kind, in);
  ASSERT_FALSE(std::isnan(score));
  ASSERT_FALSE(score == 0 && std::signbit(score)) << "-0 is not a score";
  const double wanted = score_by_the_book(kind, in);
  ASSERT_EQ(std::bit_cast<std::uint64_t>(score), std::bit_cast<std::uint64_t>(wanted == 0 ? 0.0 : wanted))
      << to_string(kind) << " pnl " << in.pnl << " cost " << in.cost << " notional " << in.notional << " equity "
      << in.equity;
  ASSERT_NE(ladder_key(std::bit_cast<std::uint64_t>(score)), off_ladder);
}

TEST(score_law, no_combination_of_zeros_and_extremes_gives_nan) {
  constexpr std::int64_t most = std::int64_t{1} << 62;
  score_input in;
  for (in.pnl = 0; const std::int64_t pnl :
                   {-2 * most, -most, std::int64_t{-7}, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, most}) {
    in.pnl = pnl;
    for (const std::uint64_t cost : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{most}}) {
      in.cost = cost;
      for (const std::uint64_t notional : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{most}}) {
        in.notional = notional;
        for (const std::int64_t equity : {-most, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, most}) {
          in.equity = equity;
          for (const std::int64_t lots : {std::int64_t{-1}, std::int64_t{3}, most / 2}) {
            in.lots = lots;
            for (const std::int64_t maintenance : {std::int64_t{0}, std::int64_t{1}, most}) {
              in.maintenance = maintenance;
              for (const std::int64_t balance : {-most, std::int64_t{0}, most}) {
                in.balance = balance;
                for (const bool inverse : {false, true}) {
                  in.inverse = inverse;
                  in.whole_unit = lots < 0 ? 1 : 1e8;
                  in.size_step = lots < 0 ? 0.001 : 1;
                  in.given = static_cast<double>(pnl) / 3;
                  for (const score_traits& row : all_scores) { ASSERT_NO_FATAL_FAILURE(expect_score(row.kind, in)); }
                }
              }
            }
          }
        }
      }
    }
  }
}

RC_GTEST_PROP(score_law, scores_are_the_design_s_formulas_rounded_operation_by_operation, ()) {
  score_input in;
  in.pnl = *edges::signed_below_bits(62);
  in.cost = *edges::below_bits(62);
  in.notional = *edges::below_bits(62);
  in.lots = *edges::signed_below_bits(61);
  in.equity = *edges::signed_below_bits(62);
  in.maintenance = static_cast<std::int64_t>(*edges::below_bits(62));
  in.balance = *edges::signed_below_bits(62);
  in.whole_unit = *rc::gen::element(1.0, 100.0, 1e8, 1e18);
  in.size_step = *rc::gen::element(1.0, 0.001, 1000.0);
  in.inverse = *rc::gen::arbitrary<bool>();
  for (const score_traits& row : all_scores) { expect_score(row.kind, in); }
}

TEST(score_law, every_row_has_its_terms_its_formula_and_its_order) {
  score_input in;
  in.pnl = -3;
  in.cost = 7;
  in.notional = 4;
  in.lots = 1;
  in.equity = in.maintenance = in.balance = 5;
  for (const score_traits& row : all_scores) {
    SCOPED_TRACE(row.word);
    const auto terms = score_terms(row.kind, in, [](std::int64_t steps) { return std::to_string(steps); });
    for (const auto& [term, value] : terms.items()) { EXPECT_NE(value, "") << term << " is not a term of scores"; }
    const std::string formula = score_formula(row.word, terms);
    EXPECT_NE(formula, "");
    EXPECT_EQ(formula.find_first_of("{}"), std::string::npos) << formula;
    EXPECT_NE(score_order(row.word), "");
  }
  EXPECT_EQ(score_formula("no such score", {}), "");
}

RC_GTEST_PROP(ladder_key_law, keys_order_as_scores_do_and_give_the_bits_back, ()) {
  const auto any_score = [] {
    const std::uint64_t bits = *edges::any_bits();
    const double score = std::bit_cast<double>(bits);
    return std::isnan(score) ? infinity * (bits >> 63 ? -1.0 : 1.0) : (score == 0 ? 0.0 : score);
  };
  const double a = any_score();
  const double b = *rc::gen::element(any_score(), std::nextafter(a, infinity), std::nextafter(a, -infinity), -a, 0.0);
  const double c = b == 0 ? 0.0 : b;
  const std::uint64_t key_a = ladder_key(std::bit_cast<std::uint64_t>(a));
  const std::uint64_t key_c = ladder_key(std::bit_cast<std::uint64_t>(c));
  RC_ASSERT((a < c) == (key_a < key_c));
  RC_ASSERT((a == c) == (key_a == key_c));
  RC_ASSERT(score_bits_of(key_a) == std::bit_cast<std::uint64_t>(a));
  RC_ASSERT(key_a > off_ladder);
}

RC_GTEST_PROP(lights_law, lights_are_five_less_the_thresholds_reached, ()) {
  const std::uint64_t total = *edges::positive_below_bits(61);
  const std::uint64_t fifth =
      edges::wide(total) * *rc::gen::inRange<std::uint64_t>(0, 5) / 5 < total
          ? static_cast<std::uint64_t>(edges::wide(total) * *rc::gen::inRange<std::uint64_t>(0, 5) / 5)
          : 0;
  const std::uint64_t ahead = *rc::gen::element<std::uint64_t>(*edges::below_bits(61) % total, fifth,
                                                               std::min(fifth + 1, total - 1), total - 1);
  std::uint32_t reached = 0;
  for (std::uint32_t k = 1; k <= 4; ++k) { reached += ahead >= lights_threshold(k, total) ? 1 : 0; }
  RC_ASSERT(lights_of(ahead, total) == 5 - reached);
  RC_ASSERT(edges::cpp_int(lights_of(ahead, total)) == 5 - edges::wide(ahead) * 5 / total);
  RC_ASSERT(lights_of(ahead, total) >= 1);
}

}  // namespace
}  // namespace plimsoll
