// Smallest worst haircut / equity if the haircut of a lot differs between losers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/execute/policy.hpp"

namespace plimsoll {

/// Lots of each candidate such that the largest (given + haircut) / (given + equity) is the smallest that the
/// executor's walk can achieve, to 10^-9. The walk takes losers in order; each takes from candidates in ladder order,
/// never from its own account. (If an account is on both sides, the level may be above the smallest.) A loser's haircut
/// is proportional to lots. Each candidate gives up to one common level of its equity before the next gives any.
///
/// Parts sum to min(demand, lots of candidates with equity). Lots that cannot be served within the equities are
/// assigned in ladder order; the overlap check decides about them.
[[nodiscard]] std::vector<std::uint64_t> min_max_walk(std::span<const adl_loser> losers,
                                                      std::span<const adl_candidate> candidates);

}  // namespace plimsoll
