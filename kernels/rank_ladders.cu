#include <algorithm>
#include <cstddef>
#include <span>

#include "kernels/rank/gather_cover.hpp"
#include "kernels/rank/light_entries.hpp"
#include "kernels/rank/order_entries.hpp"
#include "kernels/rank/score_entries.hpp"
#include "kernels/rank/select_places.hpp"
#include "kernels/rank_ladders.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

static_assert(sizeof(ladder_entry) == sizeof(placed_entry) &&
                  offsetof(ladder_entry, key) == offsetof(placed_entry, key),
              "Results are copied bytewise.");

/// True if only the requested ladders need scores.
bool sparse(const rank_request& request) { return request.prefixes_only && !request.full_ladder; }

/// The number of entries that need scores.
std::uint64_t entries_ranked(const ranking& in, const rank_request& request) {
  const side_columns& sides = in.sides;
  if (!sparse(request)) { return sides.position.size(); }
  std::uint64_t entries = 0;
  for (const cover_demand& demand : request.demands) {
    entries += sides.first_entry[demand.segment + 1] - sides.first_entry[demand.segment];
  }
  return entries;
}

status score(const ranking& in, const rank_request& request) {
  resident& device = in.device;
  const score_source from{.instruments = device.instruments(),
                          .rows = device.score_rows.view(),
                          .equity = device.score_equity.view(),
                          .maintenance = device.score_maintenance.view(),
                          .balance = device.score_balance.view()};
  const device_view<const std::uint64_t> only = sparse(request) ? device.demands.view() : device_view<std::uint64_t>{};
  PLIMSOLL_TRY(fill_bytes(device.totals.view(), 0, in.on));
  entries_view entries = device.entries();
  if (!in.by_unit) { entries.by_unit = {}; }
  PLIMSOLL_TRY(score_entries(entries, from, in.score, only, {device.keys.view(), device.totals.view()}, in.on));
  return in.clock.mark("scores", score_entries_bytes(entries_ranked(in, request), in.score), in.on);
}

/// Uploads the demand of each segment; `asked_count` becomes the number of segments with a demand.
status ask(const ranking& in, const rank_request& request, std::uint32_t& asked_count) {
  const auto demands = in.host.demands.span();
  const auto asked = in.host.asked_segments.span();
  std::fill(demands.begin(), demands.end(), request.full_ladder ? whole_ladder : 0);
  asked_count = 0;
  if (request.full_ladder) {
    for (std::uint32_t segment = 0; segment < asked.size(); ++segment) { asked[asked_count++] = segment; }
  } else {
    for (const cover_demand& demand : request.demands) {
      demands[demand.segment] = demand.lots;
      asked[asked_count++] = demand.segment;
    }
  }
  PLIMSOLL_TRY(copy_to_device(in.device.demands.view(), demands, in.on));
  return copy_to_device(in.device.asked_segments.view(), asked.first(asked_count), in.on);
}

/// Finds the places of lights and covers in one search, then the lights. The time of the search counts as part of the
/// lights, or of the cover if no lights are requested.
status find_places(const ranking& in, const rank_request& request) {
  resident& device = in.device;
  const place_request wanted{
      .totals = device.totals.view(), .demands = device.demands.view(), .lights = request.lights};
  PLIMSOLL_TRY(
      select_places(device.entries(), device.keys.view(), wanted, device.select(), device.places.view(), in.on));
  if (!request.lights) { return ok(); }
  PLIMSOLL_TRY(light_entries(device.entries(), device.keys.view(), device.places.view(), device.lights.view(), in.on));
  return in.clock.mark("lights",
                       select_places_bytes(entries_ranked(in, request)) + light_entries_bytes(device.entries()), in.on);
}

/// Gathers and sorts the requested entries, and adds them to the copies to the host.
status cover(const ranking& in, const rank_request& request, std::uint32_t asked, rank_result& out) {
  resident& device = in.device;
  const order_scratch scratch = device.order();
  PLIMSOLL_TRY(gather_cover(
      device.entries(), device.keys.view(), device.places.view(), device.asked_segments.view().part(0, asked),
      device.tile_counts.view().part(0, static_cast<std::uint32_t>(device.ranks.tiles.size()) + 1),
      device.tiles_done.view().part(device.tiles_done.count() - 1, 1), scratch,
      device.asked_first.view().part(0, asked + 1), in.on));
  const auto first = in.host.asked_first.span().first(asked + 1);
  PLIMSOLL_TRY(copy_to_host(first, device.asked_first.view().part(0, asked + 1), in.on));
  PLIMSOLL_TRY(in.on.synchronize());  // The host needs the length of the sort.
  out.first_entry.assign(first.begin(), first.end());
  const std::uint32_t count = first[asked];
  out.entries.resize(count);
  if (count != 0) {
    PLIMSOLL_TRY(
        order_entries(device.entries(), device.keys.view(), count, asked == 1, device.algorithms, scratch, in.on));
  }
  in.results.add(std::span(reinterpret_cast<placed_entry*>(out.entries.data()), count),
                 ordered_entries(scratch, count));
  const bool searched = !request.lights && !request.full_ladder;
  const std::uint64_t gathered = entries_ranked(in, request) * 2 * sizeof(std::uint64_t);
  const std::uint64_t bytes =
      (searched ? select_places_bytes(entries_ranked(in, request)) : 0) + gathered + count * std::uint64_t{12 + 16};
  return in.clock.mark(request.full_ladder ? "sort" : "cover", bytes, in.on);
}

status fetch_rank(const ranking& in, const rank_request& request, rank_result& out) {
  resident& device = in.device;
  out.keys.resize(request.prefixes_only ? 0 : device.keys.count());
  out.totals.resize(in.sides.segments());
  out.lights.resize(request.lights ? device.lights.count() : 0);
  in.results.add(std::span(out.keys), device.keys.view().part(0, static_cast<std::uint32_t>(out.keys.size())));
  in.results.add(std::span(out.totals), device.totals.view());
  if (request.lights) { in.results.add(std::span(out.lights), device.lights.view()); }
  const std::uint64_t bytes = in.results.bytes();
  PLIMSOLL_TRY(in.results.run(in.on));
  PLIMSOLL_TRY(in.clock.mark("download", bytes, in.on));
  return in.on.synchronize();
}

}  // namespace

status rank_ladders(const ranking& in, const rank_request& wanted, rank_result& out) {
  rank_request request = wanted;
  request.lights = wanted.lights && !wanted.prefixes_only;
  const bool covers = request.full_ladder || !request.demands.empty();
  std::uint32_t asked = 0;
  PLIMSOLL_TRY(ask(in, request, asked));
  PLIMSOLL_TRY(score(in, request));
  if (covers || request.lights) { PLIMSOLL_TRY(find_places(in, request)); }
  out.first_entry.assign(1, 0);
  out.entries.clear();
  if (covers) { PLIMSOLL_TRY(cover(in, request, asked, out)); }
  return fetch_rank(in, request, out);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
