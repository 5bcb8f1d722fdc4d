#include "host/text/rounding.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include <boost/multiprecision/cpp_int.hpp>
#include <fmt/format.h>

namespace plimsoll {

namespace {

/// Holds two mantissas of 38 digits on one scale: below 10^76.
using wide = boost::multiprecision::int512_t;

wide widened(int128 x) {
  const auto bits = x < 0 ? uint128{0} - static_cast<uint128>(x) : static_cast<uint128>(x);
  wide out = static_cast<std::uint64_t>(bits >> 64);
  out <<= 64;
  out += static_cast<std::uint64_t>(bits);
  return x < 0 ? wide(-out) : out;
}
/// The number times 10^`scale`; `scale` must not be below the number's own.
wide on_scale(const decimal& value, int scale) {
  return widened(value.mantissa) * widened(power_of_ten(scale - value.scale));
}
bool has_38_digits(const wide& x) {
  const wide bound = widened(power_of_ten(decimal_digits_max));
  return x < bound && x > -bound;
}
int128 narrowed(const wide& x) {
  const wide size = x < 0 ? wide(-x) : x;
  const auto high = static_cast<uint128>(static_cast<std::uint64_t>(size >> 64));
  const auto low = static_cast<std::uint64_t>(size & wide(UINT64_MAX));
  const auto whole = static_cast<int128>((high << 64) + low);
  return x < 0 ? -whole : whole;
}

/// `text` is digits with the point `scale` digits from the right. Cuts it to at most 38 digits. If nonzero digits are
/// cut away, the last remaining digit is made other than 0 and 5, so that rounding sees no tie where there is none.
decimal_fault from_digits(std::string digits, std::int64_t scale, bool negative, decimal& out) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (!digits.empty() && scale > 0 && digits.back() == '0') {
    digits.pop_back();
    --scale;
  }
  if (digits.empty()) {
    out = {};
    return decimal_fault::none;
  }
  if (scale < 0) {
    if (static_cast<std::int64_t>(digits.size()) - scale > decimal_digits_max) { return decimal_fault::too_long; }
    digits.append(static_cast<std::size_t>(-scale), '0');
    scale = 0;
  }
  std::int64_t cut =
      std::max<std::int64_t>(static_cast<std::int64_t>(digits.size()) - decimal_digits_max, scale - decimal_digits_max);
  bool inexact = false;
  if (cut > 0) {
    if (cut > scale) { return decimal_fault::too_long; }
    const auto kept =
        static_cast<std::int64_t>(digits.size()) > cut ? digits.size() - static_cast<std::size_t>(cut) : 0;
    inexact = digits.find_first_not_of('0', kept) != std::string::npos;
    digits.resize(kept);
    scale -= cut;
  }
  int128 mantissa = 0;
  for (const char c : digits) { mantissa = mantissa * 10 + (c - '0'); }
  if (inexact && mantissa % 5 == 0) { ++mantissa; }
  out = {negative ? -mantissa : mantissa, static_cast<int>(scale)};
  while (out.scale > 0 && out.mantissa % 10 == 0) {
    out.mantissa /= 10;
    --out.scale;
  }
  return decimal_fault::none;
}

}  // namespace

std::optional<decimal> round_to_step(const decimal& value, const decimal& step, rounding mode) {
  const int scale = std::max(value.scale, step.scale);
  const wide number = on_scale(value, scale);
  const wide unit = on_scale(step, scale);
  wide count = number / unit;  // Towards zero.
  const wide rest = number - count * unit;
  if (rest != 0) {
    if (mode == rounding::refuse) { return std::nullopt; }
    const wide twice = rest < 0 ? wide(-2 * rest) : wide(2 * rest);
    const bool up = twice > unit || (twice == unit && count % 2 != 0);
    if (mode == rounding::half_even && up) { count += number < 0 ? -1 : 1; }
  }
  const wide mantissa = count * widened(step.mantissa);
  if (!has_38_digits(mantissa)) { return std::nullopt; }
  return decimal{narrowed(mantissa), step.scale};
}

decimal difference(const decimal& a, const decimal& b) {
  int scale = std::max(a.scale, b.scale);
  wide rest = on_scale(a, scale) - on_scale(b, scale);
  while (scale > 0 && (!has_38_digits(rest) || rest % 10 == 0)) {
    rest /= 10;
    --scale;
  }
  return {narrowed(rest), scale};
}

bool smaller(const decimal& a, const decimal& b) {
  const int scale = std::max(a.scale, b.scale);
  const wide left = on_scale(a, scale), right = on_scale(b, scale);
  return (left < 0 ? wide(-left) : left) < (right < 0 ? wide(-right) : right);
}

decimal_fault parse_long_decimal(std::string_view text, decimal& out) {
  const decimal_fault plain = parse_decimal(text, out);
  if (plain == decimal_fault::none || plain == decimal_fault::empty) { return plain; }
  constexpr std::size_t length_max = 4096;
  if (text.size() > length_max) { return decimal_fault::too_long; }
  const bool negative = text.front() == '-';
  if (negative) { text.remove_prefix(1); }
  std::int64_t exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view power = text.substr(e + 1);
    if (power.starts_with('+')) { power.remove_prefix(1); }
    const auto [end, failure] = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (failure != std::errc() || end != power.data() + power.size() || power.empty()) {
      return decimal_fault::malformed;
    }
    if (exponent > 400 || exponent < -400) { return decimal_fault::too_long; }
    text = text.substr(0, e);
  }
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  const std::string_view part = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (digits.empty() || (point != std::string_view::npos && part.empty())) { return decimal_fault::malformed; }
  digits += part;
  if (digits.find_first_not_of("0123456789") != std::string::npos) { return decimal_fault::malformed; }
  return from_digits(std::move(digits), static_cast<std::int64_t>(part.size()) - exponent, negative, out);
}

std::optional<decimal> exact_decimal(double value) {
  if (!std::isfinite(value)) { return std::nullopt; }
  if (value == 0) { return decimal{}; }
  // As many digits after the point as bits, which are all digits of the value.
  const std::string text = fmt::format("{:.{}f}", value, std::clamp(52 - std::ilogb(value), 0, 1074));
  decimal out;
  return parse_long_decimal(text, out) == decimal_fault::none ? std::optional(out) : std::nullopt;
}

std::optional<decimal> shortest_decimal(double value) {
  if (!std::isfinite(value)) { return std::nullopt; }
  decimal out;
  return parse_long_decimal(fmt::format("{}", value), out) == decimal_fault::none ? std::optional(out) : std::nullopt;
}

}  // namespace plimsoll
