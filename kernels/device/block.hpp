// Sums, scans, ranks and histograms over a warp or a block, the same source on a GPU and on the emulated one.
//
// Every thread of the warp or block must call, and all warps are full: Threads, the block's size, is a multiple of 32.
// Each primitive may be called again at once: none has an open read that a second call could disturb. Values are
// trivially copyable, of 4 to 32 bytes, including 128-bit integers. Integer sums are the same in any order.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/device/gpu.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

inline constexpr unsigned warp_lanes = 32;
inline constexpr unsigned whole_warp = 0xFFFFFFFFu;

// ---------------------------------------------------------------------------------------------- operations

struct sum_of {
  template <class T>
  __device__ T operator()(const T& a, const T& b) const {
    return static_cast<T>(a + b);
  }
};
struct min_of {
  template <class T>
  __device__ T operator()(const T& a, const T& b) const {
    return b < a ? b : a;
  }
};
struct max_of {
  template <class T>
  __device__ T operator()(const T& a, const T& b) const {
    return a < b ? b : a;
  }
};

// ------------------------------------------------------------------------------------------------ position

/// The caller's rank in its block, over all dimensions.
__device__ inline unsigned thread_rank() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }
__device__ inline unsigned lane_rank() { return thread_rank() % warp_lanes; }
__device__ inline unsigned warp_rank() { return thread_rank() / warp_lanes; }
/// A mask of the lanes before the caller's.
__device__ inline unsigned lanes_before() { return (1u << lane_rank()) - 1u; }

// ------------------------------------------------------------------------------------------------- shuffles

namespace detail {
/// Moves a value of any size, as 32-bit words (one or odd many) or 64-bit words.
template <class T, class Move>
__device__ inline T shuffled(const T& value, Move move) {
  static_assert(std::is_trivially_copyable_v<T>, "A shuffle copies bits.");
  static_assert(sizeof(T) % 4 == 0, "A shuffle moves whole words.");
  using word = std::conditional_t<sizeof(T) % 8 == 0, unsigned long long, unsigned>;
  struct words {
    word each[sizeof(T) / sizeof(word)];
  };
  auto moving = __builtin_bit_cast(words, value);
  for (auto& each : moving.each) { each = move(each); }
  return __builtin_bit_cast(T, moving);
}
struct move_from {
  int lane;
  template <class W>
  __device__ W operator()(W word) const {
    return __shfl_sync(whole_warp, word, lane);
  }
};
struct move_up {
  unsigned delta;
  template <class W>
  __device__ W operator()(W word) const {
    return __shfl_up_sync(whole_warp, word, delta);
  }
};
struct move_down {
  unsigned delta;
  template <class W>
  __device__ W operator()(W word) const {
    return __shfl_down_sync(whole_warp, word, delta);
  }
};
struct move_xor {
  int lanes;
  template <class W>
  __device__ W operator()(W word) const {
    return __shfl_xor_sync(whole_warp, word, lanes);
  }
};
}  // namespace detail

/// The value of lane `lane`.
template <class T>
__device__ inline T warp_broadcast(const T& value, unsigned lane) {
  return detail::shuffled(value, detail::move_from{static_cast<int>(lane)});
}
/// The value of the lane `delta` before; the first `delta` lanes get their own.
template <class T>
__device__ inline T warp_shift_up(const T& value, unsigned delta) {
  return detail::shuffled(value, detail::move_up{delta});
}
/// The value of the lane `delta` after; the last `delta` lanes get their own.
template <class T>
__device__ inline T warp_shift_down(const T& value, unsigned delta) {
  return detail::shuffled(value, detail::move_down{delta});
}

// ----------------------------------------------------------------------------------------------- the warp

/// `op` over the warp's values, in every lane. `op` must be associative and commutative.
template <class T, class Op>
__device__ inline T warp_reduce(T value, Op op) {
  PLIMSOLL_UNROLL
  for (int lanes = 16; lanes > 0; lanes /= 2) { value = op(value, detail::shuffled(value, detail::move_xor{lanes})); }
  return value;
}
template <class T>
__device__ inline T warp_sum(const T& value) {
  return warp_reduce(value, sum_of{});
}
template <class T>
__device__ inline T warp_min(const T& value) {
  return warp_reduce(value, min_of{});
}
template <class T>
__device__ inline T warp_max(const T& value) {
  return warp_reduce(value, max_of{});
}

/// The sum of the values of this and all earlier lanes.
template <class T>
__device__ inline T warp_inclusive_sum(T value) {
  PLIMSOLL_UNROLL
  for (unsigned delta = 1; delta < warp_lanes; delta *= 2) {
    const T before = warp_shift_up(value, delta);
    if (lane_rank() >= delta) { value = static_cast<T>(value + before); }
  }
  return value;
}
/// The sum of the values of all earlier lanes.
template <class T>
__device__ inline T warp_exclusive_sum(const T& value) {
  return static_cast<T>(warp_inclusive_sum(value) - value);
}

/// `op` over each run of `Width` lanes (a power of two), in every lane of the run, for rows that take a few lanes each.
template <int Width, class T, class Op>
__device__ inline T lanes_reduce(T value, Op op) {
  static_assert(Width >= 1 && Width <= 32 && (Width & (Width - 1)) == 0, "A run is a power of two.");
  PLIMSOLL_UNROLL
  for (int lanes = Width / 2; lanes > 0; lanes /= 2) {
    value = op(value, detail::shuffled(value, detail::move_xor{lanes}));
  }
  return value;
}

// ---------------------------------------------------------------------------------------------- the block

/// `op` over the block's values, in every thread. Two barriers, none for a block of one warp.
template <int Threads, class T, class Op>
__device__ inline T block_reduce(T value, Op op) {
  static_assert(Threads % 32 == 0 && Threads >= 32 && Threads <= 1024, "A block is a whole number of warps.");
  constexpr unsigned warps = Threads / 32;
  value = warp_reduce(value, op);
  if constexpr (warps > 1) {
    PLIMSOLL_SHARED(of_warp, T[warps]);
    PLIMSOLL_SHARED(of_block, T[1]);
    if (lane_rank() == 0) { of_warp[warp_rank()] = value; }
    __syncthreads();
    if (warp_rank() == 0) {
      if constexpr ((warps & (warps - 1)) == 0) {
        value = lanes_reduce<warps>(of_warp[lane_rank() % warps], op);  // Each run of lanes holds all of them.
      } else {
        value = of_warp[0];
        for (unsigned i = 1; i < warps; ++i) { value = op(value, of_warp[i]); }
      }
      if (lane_rank() == 0) { of_block[0] = value; }
    }
    __syncthreads();
    value = of_block[0];
  }
  return value;
}
template <int Threads, class T>
__device__ inline T block_sum(const T& value) {
  return block_reduce<Threads>(value, sum_of{});
}
template <int Threads, class T>
__device__ inline T block_min(const T& value) {
  return block_reduce<Threads>(value, min_of{});
}
template <int Threads, class T>
__device__ inline T block_max(const T& value) {
  return block_reduce<Threads>(value, max_of{});
}

/// The sum of the values of all earlier threads of the block; `total` becomes the sum of all, in every thread.
template <int Threads, class T>
__device__ inline T block_exclusive_sum(const T& value, T& total) {
  static_assert(Threads % 32 == 0 && Threads >= 32 && Threads <= 1024, "A block is a whole number of warps.");
  constexpr unsigned warps = Threads / 32;
  const T inclusive = warp_inclusive_sum(value);
  if constexpr (warps == 1) {
    total = warp_broadcast(inclusive, warp_lanes - 1);
    return static_cast<T>(inclusive - value);
  } else {
    PLIMSOLL_SHARED(of_warp, T[warps]);
    PLIMSOLL_SHARED(before_warp, T[warps + 1]);
    if (lane_rank() == warp_lanes - 1) { of_warp[warp_rank()] = inclusive; }
    __syncthreads();
    if (warp_rank() == 0) {
      const T mine = lane_rank() < warps ? of_warp[lane_rank()] : T{};
      const T up_to_mine = warp_inclusive_sum(mine);
      if (lane_rank() < warps) { before_warp[lane_rank() + 1] = up_to_mine; }
      if (lane_rank() == 0) { before_warp[0] = T{}; }
    }
    __syncthreads();
    total = before_warp[warps];
    return static_cast<T>(before_warp[warp_rank()] + (inclusive - value));
  }
}

/// The sum of the values of this and all earlier threads of the block.
template <int Threads, class T>
__device__ inline T block_inclusive_sum(const T& value, T& total) {
  return static_cast<T>(block_exclusive_sum<Threads>(value, total) + value);
}

/// How many earlier threads of the block have their flag set; `total` becomes the count of all. The rank of a
/// flagged thread in an ordered compaction. Ballots and one count per warp.
template <int Threads>
__device__ inline unsigned block_rank_flagged(bool flag, unsigned& total) {
  static_assert(Threads % 32 == 0 && Threads >= 32 && Threads <= 1024, "A block is a whole number of warps.");
  constexpr unsigned warps = Threads / 32;
  const unsigned flagged = __ballot_sync(whole_warp, flag);
  const unsigned rank = static_cast<unsigned>(__popc(flagged & lanes_before()));
  const unsigned count = static_cast<unsigned>(__popc(flagged));
  if constexpr (warps == 1) {
    total = count;
    return rank;
  } else {
    PLIMSOLL_SHARED(of_warp, unsigned[warps]);
    PLIMSOLL_SHARED(before_warp, unsigned[warps + 1]);
    if (lane_rank() == 0) { of_warp[warp_rank()] = count; }
    __syncthreads();
    if (warp_rank() == 0) {
      const unsigned mine = lane_rank() < warps ? of_warp[lane_rank()] : 0;
      const unsigned up_to_mine = warp_inclusive_sum(mine);
      if (lane_rank() < warps) { before_warp[lane_rank() + 1] = up_to_mine; }
      if (lane_rank() == 0) { before_warp[0] = 0; }
    }
    __syncthreads();
    total = before_warp[warps];
    return before_warp[warp_rank()] + rank;
  }
}

/// Sets `count` elements of shared or global memory to `value`, by the whole block, and waits.
template <int Threads, class T>
__device__ inline void block_fill(T* values, unsigned count, const T& value) {
  for (unsigned i = thread_rank(); i < count; i += Threads) { values[i] = value; }
  __syncthreads();
}

/// Adds a block's histogram in shared memory onto one in global memory, and skips empty bins. Waits first, so that all
/// counts are complete; does not wait afterwards.
template <int Threads, class Count>
__device__ inline void block_add_histogram(Count* onto, const Count* bins, unsigned bin_count) {
  __syncthreads();
  for (unsigned i = thread_rank(); i < bin_count; i += Threads) {
    if (bins[i] != 0) { atomicAdd(&onto[i], bins[i]); }
  }
}

/// Each of the counts becomes the sum of those before it, and the element behind the last one the sum of all.
template <int Threads>
__device__ inline void block_running_sums(std::uint32_t* counts, std::uint32_t count) {
  std::uint32_t before = 0;
  for (std::uint32_t first = 0; first < count; first += Threads) {
    const std::uint32_t i = first + threadIdx.x;
    std::uint32_t all = 0;
    const std::uint32_t own = block_exclusive_sum<Threads>(i < count ? counts[i] : 0U, all);
    if (i < count) { counts[i] = before + own; }
    before += all;
  }
  if (threadIdx.x == 0) { counts[count] = before; }
}

// ------------------------------------------------------------------------------------------- among blocks
/// True in every thread of the block that calls it as the last of `blocks`, as `done` counts them. That block may read
/// what the first threads of the others wrote before; a block whose other threads wrote waits first. All must call it.
__device__ inline bool is_last_block(std::uint32_t* done, std::uint32_t blocks) {
  __threadfence();
  const bool last = __syncthreads_or(threadIdx.x == 0 && atomicAdd(done, 1U) + 1 == blocks) != 0;
  __threadfence();
  return last;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
