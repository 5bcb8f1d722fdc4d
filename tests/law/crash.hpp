// Small venues that crash, each from one number: book, rulebook, marks and updates.
#pragma once

#include <cstdint>
#include <vector>

#include "host/generate/random.hpp"
#include "host/replay/replay.hpp"

namespace plimsoll {

/// A zero-sum book of a few accounts: cross and isolated, hedged, linear and inverse, single or multi collateral, some
/// of it held by stale marks, some bankrupt from the start.
[[nodiscard]] book crash_book(std::uint64_t seed);

/// Every mode, order, scope, limit and policy that a rulebook can set, at random.
[[nodiscard]] rulebook crash_rules(const book& source, std::uint64_t seed);

/// A running crash: draws the next tick.
class crash_path {
 public:
  explicit crash_path(std::uint64_t seed) : draw_(seed, 3) {}
  [[nodiscard]] tick_marks next_marks(const book& now);
  [[nodiscard]] std::vector<update> next_updates(const book& now);

 private:
  random_stream draw_;
  std::int64_t tick_ = 0;
};

}  // namespace plimsoll
