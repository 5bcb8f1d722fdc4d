// Digests of a tick: what any backend, any thread count and any order of rows must agree on. DESIGN section 7.
#pragma once

#include <cstdint>

#include "host/scan/scan.hpp"
#include "kernels/rules/digest.hpp"

namespace plimsoll {

struct tick_digests {
  std::uint64_t tick = 0;  ///< State and deficit of every unit that is not healthy, every cover fill: what a screened tick knows.
  std::uint64_t full = 0;  ///< Every unit's equity, margin equity, MM, state; every ladder entry's side, size, score bits, lights.
};
[[nodiscard]] tick_digests digests_of(const scan_result& scan);

/// The records of a tick's digest. `names` gives the hashes of what it is asked for: account(unit), unit(unit),
/// instrument_of(position).
template <class Names>
[[nodiscard]] std::uint64_t tick_unit_hash(const Names& names, std::uint32_t unit, unit_state state, std::int64_t equity) {
  return record_hash(record::tick_unit, names.account(unit), names.unit(unit), state, deficit_of(equity));
}
template <class Names>
[[nodiscard]] std::uint64_t tick_fill_hash(const Names& names, const book& source, const cover_fill& fill) {
  const std::uint32_t loser = source.positions.unit[fill.loser];
  const std::uint32_t winner = source.positions.unit[fill.winner];
  return record_hash(record::tick_fill, names.instrument_of(fill.loser), names.account(loser), names.unit(loser), names.account(winner),
                     names.unit(winner), fill.lots, fill.value);
}

}  // namespace plimsoll
