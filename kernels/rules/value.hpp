// Worth of a position: floor(size x num / den) in value steps. docs/design.md section 3, "Value".
#pragma once

#include <cstdint>

#include "kernels/rules/divide.hpp"
#include "plimsoll/limits.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// The worth of one lot of an instrument as a function of the mark: value = lots x a x ticks / b steps, for an inverse
/// contract -lots x a / (b x ticks). Reduced; a, b < 2^63.
struct contract_rate {
  std::uint64_t a = 0;
  std::uint64_t b = 1;
  bool inverse = false;
  bool below_zero = false;  ///< Marks below zero are admitted; never for an inverse contract.
};

/// The lowest price at which a position is closed. Marks of linear contracts may still be 0.
[[nodiscard]] PLIMSOLL_HD constexpr std::int64_t lowest_ticks(const contract_rate& contract) {
  return contract.below_zero ? -limits::price_ticks_max : 1;
}

/// True if a contract may be marked, settled and traded at that price.
[[nodiscard]] PLIMSOLL_HD constexpr bool price_admitted(const contract_rate& contract, std::int64_t ticks) {
  const std::int64_t least = contract.below_zero ? -limits::price_ticks_max : (contract.inverse ? 1 : 0);
  return ticks >= least && ticks <= limits::price_ticks_max;
}

/// |x| without the overflow of the most negative number.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t magnitude(std::int64_t x) {
  return x < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
}

/// The worth of a lot at one mark: num / den steps, reduced, with the divisor's reciprocal if den > 1.
struct value_rate {
  std::uint64_t num = 0;
  std::uint64_t den = 1;
  divisor64 by{};
  std::uint32_t negative = 0;  ///< 1 if a long is worth a negative amount: inverse contracts, marks below zero.
};

[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t greatest_common_divisor(std::uint64_t a, std::uint64_t b) {
  while (b != 0) {
    const std::uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/// A rate of num / den steps, both below 2^63 and reduced by the caller.
[[nodiscard]] PLIMSOLL_HD constexpr value_rate make_value_rate(std::uint64_t num, std::uint64_t den, bool negative) {
  value_rate rate;
  rate.num = num;
  rate.den = den;
  rate.negative = negative ? 1 : 0;
  if (den > 1) { rate.by = make_divisor(den); }
  return rate;
}

/// The rate at a mark, and whether num and den fit. The mark must be admitted.
struct value_rate_or_none {
  value_rate rate;
  bool fits;
};
[[nodiscard]] PLIMSOLL_HD constexpr value_rate_or_none value_rate_at(const contract_rate& contract, price_ticks mark) {
  const std::uint64_t ticks = magnitude(mark.raw);
  const bool negative = contract.inverse || mark.raw < 0;
  uint128 num = 0;
  uint128 den = 1;
  if (contract.inverse) {
    const std::uint64_t common = greatest_common_divisor(contract.a, ticks);
    num = contract.a / common;
    den = static_cast<uint128>(contract.b) * (ticks / common);
  } else {
    const std::uint64_t common = greatest_common_divisor(contract.b, ticks);
    num = static_cast<uint128>(contract.a) * (ticks / common);
    den = contract.b / common;
  }
  if ((num >> limits::rate_bits_max) != 0 || (den >> limits::rate_bits_max) != 0) { return {value_rate{}, false}; }
  return {make_value_rate(static_cast<std::uint64_t>(num), static_cast<std::uint64_t>(den), negative), true};
}

/// Worth of `size` lots, floored (toward minus infinity) to the step. |worth| must be admitted: <= 2^62.
[[nodiscard]] PLIMSOLL_HD constexpr money_steps value_of(size_lots size, const value_rate& rate) {
  const uint128 product = static_cast<uint128>(magnitude(size.raw)) * rate.num;
  const bool negative = (size.raw < 0) != (rate.negative != 0);
  if (rate.den == 1) {
    const auto whole = static_cast<std::int64_t>(product);
    return {negative ? -whole : whole};
  }
  const quotient_remainder parts = divide(product, rate.by);
  // Sides and signs are unpredictable, so there is no branch on them. ~x is -x - 1, so a floor below zero is ~x or, if
  // exact, -x.
  const std::int64_t below_zero = negative ? -1 : 0;
  const std::int64_t exact = negative && parts.remainder == 0 ? 1 : 0;
  return {(static_cast<std::int64_t>(parts.quotient) ^ below_zero) + exact};
}

/// If den == 1: the one signed factor with value = lots x factor, exactly, in 64 bits. 0 if a division is needed.
[[nodiscard]] PLIMSOLL_HD constexpr std::int64_t whole_factor(const value_rate& rate) {
  if (rate.den != 1) { return 0; }
  const auto num = static_cast<std::int64_t>(rate.num);
  return rate.negative != 0 ? -num : num;
}

/// True if |worth| of that many lots stays within 2^62 steps. The admission check of a mark.
[[nodiscard]] PLIMSOLL_HD constexpr bool value_admitted(std::uint64_t lots, const value_rate& rate) {
  const uint128 product = static_cast<uint128>(lots) * rate.num;
  return product <= static_cast<uint128>(limits::money_steps_max) * rate.den;
}

/// The worth of a step of one asset in steps of another: num / (den x then). Prices and haircuts have more digits than
/// marks, so their denominator may need two divisors; floor(floor(x / den) / then) = floor(x / (den x then)).
struct price_rate {
  value_rate rate{};
  std::uint64_t then = 1;  ///< If it is not 1, rate.den >= 10^18 and rate.num < 2^61, so quotients fit 64 bits.
  divisor64 then_by{};

  constexpr price_rate() = default;
  PLIMSOLL_HD constexpr price_rate(const value_rate& only) : rate(only) {}  // NOLINT: a rate is such a price
};

/// Worth of a balance, floored (toward minus infinity) to the step. It must be admitted.
[[nodiscard]] PLIMSOLL_HD constexpr money_steps value_of(size_lots amount, const price_rate& price) {
  if (price.then == 1) { return value_of(amount, price.rate); }
  const quotient_remainder first = divide(static_cast<uint128>(magnitude(amount.raw)) * price.rate.num, price.rate.by);
  const quotient_remainder second = divide(first.quotient, price.then_by);
  const auto whole = static_cast<std::int64_t>(second.quotient);
  return {amount.raw < 0 ? -whole - ((first.remainder | second.remainder) != 0 ? 1 : 0) : whole};
}

/// True if |worth| of that balance stays within 2^62 steps.
[[nodiscard]] PLIMSOLL_HD constexpr bool value_admitted(std::uint64_t amount, const price_rate& price) {
  if (price.then == 1) { return value_admitted(amount, price.rate); }
  if (amount > static_cast<std::uint64_t>(limits::money_steps_max)) { return false; }
  const quotient_remainder first = divide(static_cast<uint128>(amount) * price.rate.num, price.rate.by);
  const quotient_remainder second = divide(first.quotient, price.then_by);
  const bool exact = (first.remainder | second.remainder) == 0;
  return second.quotient + (exact ? 0 : 1) <= static_cast<std::uint64_t>(limits::money_steps_max);
}

/// Worth of `size` lots at any mark that is admitted, floored; saturates at +-2^126.
/// For the bounds of bankruptcy values, where the present mark's limits do not hold.
[[nodiscard]] PLIMSOLL_HD constexpr int128 value_anywhere(size_lots size, const contract_rate& contract,
                                                          price_ticks mark) {
  constexpr int128 saturated = static_cast<int128>(1) << 126;
  const uint128 lots_rate = static_cast<uint128>(magnitude(size.raw)) * contract.a;  // < 2^124
  const uint128 ticks = magnitude(mark.raw);
  const bool negative = ((size.raw < 0) != contract.inverse) != (mark.raw < 0);
  uint128 num = lots_rate;
  uint128 den = contract.b;
  if (contract.inverse) {
    den *= ticks;
  } else {
    // A value beyond 2^126 before the division is beyond 2^63 after it, which no admitted figure is.
    if (ticks != 0 && lots_rate > static_cast<uint128>(saturated) / ticks) { return negative ? -saturated : saturated; }
    num *= ticks;
  }
  const auto whole = static_cast<int128>(num / den);
  return negative ? -whole - (num % den != 0 ? 1 : 0) : whole;
}

}  // namespace plimsoll
