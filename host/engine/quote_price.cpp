#include "host/engine/quote_price.hpp"

namespace plimsoll {

std::optional<decimal> price_in_quote(const book& source, std::span<const mark> marks, std::uint32_t asset) {
  if (asset == source.reference.quote) { return decimal{1, 0}; }
  const auto& it = source.reference.assets[asset];
  if (it.spot != no_id && is_marked(marks[it.spot].ticks)) {
    const instrument& spot = source.reference.instruments[it.spot];
    return decimal{static_cast<int128>(marks[it.spot].ticks) * spot.price_step.mantissa, spot.price_step.scale};
  }
  return it.price;
}

quote_rate::quote_rate(const decimal& price, int digits, int quote_digits)
    : num_(widen(price.mantissa) * ten_to(quote_digits)), den_(ten_to(price.scale + digits)) {
  const wide_int common = gcd(num_, den_);
  num_ /= common;
  den_ /= common;
  is_one_ = num_ == 1 && den_ == 1;
}

std::optional<int128> quote_rate::worth(std::int64_t steps) const {
  if (is_one_) { return steps; }
  const wide_int exact = widen(steps) * num_;
  wide_int whole = exact / den_;  // Towards zero.
  if (exact < 0 && whole * den_ != exact) { --whole; }
  if (abs(whole) >= ten_to(38)) { return std::nullopt; }
  const auto size = static_cast<uint128>(static_cast<wide_int>(abs(whole)));
  return whole < 0 ? -static_cast<int128>(size) : static_cast<int128>(size);
}

}  // namespace plimsoll
