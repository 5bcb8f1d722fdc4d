// A thread's part of the sums of safe units, and the functions by which a block adds its threads' parts to them.
#pragma once

#include <cstdint>

#include "kernels/device/block.hpp"
#include "kernels/screen/screen_types.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

struct safe_tally {
  std::int32_t healthy = 0;
  std::int32_t margin_call = 0;
  std::int32_t held = 0;
  std::uint64_t call_hashes = 0;
};

/// Adds a safe unit's part, or subtracts it with `sign` -1; other units have none.
__device__ inline void add_safe(verdict outcome, std::uint64_t call_hash, std::int32_t sign, safe_tally& onto) {
  const bool called = outcome.state() == unit_state::margin_call;
  onto.healthy += outcome.state() == unit_state::healthy ? sign : 0;
  onto.margin_call += called ? sign : 0;
  onto.held += is_safe(outcome) && outcome.held() ? sign : 0;
  onto.call_hashes += called ? static_cast<std::uint64_t>(static_cast<std::int64_t>(sign)) * call_hash : 0;
}

/// Adds mod 2^64, so that a negative number is subtracted.
__device__ inline void add_wrapping(std::uint64_t* onto, std::uint64_t sum) {
  if (sum != 0) { atomicAdd(reinterpret_cast<unsigned long long*>(onto), static_cast<unsigned long long>(sum)); }
}
__device__ inline void add_signed(std::uint64_t* onto, std::int32_t sum) {
  add_wrapping(onto, static_cast<std::uint64_t>(static_cast<std::int64_t>(sum)));
}

/// The block's sums, in every thread. Every thread of the block must call it.
template <int Threads>
__device__ inline safe_tally block_tally(const safe_tally& mine) {
  safe_tally sums;
  sums.healthy = block_sum<Threads>(mine.healthy);
  sums.margin_call = block_sum<Threads>(mine.margin_call);
  sums.held = block_sum<Threads>(mine.held);
  sums.call_hashes = block_sum<Threads>(mine.call_hashes);
  return sums;
}

/// Adds a block's sums to the sums of safe units; one thread calls it.
__device__ inline void add_tally(const safe_tally& sums, safe_sums* onto) {
  add_signed(&onto->healthy, sums.healthy);
  add_signed(&onto->margin_call, sums.margin_call);
  add_signed(&onto->held, sums.held);
  add_wrapping(&onto->call_hashes, sums.call_hashes);
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
