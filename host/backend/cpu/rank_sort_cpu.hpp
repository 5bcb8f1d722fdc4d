// Sorts ladders on a CPU: whole ones for publication and audit, and the prefix that a cover needs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/backend/cpu/rank_scratch_cpu.hpp"
#include "host/backend/cpu/rank_select_cpu.hpp"
#include "host/backend/ladder_digit.hpp"

namespace plimsoll {

/// Appends the entries on the ladder that are at `last` or ahead of it, in entry order. `positions` is by entry.
void append_prefix(const ladder_view& ladder, const std::uint32_t* positions, const ladder_place& last,
                   std::vector<ladder_entry>& out);

/// The cut point behind every entry of any ladder.
inline constexpr ladder_place ladder_end{off_ladder + 1, 0xffff'ffffU};

/// Copies entries of one segment, given in position order, in ladder order (key descending, position rising) to `out`.
/// The input is overwritten. `out` has the same length and does not overlap. Long ladders are sorted on the calling
/// arena's threads. Throws std::bad_alloc if `scratch` must grow.
void sort_ladder(std::span<ladder_entry> entries, ladder_scratch& scratch, std::span<ladder_entry> out);

}  // namespace plimsoll
