#include "host/text/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace plimsoll {

namespace {

constexpr int128 units_max = static_cast<int128>(1) << 126;

}  // namespace

int128 power_of_ten(int exponent) {
  int128 power = 1;
  for (int i = 0; i < exponent; ++i) { power *= 10; }
  return power;
}

decimal_fault parse_decimal(std::string_view text, decimal& out) {
  if (text.empty()) { return decimal_fault::empty; }
  const bool negative = text.front() == '-';
  if (negative) { text.remove_prefix(1); }

  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string_view part = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || (point != std::string_view::npos && part.empty())) { return decimal_fault::malformed; }
  if (!std::all_of(whole.begin(), whole.end(), is_digit) || !std::all_of(part.begin(), part.end(), is_digit)) {
    return decimal_fault::malformed;
  }

  const std::size_t leading = std::min(whole.find_first_not_of('0'), whole.size());
  while (!part.empty() && part.back() == '0') { part.remove_suffix(1); }
  if (part.size() > static_cast<std::size_t>(decimal_digits_max) ||
      whole.size() - leading + part.size() > static_cast<std::size_t>(decimal_digits_max)) {
    return decimal_fault::too_long;
  }
  uint128 mantissa = 0;
  for (const char c : whole.substr(leading)) { mantissa = mantissa * 10 + static_cast<unsigned>(c - '0'); }
  for (const char c : part) { mantissa = mantissa * 10 + static_cast<unsigned>(c - '0'); }
  // 38 digits stay below 2^127.
  out.mantissa = negative ? -static_cast<int128>(mantissa) : static_cast<int128>(mantissa);
  out.scale = static_cast<int>(part.size());
  return decimal_fault::none;
}

const char* to_string(decimal_fault fault) {
  switch (fault) {
    case decimal_fault::none: return "is a plain decimal";
    case decimal_fault::empty: return "is empty";
    case decimal_fault::malformed:
      return "is not a plain decimal (digits, at most one point, a leading '-'; no exponent)";
    case decimal_fault::too_long: return "has more than 38 significant digits";
  }
  return "";
}

std::optional<int128> to_units(const decimal& value, int digits) {
  if (value.scale > digits) { return std::nullopt; }
  const int shift = digits - value.scale;
  if (value.mantissa == 0) { return int128{0}; }
  if (shift > decimal_digits_max) { return std::nullopt; }
  const int128 factor = power_of_ten(shift);
  const int128 bound = shift == 0 ? units_max : units_max / factor;
  if (value.mantissa > bound || value.mantissa < -bound) { return std::nullopt; }
  return value.mantissa * factor;
}

std::optional<std::int64_t> to_steps(const decimal& value, const decimal& step) {
  // value / step = (m / s) x 10^(step.scale - value.scale): bring the powers of ten to one side, then divide.
  const int scale = std::max(value.scale, step.scale);
  const auto numerator = to_units(value, scale);
  const auto denominator = to_units(step, scale);
  if (!numerator || !denominator) { return std::nullopt; }
  const auto narrow = [](int128 x) { return static_cast<std::int64_t>(x) == x && x > 0; };
  if (narrow(*numerator) && narrow(*denominator)) {  // The usual case, and many times faster.
    const auto num = static_cast<std::int64_t>(*numerator);
    const auto den = static_cast<std::int64_t>(*denominator);
    return num % den == 0 ? std::optional(num / den) : std::nullopt;
  }
  if (*numerator % *denominator != 0) { return std::nullopt; }
  const int128 steps = *numerator / *denominator;
  constexpr int128 bound = static_cast<int128>(1) << 63;
  if (steps >= bound || steps <= -bound) { return std::nullopt; }
  return static_cast<std::int64_t>(steps);
}

void append_units(std::string& out, int128 units, int digits) {
  char text[96];
  char* const end = text + sizeof text;
  char* begin = end;
  auto rest = units < 0 ? uint128{0} - static_cast<uint128>(units) : static_cast<uint128>(units);
  int written = 0;
  while (rest != 0 || written <= digits) {
    if (written == digits && digits > 0) { *--begin = '.'; }
    // Two halves: 64-bit division is many times faster than 128-bit.
    if ((rest >> 64) == 0) {
      auto narrow = static_cast<std::uint64_t>(rest);
      *--begin = static_cast<char>('0' + narrow % 10);
      rest = narrow / 10;
    } else {
      *--begin = static_cast<char>('0' + static_cast<int>(rest % 10));
      rest /= 10;
    }
    ++written;
  }
  if (units < 0) { *--begin = '-'; }
  out.append(begin, end);
}

std::string format_units(int128 units, int digits) {
  std::string text;
  append_units(text, units, digits);
  return text;
}

std::string format_decimal(const decimal& value) { return format_units(value.mantissa, value.scale); }

double to_double(const decimal& value) {
  const std::string text = format_decimal(value);
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace plimsoll
