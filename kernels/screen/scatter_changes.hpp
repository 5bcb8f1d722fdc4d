// Scatters changes of the book from packed records into the resident columns. Each place is listed once, so the order
// does not matter.
#pragma once

#include <cstdint>

#include "kernels/device/runtime.hpp"
#include "kernels/screen/screen_types.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

struct unit_change {
  std::int64_t cash;
  std::int64_t balance;
  std::uint64_t call_hash;
  std::uint32_t unit;
  std::uint32_t cross;
};
struct row_change {
  std::uint32_t unit;
  std::uint32_t first_position;
  std::uint32_t first_collateral;
  std::uint32_t unused;
};
struct position_change {
  std::int64_t lots;
  std::uint32_t position;
  std::uint32_t instrument;
};
struct collateral_change {
  std::int64_t amount;
  std::uint32_t row;
  std::uint32_t asset;
};
struct entry_change {
  std::int64_t lots;
  std::int64_t cost;
  double given;
  std::uint32_t entry;
  std::uint32_t position;
  std::uint32_t unit;
  std::uint32_t unused;
};

/// Changes that arrived together.
struct change_batch {
  device_view<const unit_change> units;
  device_view<const row_change> rows;
  device_view<const position_change> positions;
  device_view<const collateral_change> collateral;
  device_view<const entry_change> entries;
  std::uint32_t first_unit = 0;  ///< The number of units in earlier batches.

  [[nodiscard]] std::uint32_t count() const {
    return units.count + rows.count + positions.count + collateral.count + entries.count;
  }
};

/// The columns that changes are written to; those that the book does not have are empty.
struct change_target {
  device_view<std::uint16_t> instrument;
  device_view<std::int64_t> lots;
  device_view<std::uint32_t> first_position;
  device_view<std::int64_t> cash;
  device_view<std::int64_t> balance;
  device_view<std::uint8_t> cross;
  device_view<std::uint32_t> first_collateral;
  device_view<std::uint16_t> collateral_asset;
  device_view<std::int64_t> collateral_amount;
  device_view<std::uint32_t> entry_unit;
  device_view<std::int64_t> entry_lots;
  device_view<std::int64_t> entry_cost;
  device_view<double> entry_given;
  device_view<std::uint32_t> entry_position;
  screen_view kept;                  ///< Without `safe` if nothing is stored yet.
  device_view<std::uint32_t> units;  ///< Becomes the list of changed units, which are judged again.
};

/// Queues the scatter. The old part of a changed unit is subtracted from the sums of safe units. Does not wait. Errors:
/// those of `launch`.
[[nodiscard]] status scatter_changes(const change_batch& batch, const change_target& to, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
