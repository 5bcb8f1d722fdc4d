// nvcc's built-ins for g++: qualifiers defined away, barriers, votes, shuffles, atomics.
//
// It has only built-ins of nvcc, with nvcc's own overloads, so code that g++ accepts here, nvcc accepts too. Not
// offered, because a CPU cannot run them: inline PTX, asynchronous and bulk copies, __activemask.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstring>
#include <source_location>

#include "kernels/device/emulator.hpp"
#include "plimsoll/config.hpp"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)

namespace plimsoll::emulated {

using call_site = std::source_location;

// --------------------------------------------------------------------------------------------- the block

inline void __syncthreads(call_site where = call_site::current()) { meet_block(meeting::syncthreads, 0, where); }
inline int __syncthreads_count(int predicate, call_site where = call_site::current()) {
  return meet_block(meeting::syncthreads_count, predicate, where);
}
inline int __syncthreads_and(int predicate, call_site where = call_site::current()) {
  return meet_block(meeting::syncthreads_and, predicate == 0, where) == 0;
}
inline int __syncthreads_or(int predicate, call_site where = call_site::current()) {
  return meet_block(meeting::syncthreads_or, predicate, where) != 0;
}

// ---------------------------------------------------------------------------------------------- the warp

inline void __syncwarp(unsigned mask = ~0u, call_site where = call_site::current()) {
  meet_warp(meeting::syncwarp, mask, 0, 0, where);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, call_site where = call_site::current()) {
  return static_cast<unsigned>(meet_warp(meeting::ballot, mask, predicate != 0, 0, where));
}
inline int __any_sync(unsigned mask, int predicate, call_site where = call_site::current()) {
  return __ballot_sync(mask, predicate, where) != 0;
}
inline int __all_sync(unsigned mask, int predicate, call_site where = call_site::current()) {
  return __ballot_sync(mask, predicate, where) == mask;
}

template <class T>
concept match_type =
    std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, long> || std::same_as<T, unsigned long> ||
    std::same_as<T, long long> || std::same_as<T, unsigned long long>;
template <class T>
concept shuffle_type = match_type<T> || std::same_as<T, float> || std::same_as<T, double>;

template <match_type T>
unsigned __match_any_sync(unsigned mask, T value, call_site where = call_site::current()) {
  return static_cast<unsigned>(meet_warp(meeting::match_any, mask, static_cast<std::uint64_t>(value), 0, where));
}

inline unsigned lane_of_caller() { return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32u; }

template <shuffle_type T>
T shuffle_from(unsigned mask, T value, unsigned source, call_site where) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = meet_warp(meeting::shuffle, mask, bits, source, where);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <shuffle_type T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, call_site where = call_site::current()) {
  const unsigned size = static_cast<unsigned>(width);
  const unsigned first = lane_of_caller() & ~(size - 1);
  return shuffle_from(mask, value, first + (static_cast<unsigned>(source) & (size - 1)), where);
}
template <shuffle_type T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, call_site where = call_site::current()) {
  const unsigned lane = lane_of_caller();
  const unsigned rank = lane & (static_cast<unsigned>(width) - 1);
  return shuffle_from(mask, value, rank < delta ? lane : lane - delta, where);
}
template <shuffle_type T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, call_site where = call_site::current()) {
  const unsigned lane = lane_of_caller();
  const unsigned rank = lane & (static_cast<unsigned>(width) - 1);
  return shuffle_from(mask, value, rank + delta >= static_cast<unsigned>(width) ? lane : lane + delta, where);
}
template <shuffle_type T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, call_site where = call_site::current()) {
  const unsigned lane = lane_of_caller();
  const unsigned source = lane ^ static_cast<unsigned>(lanes);
  const unsigned end = (lane & ~(static_cast<unsigned>(width) - 1)) + static_cast<unsigned>(width);
  return shuffle_from(mask, value, source >= end ? lane : source, where);
}

// ----------------------------------------------------------------------------------------------- atomics
// Relaxed, as on the device. Blocks may run on several OS threads, so they are real atomics.

#define PLIMSOLL_ATOMICS_FOR(T)                                                                                        \
  inline T atomicAdd(T* at, T by) { return __atomic_fetch_add(at, by, __ATOMIC_RELAXED); }                             \
  inline T atomicOr(T* at, T bits) { return __atomic_fetch_or(at, bits, __ATOMIC_RELAXED); }                           \
  inline T atomicAnd(T* at, T bits) { return __atomic_fetch_and(at, bits, __ATOMIC_RELAXED); }                         \
  inline T atomicXor(T* at, T bits) { return __atomic_fetch_xor(at, bits, __ATOMIC_RELAXED); }                         \
  inline T atomicExch(T* at, T value) { return __atomic_exchange_n(at, value, __ATOMIC_RELAXED); }                     \
  inline T atomicCAS(T* at, T expected, T value) {                                                                     \
    __atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);                      \
    return expected;                                                                                                   \
  }                                                                                                                    \
  inline T atomicMin(T* at, T value) {                                                                                 \
    T seen = __atomic_load_n(at, __ATOMIC_RELAXED);                                                                    \
    while (value < seen && !__atomic_compare_exchange_n(at, &seen, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) { \
    }                                                                                                                  \
    return seen;                                                                                                       \
  }                                                                                                                    \
  inline T atomicMax(T* at, T value) {                                                                                 \
    T seen = __atomic_load_n(at, __ATOMIC_RELAXED);                                                                    \
    while (value > seen && !__atomic_compare_exchange_n(at, &seen, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) { \
    }                                                                                                                  \
    return seen;                                                                                                       \
  }
PLIMSOLL_ATOMICS_FOR(unsigned int)
PLIMSOLL_ATOMICS_FOR(unsigned long long)
#undef PLIMSOLL_ATOMICS_FOR

/// Orders what the caller wrote before what it writes later, for every thread that fences after reading.
void __threadfence();
inline void __threadfence_block() { __threadfence(); }
inline void __threadfence_system() { __threadfence(); }

// -------------------------------------------------------------------------------------------------- bits

inline int __popc(unsigned bits) { return std::popcount(bits); }
inline int __popcll(unsigned long long bits) { return std::popcount(bits); }
inline int __clz(int bits) { return std::countl_zero(static_cast<unsigned>(bits)); }
inline int __clzll(long long bits) { return std::countl_zero(static_cast<unsigned long long>(bits)); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline int __ffsll(long long bits) { return __builtin_ffsll(bits); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>((std::uint64_t{a} * b) >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>((uint128{a} * b) >> 64);
}
inline long long __mul64hi(long long a, long long b) { return static_cast<long long>((int128{a} * b) >> 64); }

// ------------------------------------------------------------------------------------- loads and stores
// Cache hints mean nothing here.

template <class T>
T __ldg(const T* from) {
  return *from;
}
template <class T>
T __ldcs(const T* from) {
  return *from;
}
template <class T>
void __stcs(T* to, T value) {
  *to = value;
}

}  // namespace plimsoll::emulated
