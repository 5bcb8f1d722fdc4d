#include "kernels/rank/plan_places.hpp"
#include "kernels/rank/select_large.hpp"
#include "kernels/rank/select_places.hpp"
#include "kernels/rank/select_small.hpp"
#include "kernels/rank/select_tiny.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

status select_places(const entries_view& entries, device_view<const std::uint64_t> keys, const place_request& request,
                     const select_scratch& scratch, device_view<ladder_place> places, const stream& on) {
  PLIMSOLL_TRY(plan_places(request, scratch, places, on));
  PLIMSOLL_TRY(select_tiny(entries, keys, scratch.states, places, on));
  PLIMSOLL_TRY(select_small(entries, keys, scratch.states, places, on));
  return select_large(entries, keys, scratch, places, on);
}

std::uint64_t select_places_bytes(std::uint64_t entries) {
  constexpr std::uint64_t key_bytes = sizeof(std::uint64_t);
  constexpr std::uint64_t lots_bytes = sizeof(std::int64_t);
  return entries * (2 * (key_bytes + lots_bytes) + key_bytes);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
