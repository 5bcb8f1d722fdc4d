// Exact decimals for people, without unneeded zeros.
#pragma once

#include <string>

#include "host/text/decimal.hpp"

namespace plimsoll {

/// units x 10^-digits without trailing zeros, but with at least `digits_least` digits after the point.
[[nodiscard]] inline std::string trimmed_units(int128 units, int digits, int digits_least) {
  std::string text = format_units(units, digits);
  while (digits > digits_least && text.back() == '0') {
    text.pop_back();
    --digits;
  }
  if (text.back() == '.') { text.pop_back(); }
  return text;
}

}  // namespace plimsoll
