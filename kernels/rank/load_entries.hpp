// The (instrument, side)-major copy of the positions, made on the device at load.
#pragma once

#include "kernels/device/runtime.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Columns of positions: unit-major as loaded, entry-major as the rank pass reads them.
struct position_source {
  device_view<const std::uint32_t> unit;
  device_view<const std::int64_t> lots;
  device_view<const std::int64_t> cost;
  device_view<const double> given;  ///< Empty unless the score is `given`.
};
struct entry_target {
  device_view<std::uint32_t> unit;
  device_view<std::int64_t> lots;
  device_view<std::int64_t> cost;
  device_view<double> given;
};

/// Queues the copy: entry e gets what position[e] has; zeros if position[e] is no_number (~0). Does not wait. Errors:
/// those of `launch`.
[[nodiscard]] status load_entries(const position_source& from, device_view<const std::uint32_t> position,
                                  const entry_target& to, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
