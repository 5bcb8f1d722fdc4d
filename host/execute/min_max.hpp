// Smallest worst haircut / equity where losers differ in what a lot of theirs costs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/execute/policy.hpp"

namespace plimsoll {

/// Lots of each candidate, so that the largest (given + haircut) / (given + equity) is the smallest that the executor's
/// walk can reach, to 10^-9: losers in order, each taking from candidates in ladder order, never from its own account
/// (where one stands on both sides the level may lie above the smallest). The haircuts of a loser's lots are
/// proportional. Each candidate is used up to one common level of its equity before the next is asked.
///
/// Parts sum to min(demand, lots of candidates with equity). What cannot be served within the equities is asked in
/// ladder order: the overlap check decides.
[[nodiscard]] std::vector<std::uint64_t> min_max_walk(std::span<const adl_loser> losers,
                                                      std::span<const adl_candidate> candidates);

}  // namespace plimsoll
