// Ladders in order on a CPU: whole ones for publication and audit, and the prefix that a cover needs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/backend/cpu/rank_scratch_cpu.hpp"
#include "host/backend/cpu/rank_select_cpu.hpp"
#include "host/backend/ladder_digit.hpp"

namespace plimsoll {

/// Appends the entries on the ladder that stand at `last` or ahead of it, in entry order. `positions` is by entry.
void append_prefix(const ladder_view& ladder, const std::uint32_t* positions, const ladder_place& last,
                   std::vector<ladder_entry>& out);

/// The place behind every entry on any ladder.
inline constexpr ladder_place ladder_end{off_ladder + 1, 0xffff'ffffU};

/// Copies entries of one segment that stand in position order into ladder order (key descending, position rising); they
/// are left in none. `out` is as long and apart. Long ones are sorted on the calling arena's threads. Throws
/// std::bad_alloc where `room` has yet to grow.
void sort_ladder(std::span<ladder_entry> entries, ladder_scratch& scratch, std::span<ladder_entry> out);

}  // namespace plimsoll
