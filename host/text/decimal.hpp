// Plain decimal text to exact integers and back, never through a float.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plimsoll/config.hpp"
#include "plimsoll/decimal.hpp"

namespace plimsoll {

/// Significant digits of a decimal, and of its fraction, at most.
inline constexpr int decimal_digits_max = 38;

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The reason why a text is not a decimal that we read.
enum class decimal_fault : std::uint8_t {
  none,
  empty,      ///< The text is empty.
  malformed,  ///< Not `-?digits[.digits]`: exponent, plus sign, inf, nan, spaces, ...
  too_long,   ///< More than 38 significant digits, or finer than 10^-38.
};

/// Reads `-?digits[.digits]`; `out` is set only when nothing is wrong.
[[nodiscard]] decimal_fault parse_decimal(std::string_view text, decimal& out);

/// The end of a sentence for a fault: "is not a plain decimal", ...
[[nodiscard]] const char* to_string(decimal_fault fault);

/// `value` as a whole number of 10^-digits; nothing if it is finer than that or beyond 2^126.
[[nodiscard]] std::optional<int128> to_units(const decimal& value, int digits);

/// `value` as a whole number of `step`s (step > 0); nothing if it is not a multiple or the number is beyond 2^63.
[[nodiscard]] std::optional<std::int64_t> to_steps(const decimal& value, const decimal& step);

/// Appends units x 10^-digits as plain decimal text with exactly `digits` digits after the point.
void append_units(std::string& out, int128 units, int digits);

/// The same, as a new string.
[[nodiscard]] std::string format_units(int128 units, int digits);

/// The decimal as its shortest plain text.
[[nodiscard]] std::string format_decimal(const decimal& value);

/// The nearest binary64; ties go to even.
[[nodiscard]] double to_double(const decimal& value);

/// 10^exponent for 0 <= exponent <= 38.
[[nodiscard]] int128 power_of_ten(int exponent);

/// A count of steps as an amount: `steps` x `step`.
[[nodiscard]] inline int128 step_units(int128 steps, const decimal& step) { return steps * step.mantissa; }

}  // namespace plimsoll
