#include "host/io/cost.hpp"

#include "host/text/wide.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll::io {

namespace {

constexpr int bits_max = 127;

int width(std::uint64_t x) { return 64 - __builtin_clzll(x | 1U); }

/// floor of num / den with a sign, or nothing beyond 2^62.
std::optional<std::int64_t> floor_signed(uint128 num, uint128 den, bool negative) {
  uint128 quotient = 0;
  bool rest = false;
  if (den == 1) {
    quotient = num;
  } else if ((num >> 64) == 0 && (den >> 64) == 0) {
    const auto narrow_num = static_cast<std::uint64_t>(num);
    const auto narrow_den = static_cast<std::uint64_t>(den);
    quotient = narrow_num / narrow_den;
    rest = narrow_num % narrow_den != 0;
  } else {
    quotient = num / den;
    rest = num % den != 0;
  }
  if (negative && rest) { ++quotient; }
  if (quotient > static_cast<uint128>(limits::money_steps_max)) { return std::nullopt; }
  const auto steps = static_cast<std::int64_t>(quotient);
  return negative ? -steps : steps;
}

}  // namespace

cost_rule::cost_rule(const instrument& it) : rate_(it.rate), price_step_(it.price_step), by_scale_(scales) {
  for (int scale = 0; scale < scales; ++scale) {
    // value = lots x a x (price / price_step) / b, inverse -lots x a x (price_step / price) / b.
    const wide_int step = widen(price_step_.mantissa);
    wide_int up =
        rate_.inverse ? wide_int(step * rate_.a * ten_to(scale)) : wide_int(ten_to(price_step_.scale) * rate_.a);
    wide_int down =
        rate_.inverse ? wide_int(ten_to(price_step_.scale) * rate_.b) : wide_int(step * rate_.b * ten_to(scale));
    const wide_int common = gcd(up, down);
    up /= common;
    down /= common;
    const wide_int bound = wide_int{1} << 64;
    if (up < bound && down < bound) {
      by_scale_[static_cast<std::size_t>(scale)] = {static_cast<std::uint64_t>(up), static_cast<std::uint64_t>(down)};
    }
  }
}

std::optional<std::int64_t> cost_rule::at(std::int64_t lots, std::int64_t price_mantissa, int price_scale) const {
  if (price_scale >= scales) { return at(lots, decimal{price_mantissa, price_scale}); }
  const factors& of = by_scale_[static_cast<std::size_t>(price_scale)];
  const std::uint64_t price = magnitude(price_mantissa);
  const std::uint64_t size = magnitude(lots);
  const bool negative = ((lots < 0) != rate_.inverse) != (price_mantissa < 0);
  if (rate_.inverse) {
    if (of.down == 0) { return at(lots, decimal{price_mantissa, price_scale}); }
    return floor_signed(static_cast<uint128>(size) * of.up, static_cast<uint128>(price) * of.down, negative);
  }
  if (of.down == 0 || width(size) + width(price) + width(of.up) > bits_max) {
    return at(lots, decimal{price_mantissa, price_scale});
  }
  return floor_signed(static_cast<uint128>(size) * price * of.up, of.down, negative);
}

std::optional<std::int64_t> cost_rule::at(std::int64_t lots, const decimal& price) const {
  const wide_int size = wide_int(rate_.a) * magnitude(lots);
  const wide_int price_up = widen(price.mantissa < 0 ? -price.mantissa : price.mantissa) * ten_to(price_step_.scale);
  const wide_int step_up = widen(price_step_.mantissa) * ten_to(price.scale);
  const wide_int num = size * (rate_.inverse ? step_up : price_up);
  const wide_int den = wide_int(rate_.b) * (rate_.inverse ? price_up : step_up);
  const bool negative = ((lots < 0) != rate_.inverse) != (price.mantissa < 0);
  wide_int quotient = num / den;
  if (negative && quotient * den != num) { ++quotient; }
  if (quotient > limits::money_steps_max) { return std::nullopt; }
  const auto steps = static_cast<std::int64_t>(quotient);
  return negative ? -steps : steps;
}

}  // namespace plimsoll::io
