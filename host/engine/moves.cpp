#include "host/engine/moves.hpp"

#include <algorithm>
#include <bit>

#include "kernels/rules/screen.hpp"

namespace plimsoll {
namespace {

/// Group of the instrument with this rank by open interest.
std::uint8_t group_of_rank(std::size_t rank) {
  if (rank < 2) { return static_cast<std::uint8_t>(1U << rank); }
  if (rank >= 64) { return rest_group; }
  return static_cast<std::uint8_t>(
      1U << std::min<unsigned>(5, static_cast<unsigned>(std::bit_width(rank))));  // 2-3, 4-7, 8-15, 16-63
}

/// The move of a price with one or two divisors.
std::uint16_t move_of_price(const price_rate& reference, const price_rate& now) {
  if (reference.rate.num == now.rate.num && reference.rate.den == now.rate.den && reference.then == now.then) {
    return 0;
  }
  if (reference.rate.num == 0 || now.rate.num == 0) { return static_cast<std::uint16_t>(move_code_max); }
  const auto worth = [](const price_rate& price) {
    return static_cast<double>(price.rate.num) / static_cast<double>(price.rate.den) / static_cast<double>(price.then);
  };
  return move_code(worth(now) / worth(reference));
}

}  // namespace

void move_grouping::make(const book& source, const tick_prices& prices, move_groups& out) {
  const std::size_t count = prices.rates.size();
  listed_.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t lots = std::max(source.sides.lots[segment_of(i, position_side::long_side)],
                                        source.sides.lots[segment_of(i, position_side::short_side)]);
    listed_[i] = {
        static_cast<double>(lots) * static_cast<double>(prices.rates[i].num) / static_cast<double>(prices.rates[i].den),
        i};
  }
  std::sort(listed_.begin(), listed_.end(), [](const listed& a, const listed& b) {
    return a.open_interest != b.open_interest ? a.open_interest > b.open_interest : a.instrument < b.instrument;
  });
  out.of_instrument.resize(count);
  for (std::size_t rank = 0; rank < count; ++rank) {
    out.of_instrument[listed_[rank].instrument] = group_of_rank(rank);
  }
  out.of_asset.assign(prices.assets.size(), balances_group);
}

move_groups make_move_groups(const book& source, const tick_prices& prices) {
  move_groups groups;
  move_grouping().make(source, prices, groups);
  return groups;
}

tick_moves moves_between(const tick_prices& reference, const tick_prices& now, const move_groups& groups) {
  std::array<std::uint16_t, 8> of_group{};
  const auto raise = [&](std::uint8_t bit, std::uint16_t move) {
    std::uint16_t& most = of_group[static_cast<std::size_t>(std::countr_zero(bit))];
    most = std::max(most, move);
  };
  for (std::size_t i = 0; i < now.rates.size(); ++i) {
    const bool turned = reference.held[i] != now.held[i];
    raise(groups.of_instrument[i],
          turned ? static_cast<std::uint16_t>(move_code_max) : move_of(reference.rates[i], now.rates[i]));
  }
  for (std::size_t a = 0; a < now.assets.size(); ++a) {
    const bool turned = reference.asset_held[a] != now.asset_held[a];
    raise(groups.of_asset[a], turned ? static_cast<std::uint16_t>(move_code_max)
                                     : move_of_price(reference.assets[a].plain, now.assets[a].plain));
  }
  tick_moves moves;
  for (std::size_t set = 0; set < moves.of_groups.size(); ++set) {
    for (std::size_t group = 0; group < of_group.size(); ++group) {
      if ((set >> group & 1U) != 0) { moves.of_groups[set] = std::max(moves.of_groups[set], of_group[group]); }
    }
  }
  return moves;
}

}  // namespace plimsoll
