// Converts numbers to steps, and gives the reason if a number is not a whole number of steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/text/decimal.hpp"
#include "host/text/rounding.hpp"
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

/// Advice for a number finer than its step: "round to 6 decimals: --round half_even".
[[nodiscard]] inline std::string way_to_round(const decimal& step) {
  const std::string to = step.mantissa == 1 ? std::to_string(step.scale) + (step.scale == 1 ? " decimal" : " decimals")
                                            : "multiples of " + format_decimal(step);
  return "round to " + to + ": --round half_even";
}

/// The finest power of ten, not finer than 10^-8 nor coarser than 10^-`digits_least`, for which `headroom` times
/// `value` is at most `most` steps; as text. Blank if there is none.
[[nodiscard]] inline std::string fitting_step(const decimal& value, std::int64_t most, int headroom, int digits_least) {
  const decimal size{value.mantissa < 0 ? -value.mantissa : value.mantissa, value.scale};
  for (int digits = 8; digits >= digits_least; --digits) {
    const decimal step = digits >= 0 ? decimal{1, digits} : decimal{power_of_ten(-digits), 0};
    const auto whole = round_to_step(size, step, rounding::down);
    if (whole && count_steps(*whole, step).count <= most / headroom) { return format_decimal(step); }
  }
  return "";
}

/// Advice for too many steps: a coarser step, and rounding to it. `what`: the column of the step of `name`.
[[nodiscard]] inline std::string coarser_step(const std::string& fits, const char* what, const std::string& name) {
  if (fits.empty()) { return "; count " + name + " in larger units"; }
  return std::string("; set ") + what + " of " + name + " to " + fits + " and round to it: --round half_even";
}

/// Reasons that all amounts of money share.
[[nodiscard]] inline std::string finer_than_step(int digits, const std::string& asset) {
  return "is finer than the step " + step_text(digits) + " of " + asset + "; " + way_to_round({1, digits});
}
[[nodiscard]] inline std::string beyond_money(const decimal& value, int digits, const std::string& asset) {
  constexpr int headroom = 1000;  // The sums of a unit must fit as well.
  return "is beyond 2^62 steps of " + step_text(digits) + " " + asset +
         coarser_step(fitting_step(value, limits::money_steps_max, headroom, 0), "assets.step", asset);
}
/// The reason why an amount is not a whole number of an asset's steps.
[[nodiscard]] inline std::string fault_of_money(const decimal& value, int digits, const std::string& asset) {
  const auto whole = round_to_step(value, {1, digits}, rounding::down);
  const auto steps = whole ? to_units(*whole, digits) : std::nullopt;
  return steps && money_fits(*steps) ? finer_than_step(digits, asset) : beyond_money(value, digits, asset);
}

}  // namespace plimsoll::io
