// Liquidation price of a position: the mark of its instrument at which margin equity falls below MM. docs/design.md
// section 3, "Liquidation price". Host only: a report, never part of a tick.
#pragma once

#include <cstdint>

#include "kernels/rules/divide.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/limits.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// A unit seen from one instrument: the positions in it (one, or both sides), and everything else held still.
struct liquidation_input {
  contract_rate contract{};
  tier_view tiers{};
  std::int64_t lots[2] = {0, 0};      ///< Positions of the unit in the instrument; 0 if there is none.
  std::int64_t base_margin = 0;       ///< Worth of the other assets, with haircut.
  int128 own_fixed = 0;               ///< Cash plus the values of all other positions, as rounded.
  uint128 maintenance_fixed_ppm = 0;  ///< MM of all other positions.
  quote_weights weights{};
  price_ticks mark{};
};

namespace detail {

/// The test, as a line. On one piece (bands and the sign of the unit's own asset fixed)
/// (margin equity - MM) x 1e6 x b x (1, or p for inverse) = slope x p + offset.
template <class Wide>
struct liquidation_piece {
  Wide slope;
  Wide offset;
  std::int64_t low;  ///< First and last mark, in ticks, at which these bands and this sign hold.
  std::int64_t high;
};

/// The piece that holds at `ticks`.
template <class Wide>
[[nodiscard]] liquidation_piece<Wide> piece_at(const liquidation_input& in, std::int64_t ticks) {
  // Below zero a notional grows as the mark falls, so bands are found for |mark|, and the piece is mirrored at its end.
  const bool mirrored = ticks < 0;
  const std::uint64_t distance = magnitude(ticks);
  std::int64_t low = mirrored || !in.contract.below_zero ? 1 : 0;
  std::int64_t high = limits::price_ticks_max;
  const Wide a = in.contract.a;
  const Wide b = in.contract.b;
  Wide moved_rate = 0;     // sum of signed lots x a: the worth of the moved values per tick (inverse: x 1/tick).
  Wide charge_rate = 0;    // sum of rate x |lots| x a.
  Wide charge_amount = 0;  // sum of amount.
  for (const std::int64_t lots : in.lots) {
    if (lots == 0) { continue; }
    const uint128 lots_rate = static_cast<uint128>(magnitude(lots)) * in.contract.a;
    // First tick (inverse: last tick) at which the notional has reached a band's floor.
    const auto edge = [&](std::uint32_t band) -> uint128 {
      const uint128 scaled = static_cast<uint128>(in.tiers.bands[band].floor) * in.contract.b;
      if (in.contract.inverse) { return lots_rate / scaled; }
      return scaled / lots_rate + (scaled % lots_rate != 0 ? 1 : 0);
    };
    // No mark passes a floor that counts lots.
    std::uint32_t band = in.tiers.by_lots ? band_of(magnitude(lots), in.tiers) : 0;
    for (std::uint32_t next = 1; !in.tiers.by_lots && next < in.tiers.count; ++next) {
      const bool reached = in.contract.inverse ? distance <= edge(next) : distance >= edge(next);
      if (!reached) { break; }
      band = next;
    }
    const auto narrow = [&](uint128 edge_ticks) {
      return edge_ticks > static_cast<uint128>(limits::price_ticks_max) ? limits::price_ticks_max + 1
                                                                        : static_cast<std::int64_t>(edge_ticks);
    };
    // The band holds from its own edge until just before the next one's; an inverse runs the other way.
    if (band > 0 && !in.tiers.by_lots) {
      const std::int64_t own = narrow(edge(band));
      if (in.contract.inverse) {
        high = own < high ? own : high;
      } else {
        low = own > low ? own : low;
      }
    }
    if (band + 1 < in.tiers.count && !in.tiers.by_lots) {
      const std::int64_t other = narrow(edge(band + 1));
      if (in.contract.inverse) {
        low = other + 1 > low ? other + 1 : low;
      } else {
        high = other - 1 < high ? other - 1 : high;
      }
    }
    const bool positive = (lots > 0) != in.contract.inverse;
    const Wide part = Wide(magnitude(lots)) * a;
    moved_rate += positive ? part : Wide(-part);
    const Wide charge = part * in.tiers.bands[band].maintenance_ppm;
    charge_rate += mirrored ? Wide(-charge) : charge;
    charge_amount += Wide(in.tiers.bands[band].amount);
  }
  if (mirrored) {
    const std::int64_t nearest = low;
    low = -high;
    high = -nearest;
  }

  // Own asset x b (x p): own_fixed x b + moved x p; inverse own_fixed x b x p + moved. Its sign picks the weight.
  const Wide own_b = Wide(in.own_fixed) * b;
  const Wide own_slope = in.contract.inverse ? own_b : moved_rate;
  const Wide own_offset = in.contract.inverse ? moved_rate : own_b;
  std::uint32_t weight = in.weights.asset_ppm;
  if (in.weights.asset_ppm != in.weights.liability_ppm) {
    const Wide here = own_slope * ticks + own_offset;
    const bool owes = here <= 0;
    if (owes) { weight = in.weights.liability_ppm; }
    if (own_slope != 0) {
      // The sign flips where own_slope x p = -own_offset. Marks with own <= 0 form one side of it, own > 0 the other.
      const Wide root_num = own_slope > 0 ? Wide(-own_offset) : own_offset;
      const Wide root_den = own_slope > 0 ? own_slope : Wide(-own_slope);
      Wide root_floor = root_num / root_den;
      if (root_num < 0 && root_floor * root_den != root_num) { root_floor -= 1; }
      const bool exact = root_floor * root_den == root_num;
      // Rising own: <= 0 up to floor(root); falling own: <= 0 from ceil(root).
      const bool below = own_slope > 0 ? owes : !owes;
      const Wide last_below = own_slope > 0 ? root_floor : (exact ? Wide(root_floor - 1) : root_floor);
      if (below) {
        const std::int64_t before_all = lowest_ticks(in.contract) - 1;
        if (last_below < high) { high = last_below < before_all ? before_all : static_cast<std::int64_t>(last_below); }
      } else {
        if (last_below + 1 > low) { low = static_cast<std::int64_t>(Wide(last_below + 1)); }
      }
    }
  }

  const Wide fixed = (Wide(in.base_margin) * limits::ppm + Wide(in.own_fixed) * weight -
                      Wide(static_cast<int128>(in.maintenance_fixed_ppm)) + charge_amount) *
                     b;
  const Wide moving = moved_rate * weight - charge_rate;
  return in.contract.inverse ? liquidation_piece<Wide>{fixed, moving, low, high}
                             : liquidation_piece<Wide>{moving, fixed, low, high};
}

}  // namespace detail

/// num / den for den > 0, rounded down.
template <class Wide>
[[nodiscard]] Wide floor_quotient(const Wide& num, const Wide& den) {
  const Wide quotient = num / den;
  return num < 0 && quotient * den != num ? Wide(quotient - 1) : quotient;
}

/// The liquidation price in ticks, or no_ticks if there is none from the lowest price to 2^40: the first mark below MM,
/// coming from a safe one. Of a safe unit it is the nearest unsafe mark; of a unit that is below already, the last
/// unsafe mark before the nearest safe one; of two equally near marks, the lower one. It is the present mark if the
/// rounded values (`below_already`, from the unit's state) and the unrounded ones disagree, because the threshold lies
/// there. `Wide` is a signed integer that holds 2^192 in general; int128 serves where `liquidation_fits_int128`.
template <class Wide>
[[nodiscard]] price_ticks liquidation_price(const liquidation_input& in, bool below_already) {
  using detail::piece_at;
  const auto at_mark = piece_at<Wide>(in, in.mark.raw);
  const bool below = at_mark.slope * in.mark.raw + at_mark.offset < 0;
  if (below != below_already) { return in.mark; }
  // The search is for marks at which the line is below zero; for a unit that is below already, its mirror. All terms
  // are whole numbers, so `line >= 0` is `-line - 1 < 0`.
  const auto sought_at = [&](std::int64_t ticks) {
    auto piece = piece_at<Wide>(in, ticks);
    if (below) {
      piece.slope = -piece.slope;
      piece.offset = -piece.offset - 1;
    }
    return piece;
  };

  // Down: the greatest such tick of each piece in turn. slope x p + offset < 0 below the root only if slope > 0.
  std::int64_t lower = no_ticks;
  for (std::int64_t from = in.mark.raw; from >= lowest_ticks(in.contract);) {
    const auto piece = sought_at(from);
    if (piece.slope * from + piece.offset < 0) {
      lower = from;
      break;
    }
    if (piece.slope > 0 && piece.slope * piece.low + piece.offset < 0) {
      // ceil(-offset / slope) - 1 = -floor(offset / slope) - 1
      lower = static_cast<std::int64_t>(Wide(-floor_quotient(piece.offset, piece.slope) - 1));
      break;
    }
    from = piece.low - 1;
  }
  // Up: the least such tick; the line must fall. The search stops where a mark would be farther than `lower`.
  std::int64_t upper = no_ticks;
  const std::int64_t last = lower == no_ticks ? limits::price_ticks_max : in.mark.raw + (in.mark.raw - lower);
  for (std::int64_t from = in.mark.raw; from <= limits::price_ticks_max && from <= last;) {
    const auto piece = sought_at(from);
    if (piece.slope * from + piece.offset < 0) {
      upper = from;
      break;
    }
    if (piece.slope < 0 && piece.slope * piece.high + piece.offset < 0) {
      // floor(offset / -slope) + 1
      upper = static_cast<std::int64_t>(Wide(floor_quotient(piece.offset, Wide(-piece.slope)) + 1));
      break;
    }
    from = piece.high + 1;
  }
  const std::int64_t back = below ? 1 : 0;  // From the nearest safe mark to the last unsafe one.
  if (lower == no_ticks) { return {upper == no_ticks ? no_ticks : upper - back}; }
  if (upper == no_ticks) { return {lower + back}; }
  return {in.mark.raw - lower <= upper - in.mark.raw ? lower + back : upper - back};
}

/// True if all terms stay below 2^126, so that int128 serves as `Wide`.
[[nodiscard]] constexpr bool liquidation_fits_int128(const liquidation_input& in) {
  const auto bits = [](int128 x) { return bit_width_of(static_cast<uint128>(x < 0 ? -x : x)); };
  const int rate_bits = bit_width_of(in.contract.a);
  const int scale_bits = bit_width_of(in.contract.b);
  const uint128 amount_max = in.tiers.bands[in.tiers.count - 1].amount;
  const int lots_bits = bits(in.lots[0]) > bits(in.lots[1]) ? bits(in.lots[0]) : bits(in.lots[1]);
  const int moving_bits = lots_bits + rate_bits + limits::rate_ppm_bits_max + 2;
  int fixed_bits = bits(in.base_margin) + 20;
  if (bits(in.own_fixed) + limits::rate_ppm_bits_max > fixed_bits) {
    fixed_bits = bits(in.own_fixed) + limits::rate_ppm_bits_max;
  }
  if (bit_width_of(in.maintenance_fixed_ppm) > fixed_bits) { fixed_bits = bit_width_of(in.maintenance_fixed_ppm); }
  if (bit_width_of(amount_max) + 1 > fixed_bits) { fixed_bits = bit_width_of(amount_max) + 1; }
  fixed_bits += scale_bits + 2;
  const int price_bits = limits::price_bits_max + 1;
  const int line_bits = in.contract.inverse
                            ? (fixed_bits + price_bits > moving_bits ? fixed_bits + price_bits : moving_bits)
                            : (moving_bits + price_bits > fixed_bits ? moving_bits + price_bits : fixed_bits);
  return line_bits + 1 <= 126;
}

}  // namespace plimsoll
