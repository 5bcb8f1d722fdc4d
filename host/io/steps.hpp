// Counting steps, and saying why a number is not a whole count of them.
#pragma once

#include <cstdint>
#include <string>

#include "host/text/decimal.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll::io {

/// `value` in whole `step`s.
struct step_count {
  enum class fault : unsigned char { none, off, beyond };
  int128 count = 0;
  fault what = fault::none;
};

/// `off`: not a multiple of the step; `beyond`: more than 2^126 of them.
[[nodiscard]] inline step_count count_steps(const decimal& value, const decimal& step) {
  if (value.mantissa == 0) { return {}; }
  const int scale = value.scale > step.scale ? value.scale : step.scale;
  const auto numerator = to_units(value, scale);
  if (!numerator) { return {0, step_count::fault::beyond}; }
  const auto denominator = to_units(step, scale);
  if (!denominator || *numerator % *denominator != 0) { return {0, step_count::fault::off}; }
  return {*numerator / *denominator, step_count::fault::none};
}

/// 10^-digits as text.
[[nodiscard]] inline std::string step_text(int digits) { return format_units(1, digits); }

[[nodiscard]] constexpr bool money_fits(int128 steps) {
  return steps <= limits::money_steps_max && steps >= -static_cast<int128>(limits::money_steps_max);
}

/// Reasons shared by all amounts of money.
[[nodiscard]] inline std::string finer_than_step(int digits, const std::string& asset) {
  return "is finer than the step " + step_text(digits) + " of " + asset;
}
[[nodiscard]] inline std::string beyond_money(int digits, const std::string& asset) {
  return "is beyond 2^62 steps of " + step_text(digits) + " " + asset + "; choose a coarser assets.step for " + asset;
}

}  // namespace plimsoll::io
