// What is kept by ids of instruments and assets, by the ids that other reference data gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/book/revision.hpp"

namespace plimsoll {

/// A list by id, by the new ids; what is new is `Kept{}`.
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
