#include "host/backend/ladder_digit.hpp"

#include <algorithm>
#include <array>

namespace plimsoll {
namespace {

/// Keys on the ladder at even distances, rising.
struct key_sample {
  static constexpr std::uint32_t size_max = 64;
  std::array<std::uint64_t, size_max> keys{};
  std::uint32_t size = 0;
};

key_sample sample_keys(const ladder_view& ladder) {
  key_sample sample;
  const std::uint32_t stride = std::max(1U, ladder.count / key_sample::size_max);
  for (std::uint32_t entry = stride / 2; entry < ladder.count && sample.size < key_sample::size_max; entry += stride) {
    if (ladder.keys[entry] != off_ladder) { sample.keys[sample.size++] = ladder.keys[entry]; }
  }
  std::sort(sample.keys.begin(), sample.keys.begin() + sample.size);
  return sample;
}

}  // namespace

ladder_digit ladder_digit::of(const ladder_view& ladder) {
  // Large segments can pay for 2,051 bins (16 KB of weights), small ones for 259.
  const bool large = ladder.count >= 8192;
  ladder_digit digit;
  digit.width_ = large ? 1024 : 128;
  digit.shift_ = large ? 46 : 49;  // 64 or 8 steps a factor of two; a ramp spans 16 of those.
  const std::int32_t octave = large ? 64 : 8;
  const std::int32_t slack = 3 * octave;
  const auto width = static_cast<std::int32_t>(digit.width_);
  const auto zero_step = static_cast<std::int32_t>(zero_key >> digit.shift_);

  const key_sample sample = sample_keys(ladder);
  const auto* begin = sample.keys.data();
  const auto* end = begin + sample.size;
  const auto negatives = static_cast<std::uint32_t>(std::lower_bound(begin, end, zero_key) - begin);
  const auto positives = static_cast<std::uint32_t>(end - std::upper_bound(begin, end, zero_key));
  // The eighth from either end, so that a few infinities do not carry a ramp away.
  const std::uint64_t great = positives > 0 ? end[-1 - static_cast<std::ptrdiff_t>(positives / 8)] : zero_key;
  const std::uint64_t least = negatives > 0 ? begin[negatives / 8] : zero_key;
  digit.low_positive_ = std::max(static_cast<std::int32_t>(great >> digit.shift_) + slack - width, zero_step);
  digit.low_negative_ = std::min(static_cast<std::int32_t>(least >> digit.shift_) - slack, zero_step - width);
  return digit;
}

}  // namespace plimsoll
