// Rounding of numbers that are finer than their step. They are refused unless the venue sets a mode.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "host/text/decimal.hpp"

namespace plimsoll {

enum class rounding : std::uint8_t {
  refuse,
  half_even,  ///< To the nearest step; a tie goes to the even one.
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

/// `value` as a multiple of `step` (> 0), rounded by `mode`. Nothing if the multiple has more than 38 digits, or if
/// `mode` is refuse and `value` is not a multiple.
[[nodiscard]] std::optional<decimal> round_to_step(const decimal& value, const decimal& step, rounding mode);

/// a - b: exact, or approximate if it has more than 38 digits. For messages.
[[nodiscard]] decimal difference(const decimal& a, const decimal& b);
/// True if |a| < |b|.
[[nodiscard]] bool smaller(const decimal& a, const decimal& b);

/// Reads the same as `parse_decimal`, and also numbers of any length and exponents. A number with more than 38 digits
/// is cut to 37 or 38 of them, such that it still rounds to fewer digits as the whole number would.
[[nodiscard]] decimal_fault parse_long_decimal(std::string_view text, decimal& out);

/// The exact decimal value of a float, cut as above; nothing if it is not finite.
[[nodiscard]] std::optional<decimal> exact_decimal(double value);
/// The shortest decimal that reads back as the same float, which is most likely what its writer meant.
[[nodiscard]] std::optional<decimal> shortest_decimal(double value);

}  // namespace plimsoll
