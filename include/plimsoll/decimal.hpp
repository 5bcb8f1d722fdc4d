// An exact decimal number.
#pragma once

#include "plimsoll/config.hpp"

namespace plimsoll {

/// mantissa x 10^-scale, in lowest terms: the fraction has no trailing zeros.
struct decimal {
  int128 mantissa = 0;
  int scale = 0;
  friend bool operator==(const decimal&, const decimal&) = default;
};

}  // namespace plimsoll
