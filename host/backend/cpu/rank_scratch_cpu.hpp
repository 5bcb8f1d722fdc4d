// Working memory of rank passes, reused from one pass to the next.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/backend/backend.hpp"
#include "host/backend/ladder_digit.hpp"
#include "host/memory/huge_buffer.hpp"
#include "host/memory/thread_scratch.hpp"

namespace plimsoll {

/// Entries of a long ladder in one task. Their keys and lots fit the second-level cache.
inline constexpr std::uint32_t chunk_entries = 32'768;
[[nodiscard]] constexpr std::uint32_t chunks_of(std::size_t entries) {
  return static_cast<std::uint32_t>((entries + chunk_entries - 1) / chunk_entries);
}

/// Most targets in one select: four for the lights and one for a cover.
inline constexpr std::size_t select_targets_max = 5;

/// From the least key to the greatest. Empty at first.
struct key_range {
  std::uint64_t low = ~std::uint64_t{0};
  std::uint64_t high = 0;

  void add(std::uint64_t key) {
    low = std::min(low, key);
    high = std::max(high, key);
  }
  void add(const key_range& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
  [[nodiscard]] bool holds(std::uint64_t key) const { return low <= key && key <= high; }
};

/// Entries of a chunk that lie in the bins of a select's targets.
struct chunk_list {
  std::uint32_t count = 0;             ///< If more than listed_max, only the first listed_max are listed.
  key_range keys[select_targets_max];  ///< Per target bin.
};

/// Buffers for selecting from one ladder and sorting it.
struct ladder_scratch {
  static constexpr std::uint32_t listed_max = 4096;  ///< Per chunk.

  huge_buffer<std::uint64_t> weights;  ///< Per chunk and bin, then one row of sums.
  huge_buffer<std::uint16_t> bins;     ///< Per entry.
  huge_buffer<std::uint32_t> listed;   ///< Per chunk: up to listed_max entries, rising.
  huge_buffer<chunk_list> lists;       ///< Per chunk.

  /// Resizes the buffers for a ladder of so many entries. Throws std::bad_alloc.
  void fit(std::size_t entries) {
    const std::size_t chunks = chunks_of(entries);
    weights.reset((chunks + 1) * ladder_digit::bins_max);
    bins.reset(entries);
    listed.reset(chunks * listed_max);
    lists.reset(chunks);
  }
};

/// The working memory of a backend's rank passes.
struct rank_scratch {
  thread_scratch<ladder_scratch> short_ladders;     ///< For ladders of at most chunk_entries.
  std::vector<ladder_scratch> long_ladders;         ///< Per run of ladder_tasks with a long ladder.
  std::vector<std::uint64_t> keys;                  ///< Per entry, if the request does not need keys.
  std::vector<std::uint64_t> ladder_entries;        ///< Per segment: entries on the ladder.
  std::vector<std::vector<ladder_entry>> prefixes;  ///< Per segment: the entries up to its demand, in entry order.
};

}  // namespace plimsoll
