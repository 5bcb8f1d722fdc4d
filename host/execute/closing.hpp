// A position that is being closed: its remaining lots, and the bankruptcy value of each part of it.
#pragma once

#include <cstdint>

#include "host/engine/scan.hpp"
#include "kernels/rules/split.hpp"

namespace plimsoll {

/// A bankruptcy value that is split over lots, and the number of lots already closed.
struct closing_share {
  std::uint64_t value = 0;  ///< |BV| of all lots.
  std::uint64_t lots = 0;
  std::uint64_t taken = 0;
  bool negative = false;

  /// BV of the next `count` lots, signed; counts them as closed.
  std::int64_t take(std::uint64_t count) {
    exact_split split(value, lots);
    static_cast<void>(split.next(taken));
    const auto part = static_cast<std::int64_t>(split.next(count));
    taken += count;
    return negative ? -part : part;
  }
};

/// Fill i of a position gets its part of |BV|, split by cumulative lots. So the parts do not depend on who took the
/// earlier ones.
class closing_position {
 public:
  closing_position(const book& source, const bankrupt_position& loser)
      : position_(loser.position),
        lots_(magnitude(source.positions.lots[loser.position])),
        left_(lots_),
        is_long_(source.positions.lots[loser.position] > 0),
        negative_(loser.closing.value < 0),
        value_(magnitude_of(loser.closing.value)),
        split_(value_, lots_) {}

  [[nodiscard]] std::uint32_t position() const { return position_; }
  [[nodiscard]] std::uint64_t left() const { return left_; }
  /// All lots over which the bankruptcy value is split, and that value, signed: a lot's unrounded part is value / lots.
  [[nodiscard]] std::uint64_t lots() const { return lots_; }
  [[nodiscard]] std::int64_t value() const { return with_sign(value_); }
  [[nodiscard]] bool is_long() const { return is_long_; }
  /// Lots of a part, with the position's sign.
  [[nodiscard]] std::int64_t signed_lots(std::uint64_t lots) const {
    return is_long_ ? static_cast<std::int64_t>(lots) : -static_cast<std::int64_t>(lots);
  }

  /// Bankruptcy value of the next `lots`, with the sign of the position's value; `take` also counts them as closed.
  [[nodiscard]] std::int64_t peek(std::uint64_t lots) const { return with_sign(split_.peek(lots)); }
  std::int64_t take(std::uint64_t lots) {
    left_ -= lots;
    return with_sign(split_.next(lots));
  }
  /// A copy for an order, whose fills may come after this object is destroyed.
  [[nodiscard]] closing_share share() const { return {value_, lots_, lots_ - left_, negative_}; }
  /// Bankruptcy value of all remaining lots.
  [[nodiscard]] std::int64_t value_left() const { return peek(left_); }

 private:
  static std::uint64_t magnitude_of(int128 x) { return static_cast<std::uint64_t>(x < 0 ? -x : x); }
  [[nodiscard]] std::int64_t with_sign(std::uint64_t x) const {
    return negative_ ? -static_cast<std::int64_t>(x) : static_cast<std::int64_t>(x);
  }

  std::uint32_t position_;
  std::uint64_t lots_;
  std::uint64_t left_;
  bool is_long_;
  bool negative_;
  std::uint64_t value_;
  exact_split split_;
};

}  // namespace plimsoll
