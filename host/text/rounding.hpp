// What becomes of a number that is finer than its step: refused, unless somebody says how to round it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "host/text/decimal.hpp"

namespace plimsoll {

enum class rounding : std::uint8_t {
  refuse,
  half_even,  ///< To the nearest step; in the middle to the even one.
  down,       ///< Towards zero.
};

/// "refuse", "half_even", "down".
[[nodiscard]] constexpr std::string_view to_string(rounding mode) {
  constexpr std::string_view words[] = {"refuse", "half_even", "down"};
  return words[static_cast<int>(mode)];
}
[[nodiscard]] constexpr std::optional<rounding> rounding_of(std::string_view word) {
  for (const rounding mode : {rounding::refuse, rounding::half_even, rounding::down}) {
    if (word == to_string(mode)) { return mode; }
  }
  return std::nullopt;
}

/// `value` as a multiple of `step` (> 0), rounded as `mode` says; nothing where the multiple is beyond 38 digits, or
/// where `mode` is refuse and it is none.
[[nodiscard]] std::optional<decimal> round_to_step(const decimal& value, const decimal& step, rounding mode);

/// a - b, exactly or, beyond 38 digits, nearly: for messages.
[[nodiscard]] decimal difference(const decimal& a, const decimal& b);
/// Is |a| < |b|?
[[nodiscard]] bool smaller(const decimal& a, const decimal& b);

/// Reads what `parse_decimal` reads, numbers of any length and exponents too. What has more than 38 digits comes back
/// with 37 or 38 of them, so cut that it still rounds to fewer digits as the whole number would.
[[nodiscard]] decimal_fault parse_long_decimal(std::string_view text, decimal& out);

/// A float as the exact decimal that it is, cut as above; nothing where it is not finite.
[[nodiscard]] std::optional<decimal> exact_decimal(double value);
/// A float as the shortest decimal that reads back the same: what its writer meant.
[[nodiscard]] std::optional<decimal> shortest_decimal(double value);

}  // namespace plimsoll
