// Compiled once for each vector target; the compiler makes vectors of the loop.
#include "host/backend/cpu/rank_lights_cpu.hpp"

#include "host/backend/cpu/vector_build.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/backend/cpu/rank_lights_cpu.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll {
namespace HWY_NAMESPACE {
namespace {

/// Lights where every cut point is a plain bound on the key: one light for each bound reached. Off the ladder: no
/// light.
void light_run(const std::uint64_t* keys, const std::array<std::uint64_t, lights_places>& bounds, std::uint32_t count,
               std::uint8_t* lights) {
  const auto [one, two, three, four] = bounds;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t key = keys[i];
    const std::uint64_t kept = (key != off_ladder ? 1U : 0U) + (key >= one ? 1U : 0U) + (key >= two ? 1U : 0U) +
                               (key >= three ? 1U : 0U) + (key >= four ? 1U : 0U);
    lights[i] = static_cast<std::uint8_t>(kept);
  }
}

}  // namespace

void light_entries(const ladder_view& ladder, std::span<const ladder_place, lights_places> places, std::uint32_t first,
                   std::uint32_t last, std::uint8_t* lights) {
  // An equal key counts as ahead of a cut point up to the cut point's entry, and as behind it after that entry. So
  // between the entries of two cut points each cut point is a bound on the key alone, and the loop needs only keys.
  for (std::uint32_t begin = first; begin < last;) {
    std::uint32_t end = last;
    std::array<std::uint64_t, lights_places> bounds{};
    for (std::size_t k = 0; k < lights_places; ++k) {
      const bool ahead = begin <= places[k].entry;
      bounds[k] = ahead ? places[k].key : places[k].key + 1;
      if (ahead && places[k].entry < end) { end = places[k].entry + 1; }
    }
    light_run(ladder.keys + begin, bounds, end - begin, lights + begin);
    begin = end;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace plimsoll
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plimsoll {
HWY_EXPORT(light_entries);

std::array<std::uint64_t, lights_places> lights_targets(std::uint64_t lots_total) {
  // An entry has lost its k-th light if the lots ahead of it are at least threshold k. That is so if it comes after the
  // entry at which the running lots reach the threshold.
  std::array<std::uint64_t, lights_places> targets{};
  for (std::uint32_t k = 1; k <= lights_places; ++k) { targets[k - 1] = lights_threshold(k, lots_total); }
  return targets;
}

void light_entries(const ladder_view& ladder, std::span<const ladder_place, lights_places> places, std::uint32_t first,
                   std::uint32_t last, std::uint8_t* lights) {
  HWY_DYNAMIC_DISPATCH(light_entries)(ladder, places, first, last, lights);
}

}  // namespace plimsoll
#endif
