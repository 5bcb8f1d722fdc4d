#include "host/backend/rank_lights_cpu.hpp"

namespace plimsoll {

std::array<std::uint64_t, lights_places> lights_targets(std::uint64_t lots_total) {
  // An entry has lost its k-th light when the lots ahead of it reach threshold k: when it stands behind the entry at
  // which the running lots do.
  std::array<std::uint64_t, lights_places> targets{};
  for (std::uint32_t k = 1; k <= lights_places; ++k) { targets[k - 1] = lights_threshold(k, lots_total); }
  return targets;
}

void light_entries(const ladder_view& ladder, std::span<const ladder_place, lights_places> places, std::uint32_t first,
                   std::uint32_t last, std::uint8_t* lights) {
  const ladder_place one = places[0];
  const ladder_place two = places[1];
  const ladder_place three = places[2];
  const ladder_place four = places[3];
  for (std::uint32_t entry = first; entry < last; ++entry) {
    const std::uint64_t key = ladder.keys[entry];
    const std::uint32_t kept = 1U + (at_or_ahead(key, entry, one) ? 1U : 0U) + (at_or_ahead(key, entry, two) ? 1U : 0U) +
                               (at_or_ahead(key, entry, three) ? 1U : 0U) + (at_or_ahead(key, entry, four) ? 1U : 0U);
    lights[entry] = static_cast<std::uint8_t>(key != off_ladder ? kept : 0U);
  }
}

}  // namespace plimsoll
