// The digit that divides ladders into bins: an order-preserving coarse image of a ladder key.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "kernels/rules/ladder.hpp"

namespace plimsoll {

/// One segment's ladder as columns by entry, counted from the segment's first. An entry with key off_ladder is not on
/// it.
struct ladder_view {
  const std::uint64_t* keys = nullptr;
  const std::int64_t* lots = nullptr;  ///< All of one sign; |lots| counts.
  std::uint32_t count = 0;
};

/// Bins rise with the key. Keys are images of doubles: their top bits are sign and exponent, so equal steps of the key
/// would leave most bins empty. Instead, each sign has a ramp of equal steps over the magnitudes in the segment. Keys
/// beyond a ramp go to its ends, and +0 (the score of many entries) has a bin of its own.
class ladder_digit {
 public:
  static constexpr std::uint32_t bins_max = 2 * 1024 + 3;

  /// The digit for a segment, from a sample of its keys. Any sample gives correct bins; a good one gives even bins.
  [[nodiscard]] static ladder_digit of(const ladder_view& ladder) {
    return of_sample(sample_keys(ladder.count, [&](std::uint32_t entry) { return ladder.keys[entry]; }), ladder.count);
  }
  /// The same for `count` keys that are not in a column.
  template <class KeyAt>
  [[nodiscard]] static ladder_digit of(std::uint32_t count, const KeyAt& key_at) {
    return of_sample(sample_keys(count, key_at), count);
  }

  [[nodiscard]] std::uint32_t bins() const { return 2 * width_ + 3; }
  [[nodiscard]] std::uint32_t zero_bin() const { return width_ + 1; }

  /// The bin of a key. Without branches, so that compilers turn loops of it into vectors.
  [[nodiscard]] std::uint32_t bin_of(std::uint64_t key) const {
    const auto step = static_cast<std::int32_t>(key >> shift_);
    const std::int32_t ramps = ramp(step - low_negative_) + ramp(step - low_positive_);
    return static_cast<std::uint32_t>(ramps) + (key >= zero_key ? 1U : 0U) + (key > zero_key ? 1U : 0U);
  }

  static constexpr std::uint64_t zero_key = ladder_key(0);  ///< Key of the score +0.

 private:
  /// Keys on the ladder at equal distances, sorted.
  struct key_sample {
    static constexpr std::uint32_t size_max = 64;
    std::array<std::uint64_t, size_max> keys{};
    std::uint32_t size = 0;
  };

  template <class KeyAt>
  [[nodiscard]] static key_sample sample_keys(std::uint32_t count, const KeyAt& key_at) {
    key_sample sample;
    const std::uint32_t stride = std::max(1U, count / key_sample::size_max);
    for (std::uint32_t entry = stride / 2; entry < count && sample.size < key_sample::size_max; entry += stride) {
      if (key_at(entry) != off_ladder) { sample.keys[sample.size++] = key_at(entry); }
    }
    std::sort(sample.keys.begin(), sample.keys.begin() + sample.size);
    return sample;
  }

  [[nodiscard]] static ladder_digit of_sample(const key_sample& sample, std::uint32_t count);

  [[nodiscard]] std::int32_t ramp(std::int32_t step) const {
    return std::min(std::max(step, 0), static_cast<std::int32_t>(width_));
  }

  std::int32_t low_negative_ = 0;  ///< First step of the ramp of negative scores.
  std::int32_t low_positive_ = 0;
  std::uint32_t width_ = 128;
  std::uint32_t shift_ = 49;  ///< At least 34, so that a step fits 31 bits.
};

}  // namespace plimsoll
