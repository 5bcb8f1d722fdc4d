// A stable counting pass by ladder_digit, then each bin by itself: most are tiny, many are ties that are in order
// already.
#include "host/backend/cpu/rank_sort_cpu.hpp"

#include <algorithm>
#include <array>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "kernels/rules/divide.hpp"

namespace plimsoll {
namespace {

constexpr std::size_t comparison_max = 192;  ///< Up to so many are sorted by comparison.

bool ahead(const ladder_entry& a, const ladder_entry& b) {
  return a.key != b.key ? a.key > b.key : a.position < b.position;
}

/// Sorts one bin, with `scratch` of the same length: by linear digits while there are many, by comparison when few.
void sort_bin(std::span<ladder_entry> entries, std::span<ladder_entry> scratch) {
  if (std::is_sorted(entries.begin(), entries.end(), ahead)) { return; }
  if (entries.size() <= comparison_max) { return std::sort(entries.begin(), entries.end(), ahead); }
  std::uint64_t low = entries[0].key;
  std::uint64_t high = low;
  for (const ladder_entry& one : entries) {
    low = std::min(low, one.key);
    high = std::max(high, one.key);
  }
  // Not in order yet, and equal keys are in position order. So low < high, and every pass divides.
  constexpr int digit_bits = 8;
  const int shift = std::max(0, bit_width_of(high - low) - digit_bits);
  std::array<std::uint32_t, (std::size_t{1} << digit_bits) + 1> first{};
  for (const ladder_entry& one : entries) { ++first[((high - one.key) >> shift) + 1]; }
  for (std::size_t bin = 1; bin < first.size(); ++bin) { first[bin] += first[bin - 1]; }
  auto next = first;
  for (const ladder_entry& one : entries) { scratch[next[(high - one.key) >> shift]++] = one; }
  std::copy(scratch.begin(), scratch.end(), entries.begin());
  for (std::size_t bin = 0; bin + 1 < first.size(); ++bin) {
    const std::size_t count = first[bin + 1] - first[bin];
    if (count > 1) { sort_bin(entries.subspan(first[bin], count), scratch.subspan(first[bin], count)); }
  }
}

/// A stable counting sort of many entries by one digit, greatest bin first, in chunks on all threads.
class counting_pass {
 public:
  counting_pass(std::span<const ladder_entry> entries, const ladder_digit& digit, ladder_scratch& scratch)
      : entries_(entries), digit_(digit), scratch_(scratch), chunks_(chunks_of(entries.size())) {
    scratch.fit(entries.size());
    for_each_chunk([&](std::uint32_t chunk) {
      std::uint64_t* const counts = row(chunk);
      std::fill_n(counts, digit_.bins(), std::uint64_t{0});
      for (const ladder_entry& one : of_chunk(chunk)) { ++counts[bin_of(one)]; }
    });
    std::uint64_t placed = 0;
    for (std::uint32_t bin = 0; bin < digit.bins(); ++bin) {
      row(chunks_)[bin] = placed;
      for (std::uint32_t chunk = 0; chunk < chunks_; ++chunk) {
        const std::uint64_t count = row(chunk)[bin];
        row(chunk)[bin] = placed;
        placed += count;
      }
    }
  }

  void scatter(ladder_entry* out) {
    for_each_chunk([&](std::uint32_t chunk) {
      std::uint64_t* const next = row(chunk);
      for (const ladder_entry& one : of_chunk(chunk)) { out[next[bin_of(one)]++] = one; }
    });
  }

  /// Start of a bin, in ladder order.
  [[nodiscard]] std::size_t first(std::size_t bin) const {
    return bin == digit_.bins() ? entries_.size() : row(chunks_)[bin];
  }

 private:
  [[nodiscard]] std::uint32_t bin_of(const ladder_entry& one) const {
    return digit_.bins() - 1 - digit_.bin_of(one.key);
  }
  [[nodiscard]] std::uint64_t* row(std::uint32_t chunk) const {
    return scratch_.weights.data() + static_cast<std::size_t>(chunk) * digit_.bins();
  }
  [[nodiscard]] std::span<const ladder_entry> of_chunk(std::uint32_t chunk) const {
    const std::size_t begin = static_cast<std::size_t>(chunk) * chunk_entries;
    return entries_.subspan(begin, std::min<std::size_t>(chunk_entries, entries_.size() - begin));
  }

  template <class Body>
  void for_each_chunk(const Body& body) {
    tbb::parallel_for(std::uint32_t{0}, chunks_, body);
  }

  std::span<const ladder_entry> entries_;
  const ladder_digit& digit_;
  ladder_scratch& scratch_;
  std::uint32_t chunks_;
};

}  // namespace

void append_prefix(const ladder_view& ladder, const std::uint32_t* positions, const ladder_place& last,
                   std::vector<ladder_entry>& out) {
  for (std::uint32_t entry = 0; entry < ladder.count; ++entry) {
    if (at_or_ahead(ladder.keys[entry], entry, last)) { out.push_back({positions[entry], ladder.keys[entry]}); }
  }
}

void sort_ladder(std::span<ladder_entry> entries, ladder_scratch& scratch, std::span<ladder_entry> out) {
  if (entries.size() <= comparison_max) {
    std::copy(entries.begin(), entries.end(), out.begin());
    return sort_bin(out, entries);
  }
  const ladder_digit digit =
      ladder_digit::of(static_cast<std::uint32_t>(entries.size()), [&](std::uint32_t i) { return entries[i].key; });
  counting_pass pass(entries, digit, scratch);
  pass.scatter(out.data());
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, digit.bins(), 32), [&](const auto& range) {
    for (std::size_t bin = range.begin(); bin != range.end(); ++bin) {
      const std::size_t first = pass.first(bin);
      const std::size_t count = pass.first(bin + 1) - first;
      if (count > 1) { sort_bin(out.subspan(first, count), entries.subspan(first, count)); }
    }
  });
}

}  // namespace plimsoll
