// The code of a move is never below the move, nor more than one above it: against fractions without a limit.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/engine/moves.hpp"
#include "kernels/rules/screen.hpp"
#include "tests/support/edge_numbers.hpp"

namespace plimsoll {
namespace {

using edges::below_bits;
using edges::cpp_int;
using edges::positive_below_bits;
using edges::wide;

/// |now / reference - 1| as a fraction; a price of 0 has moved beyond any code.
struct exact_move {
  cpp_int num, den;
};
exact_move between(const cpp_int& reference_num, const cpp_int& reference_den, const cpp_int& num, const cpp_int& den) {
  return {abs(num * reference_den - reference_num * den), reference_num * den};
}

/// Success if the code is at least the move, and less than one above it plus the allowance for roundings. The largest
/// code covers any move.
testing::AssertionResult says(std::uint32_t code, const exact_move& move) {
  const cpp_int scaled = move.num << move_bits;
  const bool least = code == move_code_max || scaled <= move.den * code;
  // A code above: less a share of 2^-22 for the slack and the roundings.
  const bool most = code == 0 || (scaled << 22) + move.den >= ((move.den * (code - 1)) << 22);
  if (least && most) { return testing::AssertionSuccess(); }
  return testing::AssertionFailure() << "code " << code << ", move " << scaled << " / " << move.den;
}

testing::AssertionResult says(const value_rate& reference, const value_rate& now) {
  const std::uint32_t code = move_of(reference, now);
  if (reference.num == 0 || now.num == 0) {
    return testing::AssertionResult(code == (reference.num == now.num ? 0 : move_code_max)) << "code " << code;
  }
  if (code == 0 && (reference.num != now.num || reference.den != now.den)) {
    return testing::AssertionFailure() << "prices differ, and the code is 0";
  }
  return says(code, between(reference.num, reference.den, now.num, now.den));
}

value_rate reduced(std::uint64_t num, std::uint64_t den) {
  const std::uint64_t common = greatest_common_divisor(num, den);
  return make_value_rate(num / common, den / common, false);
}

RC_GTEST_PROP(move_law, any_two_rates, ()) {
  const value_rate reference = reduced(*below_bits(63), *positive_below_bits(63));
  const value_rate now = reduced(*below_bits(63), *positive_below_bits(63));
  RC_ASSERT(says(reference, now));
  RC_ASSERT(move_of(reference, reference) == 0);
}

/// A rate whose numerator is moved by a whole number of codes, and slightly more or less: the last bits that binary64
/// does not have.
RC_GTEST_PROP(move_law, whole_codes_and_a_hair, ()) {
  const std::uint64_t codes = *below_bits(16);
  const std::uint64_t num = *rc::gen::element<std::uint64_t>(0, 1) == 0
                                ? (std::uint64_t{1} << *rc::gen::inRange(20, 62))
                                : (*below_bits(41) + 1) << 20;
  const std::uint64_t den = *positive_below_bits(63);
  const auto hair = static_cast<std::int64_t>(*below_bits(12)) * *rc::gen::element(-1, 0, 1);
  const std::uint64_t by = (num >> 20) * codes;
  for (const std::uint64_t moved : {num + by, num - by}) {
    const std::uint64_t beside = moved + static_cast<std::uint64_t>(hair);
    RC_PRE(beside > 0 && beside < (std::uint64_t{1} << 63));
    RC_ASSERT(says(make_value_rate(num, den, false), make_value_rate(beside, den, false)));
    RC_ASSERT(says(make_value_rate(den, num, false), make_value_rate(den, beside, false)));  // As an inverse contract.
  }
}

/// Marks at and beside every power of two, moved by every kind of distance; linear and inverse; at 0, 1 and 2^40.
TEST(move_law, marks_around_every_power_of_two) {
  for (const bool inverse : {false, true}) {
    const contract_rate contract{3, 7, inverse};
    const auto rate_at = [&](std::int64_t ticks) { return value_rate_at(contract, {ticks}).rate; };
    for (int bits = 0; bits <= limits::price_bits_max; ++bits) {
      for (int beside = -1; beside <= 1; ++beside) {
        const std::int64_t ticks = (std::int64_t{1} << bits) + beside;
        if (ticks < 1 || ticks > limits::price_ticks_max) { continue; }
        std::vector<std::int64_t> others = {1, 2, 3, limits::price_ticks_max - 1, limits::price_ticks_max};
        for (const std::int64_t codes : {0, 1, 2, 3, 1'000, 65'533, 65'534, 65'535, 65'536}) {
          for (int hair = -2; hair <= 2; ++hair) {
            for (const std::int64_t sign : {-1, 1}) {
              others.push_back(ticks + sign * static_cast<std::int64_t>(static_cast<int128>(ticks) * codes >> 20) +
                               hair);
            }
          }
        }
        for (const std::int64_t other : others) {
          if (other < 1 || other > limits::price_ticks_max) { continue; }
          ASSERT_TRUE(says(rate_at(ticks), rate_at(other))) << ticks << " to " << other << ", inverse " << inverse;
        }
        if (!inverse) {  // Worthless, as options can be.
          ASSERT_TRUE(says(rate_at(ticks), rate_at(0)));
          ASSERT_TRUE(says(rate_at(0), rate_at(ticks)));
          ASSERT_TRUE(says(rate_at(0), rate_at(0)));
        }
      }
    }
  }
}

/// Prices of balances, with one divisor or two; the largest move of a group counts for it.
RC_GTEST_PROP(move_law, prices_with_two_divisors, ()) {
  const auto any_price = [] {
    price_rate price(make_value_rate(*positive_below_bits(61), *positive_below_bits(63), false));
    if (*rc::gen::arbitrary<bool>()) {
      price.then = *positive_below_bits(63);
      price.then_by = make_divisor(price.then);
    }
    return price;
  };
  tick_prices reference, now;
  reference.assets.resize(3);
  reference.asset_held.assign(3, 0);
  std::uint32_t most = 0;
  now = reference;
  move_groups groups;
  groups.of_asset.assign(3, balances_group);
  for (std::size_t a = 0; a < 3; ++a) {
    const price_rate before = any_price();
    price_rate after = before;
    switch (*rc::gen::inRange(0, 3)) {
      case 0: after = any_price(); break;
      case 1: {
        const std::uint64_t by =
            static_cast<std::uint64_t>(static_cast<uint128>(before.rate.num) * *below_bits(16) >> 20);
        const std::uint64_t num = before.rate.num + (*rc::gen::arbitrary<bool>() ? by : std::uint64_t{0} - by);
        after.rate.num = std::max<std::uint64_t>(num, 1);
        break;
      }
      default: break;
    }
    const auto den_of = [](const price_rate& price) { return cpp_int(wide(price.rate.den) * price.then); };
    reference.assets[a].plain = before;
    now.assets[a].plain = after;
    tick_prices one = reference;
    one.assets[a].plain = after;
    const std::uint32_t code = moves_between(reference, one, groups).of_groups[balances_group];
    RC_ASSERT(says(code, between(before.rate.num, den_of(before), after.rate.num, den_of(after))));
    most = std::max(most, code);
  }
  for (std::size_t a = 0; a < 3; ++a) { RC_ASSERT(now.assets[a].plain.rate.num != 0U); }
  const tick_moves moves = moves_between(reference, now, groups);
  for (std::uint32_t set = 0; set < 256; ++set) {
    RC_ASSERT(moves.of_groups[set] == ((set & balances_group) != 0 ? most : 0U));
  }
}

/// Every set of groups has the largest move of any instrument in them, and no other's; an instrument that becomes held,
/// or stops being held, has moved beyond any radius.
RC_GTEST_PROP(move_law, a_set_of_groups_has_its_largest_move, ()) {
  constexpr std::size_t count = 12;
  tick_prices reference, now;
  move_groups groups;
  std::vector<std::uint32_t> codes;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t num = std::uint64_t{1} << 40;
    const std::uint64_t by = *below_bits(16) << 20;
    reference.rates.push_back(make_value_rate(num, 1, false));
    now.rates.push_back(make_value_rate(*rc::gen::arbitrary<bool>() ? num + by : num - by, 1, false));
    reference.held.push_back(*rc::gen::inRange<std::uint8_t>(0, 2));
    const bool turned = *rc::gen::inRange(0, 12) == 0;
    now.held.push_back(turned ? 1 - reference.held.back() : reference.held.back());
    groups.of_instrument.push_back(static_cast<std::uint8_t>(1U << *rc::gen::inRange(0, 7)));
    codes.push_back(turned ? move_code_max : move_of(reference.rates[i], now.rates[i]));
  }
  const tick_moves moves = moves_between(reference, now, groups);
  for (std::uint32_t set = 0; set < 256; ++set) {
    std::uint32_t most = 0;
    for (std::size_t i = 0; i < count; ++i) {
      most = std::max(most, (groups.of_instrument[i] & set) != 0 ? codes[i] : 0);
    }
    RC_ASSERT(moves.of_groups[set] == most);
  }
}

}  // namespace
}  // namespace plimsoll
