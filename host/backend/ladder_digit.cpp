#include "host/backend/ladder_digit.hpp"

#include <algorithm>

namespace plimsoll {

ladder_digit ladder_digit::of_sample(const key_sample& sample, std::uint32_t count) {
  // Large segments are worth 2,051 bins (16 KB of weights), small ones 259.
  const bool large = count >= 8192;
  ladder_digit digit;
  digit.width_ = large ? 1024 : 128;
  digit.shift_ = large ? 46 : 49;  // 64 or 8 steps a factor of two; a ramp spans 16 of those.
  const std::int32_t octave = large ? 64 : 8;
  const std::int32_t slack = 3 * octave;
  const auto width = static_cast<std::int32_t>(digit.width_);
  const auto zero_step = static_cast<std::int32_t>(zero_key >> digit.shift_);

  const auto* begin = sample.keys.data();
  const auto* end = begin + sample.size;
  const auto negatives = static_cast<std::uint32_t>(std::lower_bound(begin, end, zero_key) - begin);
  const auto positives = static_cast<std::uint32_t>(end - std::upper_bound(begin, end, zero_key));
  // Starts at an eighth from either end, so that a few infinities do not shift a ramp.
  const std::uint64_t great = positives > 0 ? end[-1 - static_cast<std::ptrdiff_t>(positives / 8)] : zero_key;
  const std::uint64_t least = negatives > 0 ? begin[negatives / 8] : zero_key;
  digit.low_positive_ = std::max(static_cast<std::int32_t>(great >> digit.shift_) + slack - width, zero_step);
  digit.low_negative_ = std::min(static_cast<std::int32_t>(least >> digit.shift_) - slack, zero_step - width);
  return digit;
}

}  // namespace plimsoll
