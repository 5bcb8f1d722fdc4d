// Exact arithmetic of maps on cells. Each function returns nothing if the digits do not fit.
#pragma once

#include <optional>

#include "plimsoll/decimal.hpp"

namespace plimsoll::importing {

/// a + sign x b.
[[nodiscard]] std::optional<decimal> sum_of(const decimal& a, const decimal& b, int sign);

/// a x b.
[[nodiscard]] std::optional<decimal> product_of(const decimal& a, const decimal& b);

/// a / b rounded to the given number of decimals, half to even. b is not 0.
[[nodiscard]] std::optional<decimal> quotient_of(const decimal& a, const decimal& b, int decimals);

/// a < b; nothing if the two have no common scale.
[[nodiscard]] std::optional<bool> is_below(const decimal& a, const decimal& b);

}  // namespace plimsoll::importing
