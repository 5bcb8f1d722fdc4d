#include "host/backend/cpu/score_inputs_cpu.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <functional>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include "host/backend/cpu/scattered_units_cpu.hpp"
#include "host/backend/cpu/unit_sums_cpu.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t word_units = 64;
constexpr std::size_t block_words = 64;  ///< Words of one task.
using word_blocks = tbb::blocked_range<std::size_t>;

/// The units of a block's bits, rising.
struct block_units {
  std::array<std::uint32_t, block_words * word_units> units;
  std::size_t count = 0;

  block_units(const std::uint64_t* bits, std::size_t first, std::size_t last) {
    for (std::size_t word = first; word < last; ++word) {
      for (std::uint64_t left = bits[word]; left != 0; left &= left - 1) {
        units[count++] =
            static_cast<std::uint32_t>(word * word_units) + static_cast<std::uint32_t>(std::countr_zero(left));
      }
    }
  }
};

}  // namespace

std::uint64_t entries_of(const book& source, std::span<const cover_demand> demands) {
  std::uint64_t entries = 0;
  for (const cover_demand& one : demands) {
    entries += source.sides.first_entry[one.segment + 1] - source.sides.first_entry[one.segment];
  }
  return entries;
}

void asked_units::find(const resident_cpu& resident, std::span<const cover_demand> demands) {
  const book& source = *resident.source;
  const std::size_t words = (source.units.size() + word_units - 1) / word_units;
  bits_.reset(words);
  std::fill_n(bits_.data(), words, std::uint64_t{0});
  for (const cover_demand& one : demands) {
    const tbb::blocked_range<std::uint32_t> entries(source.sides.first_entry[one.segment],
                                                    source.sides.first_entry[one.segment + 1], 8192);
    tbb::parallel_for(entries, [&](const auto& range) {
      for (std::uint32_t entry = range.begin(); entry != range.end(); ++entry) {
        const std::uint32_t unit = resident.entry_unit[entry];  // 0 for a vacant entry: one unit too many does no harm.
        const std::uint64_t bit = std::uint64_t{1} << unit % word_units;
        std::atomic_ref word(bits_[unit / word_units]);
        if ((word.load(std::memory_order_relaxed) & bit) == 0) { word.fetch_or(bit, std::memory_order_relaxed); }
      }
    });
  }
  count_ = 0;
  for (std::size_t word = 0; word < words; ++word) { count_ += static_cast<std::uint64_t>(std::popcount(bits_[word])); }
}

template <class Body>
void asked_units::for_each(const book& source, const Body& body) const {
  tbb::parallel_for(word_blocks(0, bits_.size(), block_words), [&](const word_blocks& range) {
    for (std::size_t first = range.begin(); first < range.end(); first += block_words) {
      const block_units asked(bits_.data(), first, std::min(range.end(), first + block_words));
      for_scattered(
          source, [&](std::size_t i) { return asked.units[i]; }, 0, asked.count,
          [&](std::size_t i) { body(asked.units[i]); });
    }
  });
}

namespace {

/// After a screen, states are those of the reference, except for the evaluated units.
void take_judged_score_inputs(const screen_cpu& screen, unit_cache& cache) {
  for (std::size_t i = 0; i < screen.candidates.size(); ++i) {
    const judged_unit& one = screen.judged[i];
    cache.ladder_equity[screen.candidates[i]] = ladder_equity_of(one.outcome, one.equity);
  }
}

}  // namespace

void asked_units::write_inputs(const resident_cpu& resident, const tick_cpu& tick, const screen_cpu& screen,
                               unit_cache& cache) const {
  const book& source = *resident.source;
  make_cache(source, cache);
  if (reads_requirements(source)) {
    return for_each(source, [&](std::uint32_t unit) {
      keep_score_inputs(unit, unit_score_inputs_at(resident, tick, unit), cache);
    });
  }
  const std::uint32_t* const row = source.units.first_position.data();
  for_each(source, [&](std::uint32_t unit) {
    cache.ladder_equity[unit] =
        ladder_equity_of(screen.verdicts[unit],
                         equity_of_unit(resident, tick, unit, sum_values(resident, tick, row[unit], row[unit + 1])));
  });
  take_judged_score_inputs(screen, cache);
}

void make_all_score_inputs(const resident_cpu& resident, const tick_cpu& tick, const screen_cpu& screen,
                           unit_cache& cache) {
  scan_equities(resident, tick, screen.verdicts, cache);
  take_judged_score_inputs(screen, cache);
}

}  // namespace plimsoll
