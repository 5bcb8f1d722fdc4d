// Running sums of a few thousand counts in one launch: the step of a compaction between counting and writing.
#pragma once

#include "kernels/device/algorithms.hpp"
#include "kernels/device/runtime.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Queues counts[i] = counts[0] + ... + counts[i - 1], modulo 2^32. One block does it, since two launches of a
/// device-wide scan cost more than its few rounds; `scan` is used if there are too many counts for one block. Does not
/// wait. Errors: those of `launch` and of `exclusive_sum`.
[[nodiscard]] status sum_counts(device_view<std::uint32_t> counts, const workspace& scan, const stream& on);

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
