// Divides a whole number of lots by weights under caps, exactly. Every pro-rata policy is based on it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plimsoll/config.hpp"

namespace plimsoll {

/// Parts that sum to min(total, sum of the caps of positive weights). No part exceeds its cap; weight 0 gets 0.
///
/// Water-filling: in rising order of cap / weight, a part whose proportional share reaches its cap gets the cap. The
/// others split the rest exactly (`exact_split`, in the given order). Weights may be up to 2^100, caps up to 2^62. The
/// comparisons are exact, so the result depends only on the numbers and their order.
[[nodiscard]] std::vector<std::uint64_t> water_fill(std::uint64_t total, std::span<const uint128> weights,
                                                    std::span<const std::uint64_t> caps);

}  // namespace plimsoll
