// The worth of an asset in the quote.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "host/book/book.hpp"
#include "host/text/decimal.hpp"
#include "host/text/wide.hpp"

namespace plimsoll {

/// The price of one of an asset in the quote at these marks: that of its spot instrument where it has a mark, else
/// `assets.price`. 1 of the quote; nothing where neither is known.
[[nodiscard]] std::optional<decimal> price_in_quote(const book& source, std::span<const mark> marks,
                                                    std::uint32_t asset);

/// Turns amounts of one asset into amounts of the quote.
class quote_rate {
 public:
  /// At `price`, between assets whose steps have so many digits.
  quote_rate(const decimal& price, int digits, int quote_digits);

  /// floor(amount x price), in steps of the quote. Nothing where it is 10^38 of them or more, which no table holds.
  [[nodiscard]] std::optional<int128> worth(std::int64_t steps) const;

 private:
  wide_int num_;  ///< Steps of the quote for `den_` steps of the asset; reduced.
  wide_int den_;
  bool is_one_ = false;
};

}  // namespace plimsoll
