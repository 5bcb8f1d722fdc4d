// Equities of units at one tick's prices, after the plans that were posted so far.
#pragma once

#include <cstdint>
#include <vector>

#include "host/engine/tick_view.hpp"

namespace plimsoll {

/// A unit's equity is computed from the book's columns at the first request; after that, each plan updates it. Memory
/// is reused from pass to pass.
class unit_equities {
 public:
  /// Begins a pass and drops all equities. Both arguments must outlive the pass.
  void begin(const book& source, const tick_prices& prices) {
    source_ = &source;
    prices_ = &prices;
    units_.resize(source.units.size());
    if (++pass_ == 0) {  // After 2^32 passes an old mark could look like a new one.
      for (entry& one : units_) { one.pass = 0; }
      pass_ = 1;
    }
  }

  /// In steps of the unit's asset.
  [[nodiscard]] std::int64_t operator[](std::uint32_t unit) const { return at(unit).equity; }

  /// Call it before the plan is written to the book, so that the first computation does not include the change already.
  void touch(std::uint32_t unit) { static_cast<void>(at(unit)); }
  void add(std::uint32_t unit, std::int64_t change) { at(unit).equity += change; }

  /// Index of the unit in `tick_outcome::deleveraged`; no_id until it is set.
  [[nodiscard]] std::uint32_t place(std::uint32_t unit) const {
    return units_[unit].pass == pass_ ? units_[unit].place : no_id;
  }
  void set_place(std::uint32_t unit, std::uint32_t place) { at(unit).place = place; }

 private:
  struct entry {
    std::int64_t equity = 0;
    std::uint32_t place = no_id;
    std::uint32_t pass = 0;  ///< Pass in which it was computed.
  };
  entry& at(std::uint32_t unit) const {
    entry& one = units_[unit];
    if (one.pass != pass_) { one = {equity_of(*source_, *prices_, unit), no_id, pass_}; }
    return one;
  }

  const book* source_ = nullptr;
  const tick_prices* prices_ = nullptr;
  mutable std::vector<entry> units_;
  std::uint32_t pass_ = 0;
};

}  // namespace plimsoll
