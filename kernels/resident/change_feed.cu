#include <algorithm>
#include <cstring>

#include "kernels/resident/change_feed.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

static_assert(sizeof(unit_change) == 32 && sizeof(row_change) == 16 && sizeof(position_change) == 16 &&
                  sizeof(collateral_change) == 16 && sizeof(entry_change) == 40,
              "Records are packed one after the other, each aligned to 8.");

// ------------------------------------------------------------------------------ one record, as the book has it

unit_change read_unit(const book& source, std::uint32_t unit) {
  const unit_columns& units = source.units;
  return {units.cash[unit], units.balance[unit], units.call_hash.empty() ? 0 : units.call_hash[unit], unit,
          units.code[unit].is_isolated() ? 0U : 1U};
}
row_change read_row(const book& source, std::uint32_t unit) {
  const auto& first_collateral = source.units.first_collateral;
  return {unit, source.units.first_position[unit], first_collateral.empty() ? 0 : first_collateral[unit], 0};
}
position_change read_position(const book& source, std::uint32_t position) {
  return {source.positions.lots[position], position, source.positions.instrument[position]};
}
collateral_change read_collateral(const book& source, std::uint32_t row) {
  return {source.collateral.amount[row], row, source.collateral.asset[row]};
}
entry_change read_entry(const book& source, std::uint32_t entry) {
  const position_columns& positions = source.positions;
  const std::uint32_t position = source.sides.position[entry];
  if (position == no_id) { return {0, 0, 0, entry, position, 0, 0}; }
  return {positions.lots[position],
          positions.cost[position],
          positions.given.empty() ? 0 : positions.given[position],
          entry,
          position,
          positions.unit[position],
          0};
}

/// A batch being packed: runs of records at the front of a half.
struct batch_scratch {
  std::byte* host;
  std::byte* device;
  std::size_t used = 0;

  /// Packs as many of the indices after `done` as fit, and advances `done`.
  template <class Change>
  device_view<const Change> pack(const book& source, std::span<const std::uint32_t> indices, std::size_t& done,
                                 Change (*read)(const book&, std::uint32_t)) {
    const std::size_t count = std::min(indices.size() - done, (change_feed::half_bytes - used) / sizeof(Change));
    const device_view<const Change> packed{reinterpret_cast<const Change*>(device + used),
                                           static_cast<std::uint32_t>(count)};
    for (std::size_t i = 0; i < count; ++i) {
      const Change one = read(source, indices[done + i]);
      std::memcpy(host + used, &one, sizeof one);
      used += sizeof one;
    }
    done += count;
    return packed;
  }
};

/// The number of records of each kind that were packed.
struct packed_counts {
  std::size_t units = 0, rows = 0, positions = 0, collateral = 0, entries = 0;
  [[nodiscard]] bool all_of(const book_changes& changes) const {
    return units == changes.units.size() && rows == changes.rows.size() && positions == changes.positions.size() &&
           collateral == changes.collateral.size() && entries == changes.entries.size();
  }
};

change_batch pack_batch(const book& source, const book_changes& changes, packed_counts& done, batch_scratch& scratch) {
  change_batch batch;
  batch.first_unit = static_cast<std::uint32_t>(done.units);
  batch.units = scratch.pack(source, changes.units, done.units, &read_unit);
  batch.rows = scratch.pack(source, changes.rows, done.rows, &read_row);
  batch.positions = scratch.pack(source, changes.positions, done.positions, &read_position);
  batch.collateral = scratch.pack(source, changes.collateral, done.collateral, &read_collateral);
  batch.entries = scratch.pack(source, changes.entries, done.entries, &read_entry);
  return batch;
}

}  // namespace

result<change_feed> change_feed::make() {
  auto copies = stream::make();
  if (!copies) { return std::move(copies).error(); }
  change_feed made(std::move(copies).value());
  auto scratch = host_buffer<std::byte>::make(2 * half_bytes);
  if (!scratch) { return std::move(scratch).error(); }
  made.scratch_ = std::move(scratch).value();
  for (int i = 0; i < 4; ++i) {
    auto point = event::make(event_use::order);
    if (!point) { return std::move(point).error(); }
    (i % 2 == 0 ? made.copied_ : made.scattered_).push_back(std::move(point).value());
  }
  return result<change_feed>(std::move(made));
}

result<std::uint64_t> change_feed::run(const book& source, const book_changes& changes, device_view<std::byte> scratch,
                                       const change_target& to, const stream& on) {
  std::uint64_t bytes = 0;
  for (packed_counts done; !done.all_of(changes); half_ = 1 - half_) {
    PLIMSOLL_TRY(
        copied_[half_].synchronize());  // The half's last copy, of two rounds ago; returns at once if there was none.
    const std::size_t offset = half_ * half_bytes;
    batch_scratch into{scratch_.data() + offset, scratch.data + offset};
    const change_batch batch = pack_batch(source, changes, done, into);
    const auto used = static_cast<std::uint32_t>(into.used);
    PLIMSOLL_TRY(copies_.wait_for(scattered_[half_]));
    PLIMSOLL_TRY(
        copy_to_device(device_view<std::byte>{into.device, used}, scratch_.span().subspan(offset, used), copies_));
    PLIMSOLL_TRY(copied_[half_].record(copies_));
    PLIMSOLL_TRY(on.wait_for(copied_[half_]));
    PLIMSOLL_TRY(scatter_changes(batch, to, on));
    PLIMSOLL_TRY(scattered_[half_].record(on));
    bytes += used;
  }
  return bytes;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
