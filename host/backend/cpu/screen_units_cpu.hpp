// The screen on a CPU: how far marks may move before a unit's state could change, and the judgement of those alone that
// it does not rule out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/backend/cpu/resident_cpu.hpp"
#include "host/backend/cpu/scan_units_cpu.hpp"
#include "host/memory/huge_buffer.hpp"
#include "kernels/rules/screen.hpp"

namespace plimsoll {

/// What calm units come to at the reference: those that no tick need look at while their radius holds. Integers, so
/// that one unit's part can be taken off and put back.
struct safe_sums {
  std::uint64_t healthy = 0;
  std::uint64_t margin_call = 0;
  std::uint64_t held = 0;
  std::uint64_t call_hashes = 0;
};

/// Units that share a least radius: a screen reads the radii of those blocks alone that a move can reach.
inline constexpr std::uint32_t radius_block = 64;

/// Per unit at the reference: 12 bytes, and 2 a block.
struct screen_cpu {
  tick_cpu reference;  ///< Prices that radii are counted from.
  move_groups groups;
  screen_rules rules;
  screen_rules isolated_rules;        ///< Isolated units know no haircuts.
  huge_buffer<std::uint16_t> radius;  ///< safety_radius.
  huge_buffer<std::uint16_t> least;   ///< Per block: its least radius.
  huge_buffer<std::uint8_t> unit_groups;
  huge_buffer<verdict> outcome;  ///< State at the reference,
  huge_buffer<std::uint64_t>
      call_hash;  ///< and the hash that was counted with it: a slot may have another unit by now.
  safe_sums safe;
  std::vector<tick_judgement> parts;              ///< Per task of a rebase: what it judged, and
  std::vector<safe_sums> safe_parts;              ///< its calm units.
  std::vector<std::vector<std::uint32_t>> found;  ///< Per task of a screen: units to evaluate. Kept from tick to tick.
  std::vector<std::uint32_t> candidates;          ///< Of the last screen.
  std::vector<judged_unit> judged;                ///< Of `candidates`.
  bool made = false;
};

/// Judges every unit at the tick's prices, which become the reference; equities go to the cache. Runs on the calling
/// arena's threads.
void rebase_units(const resident_cpu& resident, const tick_cpu& tick, const move_groups& groups, screen_cpu& screen,
                  unit_cache& cache, tick_judgement& out);

/// The same for units that have changed, at the prices of the reference.
void rebase_changed(const resident_cpu& resident, std::span<const std::uint32_t> units, screen_cpu& screen);

/// The book's band tables are others: what is kept of the reference finds its bands in them.
void retier_reference(const resident_cpu& resident, screen_cpu& screen);

/// Whom a move reaches, into `screen.found`. Returns how many.
std::uint64_t find_reached(const tick_moves& moves, screen_cpu& screen);

/// Judges the units whose radius a move reaches. False: there are more of them than `evaluated_max`.
[[nodiscard]] bool screen_units(const resident_cpu& resident, const tick_cpu& tick, const tick_moves& moves,
                                screen_cpu& screen, tick_judgement& out);

/// A margin pass as a judgement: its counts, and the figures of those not calm, which it did not publish.
void judge_scanned(const resident_cpu& resident, const tick_cpu& tick, std::vector<tile_summary>& tiles,
                   const margin_result& scanned, tick_judgement& out);

}  // namespace plimsoll
