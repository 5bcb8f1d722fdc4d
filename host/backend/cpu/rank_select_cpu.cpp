// A histogram of lots by ladder_digit gives the bin of each target. Only the entries of those bins are listed. While
// they are many, finer digits divide them; when they are few, they are sorted.
#include "host/backend/cpu/rank_select_cpu.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "host/backend/cpu/rank_weights_cpu.hpp"
#include "kernels/rules/divide.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t direct_max = 96;  ///< Up to so many are sorted at once.
constexpr std::uint32_t sort_max = 512;   ///< Up to so many candidates are sorted.
constexpr key_range whole_ladder{off_ladder + 1, ~std::uint64_t{0}};
static_assert(off_ladder == 0);

/// An entry that may be at a target.
struct candidate {
  std::uint64_t key;
  std::uint64_t lots;
  std::uint32_t entry;
};

/// A target, counted from the lots ahead of the bin that it fell into.
struct pending_target {
  std::uint64_t lots;
  std::size_t place;  ///< Index into the result.
};

/// The targets that fell into one bin, rising.
struct target_bin {
  std::uint32_t bin = 0;
  std::array<pending_target, select_targets_max> targets{};
  std::size_t count = 0;
};

/// At most one bin for each target.
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

/// Finds the cut points of targets while entries are passed in ladder order.
class target_walk {
 public:
  target_walk(std::span<const pending_target> targets, std::span<ladder_place> places)
      : targets_(targets), places_(places) {}

  /// False: all cut points are found.
  bool pass(std::uint64_t key, std::uint64_t lots, std::uint32_t entry) {
    reached_ += lots;
    for (; next_ < targets_.size() && targets_[next_].lots <= reached_; ++next_) {
      places_[targets_[next_].place] = {key, entry};
    }
    return next_ < targets_.size();
  }

 private:
  std::span<const pending_target> targets_;
  std::span<ladder_place> places_;
  std::uint64_t reached_ = 0;
  std::size_t next_ = 0;
};

/// Sorts at most sort_max candidates, and walks them.
template <class EachEntry>
void resolve_few(const ladder_view& ladder, const EachEntry& each_entry, const key_range& keys,
                 std::span<const pending_target> targets, std::span<ladder_place> places) {
  std::array<candidate, sort_max> few;
  std::size_t count = 0;
  each_entry([&](std::uint32_t entry) {
    const std::uint64_t key = ladder.keys[entry];
    if (keys.holds(key)) { few[count++] = {key, magnitude(ladder.lots[entry]), entry}; }
    return true;
  });
  std::sort(few.begin(), few.begin() + static_cast<std::ptrdiff_t>(count),
            [](const candidate& a, const candidate& b) { return a.key != b.key ? a.key > b.key : a.entry < b.entry; });
  target_walk walk(targets, places);
  for (std::size_t i = 0; i < count && walk.pass(few[i].key, few[i].lots, few[i].entry); ++i) {}
}

/// Finds the cut points of targets among the entries whose keys are in `keys`, by linear digits between the least and
/// the greatest of these. Targets count from the lots ahead of `keys`. each_entry(body) calls body(entry) in rising
/// order for these entries, and perhaps for others, until it returns false.
template <class EachEntry>
void resolve(const ladder_view& ladder, const EachEntry& each_entry, const key_range& keys,
             std::span<const pending_target> targets, std::span<ladder_place> places) {
  std::size_t count = 0;
  key_range found;
  each_entry([&](std::uint32_t entry) {
    const std::uint64_t key = ladder.keys[entry];
    if (keys.holds(key)) {
      ++count;
      found.add(key);
    }
    return true;
  });
  assert(count > 0 && "a target beyond the candidates' lots");
  if (found.low == found.high) {  // Entry order is ladder order.
    target_walk walk(targets, places);
    each_entry([&](std::uint32_t entry) {
      return ladder.keys[entry] != found.low || walk.pass(found.low, magnitude(ladder.lots[entry]), entry);
    });
    return;
  }
  if (count <= sort_max) { return resolve_few(ladder, each_entry, found, targets, places); }
  constexpr int digit_bits = 10;
  const std::uint64_t span = found.high - found.low;
  const int shift = std::max(0, bit_width_of(span) - digit_bits);
  std::array<std::uint64_t, std::size_t{1} << digit_bits> weights{};
  each_entry([&](std::uint32_t entry) {
    const std::uint64_t key = ladder.keys[entry];
    if (found.holds(key)) { weights[(key - found.low) >> shift] += magnitude(ladder.lots[entry]); }
    return true;
  });
  const target_bins cut = find_bins(weights, targets);
  for (std::size_t b = 0; b < cut.count; ++b) {
    const std::uint64_t first = std::uint64_t{cut.bins[b].bin} << shift;
    const std::uint64_t last = std::min(span, first | ((std::uint64_t{1} << shift) - 1));
    resolve(ladder, each_entry, {found.low + first, found.low + last}, {cut.bins[b].targets.data(), cut.bins[b].count},
            places);
  }
}

/// Calls a body for every entry of a ladder, as `resolve` requires.
auto each_entry_of(const ladder_view& ladder) {
  return [&ladder](const auto& body) {
    for (std::uint32_t entry = 0; entry < ladder.count && body(entry); ++entry) {}
  };
}

/// A ladder in chunks: the bin of every entry, and the weights of the bins in each chunk.
class chunked_weights {
 public:
  chunked_weights(const ladder_view& ladder, const ladder_digit& digit, ladder_scratch& scratch)
      : ladder_(ladder), digit_(digit), scratch_(scratch), chunks_(chunks_of(ladder.count)) {
    scratch.fit(ladder.count);
    for_each_chunk([&](std::uint32_t chunk, std::uint32_t first, std::uint32_t last) { weigh(chunk, first, last); });
    std::uint64_t* const sums = row(chunks_);
    std::copy_n(row(0), digit.bins(), sums);
    for (std::uint32_t chunk = 1; chunk < chunks_; ++chunk) {
      const std::uint64_t* own = row(chunk);
      for (std::uint32_t bin = 0; bin < digit.bins(); ++bin) { sums[bin] += own[bin]; }
    }
  }

  [[nodiscard]] std::span<const std::uint64_t> sums() const { return {row(chunks_), digit_.bins()}; }

  /// Finds the cut points of targets in all bins except the bin of zero scores.
  void resolve_bins(const target_bins& found, std::span<ladder_place> places) {
    list(found);
    bool all_listed = true;
    std::array<key_range, select_targets_max> keys{};
    for (std::uint32_t chunk = 0; chunk < chunks_; ++chunk) {
      const chunk_list& own = scratch_.lists[chunk];
      all_listed = all_listed && own.count <= ladder_scratch::listed_max;
      for (std::size_t b = 0; b < found.count; ++b) { keys[b].add(own.keys[b]); }
    }
    const auto each_listed = [&](const auto& body) {
      for (std::uint32_t chunk = 0; chunk < chunks_; ++chunk) {
        const std::uint32_t* const own = list_of(chunk);
        for (std::uint32_t i = 0; i < scratch_.lists[chunk].count; ++i) {
          if (!body(own[i])) { return; }
        }
      }
    };
    for (std::size_t b = 0; b < found.count; ++b) {
      if (found.bins[b].bin == digit_.zero_bin()) { continue; }
      const std::span<const pending_target> targets(found.bins[b].targets.data(), found.bins[b].count);
      // If a bin has too many entries to list, the whole ladder is searched for keys in the bin's range.
      all_listed ? resolve(ladder_, each_listed, keys[b], targets, places)
                 : resolve(ladder_, each_entry_of(ladder_), keys[b], targets, places);
    }
  }

  /// Finds the cut points of targets in the bin of zero scores. All its keys are equal, so no list is needed.
  void walk_zeros(std::span<const pending_target> targets, std::span<ladder_place> places) const {
    std::uint64_t ahead = 0;
    std::size_t next = 0;
    for (std::uint32_t chunk = 0; chunk < chunks_ && next < targets.size(); ++chunk) {
      const std::uint64_t after = ahead + row(chunk)[digit_.zero_bin()];
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
  [[nodiscard]] std::uint64_t* row(std::uint32_t chunk) const {
    return scratch_.weights.data() + static_cast<std::size_t>(chunk) * digit_.bins();
  }
  [[nodiscard]] std::uint32_t* list_of(std::uint32_t chunk) const {
    return scratch_.listed.data() + static_cast<std::size_t>(chunk) * ladder_scratch::listed_max;
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
    weigh_entries(digit_, ladder_.keys + first, ladder_.lots + first, last - first, scratch_.bins.data() + first,
                  row(chunk));
  }

  /// Lists the entries of these bins, for each chunk separately.
  void list(const target_bins& found) {
    std::array<std::uint8_t, ladder_digit::bins_max> marks{};  // 1 + index among the found bins.
    for (std::size_t b = 0; b < found.count; ++b) {
      if (found.bins[b].bin != digit_.zero_bin()) { marks[found.bins[b].bin] = static_cast<std::uint8_t>(b + 1); }
    }
    for_each_chunk([&](std::uint32_t chunk, std::uint32_t first, std::uint32_t last) {
      chunk_list own;
      for (std::uint32_t entry = first; entry < last; ++entry) {
        const std::uint8_t mark = marks[scratch_.bins[entry]];
        if (mark == 0 || ladder_.keys[entry] == off_ladder) { continue; }
        if (own.count < ladder_scratch::listed_max) { list_of(chunk)[own.count] = entry; }
        ++own.count;
        own.keys[mark - 1U].add(ladder_.keys[entry]);
      }
      scratch_.lists[chunk] = own;
    });
  }

  const ladder_view& ladder_;
  const ladder_digit& digit_;
  ladder_scratch& scratch_;
  std::uint32_t chunks_;
};

}  // namespace

void select_places(const ladder_view& ladder, std::span<const std::uint64_t> targets, ladder_scratch& scratch,
                   std::span<ladder_place> places) {
  assert(targets.size() <= select_targets_max && places.size() == targets.size());
  if (targets.empty()) { return; }
  std::array<pending_target, select_targets_max> sorted{};
  for (std::size_t i = 0; i < targets.size(); ++i) { sorted[i] = {targets[i], i}; }
  const std::span<pending_target> rising(sorted.data(), targets.size());
  std::sort(rising.begin(), rising.end(), [](const auto& a, const auto& b) { return a.lots < b.lots; });
  if (ladder.count <= direct_max) { return resolve_few(ladder, each_entry_of(ladder), whole_ladder, rising, places); }

  const ladder_digit digit = ladder_digit::of(ladder);
  chunked_weights weights(ladder, digit, scratch);
  const target_bins found = find_bins(weights.sums(), rising);
  for (std::size_t b = 0; b < found.count; ++b) {
    if (found.bins[b].bin == digit.zero_bin()) {
      weights.walk_zeros({found.bins[b].targets.data(), found.bins[b].count}, places);
    }
  }
  weights.resolve_bins(found, places);
}

}  // namespace plimsoll
