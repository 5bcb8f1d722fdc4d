#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "host/text/decimal.hpp"
#include "kernels/device/ordered_marks.hpp"
#include "kernels/rank/load_entries.hpp"
#include "kernels/rank/rank_tiles.hpp"
#include "kernels/resident/change_feed.hpp"
#include "kernels/resident/resident.hpp"
#include "kernels/scan/compact_flagged.hpp"
#include "kernels/scan/unit_tiles.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

/// The length of every buffer.
struct shape {
  std::size_t units, positions, entries, collateral, instruments, assets, bands, segments;
  std::size_t rank_tiles, large;
  bool multi, requirements, given, hashed;
  /// Elements of a column that is sorted; during a load, of one column of positions.
  [[nodiscard]] std::size_t ordered() const { return std::max(positions, entries); }
};

shape shape_of(const book& source) {
  const auto& reference = source.reference;
  const bool multi = reference.venue.collateral == collateral_mode::multi;
  return {.units = source.units.size(),
          .positions = source.positions.size(),
          .entries = source.sides.position.size(),
          .collateral = source.collateral.amount.size(),
          .instruments = reference.instruments.size(),
          .assets = multi ? reference.assets.size() : 0,
          .bands = reference.bands.size(),
          .segments = source.sides.segments(),
          .rank_tiles = rank_tiles_max(source.sides.position.size(), source.sides.segments()),
          .large = large_segments_max(source.sides.position.size(), source.sides.segments()),
          .multi = multi,
          .requirements = reads(reference.venue.adl_score, score_reads::requirements),
          .given = reads(reference.venue.adl_score, score_reads::given),
          .hashed = !source.units.call_hash.empty()};
}

/// Vacancy for bands: tiers change while a book is loaded, and small tables may grow.
[[nodiscard]] constexpr std::size_t capacity_for_bands(std::size_t bands) { return 2 * bands + 256; }

/// Records that one round copies to the host if there are more than host_records.
constexpr std::size_t round_records = 16'384;

/// Calls visit(buffer, count) for each buffer: the one list of what is resident.
template <class Visit>
status each_buffer(resident& to, const shape& of, Visit visit) {
  const std::size_t multi_units = of.multi ? of.units : 0;
  const std::size_t requirement_units = of.requirements ? of.units : 0;
  const std::size_t padded_units = (of.units + compact_tile_units - 1) / compact_tile_units * compact_tile_units;
  const std::size_t counted_tiles = std::max(padded_units / compact_tile_units, of.rank_tiles) + 1;
  PLIMSOLL_TRY(visit(to.instrument, of.positions));
  PLIMSOLL_TRY(visit(to.lots, of.positions));
  PLIMSOLL_TRY(visit(to.first_position, of.units + 1));
  PLIMSOLL_TRY(visit(to.cash, of.units));
  PLIMSOLL_TRY(visit(to.balance, requirement_units));
  PLIMSOLL_TRY(visit(to.cross, multi_units));
  PLIMSOLL_TRY(visit(to.first_collateral, of.multi ? of.units + 1 : 0));
  PLIMSOLL_TRY(visit(to.collateral_asset, of.collateral));
  PLIMSOLL_TRY(visit(to.collateral_amount, of.collateral));
  PLIMSOLL_TRY(visit(to.unit_tiles, tiles_max(of.units, of.positions)));
  PLIMSOLL_TRY(visit(to.long_units, long_units_max(of.positions)));
  PLIMSOLL_TRY(visit(to.entry_unit, of.entries));
  PLIMSOLL_TRY(visit(to.entry_lots, of.entries));
  PLIMSOLL_TRY(visit(to.entry_cost, of.entries));
  PLIMSOLL_TRY(visit(to.entry_given, of.given ? of.entries : 0));
  PLIMSOLL_TRY(visit(to.entry_position, of.entries));
  PLIMSOLL_TRY(visit(to.first_entry, of.segments + 1));
  PLIMSOLL_TRY(visit(to.first_tile, of.segments + 1));
  PLIMSOLL_TRY(visit(to.rank_tiles, of.rank_tiles));
  PLIMSOLL_TRY(visit(to.by_unit, of.rank_tiles));
  PLIMSOLL_TRY(visit(to.tiny, of.segments));
  PLIMSOLL_TRY(visit(to.small, of.segments));
  PLIMSOLL_TRY(visit(to.large_tiles, of.large != 0 ? of.rank_tiles : 0));
  PLIMSOLL_TRY(visit(to.large, of.large));
  PLIMSOLL_TRY(visit(to.bands, capacity_for_bands(of.bands)));
  PLIMSOLL_TRY(visit(to.floors, capacity_for_bands(of.bands)));
  PLIMSOLL_TRY(visit(to.score_rows, of.instruments));
  PLIMSOLL_TRY(visit(to.inputs, layout_of_inputs(of.instruments, of.assets).bytes));
  PLIMSOLL_TRY(visit(to.verdicts, padded_units));
  PLIMSOLL_TRY(visit(to.score_equity, of.units));
  PLIMSOLL_TRY(visit(to.score_maintenance, requirement_units));
  PLIMSOLL_TRY(visit(to.score_balance, requirement_units));
  PLIMSOLL_TRY(visit(to.equity, of.units));
  PLIMSOLL_TRY(visit(to.margin_equity, of.units));
  PLIMSOLL_TRY(visit(to.maintenance_ppm, of.units));
  PLIMSOLL_TRY(visit(to.initial_ppm, of.units));
  PLIMSOLL_TRY(visit(to.flagged, of.units));
  PLIMSOLL_TRY(visit(to.header, 1));
  PLIMSOLL_TRY(visit(to.radius, padded_units));
  PLIMSOLL_TRY(visit(to.groups, padded_units));
  PLIMSOLL_TRY(visit(to.reference_verdicts, of.units));
  PLIMSOLL_TRY(visit(to.call_hash, of.hashed ? of.units : 0));
  PLIMSOLL_TRY(visit(to.instrument_groups, of.instruments));
  PLIMSOLL_TRY(visit(to.asset_groups, of.assets));
  PLIMSOLL_TRY(visit(to.reference_instruments, of.instruments));
  PLIMSOLL_TRY(visit(to.reference_assets, of.assets));
  PLIMSOLL_TRY(visit(to.safe, 1));
  PLIMSOLL_TRY(visit(to.marks, padded_units / compact_policy::thread_elements));
  PLIMSOLL_TRY(visit(to.changed_units, of.units));
  PLIMSOLL_TRY(visit(to.long_rows, long_units_max(of.positions)));
  PLIMSOLL_TRY(visit(to.row_parts, parts_max(of.positions)));
  PLIMSOLL_TRY(visit(to.row_part_sums, parts_max(of.positions)));
  PLIMSOLL_TRY(visit(to.parted_rows, parted_rows_max(of.positions)));
  PLIMSOLL_TRY(visit(to.to_host, 1));
  PLIMSOLL_TRY(visit(to.records, std::min(of.units, round_records)));
  PLIMSOLL_TRY(visit(to.changes, 2 * change_feed::half_bytes));
  PLIMSOLL_TRY(visit(to.keys, of.entries));
  PLIMSOLL_TRY(visit(to.totals, of.segments));
  PLIMSOLL_TRY(visit(to.demands, of.segments));
  PLIMSOLL_TRY(visit(to.asked_segments, of.segments));
  PLIMSOLL_TRY(visit(to.asked_first, of.segments + 1));
  PLIMSOLL_TRY(visit(to.places, of.segments * places_max));
  PLIMSOLL_TRY(visit(to.lights, of.entries));
  PLIMSOLL_TRY(visit(to.tile_counts, counted_tiles));
  PLIMSOLL_TRY(visit(to.select_states, of.segments));
  PLIMSOLL_TRY(visit(to.select_bins, of.large * select_policy::bins_max));
  PLIMSOLL_TRY(visit(to.survivor_counts, of.rank_tiles));
  PLIMSOLL_TRY(visit(to.tie_lots, of.large != 0 ? of.rank_tiles * places_max : 0));
  PLIMSOLL_TRY(visit(to.tiles_done, of.large + 1));
  PLIMSOLL_TRY(visit(to.order_keys, 2 * of.ordered()));
  return visit(to.order_entries, 2 * of.ordered());
}

/// Allocations are multiples of this.
constexpr std::uint64_t granule_bytes = 256;
[[nodiscard]] constexpr std::uint64_t whole_granules(std::uint64_t bytes) {
  return (bytes + granule_bytes - 1) / granule_bytes * granule_bytes;
}

struct count_bytes {
  std::uint64_t* bytes;
  template <class T>
  status operator()(const device_buffer<T>&, std::size_t count) const {
    *bytes += whole_granules(count * sizeof(T));
    return ok();
  }
};

/// Keeps a buffer that has the length already, with its content.
struct make_buffer {
  template <class T>
  status operator()(device_buffer<T>& buffer, std::size_t count) const {
    if (buffer.count() == count) { return ok(); }
    auto made = device_buffer<T>::make(count);
    if (!made) { return std::move(made).error(); }
    buffer = std::move(made).value();
    return ok();
  }
};

std::string gibibytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f GiB", static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0));
  return text;
}

/// Two columns of entries follow each other, and indices into them have 32 bits.
status check_length(std::size_t entries) {
  constexpr std::size_t entries_max = std::numeric_limits<std::uint32_t>::max() / 2;
  if (entries <= entries_max) { return ok(); }
  return error{error_code::device_memory,
               "Too many positions for one device: " + std::to_string(entries) + ", at most " +
                   std::to_string(entries_max) + " can be numbered.",
               entries};
}

algorithm_sizes sizes_of(const shape& of) {
  return {.scan = static_cast<std::uint32_t>(std::max(of.units / compact_tile_units + 2, of.rank_tiles + 1)),
          .sort_pairs = static_cast<std::uint32_t>(of.entries)};
}

/// Counts the memory of that shape. Errors: device_memory if there are more positions than a device can number.
status count_memory(resident& of, const shape& wanted) {
  auto working = workspace_bytes(sizes_of(wanted));
  if (!working) { return std::move(working).error(); }
  of.bytes = whole_granules(working.value());
  PLIMSOLL_TRY(each_buffer(of, wanted, count_bytes{&of.bytes}));
  return check_length(wanted.ordered());
}

/// Errors: device_memory if not all of it fits.
status check_memory(const resident& wanted, std::uint64_t free_bytes) {
  if (wanted.bytes <= free_bytes) { return ok(); }
  return error{error_code::device_memory,
               "Too little device memory: the book needs " + gibibytes(wanted.bytes) + ", " + gibibytes(free_bytes) +
                   " are free.",
               wanted.bytes};
}

/// Makes the buffers whose lengths are not yet those of the shape.
status make_room(resident& to, const shape& of) {
  PLIMSOLL_TRY(each_buffer(to, of, make_buffer{}));
  to.layout = layout_of_inputs(of.instruments, of.assets);
  auto algorithms = workspace::make(sizes_of(of));
  if (!algorithms) { return std::move(algorithms).error(); }
  to.algorithms = std::move(algorithms).value();
  return ok();
}

template <class T>
status upload(device_buffer<T>& to, const std::vector<T>& from, const stream& on) {
  return copy_to_device(to.view(), std::span<const T>(from), on);
}

std::vector<std::uint8_t> cross_units(const unit_columns& units) {
  std::vector<std::uint8_t> cross(units.size());
  std::transform(units.code.begin(), units.code.end(), cross.begin(),
                 [](unit_code code) { return static_cast<std::uint8_t>(code.is_isolated() ? 0 : 1); });
  return cross;
}

std::vector<score_row> make_score_rows(const reference_data& reference) {
  std::vector<score_row> rows;
  for (const auto& it : reference.instruments) {
    score_row row;
    if (it.settle != no_id) { row.whole_unit = static_cast<double>(power_of_ten(reference.assets[it.settle].digits)); }
    row.size_step = to_double(it.size_step);
    row.inverse = it.kind == instrument_kind::inverse ? 1 : 0;
    rows.push_back(row);
  }
  return rows;
}

/// Copies the tiles and long units of the cut to the front of their buffers.
status upload_cut(resident& to, const stream& on) {
  PLIMSOLL_TRY(upload(to.unit_tiles, to.cut.tiles, on));
  return upload(to.long_units, to.cut.long_units, on);
}

status upload_units(resident& to, const book& source, const shape& of, const std::vector<std::uint8_t>& cross,
                    const stream& on) {
  PLIMSOLL_TRY(upload(to.instrument, source.positions.instrument, on));
  PLIMSOLL_TRY(upload(to.lots, source.positions.lots, on));
  PLIMSOLL_TRY(upload(to.first_position, source.units.first_position, on));
  PLIMSOLL_TRY(upload(to.cash, source.units.cash, on));
  if (of.requirements) { PLIMSOLL_TRY(upload(to.balance, source.units.balance, on)); }
  if (of.multi) {
    PLIMSOLL_TRY(upload(to.cross, cross, on));
    PLIMSOLL_TRY(upload(to.first_collateral, source.units.first_collateral, on));
    PLIMSOLL_TRY(upload(to.collateral_asset, source.collateral.asset, on));
    PLIMSOLL_TRY(upload(to.collateral_amount, source.collateral.amount, on));
  }
  if (of.hashed) { PLIMSOLL_TRY(upload(to.call_hash, source.units.call_hash, on)); }
  PLIMSOLL_TRY(upload_cut(to, on));
  // The host copies all of it, so unused records and the padding between fields are zeros instead of unwritten bytes.
  PLIMSOLL_TRY(fill_bytes(to.to_host.view(), 0, on));
  PLIMSOLL_TRY(fill_bytes(to.records.view(), 0, on));
  PLIMSOLL_TRY(fill_bytes(to.radius.view(), 0xff, on));
  PLIMSOLL_TRY(fill_bytes(to.groups.view(), 0, on));
  return fill_bytes(to.verdicts.view(), 0, on);
}

/// Uploads the columns from which entries are made into those of the sort, which are still unused, and makes the
/// entries.
status upload_entries(resident& to, const book& source, const shape& of, const stream& on) {
  const auto positions = static_cast<std::uint32_t>(of.positions);
  const order_scratch scratch = to.order();
  const device_view<std::int64_t> cost{reinterpret_cast<std::int64_t*>(scratch.keys_of(0, positions).data), positions};
  const device_view<double> given{reinterpret_cast<double*>(scratch.keys_of(1, positions).data),
                                  of.given ? positions : 0};
  const device_view<std::uint32_t> unit = scratch.entries_of(0, positions);
  PLIMSOLL_TRY(copy_to_device(cost, std::span<const std::int64_t>(source.positions.cost), on));
  PLIMSOLL_TRY(copy_to_device(unit, std::span<const std::uint32_t>(source.positions.unit), on));
  if (of.given) { PLIMSOLL_TRY(copy_to_device(given, std::span<const double>(source.positions.given), on)); }
  PLIMSOLL_TRY(upload(to.entry_position, source.sides.position, on));
  PLIMSOLL_TRY(to.cut_entries_again(source.sides.first_entry, on));
  return load_entries({unit, to.lots.view(), cost, given}, to.entry_position.view(),
                      {to.entry_unit.view(), to.entry_lots.view(), to.entry_cost.view(), to.entry_given.view()}, on);
}

}  // namespace

result<resident> resident::load(const book& source, std::uint64_t free_bytes, const stream& on) {
  const shape of = shape_of(source);
  const std::vector<std::uint8_t> cross = cross_units(source.units);
  const std::vector<score_row> score_rows = make_score_rows(source.reference);
  resident made;
  made.cut = cut_units(source.units.first_position);
  PLIMSOLL_TRY(count_memory(made, of));
  PLIMSOLL_TRY(check_memory(made, free_bytes));
  PLIMSOLL_TRY(make_room(made, of));
  made.unit_count = static_cast<std::uint32_t>(of.units);
  std::vector<std::uint64_t> floors;
  // Every source of a copy must live until the stream was waited for, even if a later step fails.
  const auto give_work = [&]() -> status {
    PLIMSOLL_TRY(upload_units(made, source, of, cross, on));
    PLIMSOLL_TRY(upload_entries(made, source, of, on));
    PLIMSOLL_TRY(made.retier(source.reference.bands, floors, on));
    return upload(made.score_rows, score_rows, on);
  };
  const status given = give_work();
  const status done = on.synchronize();
  PLIMSOLL_TRY(given);
  PLIMSOLL_TRY(done);
  return result<resident>(std::move(made));
}

/// Buffers of other lengths have no content that must be kept: it is uploaded here, or each pass writes it. Updates
/// that have not been applied yet are in the columns uploaded here, and stay changes to be applied.
status resident::relist(const book& source, const stream& on) {
  const shape of = shape_of(source);
  const std::vector<score_row> rows = make_score_rows(source.reference);
  PLIMSOLL_TRY(count_memory(*this, of));
  PLIMSOLL_TRY(make_room(*this, of));
  std::vector<std::uint64_t> floors_of;
  const auto give_work = [&]() -> status {
    PLIMSOLL_TRY(upload(instrument, source.positions.instrument, on));
    if (of.multi) { PLIMSOLL_TRY(upload(collateral_asset, source.collateral.asset, on)); }
    PLIMSOLL_TRY(cut_entries_again(source.sides.first_entry, on));
    PLIMSOLL_TRY(retier(source.reference.bands, floors_of, on));
    return upload(score_rows, rows, on);
  };
  const status given = give_work();
  const status done = on.synchronize();  // Even if not all was queued: what was must be done before its sources go.
  PLIMSOLL_TRY(given);
  return done;
}

status resident::retier(const std::vector<tier_band>& tiers, std::vector<std::uint64_t>& floors_of, const stream& on) {
  floors_of.clear();
  rate_ppm_max = 0;
  for (const tier_band& band : tiers) {
    floors_of.push_back(band.floor);
    rate_ppm_max = std::max({rate_ppm_max, band.initial_ppm, band.maintenance_ppm});
  }
  band_count = static_cast<std::uint32_t>(tiers.size());
  PLIMSOLL_TRY(upload(bands, tiers, on));
  return upload(floors, floors_of, on);
}

status resident::cut_entries_again(const std::vector<std::uint32_t>& first_entry_of, const stream& on) {
  ranks = cut_segments(first_entry_of);
  PLIMSOLL_TRY(upload(first_entry, first_entry_of, on));
  PLIMSOLL_TRY(upload(first_tile, ranks.first_tile, on));
  PLIMSOLL_TRY(upload(rank_tiles, ranks.tiles, on));
  PLIMSOLL_TRY(upload(by_unit, ranks.by_unit, on));
  PLIMSOLL_TRY(upload(tiny, ranks.tiny, on));
  PLIMSOLL_TRY(upload(small, ranks.small, on));
  PLIMSOLL_TRY(upload(large_tiles, ranks.large_tiles, on));
  return upload(large, ranks.large, on);
}

status resident::cut_again(std::span<const std::uint32_t> positions_of, const stream& on) {
  cut = cut_units(positions_of);
  return upload_cut(*this, on);
}

units_view resident::units() const {
  return {.instrument = instrument.view(),
          .lots = lots.view(),
          .first_position = first_position.view(),
          .cash = cash.view(),
          .balance = balance.view(),
          .cross = cross.view(),
          .first_collateral = first_collateral.view(),
          .collateral_asset = collateral_asset.view(),
          .collateral_amount = collateral_amount.view(),
          .tiles = unit_tiles.view().part(0, static_cast<std::uint32_t>(cut.tiles.size())),
          .long_units = long_units.view().part(0, static_cast<std::uint32_t>(cut.long_units.size()))};
}

entries_view resident::entries() const {
  const auto front = [](const auto& buffer, const auto& of) {
    return buffer.view().part(0, static_cast<std::uint32_t>(of.size()));
  };
  return {.unit = entry_unit.view(),
          .lots = entry_lots.view(),
          .cost = entry_cost.view(),
          .given = entry_given.view(),
          .position = entry_position.view(),
          .first_entry = first_entry.view(),
          .first_tile = first_tile.view(),
          .tiles = front(rank_tiles, ranks.tiles),
          .by_unit = front(by_unit, ranks.by_unit),
          .tiny = front(tiny, ranks.tiny),
          .small = front(small, ranks.small),
          .large_tiles = front(large_tiles, ranks.large_tiles),
          .large = front(large, ranks.large)};
}

scan_target resident::target() {
  return {.verdicts = verdicts.view(),
          .score_inputs = score_inputs(),
          .equity = equity.view(),
          .margin_equity = margin_equity.view(),
          .maintenance_ppm = maintenance_ppm.view(),
          .initial_ppm = initial_ppm.view(),
          .header = header.data()};
}

score_inputs_view resident::score_inputs() {
  return {.equity = score_equity.view(), .maintenance = score_maintenance.view(), .balance = score_balance.view()};
}

screen_view resident::kept() {
  return {.radius = radius.view(),
          .groups = groups.view(),
          .verdicts = reference_verdicts.view(),
          .call_hash = call_hash.view(),
          .instrument_groups = instrument_groups.view(),
          .asset_groups = asset_groups.view(),
          .rules = {},
          .isolated_rules = {},
          .safe = safe.data()};
}

judged_target resident::judged() {
  return {.verdicts = verdicts.view(),
          .equity = equity.view(),
          .margin_equity = margin_equity.view(),
          .maintenance_ppm = maintenance_ppm.view(),
          .longs = {long_rows.view(), row_parts.view(), row_part_sums.view(), parted_rows.view()},
          .score_inputs = score_inputs(),
          .header = &to_host.data()->header};
}

record_scratch resident::record_list() {
  return {.marks = marks.view(),
          .tile_counts = tile_counts.view().part(0, compact_tiles(unit_count) + 1),
          .units = flagged.view(),
          .to_host = to_host.data()};
}

change_target resident::changed() {
  return {.instrument = instrument.view(),
          .lots = lots.view(),
          .first_position = first_position.view(),
          .cash = cash.view(),
          .balance = balance.view(),
          .cross = cross.view(),
          .first_collateral = first_collateral.view(),
          .collateral_asset = collateral_asset.view(),
          .collateral_amount = collateral_amount.view(),
          .entry_unit = entry_unit.view(),
          .entry_lots = entry_lots.view(),
          .entry_cost = entry_cost.view(),
          .entry_given = entry_given.view(),
          .entry_position = entry_position.view(),
          .kept = kept(),
          .units = changed_units.view()};
}

order_scratch resident::order() { return {order_keys.view(), order_entries.view()}; }

select_scratch resident::select() {
  return {.states = select_states.view(),
          .bins = select_bins.view(),
          .survivors = order_entries.view(),
          .survivor_counts = survivor_counts.view(),
          .tie_lots = tie_lots.view(),
          .tiles_done = tiles_done.view()};
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
