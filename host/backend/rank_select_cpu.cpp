// A histogram of lots by ladder_digit names the bin of each target; only the entries of those bins are gathered, cut by
// finer digits while they are many, and sorted when they are few.
#include "host/backend/rank_select_cpu.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>
#include <vector>

#include "host/backend/huge_buffer.hpp"
#include "kernels/rules/divide.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t chunk_entries = 32'768;  ///< What one task takes of a long ladder.
constexpr std::uint32_t direct_max = 96;         ///< So few are sorted at once.
constexpr std::uint32_t sort_max = 512;          ///< So few candidates are sorted.

/// An entry that may stand at a target.
struct candidate {
  std::uint64_t key;
  std::uint64_t lots;
  std::uint32_t entry;
};
using candidates = std::vector<candidate>;

/// A target, counted from the lots ahead of the bin that it fell into.
struct pending_target {
  std::uint64_t lots;
  std::size_t place;  ///< Index of the answer.
};

/// The targets that fell into one bin, rising.
struct target_bin {
  std::uint32_t bin = 0;
  std::array<pending_target, select_targets_max> targets{};
  std::size_t count = 0;
};

/// At most one bin a target.
struct target_bins {
  std::array<target_bin, select_targets_max> bins{};
  std::size_t count = 0;

  void add(std::uint32_t bin, pending_target target) {
    if (count == 0 || bins[count - 1].bin != bin) { bins[count++].bin = bin; }
    target_bin& last = bins[count - 1];
    last.targets[last.count++] = target;
  }
};

/// Walks the bins from the greatest key down. `targets` rise and are at most the sum of `weights`.
target_bins find_bins(std::span<const std::uint64_t> weights, std::span<const pending_target> targets) {
  target_bins found;
  std::uint64_t ahead = 0;
  std::size_t next = 0;
  for (std::size_t bin = weights.size(); bin-- > 0 && next < targets.size();) {
    const std::uint64_t reached = ahead + weights[bin];
    for (; next < targets.size() && targets[next].lots <= reached; ++next) {
      found.add(static_cast<std::uint32_t>(bin), {targets[next].lots - ahead, targets[next].place});
    }
    ahead = reached;
  }
  assert(next == targets.size());
  return found;
}

/// Answers targets by walking candidates that stand in ladder order.
void walk(const candidates& ordered, std::span<const pending_target> targets, std::span<ladder_place> places) {
  std::uint64_t reached = 0;
  std::size_t next = 0;
  for (const candidate& one : ordered) {
    reached += one.lots;
    for (; next < targets.size() && targets[next].lots <= reached; ++next) {
      places[targets[next].place] = {one.key, one.entry};
    }
    if (next == targets.size()) { return; }
  }
  assert(false && "a target beyond the candidates' lots");
}

/// Answers targets among candidates in entry order, by linear digits between their least and greatest key.
void resolve(candidates& among, std::span<const pending_target> targets, std::span<ladder_place> places) {
  const auto [least, greatest] = std::minmax_element(
      among.begin(), among.end(), [](const candidate& a, const candidate& b) { return a.key < b.key; });
  const std::uint64_t low = least->key;
  const std::uint64_t span = greatest->key - low;
  if (span == 0) { return walk(among, targets, places); }  // All equal: entry order is ladder order.
  if (among.size() <= sort_max) {
    std::sort(among.begin(), among.end(), [](const candidate& a, const candidate& b) {
      return a.key != b.key ? a.key > b.key : a.entry < b.entry;
    });
    return walk(among, targets, places);
  }
  constexpr int digit_bits = 10;
  const int shift = std::max(0, bit_width_of(span) - digit_bits);
  std::array<std::uint64_t, std::size_t{1} << digit_bits> weights{};
  for (const candidate& one : among) { weights[(one.key - low) >> shift] += one.lots; }
  const target_bins found = find_bins(weights, targets);
  for (std::size_t b = 0; b < found.count; ++b) {
    candidates inside;
    for (const candidate& one : among) {
      if ((one.key - low) >> shift == found.bins[b].bin) { inside.push_back(one); }
    }
    resolve(inside, {found.bins[b].targets.data(), found.bins[b].count}, places);
  }
}

/// A ladder in chunks: the bin of every entry, and the weights of the bins in each chunk.
class chunked_weights {
 public:
  chunked_weights(const ladder_view& ladder, const ladder_digit& digit)
      : ladder_(ladder), digit_(digit), chunks_((ladder.count + chunk_entries - 1) / chunk_entries) {
    weights_.assign(static_cast<std::size_t>(chunks_) * digit.bins(), 0);
    bins_.reset(ladder.count);
    for_each_chunk([&](std::uint32_t chunk, std::uint32_t first, std::uint32_t last) { weigh(chunk, first, last); });
    sums_.assign(weights_.begin(), weights_.begin() + digit.bins());
    for (std::uint32_t chunk = 1; chunk < chunks_; ++chunk) {
      const std::uint64_t* own = of_chunk(chunk);
      for (std::uint32_t bin = 0; bin < digit.bins(); ++bin) { sums_[bin] += own[bin]; }
    }
  }

  [[nodiscard]] std::span<const std::uint64_t> sums() const { return sums_; }

  /// Entries of the marked bins, in entry order: marks[bin] is 1 + the index into the result, or 0.
  [[nodiscard]] std::array<candidates, select_targets_max> gather(std::span<const std::uint8_t> marks, std::size_t count) const {
    std::vector<std::array<candidates, select_targets_max>> parts(chunks_);
    for_each_chunk([&](std::uint32_t chunk, std::uint32_t first, std::uint32_t last) {
      auto& own = parts[chunk];
      for (std::uint32_t entry = first; entry < last; ++entry) {
        const std::uint8_t mark = marks[bins_[entry]];
        if (mark == 0 || ladder_.keys[entry] == off_ladder) { continue; }
        own[mark - 1U].push_back({ladder_.keys[entry], magnitude(ladder_.lots[entry]), entry});
      }
    });
    for (std::uint32_t chunk = 1; chunk < chunks_; ++chunk) {
      for (std::size_t b = 0; b < count; ++b) {
        parts[0][b].insert(parts[0][b].end(), parts[chunk][b].begin(), parts[chunk][b].end());
      }
    }
    return std::move(parts[0]);
  }

  /// Answers targets within the bin of zero scores, where all keys are equal: nothing need be gathered.
  void walk_zeros(std::span<const pending_target> targets, std::span<ladder_place> places) const {
    std::uint64_t ahead = 0;
    std::size_t next = 0;
    for (std::uint32_t chunk = 0; chunk < chunks_ && next < targets.size(); ++chunk) {
      const std::uint64_t after = ahead + of_chunk(chunk)[digit_.zero_bin()];
      std::uint64_t reached = ahead;
      for (std::uint32_t entry = chunk * chunk_entries; next < targets.size() && targets[next].lots <= after; ++entry) {
        if (ladder_.keys[entry] != ladder_digit::zero_key) { continue; }
        reached += magnitude(ladder_.lots[entry]);
        for (; next < targets.size() && targets[next].lots <= reached; ++next) {
          places[targets[next].place] = {ladder_digit::zero_key, entry};
        }
      }
      ahead = after;
    }
  }

 private:
  [[nodiscard]] const std::uint64_t* of_chunk(std::uint32_t chunk) const {
    return weights_.data() + static_cast<std::size_t>(chunk) * digit_.bins();
  }

  template <class Body>
  void for_each_chunk(const Body& body) const {
    const auto run = [&](std::uint32_t chunk) {
      body(chunk, chunk * chunk_entries, std::min(ladder_.count, (chunk + 1) * chunk_entries));
    };
    if (chunks_ == 1) { return run(0); }
    tbb::this_task_arena::isolate([&] { tbb::parallel_for(std::uint32_t{0}, chunks_, run); });
  }

  void weigh(std::uint32_t chunk, std::uint32_t first, std::uint32_t last) {
    std::uint64_t* own = weights_.data() + static_cast<std::size_t>(chunk) * digit_.bins();
    digit_.bins_of(ladder_.keys + first, last - first, bins_.data() + first);
    // Lots of a side are of one sign, so bins are summed signed and turned once. What is off the ladder weighs too: it
    // has the lowest key, so the lowest bin in use, behind every target that can be asked for.
    const std::int64_t* lots = ladder_.lots;
    const std::uint16_t* bins = bins_.data();
    for (std::uint32_t entry = first; entry < last; ++entry) { own[bins[entry]] += static_cast<std::uint64_t>(lots[entry]); }
    for (std::uint32_t bin = 0; bin < digit_.bins(); ++bin) { own[bin] = magnitude(static_cast<std::int64_t>(own[bin])); }
  }

  const ladder_view& ladder_;
  const ladder_digit& digit_;
  std::uint32_t chunks_;
  std::vector<std::uint64_t> weights_;
  std::vector<std::uint64_t> sums_;
  huge_buffer<std::uint16_t> bins_;
};

void select_directly(const ladder_view& ladder, std::span<const pending_target> targets, std::span<ladder_place> places) {
  candidates all;
  all.reserve(ladder.count);
  for (std::uint32_t entry = 0; entry < ladder.count; ++entry) {
    if (ladder.keys[entry] != off_ladder) { all.push_back({ladder.keys[entry], magnitude(ladder.lots[entry]), entry}); }
  }
  resolve(all, targets, places);
}

}  // namespace

void select_places(const ladder_view& ladder, std::span<const std::uint64_t> targets, std::span<ladder_place> places) {
  assert(targets.size() <= select_targets_max && places.size() == targets.size());
  if (targets.empty()) { return; }
  std::array<pending_target, select_targets_max> sorted{};
  for (std::size_t i = 0; i < targets.size(); ++i) { sorted[i] = {targets[i], i}; }
  const std::span<pending_target> rising(sorted.data(), targets.size());
  std::sort(rising.begin(), rising.end(), [](const auto& a, const auto& b) { return a.lots < b.lots; });
  if (ladder.count <= direct_max) { return select_directly(ladder, rising, places); }

  const ladder_digit digit = ladder_digit::of(ladder);
  const chunked_weights weights(ladder, digit);
  const target_bins found = find_bins(weights.sums(), rising);
  std::vector<std::uint8_t> marks(digit.bins(), 0);
  for (std::size_t b = 0; b < found.count; ++b) {
    if (found.bins[b].bin != digit.zero_bin()) { marks[found.bins[b].bin] = static_cast<std::uint8_t>(b + 1); }
  }
  auto inside = weights.gather(marks, found.count);
  for (std::size_t b = 0; b < found.count; ++b) {
    const std::span<const pending_target> of_bin(found.bins[b].targets.data(), found.bins[b].count);
    if (found.bins[b].bin == digit.zero_bin()) {
      weights.walk_zeros(of_bin, places);
    } else {
      resolve(inside[b], of_bin, places);
    }
  }
}

}  // namespace plimsoll
