// A book on the device: every column that ticks read, and every buffer that they write.
#pragma once

#include <cstdint>

#include "host/book/book.hpp"
#include "kernels/device/algorithms.hpp"
#include "kernels/device/runtime.hpp"
#include "kernels/rank/gather_cover.hpp"
#include "kernels/rank/rank_tiles.hpp"
#include "kernels/rank/rank_types.hpp"
#include "kernels/rank/select_places.hpp"
#include "kernels/resident/tick_buffers.hpp"
#include "kernels/scan/scan_types.hpp"
#include "kernels/scan/unit_tiles.hpp"
#include "kernels/screen/list_records.hpp"
#include "kernels/screen/scatter_changes.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// The device's copy of a book and its working memory. Owns all of it. Columns keep their lengths and the buffers fit
/// every cut into tiles, so only `load` and `relist` allocate.
struct resident {
  // The book, unit-major.
  device_buffer<std::uint16_t> instrument;
  device_buffer<std::int64_t> lots;
  device_buffer<std::uint32_t> first_position;
  device_buffer<std::int64_t> cash;
  device_buffer<std::int64_t> balance;
  device_buffer<std::uint8_t> cross;
  device_buffer<std::uint32_t> first_collateral;
  device_buffer<std::uint16_t> collateral_asset;
  device_buffer<std::int64_t> collateral_amount;
  device_buffer<unit_tile> unit_tiles;      ///< Long enough for every cut; the tiles of `cut` are at the front.
  device_buffer<std::uint32_t> long_units;  ///< Likewise.
  // The book, (instrument, side)-major.
  device_buffer<std::uint32_t> entry_unit;
  device_buffer<std::int64_t> entry_lots;
  device_buffer<std::int64_t> entry_cost;
  device_buffer<double> entry_given;
  device_buffer<std::uint32_t> entry_position;
  device_buffer<std::uint32_t> first_entry;
  device_buffer<std::uint32_t> first_tile;
  device_buffer<rank_tile> rank_tiles;  ///< Long enough for every cut, as the lists below; the tiles of `ranks` first.
  device_buffer<std::uint32_t> by_unit;
  device_buffer<std::uint32_t> tiny;
  device_buffer<std::uint32_t> small;
  device_buffer<std::uint32_t> large_tiles;
  device_buffer<large_segment> large;
  // Rules and a tick's prices.
  device_buffer<tier_band> bands;       ///< With vacancy; the bands of the book are at the front.
  device_buffer<std::uint64_t> floors;  ///< Likewise.
  device_buffer<score_row> score_rows;
  device_buffer<std::byte> inputs;  ///< A tick's request, instruments and assets, placed as `layout` has them.
  input_layout layout;
  // Outputs of a margin pass.
  device_buffer<std::uint8_t> verdicts;  ///< Padded for compact_flagged; the padding stays healthy.
  device_buffer<std::int64_t> score_equity;
  device_buffer<std::int64_t> score_maintenance;
  device_buffer<std::int64_t> score_balance;
  device_buffer<std::int64_t> equity;
  device_buffer<std::int64_t> margin_equity;
  device_buffer<uint128> maintenance_ppm;
  device_buffer<uint128> initial_ppm;
  device_buffer<std::uint32_t> flagged;
  device_buffer<scan_header> header;
  // State of each unit at the last rebase, and its prices.
  device_buffer<std::uint16_t> radius;  ///< Padded as verdicts are.
  device_buffer<std::uint8_t> groups;   ///< Likewise.
  device_buffer<std::uint8_t> reference_verdicts;
  device_buffer<std::uint64_t> call_hash;
  device_buffer<std::uint8_t> instrument_groups;
  device_buffer<std::uint8_t> asset_groups;
  device_buffer<instrument_row> reference_instruments;
  device_buffer<asset_row> reference_assets;
  device_buffer<safe_sums> safe;
  // Inputs and outputs of a screened tick.
  device_buffer<std::uint16_t> marks;
  device_buffer<std::uint32_t> changed_units;
  device_buffer<std::uint32_t> long_rows;
  device_buffer<row_part> row_parts;
  device_buffer<part_sums> row_part_sums;
  device_buffer<parted_row> parted_rows;
  device_buffer<judgement_to_host> to_host;
  device_buffer<judged_record> records;  ///< A round of the records that were not copied to the host with the header.
  device_buffer<std::byte> changes;      ///< Target of a change_feed's copies.
  // Outputs of a rank pass.
  device_buffer<std::uint64_t> keys;
  device_buffer<std::uint64_t> totals;
  device_buffer<std::uint64_t> demands;
  device_buffer<std::uint32_t> asked_segments;
  device_buffer<std::uint32_t> asked_first;
  device_buffer<ladder_place> places;
  device_buffer<std::uint8_t> lights;
  // Working memory.
  device_buffer<std::uint32_t> tile_counts;
  device_buffer<select_state> select_states;
  device_buffer<std::uint64_t> select_bins;
  device_buffer<std::uint32_t> survivor_counts;
  device_buffer<std::uint64_t> tie_lots;
  device_buffer<std::uint32_t> tiles_done;
  device_buffer<std::uint64_t> order_keys;     ///< Two columns; costs and given scores during a load.
  device_buffer<std::uint32_t> order_entries;  ///< Two columns; before the sort, the survivors of a select.
  workspace algorithms;

  unit_cut cut;
  rank_cut ranks;
  std::uint32_t unit_count = 0;
  std::uint32_t band_count = 0;
  std::uint32_t rate_ppm_max = 0;
  std::uint64_t bytes = 0;  ///< Of all of the above.

  /// Makes a book resident through `on`, and waits. The book may change afterwards.
  /// Errors: device_memory (the message says how much is needed and free), device_fault, device_lost.
  static result<resident> load(const book& source, std::uint64_t free_bytes, const stream& on);

  /// Takes a book whose instruments or assets have other ids and are more, through `on`, and waits. Columns have kept
  /// their lengths and their order. Nothing may be running on the device. Errors: as `load`; then a load must follow.
  status relist(const book& source, const stream& on);

  /// Queues a new cut of entries into tiles: sides begin at other entries. The stream must have been waited for since
  /// the last cut, and `first_entry_of` must live until the next wait. Does not wait.
  status cut_entries_again(const std::vector<std::uint32_t>& first_entry_of, const stream& on);
  /// Queues a new cut of units into tiles. The stream must have been waited for since the last cut. Does not wait.
  status cut_again(std::span<const std::uint32_t> first_position, const stream& on);

  [[nodiscard]] bool has_room_for(const std::vector<tier_band>& tiers) const { return tiers.size() <= bands.count(); }
  /// Queues new tiers, which must fit the buffers. The memory of `floors_of` and `tiers` must live until the stream was
  /// waited for.
  status retier(const std::vector<tier_band>& tiers, std::vector<std::uint64_t>& floors_of, const stream& on);

  [[nodiscard]] screen_request* request() { return reinterpret_cast<screen_request*>(inputs.data()); }
  [[nodiscard]] device_view<instrument_row> instruments() const {
    return {reinterpret_cast<instrument_row*>(inputs.data() + layout.instruments_at), layout.instruments};
  }
  [[nodiscard]] device_view<asset_row> assets() const {
    return {reinterpret_cast<asset_row*>(inputs.data() + layout.assets_at), layout.assets};
  }
  /// The prices among a tick's inputs.
  [[nodiscard]] device_view<std::byte> prices() {
    const auto first = static_cast<std::uint32_t>(layout.instruments_at);
    return inputs.view().part(first, inputs.count() - first);
  }
  [[nodiscard]] units_view units() const;
  [[nodiscard]] entries_view entries() const;
  /// The views that a pass of that depth writes.
  [[nodiscard]] scan_target target();
  [[nodiscard]] score_inputs_view score_inputs();
  /// The state at the reference prices; the caller sets the rules.
  [[nodiscard]] screen_view kept();
  [[nodiscard]] judged_target judged();
  [[nodiscard]] record_scratch record_list();
  [[nodiscard]] change_target changed();
  [[nodiscard]] order_scratch order();
  [[nodiscard]] select_scratch select();
};

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
