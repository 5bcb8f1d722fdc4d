// Bytes as choices: a fuzzer changes them, a case reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace plimsoll::fuzz {

/// Behind its end a tape is all zeros.
class tape {
 public:
  tape(const std::uint8_t* bytes, std::size_t count) : at_(bytes), left_(count) {}

  [[nodiscard]] bool ended() const { return left_ == 0; }
  std::uint8_t byte() {
    if (left_ == 0) { return 0; }
    --left_;
    return *at_++;
  }
  /// 0 to count - 1.
  std::uint32_t below(std::uint32_t count) {
    const std::uint32_t wide = count > 256 ? byte() * 256U : 0U;
    return (wide + byte()) % count;
  }
  /// True once in `often`.
  bool once_in(std::uint32_t often) { return below(often) == often - 1; }
  std::uint64_t word() {
    std::uint64_t out = 0;
    for (int i = 0; i < 8; ++i) { out = out << 8 | byte(); }
    return out;
  }
  /// Small numbers more often than by chance, and the ends of their range.
  std::int64_t number() {
    constexpr std::int64_t ends[] = {
        0, 1, -1, INT64_MAX, INT64_MIN, std::int64_t{1} << 40, -(std::int64_t{1} << 40), std::int64_t{1} << 62};
    switch (below(6)) {
      case 0: return ends[below(8)];
      case 1: return static_cast<std::int64_t>(word());
      case 2: return -static_cast<std::int64_t>(below(60'000));
      default: return static_cast<std::int64_t>(below(60'000));
    }
  }
  template <class T, std::size_t N>
  const T& one_of(const T (&all)[N]) {
    return all[below(N)];
  }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
};

}  // namespace plimsoll::fuzz
