// Weighted radix select, the part that does not depend on the length of a segment: the state of the search for its
// places, one digit at a time. Used by one block for a whole short segment, and by many blocks for the tiles of a long
// one.
#pragma once

#include <cstdint>

#include "kernels/device/in_flight.hpp"
#include "kernels/rank/find_crossing.hpp"
#include "kernels/rank/rank_types.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Bits [shift, shift + bits) of a key.
struct select_digit {
  std::uint32_t shift;
  std::uint32_t bits;
  [[nodiscard]] PLIMSOLL_HD constexpr std::uint32_t bins() const { return 1U << bits; }
  /// Bits of a key that earlier digits have decided.
  [[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t decided() const {
    return shift + bits == 64 ? 0 : ~std::uint64_t{0} << (shift + bits);
  }
};

/// The digits, from the top. The first, wide one tells exponents apart, for all places at once; the others count each
/// group of places on its own, in the same memory.
struct select_policy {
  static constexpr std::uint32_t digits = 7;
  static constexpr std::uint32_t bins_max = 2560;
  /// After so many digits few entries can still hold a place, so only those are read from then on.
  static constexpr std::uint32_t digits_before_survivors = 2;
  [[nodiscard]] static PLIMSOLL_HD constexpr select_digit digit(std::uint32_t which) {
    constexpr std::uint32_t first_bits = 11;
    constexpr std::uint32_t bits = 9;
    const std::uint32_t above = 64 - first_bits - which * bits;  // Undecided bits after this digit.
    if (which == 0) { return {64 - first_bits, first_bits}; }
    if (which + 1 == digits) { return {0, 64 - first_bits - (digits - 2) * bits}; }
    return {above, bits};
  }
};
static_assert(select_policy::digit(0).decided() == 0);
static_assert(select_policy::digit(0).shift == select_policy::digit(1).shift + select_policy::digit(1).bits);
static_assert(select_policy::digit(5).shift == select_policy::digit(6).bits && select_policy::digit(6).shift == 0);
static_assert(select_policy::digit(0).bins() <= select_policy::bins_max);
static_assert(places_max * select_policy::digit(1).bins() <= select_policy::bins_max);

/// The state of the search for a segment's places. Targets are in rising order of lots, so groups are in falling order
/// of keys.
struct select_state {
  std::uint64_t prefix[places_max];  ///< Per group: the decided bits of the keys among which its targets' places lie.
  std::uint64_t rest[places_max];    ///< Per target: lots still to be found within its group; > 0.
  std::uint32_t group[places_max];   ///< Per target: its group.
  std::uint32_t place[places_max];   ///< Per target: the place that is searched.
  std::uint32_t targets;
  std::uint32_t groups;
};

/// A block's histogram of lots. A bin is two 32-bit words: a GPU adds natively to 32-bit words in shared memory, but
/// needs a loop for 64-bit ones. A low word that wraps adds its carry to the high word, so the pair holds the exact sum
/// in any order.
struct lot_bins {
  std::uint32_t low[select_policy::bins_max];
  std::uint32_t high[select_policy::bins_max];

  __device__ void add(std::uint32_t bin, std::uint64_t lots) {
    const auto part = static_cast<std::uint32_t>(lots);
    const std::uint32_t before = atomicAdd(&low[bin], part);
    const std::uint32_t carry = before > ~part ? 1U : 0U;
    const std::uint32_t upper = static_cast<std::uint32_t>(lots >> 32) + carry;
    if (upper != 0) { atomicAdd(&high[bin], upper); }
  }
  __device__ std::uint64_t lots(std::uint32_t bin) const { return std::uint64_t{high[bin]} << 32 | low[bin]; }
};

/// The group that a key belongs to, or no_number. `decided` masks the bits that the prefixes fix.
__device__ inline std::uint32_t group_of(const select_state& state, std::uint64_t key, std::uint64_t decided) {
  std::uint32_t found = no_number;
  PLIMSOLL_UNROLL
  for (std::uint32_t g = 0; g < places_max; ++g) {
    if (g < state.groups && state.prefix[g] == (key & decided)) { found = g; }
  }
  return key == off_ladder ? no_number : found;
}

struct keyed_entry {
  std::uint64_t key;
  std::uint32_t entry;
};

/// Fills the bins with the lots per value of a digit of the entries entry_at(0), ... entry_at(count - 1) that belong to
/// a group. The whole block; waits before and after.
template <int Threads, class EntryAt>
__device__ inline void count_digit(const select_state& state, select_digit digit, const std::uint64_t* keys,
                                   const std::int64_t* lots, std::uint32_t count, EntryAt entry_at, lot_bins& bins) {
  for (std::uint32_t bin = threadIdx.x; bin < state.groups << digit.bits; bin += Threads) {
    bins.low[bin] = 0;
    bins.high[bin] = 0;
  }
  __syncthreads();
  constexpr int keys_in_flight = 4;
  const auto load = [&](std::uint32_t i) { return keyed_entry{keys[entry_at(i)], entry_at(i)}; };
  walk_in_flight<Threads, keys_in_flight>(count, load, [&](std::uint32_t, const keyed_entry& at) {
    const std::uint32_t group = group_of(state, at.key, digit.decided());
    if (group != no_number) {
      const auto value = static_cast<std::uint32_t>(at.key >> digit.shift) & (digit.bins() - 1);
      bins.add((group << digit.bits) + value, magnitude(lots[at.entry]));
    }
  });
  __syncthreads();
}

/// The next prefix and rest of each target; one per block, in shared memory.
struct next_targets {
  std::uint64_t prefix[places_max];
  std::uint64_t rest[places_max];
};

/// Finds the bins in which the targets of one group lie, from the top. A thread has a run of bins. One scan of the
/// runs' lots shows in which run a target lies, and that run's thread walks it.
template <int Threads, class LotsOf>
__device__ inline void find_bins(const select_state& state, std::uint32_t group, select_digit digit, LotsOf lots_of,
                                 next_targets& next) {
  const std::uint32_t run = digit.bins() / Threads;
  const std::uint32_t top = (group << digit.bits) + digit.bins() - 1 - threadIdx.x * run;
  std::uint64_t own = 0;
  for (std::uint32_t i = 0; i < run; ++i) { own += lots_of(top - i); }
  std::uint64_t all = 0;
  const std::uint64_t ahead = block_exclusive_sum<Threads>(own, all);
  for (std::uint32_t t = 0; t < state.targets; ++t) {
    if (state.group[t] != group || state.rest[t] <= ahead || state.rest[t] - ahead > own) { continue; }
    std::uint64_t rest = state.rest[t] - ahead;
    std::uint32_t bin = top;
    for (std::uint64_t lots = lots_of(bin); lots < rest; lots = lots_of(--bin)) { rest -= lots; }
    next.prefix[t] = state.prefix[group] | std::uint64_t{bin & (digit.bins() - 1)} << digit.shift;
    next.rest[t] = rest;
  }
}

/// Decides a digit of every target from the lots per bin, and splits groups whose targets now differ. `state` lies in
/// shared memory. The whole block; waits before and after.
template <int Threads, class LotsOf>
__device__ inline void choose_digit(select_state& state, select_digit digit, LotsOf lots_of) {
  static_assert(select_policy::digit(select_policy::digits - 1).bins() % Threads == 0,
                "Threads have equal runs of bins.");
  PLIMSOLL_SHARED(next, next_targets[1]);
  for (std::uint32_t group = 0; group < state.groups; ++group) {
    find_bins<Threads>(state, group, digit, lots_of, next[0]);
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    std::uint32_t groups = 0;
    for (std::uint32_t t = 0; t < state.targets; ++t) {
      if (groups == 0 || state.prefix[groups - 1] != next[0].prefix[t]) { state.prefix[groups++] = next[0].prefix[t]; }
      state.group[t] = groups - 1;
      state.rest[t] = next[0].rest[t];
    }
    state.groups = groups;
  }
  __syncthreads();
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
