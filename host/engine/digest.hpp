// Digests of a tick. They are equal on any backend, for any number of threads and any order of rows. docs/design.md
// section 7.
#pragma once

#include <cstdint>

#include "host/engine/scan.hpp"
#include "kernels/rules/digest.hpp"

namespace plimsoll {

struct tick_digests {
  std::uint64_t tick =
      0;  ///< State and deficit of every unit that is not healthy, every cover fill: all that a screened tick computes.
  std::uint64_t full =
      0;  ///< Every unit's equity, margin equity, MM, state; every ladder entry's side, size, score bits, lights.
};
[[nodiscard]] tick_digests digests_of(const scan_result& scan);

/// Records of a tick's digest, from the hashes of the names.
[[nodiscard]] inline std::uint64_t tick_unit_hash(std::uint64_t account, std::uint64_t unit, unit_state state,
                                                  std::int64_t equity) {
  return record_hash(record::tick_unit, account, unit, state, deficit_of(equity));
}
[[nodiscard]] inline std::uint64_t tick_fill_hash(std::uint64_t instrument, std::uint64_t loser,
                                                  std::uint64_t loser_unit, std::uint64_t winner,
                                                  std::uint64_t winner_unit, const cover_fill& fill) {
  return record_hash(record::tick_fill, instrument, loser, loser_unit, winner, winner_unit, fill.lots, fill.value);
}

}  // namespace plimsoll
