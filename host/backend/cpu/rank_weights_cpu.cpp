// Compiled once for each vector target; the compiler makes vectors of the bins.
#include "host/backend/cpu/rank_weights_cpu.hpp"

#include <algorithm>

#include "host/backend/cpu/vector_build.hpp"
#include "kernels/rules/value.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/backend/cpu/rank_weights_cpu.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll {
namespace HWY_NAMESPACE {

void weigh_entries(const ladder_digit& digit, const std::uint64_t* keys, const std::int64_t* lots, std::uint32_t count,
                   std::uint16_t* bins, std::uint64_t* weights) {
  std::fill_n(weights, digit.bins(), std::uint64_t{0});
  const ladder_digit own = digit;
  for (std::uint32_t i = 0; i < count; ++i) { bins[i] = static_cast<std::uint16_t>(own.bin_of(keys[i])); }
  // Bins are summed with the sign, and the magnitude is taken once.
  for (std::uint32_t i = 0; i < count; ++i) { weights[bins[i]] += static_cast<std::uint64_t>(lots[i]); }
  for (std::uint32_t bin = 0; bin < digit.bins(); ++bin) {
    weights[bin] = magnitude(static_cast<std::int64_t>(weights[bin]));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace plimsoll
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plimsoll {
HWY_EXPORT(weigh_entries);

void weigh_entries(const ladder_digit& digit, const std::uint64_t* keys, const std::int64_t* lots, std::uint32_t count,
                   std::uint16_t* bins, std::uint64_t* weights) {
  HWY_DYNAMIC_DISPATCH(weigh_entries)(digit, keys, lots, count, bins, weights);
}

}  // namespace plimsoll
#endif
