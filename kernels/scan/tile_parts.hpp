// The parts of a tile's positions, in shared memory, between a thread a position and a thread a unit: first each
// position's part, then running sums, of which a unit's row is a difference.
#pragma once

#include <cstdint>

#include "kernels/scan/unit_sums.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Positions that a warp brings to running sums, which start at 0 in each run; and those of a lane.
inline constexpr std::uint32_t run_positions = 256;
inline constexpr std::uint32_t lane_positions = run_positions / warp_lanes;

/// The place of a position's parts. A place is left out behind each sixteen, so that lanes that read eight places in a
/// row, one at a time, meet in no bank of shared memory.
[[nodiscard]] constexpr std::uint32_t place_of(std::uint32_t position) { return position + position / 16; }
static_assert(16 % lane_positions == 0, "A lane's places are side by side.");

/// The columns of words.
enum part : unsigned { value_part, low_part, high_part, word_parts };

/// Parts of a tile's positions, then sums of those before them in their run. All are integers that wrap, so a
/// difference of two is the row's sum wherever that fits. One place more than positions: a row may end there.
template <std::uint32_t Count, bool WithInitial>
struct tile_parts {
  static constexpr std::uint32_t places = place_of(Count) + 1;
  static constexpr std::uint32_t runs = Count / run_positions;
  std::uint64_t word[word_parts][places];  ///< By `part`: values, and both words of split_maintenance.
  std::uint64_t word_of_run[word_parts][runs];
  std::uint32_t bound[places];  ///< bound_of, and `held_at`.
  std::uint32_t bound_of_run[runs];
  std::uint64_t initial_low[WithInitial ? Count : 1];  ///< Not summed on the way: few passes ask for it.
  std::uint32_t initial_high[WithInitial ? Count : 1];
  std::uint32_t queue[Count];  ///< Positions left for later, with their instruments: special ones from the front, those
                               ///< that are only beyond the first band from the back.
  std::uint32_t queued[2];     ///< How many from the back, and from the front.
};
static_assert(limits::money_bits_max + limits::rate_ppm_bits_max <= 64 + 32, "An IM fits 96 bits.");

/// In the top byte of a bound, how many positions are held. Both sums fit: notionals are at most 2^62.
constexpr int held_at = 24;
constexpr std::uint32_t bound_mask = (1U << held_at) - 1;
static_assert(((std::uint64_t{1} << (limits::money_bits_max - bound_bits)) + 1) * narrow_positions <= bound_mask);
static_assert(narrow_positions < 1U << (32 - held_at));

template <std::uint32_t Count, bool WithInitial>
__device__ inline void put_value(tile_parts<Count, WithInitial>& parts, std::uint32_t i, std::int64_t value,
                                 std::uint32_t held) {
  parts.word[value_part][place_of(i)] = static_cast<std::uint64_t>(value);
  parts.bound[place_of(i)] = bound_of(magnitude(value)) + (held << held_at);
}
template <std::uint32_t Count, bool WithInitial>
__device__ inline void put_maintenance(tile_parts<Count, WithInitial>& parts, std::uint32_t i,
                                       split_maintenance maintenance) {
  parts.word[low_part][place_of(i)] = static_cast<std::uint64_t>(maintenance.low);
  parts.word[high_part][place_of(i)] = static_cast<std::uint64_t>(maintenance.high);
}
template <std::uint32_t Count>
__device__ inline void put_initial(tile_parts<Count, true>& parts, std::uint32_t i, uint128 initial_ppm) {
  parts.initial_low[i] = static_cast<std::uint64_t>(initial_ppm);
  parts.initial_high[i] = static_cast<std::uint32_t>(initial_ppm >> 64);
}

/// Once a block: nothing is summed that was never written, and a row that ends behind the last position ends where a
/// run would start, with 0. The caller waits behind.
template <int Threads, std::uint32_t Count, bool WithInitial>
__device__ inline void begin_parts(tile_parts<Count, WithInitial>& parts) {
  for (std::uint32_t at = threadIdx.x; at < tile_parts<Count, WithInitial>::places; at += Threads) {
    parts.word[value_part][at] = 0;
    parts.word[low_part][at] = 0;
    parts.word[high_part][at] = 0;
    parts.bound[at] = 0;
  }
}

/// Brings one column of parts in one run to the sums of those before, by a warp.
template <class Word>
__device__ inline void sum_run(Word* column, Word* of_run, std::uint32_t run) {
  Word* const mine = column + place_of(run * run_positions + lane_rank() * lane_positions);
  Word up_to[lane_positions];  // This lane's positions up to each.
  up_to[0] = mine[0];
  PLIMSOLL_UNROLL
  for (std::uint32_t i = 1; i < lane_positions; ++i) { up_to[i] = up_to[i - 1] + mine[i]; }
  const Word up_to_lane = warp_inclusive_sum(up_to[lane_positions - 1]);
  const Word before = up_to_lane - up_to[lane_positions - 1];
  mine[0] = before;
  PLIMSOLL_UNROLL
  for (std::uint32_t i = 1; i < lane_positions; ++i) { mine[i] = before + up_to[i - 1]; }
  if (lane_rank() == warp_lanes - 1) { of_run[run] = up_to_lane; }
}

/// Brings the parts to sums of those before: two columns of a run a warp. Every thread of the block must call it; the
/// caller waits before, so that all parts are in, and behind. Elements behind `count` are summed as well, and no
/// row uses them.
template <int Threads, std::uint32_t Count, bool WithInitial>
__device__ inline void sum_runs(tile_parts<Count, WithInitial>& parts, std::uint32_t count) {
  static_assert(Threads / warp_lanes == 2 * tile_parts<Count, WithInitial>::runs, "Two warps share a run.");
  const std::uint32_t warp = threadIdx.x / warp_lanes;
  const std::uint32_t run = warp / 2;
  if (run * run_positions > count) { return; }
  if (warp % 2 == 0) {
    sum_run(parts.word[value_part], parts.word_of_run[value_part], run);
    sum_run(parts.bound, parts.bound_of_run, run);
  } else {
    sum_run(parts.word[low_part], parts.word_of_run[low_part], run);
    sum_run(parts.word[high_part], parts.word_of_run[high_part], run);
  }
}

/// Sums over a row in 64 bits.
struct row_sums {
  std::uint64_t values;
  split_maintenance maintenance;
  std::uint32_t held;
  bool proven;  ///< Nothing has wrapped, and both requirements are admitted.
};

/// The sums of a row, and the proof: no more positions than words have room for, and a bound of the notional that keeps
/// the value and, at the highest rate there is, both requirements within the limit.
template <std::uint32_t Count, bool WithInitial>
__device__ inline row_sums sum_row(const tile_parts<Count, WithInitial>& parts, std::uint32_t begin, std::uint32_t end,
                                   std::uint32_t bound_max) {
  const std::uint32_t from = place_of(begin);
  const std::uint32_t to = place_of(end);
  std::uint64_t values = parts.word[value_part][to] - parts.word[value_part][from];
  std::uint64_t low = parts.word[low_part][to] - parts.word[low_part][from];
  std::uint64_t high = parts.word[high_part][to] - parts.word[high_part][from];
  std::uint32_t bound = parts.bound[to] - parts.bound[from];
  if ((begin ^ end) >= run_positions) {  // It ends in the next run.
    const std::uint32_t run = begin / run_positions;
    values += parts.word_of_run[value_part][run];
    low += parts.word_of_run[low_part][run];
    high += parts.word_of_run[high_part][run];
    bound += parts.bound_of_run[run];
  }
  const bool proven = end - begin <= narrow_positions && (bound & bound_mask) <= bound_max;
  return {values, {static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)}, bound >> held_at, proven};
}
static_assert(narrow_positions <= run_positions, "A proven row ends in its run or in the next.");

/// The IM of a row whose parts hold it.
template <std::uint32_t Count>
__device__ inline uint128 initial_of_row(const tile_parts<Count, true>& parts, std::uint32_t begin, std::uint32_t end) {
  uint128 sum = 0;
  for (std::uint32_t i = begin; i < end; ++i) {
    sum += static_cast<uint128>(parts.initial_high[i]) << 64 | parts.initial_low[i];
  }
  return sum;
}

/// The value of a position, from the running sums.
template <std::uint32_t Count, bool WithInitial>
__device__ inline std::int64_t value_at(const tile_parts<Count, WithInitial>& parts, std::uint32_t i) {
  const std::uint64_t past = (i + 1) % run_positions == 0 ? parts.word_of_run[value_part][i / run_positions] : 0;
  return static_cast<std::int64_t>(parts.word[value_part][place_of(i + 1)] - parts.word[value_part][place_of(i)] +
                                   past);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
