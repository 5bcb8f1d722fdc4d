// Each rule against a judge that shares nothing with it: the design's definition in numbers without a limit, and plain
// loops. No formula of kernels/rules is called but the one that is judged.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>
#include <gtest/gtest.h>

#include "kernels/rules/bankruptcy.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/liquidation.hpp"
#include "kernels/rules/shock.hpp"
#include "kernels/rules/split.hpp"
#include "kernels/rules/trade.hpp"

namespace plimsoll {
namespace {

using boost::multiprecision::cpp_int;

cpp_int big(int128 x) {
  const bool negative = x < 0;
  const auto size = negative ? uint128{0} - static_cast<uint128>(x) : static_cast<uint128>(x);
  cpp_int out = static_cast<std::uint64_t>(size >> 64);
  out = (out << 64) + static_cast<std::uint64_t>(size);
  return negative ? cpp_int(-out) : out;
}
cpp_int big(uint128 x) {
  cpp_int out = static_cast<std::uint64_t>(x >> 64);
  return (out << 64) + static_cast<std::uint64_t>(x);
}

const cpp_int one_money = cpp_int(1) << 62;   ///< The largest amount that is admitted.
const cpp_int one_price = cpp_int(1) << 40;   ///< The largest price.
const cpp_int saturated = cpp_int(1) << 126;  ///< The bound of a value at any price.

/// The largest whole number that is not above n / d, d > 0.
cpp_int floored(const cpp_int& n, const cpp_int& d) {
  cpp_int quotient = n / d;
  while (quotient * d > n) { --quotient; }
  while ((quotient + 1) * d <= n) { ++quotient; }
  return quotient;
}

/// The whole number nearest to n / d, the even one of two that are as near.
cpp_int nearest_even(const cpp_int& n, const cpp_int& d) {
  const cpp_int below = floored(n, d);
  const cpp_int twice = 2 * (n - below * d);
  if (twice < d) { return below; }
  if (twice > d) { return below + 1; }
  return below % 2 == 0 ? below : cpp_int(below + 1);
}

/// Numbers of every length, and those beside powers of two.
class draws {
 public:
  explicit draws(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool coin() { return below(2) == 0; }
  std::uint64_t bits(int most) {
    const auto length = static_cast<int>(below(static_cast<std::uint64_t>(most) + 1));
    if (length == 0) { return 0; }
    const std::uint64_t power = std::uint64_t{1} << (length - 1);
    switch (below(8)) {
      case 0: return power;
      case 1: return power - 1;
      default: return power | (random_() & (power - 1));
    }
  }
  std::uint64_t positive(int most) { return std::max<std::uint64_t>(bits(most), 1); }
  std::int64_t either(int most) {
    const auto size = static_cast<std::int64_t>(bits(most));
    return coin() ? size : -size;
  }
  contract_rate contract() { return {positive(63), positive(63), coin()}; }

 private:
  std::mt19937_64 random_;
};

/// Value of lots at a price as a fraction: by docs/design.md section 3, without rounding.
struct fraction {
  cpp_int num, den;
};
fraction exact_value(std::int64_t lots, const contract_rate& contract, std::int64_t price) {
  const cpp_int rate = cpp_int(lots) * contract.a;
  if (contract.inverse) { return {-rate, cpp_int(contract.b) * price}; }
  return {rate * price, contract.b};
}

constexpr int rounds = 20'000;

// --------------------------------------------------------------------------------------------------- trades

TEST(rules_judges, half_even_is_the_nearest_and_of_two_the_even_one) {
  for (int den = 1; den <= 12; ++den) {
    for (int num = -60; num <= 60; ++num) {
      const auto got = static_cast<int>(half_even_divide(num, den));
      const int miss = std::abs(2 * (num - got * den));
      EXPECT_LE(miss, den) << num << " / " << den;
      if (miss == den) { EXPECT_EQ(got % 2, 0) << num << " / " << den; }
    }
  }
  draws draw(1);
  for (int i = 0; i < rounds; ++i) {
    const auto den = static_cast<int128>(draw.positive(63)) << draw.below(60);
    auto num = (static_cast<int128>(draw.bits(62)) << draw.below(62)) * (draw.coin() ? 1 : -1);
    if (draw.below(3) == 0) { num = (num / den) * den + den / 2; }
    ASSERT_EQ(big(half_even_divide(num, den)), nearest_even(big(num), big(den)));
  }
}

TEST(rules_judges, a_trade_is_worth_the_nearest_step_where_that_is_admitted) {
  draws draw(2);
  int admitted = 0, refused = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::int64_t lots = draw.either(61);
    const contract_rate contract = draw.contract();
    const auto price = static_cast<std::int64_t>(draw.positive(40));
    const fraction exact = exact_value(lots, contract, price);
    // Half to even by size, so that the other side is the exact negative.
    const cpp_int size = nearest_even(abs(exact.num), exact.den);
    const trade_value got = value_of_trade({lots}, contract, {price});
    ASSERT_EQ(got.admitted, size <= one_money);
    ++(got.admitted ? admitted : refused);
    if (!got.admitted) { continue; }
    ASSERT_EQ(got.steps, exact.num < 0 ? cpp_int(-size) : size);
    ASSERT_EQ(value_of_trade({-lots}, contract, {price}).steps, -got.steps);
  }
  EXPECT_GT(admitted, 1'000);
  EXPECT_GT(refused, 1'000);
}

TEST(rules_judges, a_trade_is_admitted_up_to_two_to_the_62) {
  constexpr std::int64_t most = std::int64_t{1} << 60;
  EXPECT_TRUE(value_of_trade({most}, {4, 1, false}, {1}).admitted);
  EXPECT_FALSE(value_of_trade({most + 1}, {4, 1, false}, {1}).admitted);
  EXPECT_TRUE(value_of_trade({-most}, {4, 1, true}, {1}).admitted);
  EXPECT_FALSE(value_of_trade({-most - 1}, {4, 1, true}, {1}).admitted);
  // 2^62 + 1/2 is 2^62, half to even; 2^62 + 2/3 is a step more.
  EXPECT_EQ(value_of_trade({(std::int64_t{1} << 61)}, {4, 2, false}, {1}).steps, std::int64_t{1} << 62);
  EXPECT_FALSE(value_of_trade({(std::int64_t{1} << 61)}, {3, 1, false}, {1}).admitted);
}

TEST(rules_judges, a_reduction_releases_its_share_of_the_cost_cut_toward_zero) {
  draws draw(3);
  for (int i = 0; i < rounds; ++i) {
    const std::uint64_t lots = draw.positive(61);
    const std::uint64_t closed = draw.below(4) == 0 ? lots : draw.below(lots + 1);
    const std::int64_t cost = draw.either(62);
    const cpp_int share = floored(abs(cpp_int(cost)) * closed, lots);
    ASSERT_EQ(released_cost(cost, closed, lots), cost < 0 ? cpp_int(-share) : share);
  }
}

TEST(rules_judges, a_shocked_mark_is_floored_and_stays_a_price) {
  draws draw(4);
  const cpp_int one("1000000000000");
  for (int i = 0; i < rounds; ++i) {
    const auto ticks = static_cast<std::int64_t>(draw.positive(40));
    price_move move{static_cast<int128>(draw.bits(62)) << draw.below(20)};
    if (draw.coin()) { move.raw = -move.raw; }
    if (draw.coin()) { move = price_move::of_ppm(static_cast<std::int64_t>(draw.below(2'000'000)) - 1'000'000); }
    cpp_int wanted = floored(ticks * (one + big(move.raw)), one);
    if (wanted < 1) { wanted = 1; }
    if (wanted > one_price) { wanted = one_price; }
    ASSERT_EQ(shocked_ticks(ticks, move), wanted);
  }
}

// --------------------------------------------------------------------------------------------------- values

TEST(rules_judges, a_balance_priced_by_two_divisors_is_floored_once) {
  draws draw(5);
  for (int i = 0; i < rounds; ++i) {
    const std::int64_t amount = draw.either(62);
    price_rate price;
    const std::uint64_t den = std::uint64_t{1'000'000'000'000'000'000} + draw.below(std::uint64_t{1} << 62);
    price.rate = make_value_rate(draw.positive(61) - 1, den, false);
    price.then = 2 + draw.bits(40);
    price.then_by = make_divisor(price.then);
    // The same for an exact product, for which a step more would show.
    if (draw.below(4) == 0) { price.rate = make_value_rate(price.then, den, false); }
    const cpp_int num = cpp_int(amount) * price.rate.num;
    const cpp_int whole_den = cpp_int(den) * price.then;
    ASSERT_EQ(value_of({amount}, price).raw, floored(num, whole_den));
    const std::uint64_t size = draw.bits(63);
    const cpp_int worth = -floored(-(cpp_int(size) * price.rate.num), whole_den);
    const bool small = cpp_int(size) <= one_money;
    ASSERT_EQ(value_admitted(size, price), small && worth <= one_money);
  }
}

TEST(rules_judges, a_balance_priced_by_two_divisors_is_admitted_up_to_two_to_the_62) {
  // (2^62 - 2) x (2 + 10^-18) / 2 is 0.3 beyond the limit, and a step less of the balance is within it.
  price_rate price;
  price.rate = make_value_rate(2'000'000'000'000'000'001, 1'000'000'000'000'000'000, false);
  price.then = 2;
  price.then_by = make_divisor(2);
  constexpr std::uint64_t most = std::uint64_t{1} << 62;
  EXPECT_FALSE(value_admitted(most - 2, price));
  EXPECT_TRUE(value_admitted(most - 3, price));
}

TEST(rules_judges, bankruptcy_values_and_prices_by_their_definitions) {
  draws draw(6);
  int clamped_low = 0, clamped_high = 0, free = 0;
  for (int i = 0; i < rounds; ++i) {
    std::int64_t lots = draw.either(61);
    if (lots == 0) { lots = 1; }
    const contract_rate contract = draw.contract();
    const std::int64_t value = draw.either(62);
    const int128 allotted = draw.below(4) == 0 ? int128{value} : static_cast<int128>(draw.either(63)) * 2;
    const auto value_at = [&](std::int64_t price) {
      const fraction exact = exact_value(lots, contract, price);
      // Beyond every admitted amount a linear value is a bound, not a number.
      if (!contract.inverse && abs(exact.num) > saturated) { return exact.num < 0 ? cpp_int(-saturated) : saturated; }
      return floored(exact.num, exact.den);
    };
    const cpp_int at_one = value_at(1), at_most = value_at(std::int64_t{1} << 40);
    const cpp_int low = at_one < at_most ? at_one : at_most;
    const cpp_int high = at_one < at_most ? at_most : at_one;
    const cpp_int wanted = value - big(allotted);
    const cpp_int kept = wanted < low ? low : wanted > high ? high : wanted;
    const bankruptcy got = bankruptcy_of({lots}, {value}, allotted, contract);
    ASSERT_EQ(big(got.value), kept);
    ASSERT_EQ(big(got.uncovered), abs(wanted - kept));
    ASSERT_EQ(got.clamped, wanted != kept || wanted == 0);
    ++(wanted < low ? clamped_low : wanted > high ? clamped_high : free);
    if (abs(kept) > one_money * 2) { continue; }
    // The price at which the position is worth that much: up to the step for a long, down for a short.
    const cpp_int size = cpp_int(lots < 0 ? -lots : lots) * contract.a;
    const cpp_int worth = abs(kept) * contract.b;
    const cpp_int num = contract.inverse ? size : worth, den = contract.inverse ? worth : size;
    cpp_int price = one_price;
    if (den != 0) {
      price = lots > 0 ? cpp_int(-floored(-num, den)) : floored(num, den);
      if (price < 1) { price = 1; }
      if (price > one_price) { price = one_price; }
    }
    ASSERT_EQ(bankruptcy_price({lots}, got.value, contract).raw, price);
  }
  EXPECT_GT(clamped_low, 300);
  EXPECT_GT(clamped_high, 300);
  EXPECT_GT(free, 300);
}

// ----------------------------------------------------------------------------------- tiers, split and ladder

/// Bands as in a rulebook: floors and rates, no amounts.
struct plain_band {
  std::uint64_t floor;
  std::uint32_t maintenance_ppm, initial_ppm;
};
std::vector<plain_band> draw_bands(draws& draw, int floor_bits) {
  std::vector<plain_band> out{
      {0, static_cast<std::uint32_t>(draw.below(200'000)), static_cast<std::uint32_t>(draw.below(1'000'000))}};
  for (std::uint64_t more = draw.below(5); more > 0; --more) {
    const plain_band last = out.back();
    out.push_back({last.floor + draw.positive(floor_bits),
                   last.maintenance_ppm + static_cast<std::uint32_t>(draw.below(300'000)),
                   last.initial_ppm + static_cast<std::uint32_t>(draw.below(300'000))});
  }
  return out;
}
/// The bands that the loader makes, by the rule that is tested.
std::vector<tier_band> with_amounts(const std::vector<plain_band>& plain) {
  std::vector<tier_band> out;
  for (const plain_band& one : plain) {
    const uint128 amount = out.empty() ? uint128{0} : next_amount(out.back(), one.floor, one.maintenance_ppm);
    out.push_back({one.floor, one.maintenance_ppm, one.initial_ppm, amount});
  }
  return out;
}
/// Each slice of the notional at the rate of its band; n and floors times `den`.
cpp_int charged(const std::vector<plain_band>& bands, const cpp_int& notional, const cpp_int& den) {
  cpp_int sum = 0;
  for (std::size_t k = 0; k < bands.size(); ++k) {
    const cpp_int from = bands[k].floor * den;
    if (notional <= from) { break; }
    const bool last = k + 1 == bands.size() || notional < bands[k + 1].floor * den;
    sum += ((last ? notional : cpp_int(bands[k + 1].floor * den)) - from) * bands[k].maintenance_ppm;
  }
  return sum;
}

TEST(rules_judges, requirements_are_charged_slice_by_slice) {
  draws draw(7);
  for (int i = 0; i < rounds; ++i) {
    const auto plain = draw_bands(draw, 58);
    const auto bands = with_amounts(plain);
    std::uint64_t notional = draw.bits(62);
    if (draw.coin()) { notional = plain[draw.below(plain.size())].floor + draw.below(3) - 1; }
    if (notional > std::uint64_t{1} << 62) { notional = 0; }
    const requirement got = requirement_of(notional, 0, {bands.data(), static_cast<std::uint32_t>(bands.size())});
    std::uint32_t initial = 0;
    for (const plain_band& one : plain) { initial = one.floor <= notional ? one.initial_ppm : initial; }
    ASSERT_EQ(big(got.maintenance_ppm), charged(plain, notional, 1));
    ASSERT_EQ(big(got.initial_ppm), cpp_int(notional) * initial);
    ASSERT_EQ(big(ceil_ppm(got.maintenance_ppm)), -floored(-big(got.maintenance_ppm), 1'000'000));
  }
}

TEST(rules_judges, parts_of_a_split_are_differences_of_running_floors) {
  draws draw(8);
  for (int i = 0; i < rounds / 10; ++i) {
    std::vector<std::uint64_t> weights(1 + draw.below(12));
    for (auto& one : weights) { one = draw.below(4) == 0 ? 0 : draw.bits(60); }
    cpp_int sum = 0;
    uint128 weight_sum = 0;
    for (const auto one : weights) {
      sum += one;
      weight_sum += one;
    }
    if (weight_sum == 0) { continue; }
    const std::uint64_t total = draw.bits(63);
    exact_split split(total, weight_sum);
    cpp_int running = 0;
    for (const auto one : weights) {
      const cpp_int before = floored(total * running, sum);
      running += one;
      const cpp_int part = floored(total * running, sum) - before;
      ASSERT_EQ(split.peek(one), part);
      ASSERT_EQ(split.next(one), part);
    }
  }
}

TEST(rules_judges, lights_and_keys_by_comparison_alone) {
  draws draw(9);
  for (int i = 0; i < rounds; ++i) {
    const std::uint64_t total = draw.positive(61);
    const std::uint64_t ahead = draw.below(total);
    int lights = 5;
    for (int k = 1; k <= 4; ++k) {
      if (cpp_int(ahead) * 5 >= cpp_int(total) * k) { --lights; }
      std::uint64_t least = lights_threshold(static_cast<std::uint32_t>(k), total);
      ASSERT_GE(cpp_int(least) * 5, cpp_int(total) * k);
      ASSERT_LT(cpp_int(least - 1) * 5, cpp_int(total) * k);
    }
    ASSERT_EQ(lights_of(ahead, total), lights);
    const auto a = std::bit_cast<double>(draw.bits(63) | (draw.coin() ? std::uint64_t{1} << 63 : 0));
    const auto b = std::bit_cast<double>(draw.bits(63) | (draw.coin() ? std::uint64_t{1} << 63 : 0));
    if (std::isnan(a) || std::isnan(b) || (a == 0 && b == 0)) { continue; }
    const std::uint64_t key_a = ladder_key(std::bit_cast<std::uint64_t>(a)),
                        key_b = ladder_key(std::bit_cast<std::uint64_t>(b));
    ASSERT_EQ(a < b, key_a < key_b) << a << ' ' << b;
    ASSERT_EQ(score_bits_of(key_a), std::bit_cast<std::uint64_t>(a));
    ASSERT_NE(key_a, off_ladder);
  }
}

TEST(rules_judges, health_states_and_equity_by_their_definitions) {
  draws draw(10);
  for (int i = 0; i < rounds; ++i) {
    const int128 own = static_cast<int128>(draw.either(62));
    const quote_weights weights{static_cast<std::uint32_t>(draw.below(1'000'001)),
                                static_cast<std::uint32_t>(1'000'000 + draw.below(2'000'000))};
    const std::int64_t base = draw.either(50), base_margin = draw.either(50);
    const equity_pair got = equity_of(own, base, base_margin, weights);
    const cpp_int rate = own > 0 ? weights.asset_ppm : weights.liability_ppm;
    ASSERT_EQ(big(got.equity), big(own) + base);
    ASSERT_EQ(big(got.margin_equity), floored(big(own) * rate, 1'000'000) + base_margin);

    const std::int64_t equity = draw.either(62);
    std::int64_t margin = draw.either(62);
    const auto call = static_cast<std::uint32_t>(1'000'000 + draw.bits(29));
    uint128 needed = static_cast<uint128>(draw.bits(62)) * 1'000'000 + draw.below(3);
    if (draw.coin() && margin > 0) { needed = static_cast<uint128>(margin) * 1'000'000 + draw.below(3) - 1; }
    if (draw.below(4) == 0 && margin > 0) { needed = static_cast<uint128>(margin) * 1'000'000 / call * 1'000'000; }
    const cpp_int have = cpp_int(margin) * 1'000'000;
    const unit_state state = equity < 0                                       ? unit_state::bankrupt
                             : have < big(needed)                             ? unit_state::liquidatable
                             : have * 1'000'000 < big(needed) * cpp_int(call) ? unit_state::margin_call
                                                                              : unit_state::healthy;
    ASSERT_EQ(classify(equity, margin, needed, call), state);
    ASSERT_EQ(deficit_of(equity), equity < 0 ? -equity : 0);
    if (needed > 0 && needed < (uint128{1} << 100)) {
      ASSERT_EQ(big(health_factor_ppm(margin, needed)), floored(have * 1'000'000, big(needed)));
    }
  }
}

// --------------------------------------------------------------------------------------- liquidation prices

/// Is margin equity below MM at a price, by slices and fractions?
bool unsafe_at(const liquidation_input& in, const std::vector<plain_band>& bands, std::int64_t price) {
  const cpp_int den = in.contract.inverse ? cpp_int(in.contract.b) * price : cpp_int(in.contract.b);
  cpp_int own = big(in.own_fixed) * den;
  cpp_int needed = big(in.maintenance_fixed_ppm) * den;
  for (const std::int64_t lots : in.lots) {
    const fraction worth = exact_value(lots, in.contract, price);
    own += worth.num;
    needed += charged(bands, abs(worth.num), den);
  }
  const cpp_int rate = own > 0 ? in.weights.asset_ppm : in.weights.liability_ppm;
  return own * rate + cpp_int(in.base_margin) * 1'000'000 * den < needed;
}

TEST(rules_judges, a_liquidation_price_is_the_nearest_of_a_walk) {
  draws draw(11);
  int found_below = 0, found_above = 0, none = 0, under = 0;
  for (int i = 0; i < 1'500; ++i) {
    liquidation_input in;
    in.contract = {1 + draw.below(40), 1 + draw.below(4), draw.coin()};
    if (in.contract.inverse) { in.contract.a *= 1 + draw.below(3'000); }
    in.mark.raw = 1 + static_cast<std::int64_t>(draw.below(150));
    in.lots[0] = static_cast<std::int64_t>(draw.below(20));
    in.lots[1] = -static_cast<std::int64_t>(draw.below(20));
    if (in.lots[0] == 0 && in.lots[1] == 0) { in.lots[1] = -1; }
    const auto plain = draw_bands(draw, 10);
    const auto bands = with_amounts(plain);
    in.tiers = {bands.data(), static_cast<std::uint32_t>(bands.size())};
    in.maintenance_fixed_ppm = draw.below(40'000'000);
    const fraction net = exact_value(in.lots[0] + in.lots[1], in.contract, in.mark.raw);
    const auto gross = static_cast<std::int64_t>(abs(net.num) / net.den) + 20;
    in.own_fixed = static_cast<int128>(draw.below(static_cast<std::uint64_t>(gross) + 30)) -
                   static_cast<std::int64_t>(floored(net.num, net.den));
    if (draw.coin()) {
      in.weights = {static_cast<std::uint32_t>(draw.below(1'000'001)),
                    static_cast<std::uint32_t>(1'000'000 + draw.below(2'000'000))};
      in.base_margin = static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(gross)));
    }
    constexpr std::int64_t range = 250;
    const bool below = unsafe_at(in, plain, in.mark.raw);
    under += below ? 1 : 0;
    std::optional<std::int64_t> wanted;
    for (std::int64_t away = 1; away <= range && !wanted; ++away) {
      // The first unsafe price, seen from a safe one: beyond the change, or just before it.
      if (in.mark.raw - away >= 1 && unsafe_at(in, plain, in.mark.raw - away) != below) {
        wanted = in.mark.raw - away + (below ? 1 : 0);
      } else if (unsafe_at(in, plain, in.mark.raw + away) != below) {
        wanted = in.mark.raw + away - (below ? 1 : 0);
      }
    }
    const std::int64_t got = liquidation_price<boost::multiprecision::int512_t>(in, below).raw;
    if (wanted) {
      ASSERT_EQ(got, *wanted) << i;
    } else {
      ASSERT_TRUE(got == no_ticks || std::abs(got - in.mark.raw) >= range) << i;
    }
    ++(!wanted ? none : *wanted < in.mark.raw ? found_below : found_above);
  }
  EXPECT_GT(found_below, 100);
  EXPECT_GT(found_above, 100);
  EXPECT_GT(none, 50);
  EXPECT_GT(under, 100);
}

}  // namespace
}  // namespace plimsoll
