// A second calculation of each amount of the waterfall, written from the design and not from the code.
//
// Nothing here calls kernels/rules or host/execute: plain 128-bit integers, sums over bands, searches one step at a
// time. It is slow, and good for small numbers only (products below 2^126). It reads only data of the product: columns
// of a book, figures of a contract, floors and rates of tiers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll::judge {

using whole = int128;

// ------------------------------------------------------------------------------------------- rounding, d > 0

inline whole floor_of(whole n, whole d) { return n / d - (n % d < 0 ? 1 : 0); }
inline whole ceiling_of(whole n, whole d) { return n / d + (n % d > 0 ? 1 : 0); }
inline whole half_even_of(whole n, whole d) {
  const whole below = floor_of(n, d);
  const whole twice = 2 * (n - below * d);
  if (twice != d) { return twice < d ? below : below + 1; }
  return below % 2 == 0 ? below : below + 1;
}
inline whole size_of(whole x) { return x < 0 ? -x : x; }
/// For messages and comparisons: a figure that is known to be small.
inline std::int64_t small(whole x) { return static_cast<std::int64_t>(x); }

// --------------------------------------------------------------------------------------- contracts and values

/// The worth of lots: lots x num x ticks / den, inverse -lots x num / (den x ticks); steps of the settlement asset.
struct contract {
  bool inverse = false;
  whole num = 1;
  whole den = 1;
};

inline contract contract_of(const book& source, std::uint32_t instrument_id) {
  const instrument& it = source.reference.instruments[instrument_id];
  contract out;
  out.inverse = it.kind == instrument_kind::inverse;
  out.num = static_cast<whole>(it.size_step.mantissa) * it.contract_size.mantissa;
  (out.inverse ? out.den : out.num) *= it.price_step.mantissa;
  int power = source.reference.assets[it.settle].digits - it.size_step.scale - it.contract_size.scale;
  power += out.inverse ? it.price_step.scale : -it.price_step.scale;
  for (; power > 0; --power) { out.num *= 10; }
  for (; power < 0; ++power) { out.den *= 10; }
  return out;
}

struct fraction {
  whole num = 0;
  whole den = 1;
};

/// Exact, unrounded.
inline fraction worth(const contract& of, whole lots, whole ticks) {
  if (of.inverse) { return {-lots * of.num, of.den * ticks}; }
  return {lots * of.num * ticks, of.den};
}
inline whole value(const contract& of, whole lots, whole ticks) {
  const fraction exact = worth(of, lots, ticks);
  return floor_of(exact.num, exact.den);
}
inline whole trade_value(const contract& of, whole lots, whole ticks) {
  const fraction exact = worth(of, lots, ticks);
  return half_even_of(exact.num, exact.den);
}
/// Of `cost`, when `closed` of |held| lots go.
inline whole released(whole cost, whole closed, whole held) {
  const whole part = size_of(cost) * size_of(closed) / size_of(held);
  return cost < 0 ? -part : part;
}

// ------------------------------------------------------------------------------------------------------ tiers

/// MM of a notional in step x 1e-6: the rate of each band on the part of the notional that lies in it.
inline whole maintenance_ppm(const book& source, std::uint32_t instrument_id, whole notional) {
  const instrument& it = source.reference.instruments[instrument_id];
  whole sum = 0;
  for (std::uint32_t band = 0; band < it.band_count; ++band) {
    const tier_band& here = source.reference.bands[it.first_band + band];
    const whole floor = here.floor;
    const bool is_last = band + 1 == it.band_count;
    const whole top = is_last ? notional : whole{source.reference.bands[it.first_band + band + 1].floor};
    const whole inside = (notional < top ? notional : top) - floor;
    if (inside > 0) { sum += inside * here.maintenance_ppm; }
  }
  return sum;
}
/// Floor of the band that a notional lies in, its floor included.
inline whole tier_floor(const book& source, std::uint32_t instrument_id, whole notional) {
  const instrument& it = source.reference.instruments[instrument_id];
  whole out = 0;
  for (std::uint32_t band = 0; band < it.band_count; ++band) {
    const whole floor = source.reference.bands[it.first_band + band].floor;
    if (floor <= notional) { out = floor; }
  }
  return out;
}

// ------------------------------------------------------------------------- positions and units, `single` collateral

inline whole value(const book& source, std::uint32_t position) {
  const std::uint32_t instrument_id = source.positions.instrument[position];
  return value(contract_of(source, instrument_id), source.positions.lots[position], source.marks[instrument_id].ticks);
}
inline whole profit(const book& source, std::uint32_t position) {
  return value(source, position) - source.positions.cost[position];
}
inline whole maintenance_ppm(const book& source, std::uint32_t position) {
  return maintenance_ppm(source, source.positions.instrument[position], size_of(value(source, position)));
}
inline whole equity(const book& source, std::uint32_t unit) {
  whole sum = source.units.balance[unit];
  for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
    sum += profit(source, p);
  }
  return sum;
}
inline whole unit_maintenance_ppm(const book& source, std::uint32_t unit) {
  whole sum = 0;
  for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
    sum += maintenance_ppm(source, p);
  }
  return sum;
}
inline bool is_bankrupt(const book& source, std::uint32_t unit) { return equity(source, unit) < 0; }
inline bool is_liquidatable(const book& source, std::uint32_t unit) {
  const whole own = equity(source, unit);
  return own >= 0 && own * 1'000'000 < unit_maintenance_ppm(source, unit);
}

// ---------------------------------------------------------------------------------------------------- splitting

/// The part of `total` that lots (before, before + count] of `all` carry. Numbers: `whole`, or wider ones.
template <class Number>
Number part_of(const Number& total, const Number& before, const Number& count, const Number& all) {
  return Number(total * (before + count) / all) - Number(total * before / all);
}
inline whole part_of(whole total, whole before, whole count, whole all) {
  return part_of<whole>(total, before, count, all);
}
inline std::vector<whole> split(whole total, std::vector<whole> weights) {
  whole sum = std::accumulate(weights.begin(), weights.end(), whole{0});
  if (sum == 0) {
    weights.assign(weights.size(), 1);
    sum = static_cast<whole>(weights.size());
  }
  std::vector<whole> parts;
  whole before = 0;
  for (const whole weight : weights) {
    parts.push_back(part_of(total, before, weight, sum));
    before += weight;
  }
  return parts;
}

/// Dividing `total` in proportion to weights under caps: an entry whose share reaches its cap gets the cap, round after
/// round, until no share does; the others split the rest, in their order.
template <class Number>
std::vector<Number> water_fill(Number total, const std::vector<Number>& weights, const std::vector<Number>& caps) {
  std::vector<Number> parts(weights.size(), 0);
  std::vector<bool> open(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) { open[i] = weights[i] > 0 && caps[i] > 0; }
  const auto weight_open = [&] {
    Number sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (open[i]) { sum += weights[i]; }
    }
    return sum;
  };
  for (bool again = true; again;) {
    again = false;
    const Number sum = weight_open();
    const Number left = total;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (!open[i] || left * weights[i] < sum * caps[i]) { continue; }
      parts[i] = caps[i];
      total -= caps[i];
      open[i] = false;
      again = true;
    }
  }
  const Number sum = weight_open();
  Number before = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!open[i]) { continue; }
    parts[i] = part_of<Number>(total, before, weights[i], sum);
    before += weights[i];
  }
  return parts;
}

/// Bankruptcy value of each position of a unit: its value less its share of the unit's equity, within the values at 1
/// and at 2^40 price steps.
inline std::vector<whole> bankruptcy_values(const book& source, std::uint32_t unit) {
  const std::uint32_t first = source.units.first_position[unit];
  const std::uint32_t last = source.units.first_position[unit + 1];
  const whole own = equity(source, unit);
  std::vector<whole> weights;
  std::vector<whole> notionals;
  std::vector<whole> open;  // A closed position keeps its row in a dense book, and has no share.
  whole sum = 0;
  whole notional_sum = 0;
  for (std::uint32_t p = first; p < last; ++p) {
    weights.push_back(ceiling_of(maintenance_ppm(source, p), 1'000'000));
    notionals.push_back(size_of(value(source, p)));
    open.push_back(source.positions.lots[p] != 0 ? 1 : 0);
    sum += weights.back();
    notional_sum += notionals.back();
  }
  const std::vector<whole> shares = split(size_of(own), sum != 0 ? weights : notional_sum != 0 ? notionals : open);
  std::vector<whole> out;
  for (std::uint32_t p = first; p < last; ++p) {
    const contract of = contract_of(source, source.positions.instrument[p]);
    const whole lots = source.positions.lots[p];
    whole wanted = value(source, p) - (own < 0 ? -shares[p - first] : shares[p - first]);
    const whole at_one = value(of, lots, 1);
    const whole at_most = value(of, lots, whole{1} << 40);
    const whole low = at_one < at_most ? at_one : at_most;
    const whole high = at_one < at_most ? at_most : at_one;
    wanted = wanted < low ? low : (wanted > high ? high : wanted);
    out.push_back(wanted);
  }
  return out;
}

}  // namespace plimsoll::judge
