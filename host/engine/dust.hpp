// Debts too small to act on: `[margin] dust` of venue.toml.
#pragma once

#include <cstdint>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/book/book.hpp"

namespace plimsoll {

/// What each asset's debts are measured against.
class dust_limits {
 public:
  /// Of a venue whose amounts were checked as it was loaded. Allocates only where the venue names some.
  void set(const reference_data& reference);

  /// Is the unit bankrupt without a position, and by less than the limit of its asset? It is then neither flagged nor
  /// paid for.
  [[nodiscard]] bool is_dust(const book& source, const unit_record& one) const;

 private:
  std::vector<std::int64_t> steps_;  ///< By asset; empty where all are 0.
};

}  // namespace plimsoll
