// Dividing a whole number of lots by weights under caps, exactly. The base of every pro-rata policy.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plimsoll/config.hpp"

namespace plimsoll {

/// Parts that sum to min(total, sum of the caps of positive weights); none exceeds its cap, weight 0 gets 0.
///
/// Water-filling: whoever's proportional share reaches the cap gets the cap, in rising order of cap / weight; the
/// others split what is left exactly (`exact_split`, in the order given). Weights up to 2^100, caps up to 2^62. The
/// comparisons are exact, so the result depends on nothing but the numbers and their order.
[[nodiscard]] std::vector<std::uint64_t> water_fill(std::uint64_t total, std::span<const uint128> weights,
                                                    std::span<const std::uint64_t> caps);

}  // namespace plimsoll
