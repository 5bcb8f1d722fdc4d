// Finds the element at which a running sum over a list first reaches an amount. Digits, ties and boundaries all need
// it.
#pragma once

#include <cstdint>

#include "kernels/device/block.hpp"
#include "kernels/rank/rank_types.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// An element of a list, and the part of the amount that is left for it: 0 < rest <= its own lots.
struct crossing {
  std::uint32_t index;
  std::uint32_t unused;
  std::uint64_t rest;
};

/// The element at which the running sum of lots_at(0), lots_at(1), ... first reaches `amount` > 0; index no_number if
/// the sum of all is less. Every thread of the block must call it with the same arguments, and gets the same result. It
/// works in rounds of a block's width and stops after the round with the crossing. The sum must fit 64 bits.
template <int Threads, class LotsAt>
__device__ inline crossing find_crossing(std::uint32_t count, std::uint64_t amount, LotsAt lots_at) {
  PLIMSOLL_SHARED(found, crossing[1]);
  if (threadIdx.x == 0) { found[0] = {no_number, 0, 0}; }  // The barriers of the first round order it.
  std::uint64_t before = 0;
  for (std::uint32_t first = 0; first < count && before < amount; first += Threads) {
    const std::uint32_t i = first + threadIdx.x;
    const std::uint64_t own = i < count ? lots_at(i) : 0;
    std::uint64_t round = 0;
    const std::uint64_t ahead = before + block_exclusive_sum<Threads>(own, round);
    if (ahead < amount && amount - ahead <= own) { found[0] = {i, 0, amount - ahead}; }
    before += round;
  }
  __syncthreads();
  const crossing answer = found[0];
  __syncthreads();
  return answer;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
