// Units cut into tiles for scan_units, on the host: at load, and, after rows have moved, before the next pass over
// tiles.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/scan/scan_types.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Bounds of a tile: one thread per unit, one slot in shared memory per position. A unit with more than
/// `unit_positions` would keep one thread busy while the others wait, so it becomes a long unit, with a block of its
/// own. A cut fills a tile up to `cut_positions` only, so that it still fits after rows have moved by a slot or two as
/// positions open.
struct tile_policy {
  static constexpr int block_threads = 256;
  static constexpr std::uint32_t tile_units = block_threads;
  static constexpr std::uint32_t tile_positions = 1024;
  static constexpr std::uint32_t cut_positions = tile_positions - 64;
  static constexpr std::uint32_t unit_positions = 128;
};
static_assert(tile_policy::block_threads % 32 == 0, "A block is a whole number of warps.");
static_assert(tile_policy::unit_positions <= tile_policy::cut_positions, "A unit is long or in a tile.");

/// The cut: every unit is in one tile or among the long units, both in rising order.
struct unit_cut {
  std::vector<unit_tile> tiles;
  std::vector<std::uint32_t> long_units;
};

/// The most long units that so many positions can make, and the most tiles with so many units: enough for every cut of
/// a book whose columns keep their lengths. A tile ends because it is full of units, because the next unit would
/// overfill it with positions (so that any two such neighbours hold more than a tile), before a long unit, or at the
/// end.
template <class Policy = tile_policy>
[[nodiscard]] constexpr std::size_t long_units_max(std::size_t positions) {
  return positions / (Policy::unit_positions + 1);
}
template <class Policy = tile_policy>
[[nodiscard]] constexpr std::size_t tiles_max(std::size_t units, std::size_t positions) {
  const std::size_t any =
      units / Policy::tile_units + 2 * positions / (Policy::cut_positions + 1) + long_units_max<Policy>(positions) + 1;
  return units < any ? units : any;
}

/// Cuts the units whose positions are [first_position[u], first_position[u + 1]), greedily.
template <class Policy = tile_policy>
[[nodiscard]] unit_cut cut_units(std::span<const std::uint32_t> first_position) {
  unit_cut cut;
  const auto units = static_cast<std::uint32_t>(first_position.size() - 1);
  unit_tile open{0, 0};
  const auto close = [&](std::uint32_t next) {
    if (open.unit_count != 0) { cut.tiles.push_back(open); }
    open = {next, 0};
  };
  for (std::uint32_t unit = 0; unit < units; ++unit) {
    if (first_position[unit + 1] - first_position[unit] > Policy::unit_positions) {
      close(unit + 1);
      cut.long_units.push_back(unit);
      continue;
    }
    const std::uint32_t positions = first_position[unit + 1] - first_position[open.first_unit];
    if (open.unit_count == Policy::tile_units || positions > Policy::cut_positions) { close(unit); }
    ++open.unit_count;
  }
  close(units);
  return cut;
}

/// True if the cut still fits after the rows of these units have moved. A row that has grown long, or a long unit that
/// has shrunk, is slower in its old place, but its result is right.
template <class Policy = tile_policy>
[[nodiscard]] bool cut_holds(const unit_cut& cut, std::span<const std::uint32_t> first_position,
                             std::span<const std::uint32_t> moved) {
  const auto fits = [&](std::uint32_t unit) {
    const auto behind =
        std::upper_bound(cut.tiles.begin(), cut.tiles.end(), unit,
                         [](std::uint32_t wanted, const unit_tile& tile) { return wanted < tile.first_unit; });
    if (behind == cut.tiles.begin()) { return true; }
    const unit_tile& tile = *(behind - 1);
    return first_position[tile.first_unit + tile.unit_count] - first_position[tile.first_unit] <=
           Policy::tile_positions;
  };
  // A tile's positions change if its first row moves, or the row after its last.
  return std::all_of(moved.begin(), moved.end(),
                     [&](std::uint32_t unit) { return fits(unit) && (unit == 0 || fits(unit - 1)); });
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
