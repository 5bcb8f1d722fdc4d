// The tiles of a margin pass, in the instructions of the processor's vector target.
#pragma once

#include <cstdint>
#include <span>

#include "host/backend/cpu/scan_units_cpu.hpp"

namespace plimsoll {

/// Evaluates the units of tiles [first, last): verdicts, the cache, the tiles' summaries, and with `publish` the
/// figures. The outputs have their sizes.
void scan_tiles(const resident_cpu& resident, const tick_cpu& tick, bool publish, unit_cache& cache,
                unit_figures& figures, std::uint32_t first, std::uint32_t last, std::span<tile_summary> summaries);

/// The same for equities only, of units whose states are known; writes only the cache's equities.
void scan_tile_equities(const resident_cpu& resident, const tick_cpu& tick, const verdict* verdicts,
                        std::int64_t* ladder_equity, std::uint32_t first, std::uint32_t last);

}  // namespace plimsoll
