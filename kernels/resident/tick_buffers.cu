#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/resident/tick_buffers.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

static_assert(no_id == ~std::uint32_t{0}, "A header starts with no unit over the limit.");

template <class T>
status make_pinned(host_buffer<T>& to, std::size_t count) {
  auto made = host_buffer<T>::make(count);
  if (!made) { return std::move(made).error(); }
  to = std::move(made).value();
  std::fill(to.span().begin(), to.span().end(), T{});
  return ok();
}

}  // namespace

void set_bands(std::span<instrument_row> rows, const reference_data& reference) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const instrument& it = reference.instruments[i];
    rows[i].first_band = it.first_band;
    rows[i].band_count = it.band_count;
    rows[i].tier_kind =
        static_cast<std::uint8_t>((it.tiers_by_lots ? tiers_by_lots : 0) | (it.tiers_whole ? tiers_whole : 0));
    rows[i].second_floor = it.band_count > 1 ? reference.bands[it.first_band + 1].floor : instrument_row{}.second_floor;
    rows[i].first_rate_ppm = it.band_count > 0 ? reference.bands[it.first_band].maintenance_ppm : 0;
    set_common(rows[i]);
  }
}

result<tick_buffers> tick_buffers::make(const reference_data& reference, std::size_t segments) {
  tick_buffers made;
  const std::size_t instruments = reference.instruments.size();
  const std::size_t assets = reference.venue.collateral == collateral_mode::multi ? reference.assets.size() : 0;
  made.layout = layout_of_inputs(instruments, assets);
  PLIMSOLL_TRY(make_pinned(made.inputs, made.layout.bytes));
  std::uninitialized_value_construct_n(&made.request(), 1);
  made.request().counts.over_limit = no_id;
  std::uninitialized_value_construct(made.instruments().begin(), made.instruments().end());
  std::uninitialized_value_construct(made.assets().begin(), made.assets().end());
  PLIMSOLL_TRY(make_pinned(made.instrument_groups, instruments));
  PLIMSOLL_TRY(make_pinned(made.asset_groups, assets));
  PLIMSOLL_TRY(make_pinned(made.to_host, 1));
  PLIMSOLL_TRY(make_pinned(made.header_start, 1));
  PLIMSOLL_TRY(make_pinned(made.header, 1));
  PLIMSOLL_TRY(make_pinned(made.demands, segments));
  PLIMSOLL_TRY(make_pinned(made.asked_segments, segments));
  PLIMSOLL_TRY(make_pinned(made.asked_first, segments + 1));
  set_bands(made.instruments(), reference);
  made.header_start.data()->over_limit = no_id;
  return result<tick_buffers>(std::move(made));
}

void tick_buffers::set_prices(const tick_prices& prices) {
  const auto rows = instruments();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].rate = prices.rates[i];
    rows[i].held = prices.held[i];
    set_common(rows[i]);
  }
  const auto of_assets = assets();
  for (std::size_t i = 0; i < of_assets.size(); ++i) {
    of_assets[i] = {prices.assets[i].plain, prices.assets[i].as_asset, prices.assets[i].as_liability,
                    prices.asset_held[i], 0};
  }
}

void tick_buffers::set_groups(const move_groups& groups) {
  std::copy_n(groups.of_instrument.begin(), instrument_groups.count(), instrument_groups.data());
  std::copy_n(groups.of_asset.begin(), asset_groups.count(), asset_groups.data());
}

void tick_buffers::set_moves(const tick_moves& moves) {
  screen_request& to = request();
  static_assert(sizeof(to.move_of_groups) == sizeof(moves.of_groups), "A move for each set of groups.");
  std::copy(moves.of_groups.begin(), moves.of_groups.end(), std::begin(to.move_of_groups));
  to.move_max = *std::max_element(moves.of_groups.begin(), moves.of_groups.end());
  to.evaluated_max = moves.evaluated_max;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
