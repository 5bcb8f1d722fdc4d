// The cost of a position at its entry price, which may be finer than the price step. Exact, floored to the step.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/book/book.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll::io {

/// Value per lot of one instrument, prepared for entry prices with any number of decimals.
class cost_rule {
 public:
  cost_rule() = default;
  /// `it.rate` must be set.
  explicit cost_rule(const instrument& it);

  /// floor(lots x value of a lot at price) in steps; price = mantissa x 10^-scale, with a sign that the instrument may
  /// have and scale <= 18. Nothing if it is beyond 2^62.
  [[nodiscard]] std::optional<std::int64_t> at(std::int64_t lots, std::int64_t price_mantissa, int price_scale) const;

  /// The same for any price.
  [[nodiscard]] std::optional<std::int64_t> at(std::int64_t lots, const decimal& price) const;

 private:
  /// Linear: lots x price x up / down; inverse: -lots x up / (price x down). Reduced; 0 if they need more than 64 bits.
  struct factors {
    std::uint64_t up = 0;
    std::uint64_t down = 0;
  };
  static constexpr int scales = 19;

  contract_rate rate_{};
  decimal price_step_{};
  std::vector<factors> by_scale_;
};

}  // namespace plimsoll::io
