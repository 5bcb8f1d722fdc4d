#include "host/backend/cpu/score_tiles_cpu.hpp"

#include <algorithm>

#include <tbb/parallel_for.h>

#include "host/backend/cpu/scan_units_cpu.hpp"

namespace plimsoll {

score_tiles::run score_tiles::run_of(const side_columns& sides, std::uint32_t tile, std::size_t s) const {
  const std::uint32_t begin = sides.first_entry[segments[s]];
  const std::uint32_t end = sides.first_entry[segments[s] + 1];
  const auto at = [&](std::uint32_t t) {
    return t == 0 ? begin : t == tiles ? end : std::clamp(first_entry[t * segments.size() + s], begin, end);
  };
  return {at(tile), at(tile + 1)};
}

score_tiles make_score_tiles(const resident_cpu& resident, const score_tile_sizes& sizes) {
  const book& source = *resident.source;
  const side_columns& sides = source.sides;
  const std::uint32_t columns = reads_requirements(source) ? 3 : 1;
  const auto units_a_tile = static_cast<std::uint32_t>(sizes.bytes / (sizeof(std::int64_t) * columns));
  score_tiles out;
  out.tiles = static_cast<std::uint32_t>((source.units.size() + units_a_tile - 1) / units_a_tile);
  if (out.tiles < 2) { return out; }
  for (std::uint32_t segment = 0; segment < sides.segments(); ++segment) {
    if ((sides.first_entry[segment + 1] - sides.first_entry[segment]) / out.tiles >= sizes.run_least) {
      out.segments.push_back(segment);
    }
  }
  const std::size_t stride = out.segments.size();
  out.first_entry.resize(stride * (out.tiles + 1));
  tbb::parallel_for(std::size_t{0}, stride, [&](std::size_t s) {
    std::uint32_t tile = 0;
    const std::uint32_t end = sides.first_entry[out.segments[s] + 1];
    for (std::uint32_t entry = sides.first_entry[out.segments[s]]; entry < end; ++entry) {
      for (; tile <= resident.entry_unit[entry] / units_a_tile; ++tile) { out.first_entry[tile * stride + s] = entry; }
    }
    for (; tile <= out.tiles; ++tile) { out.first_entry[tile * stride + s] = end; }
  });
  return out;
}

}  // namespace plimsoll
