// Exact lights of a ladder on a CPU, without sorting it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "host/backend/cpu/rank_select_cpu.hpp"

namespace plimsoll {

/// Number of thresholds between five lights.
inline constexpr std::uint32_t lights_places = 4;

/// The lots at which the lights change, for a ladder of `lots_total` > 0 lots. `light_entries` takes their cut points.
[[nodiscard]] std::array<std::uint64_t, lights_places> lights_targets(std::uint64_t lots_total);

/// Writes the lights of entries [first, last): 5 less the number of cut points that an entry comes after; 0 off the
/// ladder. The cut points must be those of entries on the ladder.
void light_entries(const ladder_view& ladder, std::span<const ladder_place, lights_places> places, std::uint32_t first,
                   std::uint32_t last, std::uint8_t* lights);

}  // namespace plimsoll
