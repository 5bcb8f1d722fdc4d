// Hand-worked scores, ladder keys, lights and digests. Figures are powers of two if possible, because they are exact in
// binary.
#include <bit>
#include <limits>

#include <gtest/gtest.h>

#include "kernels/rules/digest.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/score.hpp"

namespace plimsoll {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Profit 1 on a cost of 4; notional 8, equity 4 (leverage 2).
constexpr score_input winner{
    .pnl = 1, .cost = 4, .notional = 8, .lots = 3, .equity = 4, .maintenance = 2, .balance = 4};

constexpr score_input with_pnl(std::int64_t pnl) {
  score_input in = winner;
  in.pnl = pnl;
  return in;
}

TEST(rules_score, pnl_leverage_multiplies_gains_and_divides_losses) {
  static_assert(score_of(score_kind::pnl_leverage, winner) == 0.5);     // 1/4 x 2
  EXPECT_EQ(score_of(score_kind::pnl_leverage, with_pnl(-1)), -0.125);  // -1/4 / 2
  EXPECT_EQ(score_of(score_kind::pnl_leverage, with_pnl(0)), 0);
}

TEST(rules_score, binance_takes_the_wallet_and_the_margin_ratio) {
  EXPECT_EQ(score_of(score_kind::binance, winner), 0.125);  // 1/4 x 2/4
  score_input poor = winner;
  poor.balance = -3;
  poor.whole_unit = 2;
  EXPECT_EQ(score_of(score_kind::binance, poor), 0.25);  // 1 / one whole unit (2) x 2/4
  poor.balance = 1;                                      // More than nothing, less than a whole unit.
  EXPECT_EQ(score_of(score_kind::binance, poor), 0.25);
  EXPECT_EQ(score_of(score_kind::binance, with_pnl(-1)), 0);
  poor.equity = 0;
  EXPECT_EQ(score_of(score_kind::binance, poor), 0);
}

TEST(rules_score, hyperliquid_looks_at_notional_over_cost_by_direction) {
  EXPECT_EQ(score_of(score_kind::hyperliquid, winner), 4);  // 8/4 x 2
  score_input in = winner;
  in.lots = -3;
  EXPECT_EQ(score_of(score_kind::hyperliquid, in), 1);  // 4/8 x 2
  in.inverse = true;
  EXPECT_EQ(score_of(score_kind::hyperliquid, in), 4);
  in.cost = 0;
  EXPECT_EQ(score_of(score_kind::hyperliquid, in), 0);
}

TEST(rules_score, the_plain_ones) {
  score_input in = with_pnl(150'000'000);
  in.whole_unit = 1e8;
  in.size_step = 0.25;
  in.given = -2.5;
  EXPECT_EQ(score_of(score_kind::pnl, in), 1.5);
  EXPECT_EQ(score_of(score_kind::return_on_cost, winner), 0.25);
  EXPECT_EQ(score_of(score_kind::leverage, winner), 2);
  EXPECT_EQ(score_of(score_kind::size, in), 0.75);
  EXPECT_EQ(score_of(score_kind::given, in), -2.5);
}

TEST(rules_score, free_positions_return_without_bound) {
  score_input free = winner;
  free.cost = 0;
  EXPECT_EQ(score_of(score_kind::return_on_cost, free), infinity);
  free.pnl = -1;
  EXPECT_EQ(score_of(score_kind::return_on_cost, free), -infinity);
  free.equity = 0;
  EXPECT_EQ(score_of(score_kind::leverage, free), infinity);
  EXPECT_EQ(score_of(score_kind::pnl_leverage, free), 0);  // A loss with infinite leverage.
}

constexpr std::uint64_t key_of(double score) { return ladder_key(std::bit_cast<std::uint64_t>(score)); }

TEST(rules_ladder, keys_of_landmarks) {
  static_assert(key_of(-infinity) == 0x000f'ffff'ffff'ffffULL);
  static_assert(key_of(0.0) == 0x8000'0000'0000'0000ULL);
  static_assert(key_of(1.0) == 0xbff0'0000'0000'0000ULL);
  static_assert(key_of(infinity) == 0xfff0'0000'0000'0000ULL);
  static_assert(off_ladder < key_of(-infinity));
  EXPECT_EQ(score_bits_of(key_of(-1.5)), std::bit_cast<std::uint64_t>(-1.5));
}

TEST(rules_ladder, lights_fall_where_a_fifth_is_ahead) {
  EXPECT_EQ(lights_of(0, 10), 5);
  EXPECT_EQ(lights_of(1, 10), 5);
  EXPECT_EQ(lights_of(2, 10), 4);
  EXPECT_EQ(lights_of(9, 10), 1);
  EXPECT_EQ(lights_of(0, 1), 5);
  // ceil(k x 7 / 5): 2, 3, 5, 6.
  const std::uint64_t of_seven[] = {2, 3, 5, 6};
  for (std::uint32_t k = 1; k <= 4; ++k) { EXPECT_EQ(lights_threshold(k, 7), of_seven[k - 1]); }
}

TEST(rules_digest, hashes_are_fixed_for_ever) {
  // From splitmix64's finaliser in Python integers.
  EXPECT_EQ(mix64(0), 0U);
  EXPECT_EQ(mix64(1), 0x5692161d100b05e5ULL);
  EXPECT_EQ(mix64(0x9e3779b97f4a7c15ULL), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(record_hash(1, 2, 3), 0xb4ab44a6768e857aULL);
  EXPECT_EQ(record_hash(std::int64_t{-1}), 0xde0a564cbcd060c4ULL);
}

}  // namespace
}  // namespace plimsoll
