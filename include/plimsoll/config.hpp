// Macros and integer types shared by host and device code. This header needs nothing beyond the compiler.
#pragma once

#include <cstdint>

#if defined(__CUDACC__)
#define PLIMSOLL_HD __host__ __device__
#else
#define PLIMSOLL_HD
#endif

#define PLIMSOLL_VERSION "0.1.0"

namespace plimsoll {

/// 128-bit integers, for sums and products of money. `__extension__` keeps -Wpedantic quiet in both compilers.
__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

}  // namespace plimsoll
