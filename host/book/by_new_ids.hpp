// Moves values that are stored by id of instrument or asset to the ids of new reference data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/book/revision.hpp"

namespace plimsoll {

/// A list by id, under the new ids. New ids get `Kept{}`.
template <class Kept>
[[nodiscard]] std::vector<Kept> by_new_ids(const std::vector<Kept>& kept, const std::vector<std::uint32_t>& ids,
                                           std::size_t count) {
  std::vector<Kept> out(count);
  for (std::size_t old = 0; old < kept.size(); ++old) { out[ids[old]] = kept[old]; }
  return out;
}
[[nodiscard]] inline unit_code by_new_ids(unit_code code, const reference_change& change) {
  return code.is_isolated() ? unit_code::isolated(change.instrument_ids[code.instrument()], code.side())
                            : unit_code::cross(change.asset_ids[code.asset()]);
}

}  // namespace plimsoll
