// Computes the inputs of scores if the last pass has not written them: after a screen, and after a rebase if scores
// need more than equities.
#pragma once

#include <cstdint>
#include <span>

#include "host/backend/backend.hpp"
#include "host/backend/cpu/resident_cpu.hpp"
#include "host/backend/cpu/scan_units_cpu.hpp"
#include "host/backend/cpu/screen_units_cpu.hpp"
#include "host/memory/huge_buffer.hpp"

namespace plimsoll {

/// The units that hold the entries of some segments, as one bit each.
class asked_units {
 public:
  /// Finds the units of the demanded segments. Runs on the calling arena's threads. Throws std::bad_alloc if memory
  /// must grow.
  void find(const resident_cpu& resident, std::span<const cover_demand> demands);
  [[nodiscard]] std::uint64_t count() const { return count_; }

  /// Writes the inputs of these units' scores to the cache; its values for other units are undefined. Runs on the
  /// calling arena's threads.
  void write_inputs(const resident_cpu& resident, const tick_cpu& tick, const screen_cpu& screen,
                    unit_cache& cache) const;

 private:
  template <class Body>
  void for_each(const book& source, const Body& body) const;

  huge_buffer<std::uint64_t> bits_;
  std::uint64_t count_ = 0;
};

/// The same for every unit, for all scores except `binance`. The tiles must be up to date.
void make_all_score_inputs(const resident_cpu& resident, const tick_cpu& tick, const screen_cpu& screen,
                           unit_cache& cache);

/// Total number of entries of the demanded segments.
[[nodiscard]] std::uint64_t entries_of(const book& source, std::span<const cover_demand> demands);

}  // namespace plimsoll
