#include "host/import/map_numbers.hpp"

#include <algorithm>

#include "host/text/decimal.hpp"

namespace plimsoll::importing {

namespace {

/// Removes trailing zeros after the point.
decimal in_lowest_terms(decimal value) {
  while (value.scale > 0 && value.mantissa % 10 == 0) {
    value.mantissa /= 10;
    --value.scale;
  }
  return value;
}

}  // namespace

std::optional<decimal> sum_of(const decimal& a, const decimal& b, int sign) {
  const int scale = std::max(a.scale, b.scale);
  const auto left = to_units(a, scale);
  const auto right = to_units(b, scale);
  if (!left || !right) { return std::nullopt; }
  return in_lowest_terms(decimal{*left + sign * *right, scale});
}

std::optional<decimal> product_of(const decimal& a, const decimal& b) {
  decimal out{0, a.scale + b.scale};
  if (__builtin_mul_overflow(a.mantissa, b.mantissa, &out.mantissa)) { return std::nullopt; }
  out = in_lowest_terms(out);
  return out.scale > 38 ? std::nullopt : std::optional(out);
}

std::optional<decimal> quotient_of(const decimal& a, const decimal& b, int decimals) {
  // a / b = am / bm x 10^(bs - as), so in units of 10^-decimals it is am x 10^shift / bm.
  const int shift = decimals + b.scale - a.scale;
  if (shift > 38 || shift < -38) { return std::nullopt; }
  int128 over = a.mantissa;
  int128 under = b.mantissa;
  int128& scaled = shift >= 0 ? over : under;
  if (__builtin_mul_overflow(scaled, power_of_ten(shift >= 0 ? shift : -shift), &scaled)) { return std::nullopt; }
  const bool negative = (over < 0) != (under < 0);
  over = over < 0 ? -over : over;
  under = under < 0 ? -under : under;
  int128 units = over / under;
  const int128 rest = over % under;
  const int128 up_to_next = under - rest;
  if (rest > up_to_next || (rest == up_to_next && units % 2 == 1)) { ++units; }
  return in_lowest_terms(decimal{negative ? -units : units, decimals});
}

std::optional<bool> is_below(const decimal& a, const decimal& b) {
  const auto difference = sum_of(a, b, -1);
  return difference ? std::optional(difference->mantissa < 0) : std::nullopt;
}

}  // namespace plimsoll::importing
