// The (instrument, side)-major copy of a book's positions, and the grouping that builds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll {

/// Row indices grouped by key, rising within a group: group k is [first[k], first[k + 1]).
struct grouping {
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> rows;
};
template <class Key>
grouping group_rows(const std::vector<Key>& keys, std::size_t groups) {
  grouping out;
  out.first.assign(groups + 1, 0);
  for (const Key key : keys) { ++out.first[key + 1]; }
  for (std::size_t g = 0; g < groups; ++g) { out.first[g + 1] += out.first[g]; }
  out.rows.resize(keys.size());
  std::vector<std::uint32_t> next(out.first.begin(), out.first.end() - 1);
  for (std::size_t row = 0; row < keys.size(); ++row) { out.rows[next[keys[row]]++] = static_cast<std::uint32_t>(row); }
  return out;
}

/// Builds the copy by a stable grouping, so that positions rise within a segment. A side whose lots pass 2^64
/// saturates.
[[nodiscard]] side_columns make_sides(const position_columns& positions, std::size_t instruments);

/// The copy after positions were removed. `moved_to` gives each position's new index, in rising order, or no_id;
/// `positions` are the remaining ones. Sums are computed again.
void drop_entries(side_columns& sides, const std::vector<std::uint32_t>& moved_to, const position_columns& positions);

}  // namespace plimsoll
