#include "host/backend/cpu/find_bands_cpu.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace plimsoll {
namespace {

/// Every table has one band.
void find_bands_single(const band_tables&, const std::uint64_t*, const std::uint32_t* tables, std::uint32_t count,
                       std::uint32_t* at) {
  std::copy(tables, tables + count, at);
}

#if defined(__x86_64__)
/// Compares a key with eight floors at once and counts the floors at or below it. A table has `Vectors` x 8 bands.
template <int Vectors>
__attribute__((target("avx512f,avx512dq,popcnt"))) void find_bands_avx512(const band_tables& tiers,
                                                                          const std::uint64_t* keys,
                                                                          const std::uint32_t* tables,
                                                                          std::uint32_t count, std::uint32_t* at) {
  const std::uint64_t* floors = tiers.floors.data();
  for (std::uint32_t i = 0; i < count; ++i) {
    const __m512i key = _mm512_set1_epi64(static_cast<long long>(keys[i]));
    const std::uint64_t* table = floors + tables[i];
    std::uint32_t reached = 0;
    for (int v = 0; v < Vectors; ++v) {
      const __mmask8 at_least = _mm512_cmple_epu64_mask(_mm512_load_si512(table + 8 * v), key);
      reached |= static_cast<std::uint32_t>(at_least) << (8 * v);
    }
    at[i] = tables[i] + static_cast<std::uint32_t>(_mm_popcnt_u32(reached)) - 1;  // The first floor is 0.
  }
}
#endif

}  // namespace

void find_bands_plain(const band_tables& tiers, const std::uint64_t* keys, const std::uint32_t* tables,
                      std::uint32_t count, std::uint32_t* at) {
  for (std::uint32_t i = 0; i < count; ++i) {
    // A binary search without branches, because the direction of its steps cannot be predicted.
    std::uint32_t band = tables[i];
    for (std::uint32_t half = tiers.padded_count / 2; half > 0; half /= 2) {
      band += tiers.floors[band + half] <= keys[i] ? half : 0;
    }
    at[i] = band;
  }
}

find_bands_function choose_find_bands(const band_tables& tiers) {
  if (tiers.padded_count == 1) { return find_bands_single; }
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("popcnt")) {
    switch (tiers.padded_count) {
      case 8: return find_bands_avx512<1>;
      case 16: return find_bands_avx512<2>;
      case 32: return find_bands_avx512<4>;
      default: break;
    }
  }
#endif
  return find_bands_plain;
}

}  // namespace plimsoll
