// Finds the tier bands of many notionals at once.
#pragma once

#include <cstdint>

#include "host/backend/cpu/resident_cpu.hpp"

namespace plimsoll {

/// For each of `count` keys (`tier_key`, at most 2^62): at[i] = the index into the tables' terms of the key's band in
/// the table that starts at tables[i].
using find_bands_function = void (*)(const band_tables& tiers, const std::uint64_t* keys, const std::uint32_t* tables,
                                     std::uint32_t count, std::uint32_t* at);

/// The fastest one for this processor. All return the same.
[[nodiscard]] find_bands_function choose_find_bands(const band_tables& tiers);

/// The one without vectors.
void find_bands_plain(const band_tables& tiers, const std::uint64_t* keys, const std::uint32_t* tables,
                      std::uint32_t count, std::uint32_t* at);

}  // namespace plimsoll
