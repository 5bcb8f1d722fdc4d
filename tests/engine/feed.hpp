// A venue's feed, seeded: updates of every kind, some of them refused, and marks that walk.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "host/book/book.hpp"
#include "plimsoll/tick.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll::feed {

class source {
 public:
  explicit source(std::uint64_t seed) : random_(seed) {}

  /// An update of the present book; about one in thirty breaks a rule.
  [[nodiscard]] update next_update(const book& columns);

  /// New marks for some instruments, each within `share` of the present one.
  [[nodiscard]] std::vector<mark_update> next_marks(const book& columns, double share);

  /// The size of the moves of marks in the next tick: mostly small, sometimes large.
  [[nodiscard]] double next_share();

  /// Fills may open isolated positions, which have no margin until an update adds some, so that most go bankrupt.
  bool opens_isolated = true;

  std::uint64_t below(std::uint64_t end) { return random_() % end; }

 private:
  [[nodiscard]] std::string account(const book& columns, bool maybe_new);
  [[nodiscard]] std::uint32_t contract(const book& columns);

  std::mt19937_64 random_;
};

}  // namespace plimsoll::feed
