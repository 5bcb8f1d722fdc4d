#include <utility>

#include "kernels/resident/loaded_book.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

result<loaded_book> loaded_book::load(const book& source, std::uint64_t free_bytes, const stream& on) {
  auto device = resident::load(source, free_bytes, on);
  if (!device) { return std::move(device).error(); }
  auto host = tick_buffers::make(source.reference, source.sides.segments());
  if (!host) { return std::move(host).error(); }
  const venue_config& venue = source.reference.venue;
  loaded_book loaded{.source = &source,
                     .device = std::move(device).value(),
                     .host = std::move(host).value(),
                     .mode = venue.collateral,
                     .score = venue.adl_score,
                     .call_ppm = venue.margin_call_ppm,
                     .weights = {},
                     .segments = source.sides.segments()};
  if (venue.collateral == collateral_mode::multi) {
    const asset& quote = source.reference.assets[source.reference.quote];
    loaded.weights = {quote.asset_weight_ppm, quote.liability_weight_ppm};
  }
  return result<loaded_book>(std::move(loaded));
}

status loaded_book::check_lengths() const {
  if (source->units.size() == device.unit_count && source->positions.size() == device.lots.count() &&
      source->sides.position.size() == device.entry_lots.count() &&
      source->collateral.amount.size() == device.collateral_amount.count()) {
    return ok();
  }
  return error{error_code::usage, "the book has grown since load"};
}

status loaded_book::relist(const tick_prices& reference, const move_groups& groups, const stream& on) {
  settled = false;  // Until all of it has arrived.
  tick.reset();     // It was recorded with the memory that goes.
  auto made = tick_buffers::make(source->reference, source->sides.segments());
  if (!made) { return std::move(made).error(); }
  host = std::move(made).value();
  PLIMSOLL_TRY(device.relist(*source, on));
  segments = source->sides.segments();
  segments_stale = false;
  if (rebased) {
    host.set_prices(reference);
    host.set_groups(groups);
    PLIMSOLL_TRY(copy_to_device(device.reference_instruments.view(), host.instruments(), on));
    PLIMSOLL_TRY(copy_to_device(device.reference_assets.view(), host.assets(), on));
    PLIMSOLL_TRY(copy_to_device(device.instrument_groups.view(), host.instrument_groups.span(), on));
    PLIMSOLL_TRY(copy_to_device(device.asset_groups.view(), host.asset_groups.span(), on));
  }
  PLIMSOLL_TRY(on.synchronize());
  settled = true;
  return ok();
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
