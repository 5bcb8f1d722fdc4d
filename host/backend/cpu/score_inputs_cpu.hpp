// What scores read of units, where the last pass has not left it: after a screen, and after a rebase where that is more
// than equities.
#pragma once

#include <cstdint>
#include <span>

#include "host/backend/backend.hpp"
#include "host/backend/cpu/resident_cpu.hpp"
#include "host/backend/cpu/scan_units_cpu.hpp"
#include "host/backend/cpu/screen_units_cpu.hpp"
#include "host/memory/huge_buffer.hpp"

namespace plimsoll {

/// The units that hold the entries of some segments: a bit each.
class asked_units {
 public:
  /// Finds those of the demands. Runs on the calling arena's threads. Throws std::bad_alloc where there is yet to be
  /// room.
  void find(const resident_cpu& resident, std::span<const cover_demand> demands);
  [[nodiscard]] std::uint64_t count() const { return count_; }

  /// What scores read of them goes to the cache; what it has of others means nothing. Runs on the calling arena's
  /// threads.
  void stand(const resident_cpu& resident, const tick_cpu& tick, const screen_cpu& screen, unit_cache& cache) const;

 private:
  template <class Body>
  void for_each(const book& source, const Body& body) const;

  huge_buffer<std::uint64_t> bits_;
  std::uint64_t count_ = 0;
};

/// The same of every unit; of all scores but `binance`. The tiles must fit.
void make_all_score_inputs(const resident_cpu& resident, const tick_cpu& tick, const screen_cpu& screen,
                           unit_cache& cache);

/// Entries of the demanded segments, in all.
[[nodiscard]] std::uint64_t entries_of(const book& source, std::span<const cover_demand> demands);

}  // namespace plimsoll
