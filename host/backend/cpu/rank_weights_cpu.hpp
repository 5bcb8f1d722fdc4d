// The bins of a chunk of a ladder and their weights, in the instructions of the processor's vector target.
#pragma once

#include <cstdint>

#include "host/backend/ladder_digit.hpp"

namespace plimsoll {

/// Writes the bins of `count` entries, and the lots of each bin to weights[0 .. digit.bins()). Lots have one sign, and
/// weights are without it. Entries off the ladder are weighed too: they have the lowest key, so they are in the lowest
/// used bin, behind every possible target.
void weigh_entries(const ladder_digit& digit, const std::uint64_t* keys, const std::int64_t* lots, std::uint32_t count,
                   std::uint16_t* bins, std::uint64_t* weights);

}  // namespace plimsoll
