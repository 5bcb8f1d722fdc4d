// The screen on a CPU: computes how far marks may move before a unit's state could change, and evaluates only the units
// that this does not rule out.
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

/// Sums over the safe units (healthy or margin-called) at the reference. A tick need not read such a unit while its
/// radius holds. The sums are integers, so one unit's part can be subtracted and added again.
struct safe_sums {
  std::uint64_t healthy = 0;
  std::uint64_t margin_call = 0;
  std::uint64_t held = 0;
  std::uint64_t call_hashes = 0;
};

/// Units with a common least radius. A screen skips blocks whose least radius is above the largest move.
inline constexpr std::uint32_t radius_block = 64;

/// Data per unit at the reference: 12 bytes, and 2 for each block.
struct screen_cpu {
  tick_cpu reference;  ///< Prices from which radii are measured.
  move_groups groups;
  screen_rules rules;
  screen_rules isolated_rules;        ///< Isolated units have no haircuts.
  huge_buffer<std::uint16_t> radius;  ///< safety_radius.
  huge_buffer<std::uint16_t> least;   ///< Per block: its least radius.
  huge_buffer<std::uint8_t> unit_groups;
  huge_buffer<verdict> verdicts;         ///< State at the reference.
  huge_buffer<std::uint64_t> call_hash;  ///< Hash counted with the state. The slot may hold another unit by now.
  safe_sums safe;
  std::vector<tick_judgement> parts;              ///< Per task of a rebase: its judgement.
  std::vector<safe_sums> safe_parts;              ///< Per task of a rebase: its safe units.
  std::vector<std::vector<std::uint32_t>> found;  ///< Per task of a screen: units to evaluate. Memory is reused.
  std::vector<std::uint32_t> candidates;          ///< Of the last screen.
  std::vector<judged_unit> judged;                ///< Of `candidates`.
  bool made = false;
};

/// Evaluates every unit at the tick's prices, which become the reference. Equities go to the cache. Runs on the calling
/// arena's threads.
void rebase_units(const resident_cpu& resident, const tick_cpu& tick, const move_groups& groups, screen_cpu& screen,
                  unit_cache& cache, tick_judgement& out);

/// The same for units that have changed, at the reference prices.
void rebase_changed(const resident_cpu& resident, std::span<const std::uint32_t> units, screen_cpu& screen);

/// Takes the book's new band tables: the reference finds its bands in them.
void retier_reference(const resident_cpu& resident, screen_cpu& screen);

/// Writes the candidates of a move to `screen.found` and returns their number.
std::uint64_t find_screen_candidates(const tick_moves& moves, screen_cpu& screen);

/// Evaluates the candidates of a move. False: there are more of them than `evaluated_max`.
[[nodiscard]] bool screen_units(const resident_cpu& resident, const tick_cpu& tick, const tick_moves& moves,
                                screen_cpu& screen, tick_judgement& out);

/// Turns a margin pass into a judgement: its counts, and the figures of flagged units, which the pass did not publish.
void judge_scanned(const resident_cpu& resident, const tick_cpu& tick, std::vector<tile_summary>& tiles,
                   const margin_result& scanned, tick_judgement& out);

}  // namespace plimsoll
