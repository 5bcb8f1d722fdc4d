// Debts too small to act on: `[margin] dust` of venue.toml.
#pragma once

#include <cstdint>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"

namespace plimsoll {

/// The limit of each asset, below which a debt is dust.
class dust_limits {
 public:
  /// The venue's amounts must have been checked at load. Allocates only if the venue sets an amount.
  void set(const reference_data& reference);

  /// True if the unit has no position and is bankrupt by less than the limit of its asset. Such a unit is neither
  /// flagged nor paid for.
  [[nodiscard]] bool is_dust(const book& source, const unit_record& one) const;

 private:
  std::vector<std::int64_t> steps_;  ///< By asset; empty if all are 0.
};

}  // namespace plimsoll
