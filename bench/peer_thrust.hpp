// A peer for the GPU: margin and ladders as one would write them with Thrust alone, in the same integers and by the
// same rules, on resident columns like ours. Its digests must equal ours.
#pragma once

#include <memory>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::bench {

/// A book on Thrust's device system, at the prices of one tick. Each call returns its seconds, to the end of the work.
class thrust_peer {
 public:
  virtual ~thrust_peer() = default;
  thrust_peer() = default;
  thrust_peer(const thrust_peer&) = delete;
  thrust_peer& operator=(const thrust_peer&) = delete;

  /// State of every unit: values and requirements reduced by key.
  [[nodiscard]] virtual result<double> margin() = 0;
  /// Scores and lights of every entry: sorted by key and by segment, lots scanned by segment. Follows a margin pass.
  [[nodiscard]] virtual result<double> lights() = 0;
  /// The sorts alone, on the scores of the last lights.
  [[nodiscard]] virtual result<double> sort() = 0;

  /// The results of the last calls on the device, in the form of ours.
  [[nodiscard]] virtual std::vector<verdict> verdicts() const = 0;
  [[nodiscard]] virtual std::vector<std::uint8_t> entry_lights() const = 0;
  /// Every ladder in full; one prefix a segment.
  virtual void ladders(rank_result& out) const = 0;
};

/// Uploads a book. Errors: not_supported beyond single collateral, the default score and fresh marks; device_memory,
/// device_fault.
[[nodiscard]] result<std::unique_ptr<thrust_peer>> make_thrust_peer(const book& source, const tick_prices& prices);

}  // namespace plimsoll::bench
