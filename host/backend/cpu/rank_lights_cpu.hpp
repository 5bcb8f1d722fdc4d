// Exact lights of a ladder on a CPU, without sorting it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "host/backend/cpu/rank_select_cpu.hpp"

namespace plimsoll {

/// How many thresholds part five lights.
inline constexpr std::uint32_t lights_places = 4;

/// The lots at which the lights change, for a ladder of `lots_total` > 0 lots: the targets whose places `light_entries`
/// takes.
[[nodiscard]] std::array<std::uint64_t, lights_places> lights_targets(std::uint64_t lots_total);

/// Writes the lights of entries [first, last): 5 less the number of places an entry stands behind; 0 off the ladder.
/// The places are those of entries on the ladder.
void light_entries(const ladder_view& ladder, std::span<const ladder_place, lights_places> places, std::uint32_t first,
                   std::uint32_t last, std::uint8_t* lights);

}  // namespace plimsoll
