// Exact arithmetic that a map asks of cells. Nothing comes back where the digits do not fit.
#pragma once

#include <optional>

#include "plimsoll/decimal.hpp"

namespace plimsoll::importing {

/// a + sign x b.
[[nodiscard]] std::optional<decimal> sum_of(const decimal& a, const decimal& b, int sign);

/// a x b.
[[nodiscard]] std::optional<decimal> product_of(const decimal& a, const decimal& b);

/// a / b rounded to so many digits behind the point, half to even. b is not 0.
[[nodiscard]] std::optional<decimal> quotient_of(const decimal& a, const decimal& b, int decimals);

/// a < b; nothing where the two have no common scale.
[[nodiscard]] std::optional<bool> is_below(const decimal& a, const decimal& b);

}  // namespace plimsoll::importing
