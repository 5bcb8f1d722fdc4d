// A stable counting pass by ladder_digit, then each bin on its own: most are tiny, many are ties already in order.
#include "host/backend/rank_sort_cpu.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>

#include "host/backend/huge_buffer.hpp"
#include "kernels/rules/divide.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t chunk_entries = 32'768;
constexpr std::size_t comparison_max = 192;  ///< So few are sorted by comparison.

bool ahead(const ladder_entry& a, const ladder_entry& b) { return a.key != b.key ? a.key > b.key : a.position < b.position; }

/// Sorts one bin, using `scratch` of the same length: linear digits while many, comparisons when few.
void sort_bin(std::span<ladder_entry> entries, std::span<ladder_entry> scratch) {
  if (std::is_sorted(entries.begin(), entries.end(), ahead)) { return; }
  if (entries.size() <= comparison_max) { return std::sort(entries.begin(), entries.end(), ahead); }
  std::uint64_t low = entries[0].key;
  std::uint64_t high = low;
  for (const ladder_entry& one : entries) {
    low = std::min(low, one.key);
    high = std::max(high, one.key);
  }
  // Not in order, and position order where equal: so low < high, and every pass cuts.
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
  counting_pass(std::span<const ladder_entry> entries, const ladder_digit& digit)
      : entries_(entries),
        digit_(digit),
        chunks_(static_cast<std::uint32_t>((entries.size() + chunk_entries - 1) / chunk_entries)),
        next_(static_cast<std::size_t>(chunks_) * digit.bins(), 0),
        first_(digit.bins() + 1, 0) {
    for_each_chunk([&](std::uint32_t* next, const ladder_entry& one) { ++next[bin_of(one)]; });
    std::uint32_t placed = 0;
    for (std::uint32_t bin = 0; bin < digit.bins(); ++bin) {
      first_[bin] = placed;
      for (std::uint32_t chunk = 0; chunk < chunks_; ++chunk) {
        std::uint32_t& slot = next_[static_cast<std::size_t>(chunk) * digit.bins() + bin];
        const std::uint32_t count = slot;
        slot = placed;
        placed += count;
      }
    }
    first_[digit.bins()] = placed;
  }

  void scatter(ladder_entry* out) {
    for_each_chunk([&](std::uint32_t* next, const ladder_entry& one) { out[next[bin_of(one)]++] = one; });
  }

  /// Where each bin starts, in ladder order, and the end.
  [[nodiscard]] const std::vector<std::uint32_t>& first() const { return first_; }

 private:
  [[nodiscard]] std::uint32_t bin_of(const ladder_entry& one) const { return digit_.bins() - 1 - digit_.bin_of(one.key); }

  template <class Body>
  void for_each_chunk(const Body& body) {
    tbb::parallel_for(std::uint32_t{0}, chunks_, [&](std::uint32_t chunk) {
      const std::size_t begin = static_cast<std::size_t>(chunk) * chunk_entries;
      const std::size_t end = std::min(entries_.size(), begin + chunk_entries);
      std::uint32_t* next = next_.data() + static_cast<std::size_t>(chunk) * digit_.bins();
      for (std::size_t i = begin; i < end; ++i) { body(next, entries_[i]); }
    });
  }

  std::span<const ladder_entry> entries_;
  const ladder_digit& digit_;
  std::uint32_t chunks_;
  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> first_;
};

/// The digit of entries that are not columns: from a sample of their keys.
ladder_digit digit_of(std::span<const ladder_entry> entries) {
  std::vector<std::uint64_t> keys;
  constexpr std::size_t sample_max = 8192;  // As many as make the digit choose its fine steps.
  const std::size_t stride = std::max<std::size_t>(1, entries.size() / sample_max);
  for (std::size_t i = 0; i < entries.size(); i += stride) { keys.push_back(entries[i].key); }
  return ladder_digit::of({keys.data(), nullptr, static_cast<std::uint32_t>(keys.size())});
}

}  // namespace

void append_prefix(const ladder_view& ladder, const std::uint32_t* positions, const ladder_place& last,
                   std::vector<ladder_entry>& out) {
  for (std::uint32_t entry = 0; entry < ladder.count; ++entry) {
    if (at_or_ahead(ladder.keys[entry], entry, last)) { out.push_back({positions[entry], ladder.keys[entry]}); }
  }
}

void sort_ladder(std::span<ladder_entry> entries) {
  huge_buffer<ladder_entry> scratch;
  scratch.reset(entries.size());
  const std::span<ladder_entry> spare(scratch.data(), entries.size());
  if (entries.size() <= comparison_max) { return sort_bin(entries, spare); }
  const ladder_digit digit = digit_of(entries);
  counting_pass pass(entries, digit);
  pass.scatter(spare.data());
  const auto& first = pass.first();
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, digit.bins(), 32), [&](const auto& range) {
    for (std::size_t bin = range.begin(); bin != range.end(); ++bin) {
      const std::size_t count = first[bin + 1] - first[bin];
      if (count == 0) { continue; }
      const auto sorted = spare.subspan(first[bin], count);
      const auto place = entries.subspan(first[bin], count);
      sort_bin(sorted, place);
      std::copy(sorted.begin(), sorted.end(), place.begin());
    }
  });
}

}  // namespace plimsoll
