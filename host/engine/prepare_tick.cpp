// Turns marks into the prices that every backend reads: rates, staleness, asset prices, admission.
#include <algorithm>
#include <numeric>

#include "host/engine/held.hpp"
#include "host/engine/quote_price.hpp"
#include "host/engine/scan.hpp"
#include "host/text/wide.hpp"

namespace plimsoll {

namespace {

/// num / den reduced, as a price; nothing if it needs more than two divisors or 61 bits above them.
std::optional<price_rate> reduced_price(wide_int num, wide_int den) {
  const wide_int common = gcd(num, den);
  if (common > 1) {
    num /= common;
    den /= common;
  }
  const wide_int bound = wide_int{1} << limits::rate_bits_max;
  if (num < bound && den < bound) {
    return price_rate(make_value_rate(static_cast<std::uint64_t>(num), static_cast<std::uint64_t>(den), false));
  }
  // The divisor's only prime factors are 2 and 5. One divisor takes as many as fit; the other takes the rest.
  wide_int first = 1;
  for (const int factor : {5, 2}) {
    while (den % factor == 0 && first * factor < bound) {
      first *= factor;
      den /= factor;
    }
  }
  if (den >= bound) { return std::nullopt; }
  price_rate price(make_value_rate(static_cast<std::uint64_t>(num), static_cast<std::uint64_t>(first), false));
  price.then = static_cast<std::uint64_t>(den);
  price.then_by = make_divisor(price.then);
  return price;
}

std::string mark_text(const instrument& it, std::int64_t ticks) {
  return it.name + " at " + format_units(static_cast<int128>(ticks) * it.price_step.mantissa, it.price_step.scale);
}

/// True if the mark is older than allowed, or has no time although one is needed.
void find_stale(const book& source, std::span<const mark> marks, std::optional<std::int64_t> as_of_ns,
                tick_prices& out) {
  out.held.assign(marks.size(), 0);
  each_held(source, marks, as_of_ns, [&](const held_mark& one) { out.held[one.instrument] = 1; });
}

std::uint64_t largest_size(const book& source, std::uint32_t instrument_id) {
  return std::max(source.sides.lots_max[segment_of(instrument_id, position_side::long_side)],
                  source.sides.lots_max[segment_of(instrument_id, position_side::short_side)]);
}

/// The rate of one instrument. An instrument without positions needs no mark. If it has one, its rate is computed for
/// the next position that opens.
void rate_instrument(const book& source, std::uint32_t i, std::span<const mark> marks, tick_prices& out,
                     refusal_list& refusals) {
  const instrument& it = source.reference.instruments[i];
  out.rates[i] = value_rate{};
  if (const auto fault = fault_of_mark(source, i, marks[i].ticks)) {
    refusals.add({"marks", 0, "mark", !is_marked(marks[i].ticks) ? it.name : mark_text(it, marks[i].ticks), *fault});
    return;
  }
  if (!is_marked(marks[i].ticks) || it.kind == instrument_kind::spot) { return; }
  const value_rate_or_none at_mark = value_rate_at(it.rate, {marks[i].ticks});
  if (at_mark.fits) { out.rates[i] = at_mark.rate; }
}

void rate_assets(const book& source, std::span<const mark> marks, std::span<const std::uint64_t> largest,
                 tick_prices& out, refusal_list& refusals) {
  const auto& assets = source.reference.assets;
  out.assets.assign(assets.size(), asset_rates{});
  out.asset_held.assign(assets.size(), 0);
  const int quote_digits = assets[source.reference.quote].digits;
  for (std::uint32_t a = 0; a < assets.size(); ++a) {
    if (a == source.reference.quote || largest[a] == 0) { continue; }
    const asset& it = assets[a];
    const std::optional<decimal> price = price_in_quote(source, marks, a);
    if (!price) {
      refusals.add({"assets", 0, "price", it.name, "has balances but neither a price nor a spot mark"});
      continue;
    }
    if (it.spot != no_id && is_marked(marks[it.spot].ticks)) { out.asset_held[a] = out.held[it.spot]; }
    const wide_int num = widen(price->mantissa) * ten_to(quote_digits);
    const wide_int den = ten_to(price->scale + it.digits);
    const auto plain = reduced_price(num, den);
    const auto as_asset = reduced_price(num * it.asset_weight_ppm, den * limits::ppm);
    const auto as_liability = reduced_price(num * it.liability_weight_ppm, den * limits::ppm);
    if (!plain || !as_asset || !as_liability || !value_admitted(largest[a], *plain) ||
        !value_admitted(largest[a], *as_liability)) {
      refusals.add(
          {"assets", 0, "price", it.name + " at " + format_decimal(*price),
           "prices a balance beyond 2^62 steps of the quote, or has too many digits; choose a coarser assets.step"});
      continue;
    }
    out.assets[a] = {*plain, *as_asset, *as_liability};
  }
}

}  // namespace

std::optional<std::string> fault_of_mark(const book& source, std::uint32_t instrument_id, std::int64_t mark_ticks) {
  const std::uint64_t lots_max = largest_size(source, instrument_id);
  if (lots_max == 0) { return std::nullopt; }
  if (!is_marked(mark_ticks)) { return "has positions but no mark"; }
  const instrument& it = source.reference.instruments[instrument_id];
  const auto at_mark = value_rate_at(it.rate, {mark_ticks});
  if (at_mark.fits && value_admitted(lots_max, at_mark.rate)) { return std::nullopt; }
  const std::string& settle = source.reference.assets[it.settle].name;
  return "values a position of " +
         format_units(static_cast<int128>(lots_max) * it.size_step.mantissa, it.size_step.scale) +
         " contracts beyond 2^62 steps of " + settle + "; choose a coarser assets.step for " + settle;
}

std::vector<std::uint64_t> largest_balances_of(const book& source) {
  std::vector<std::uint64_t> largest(source.reference.assets.size(), 0);
  for (std::size_t i = 0; i < source.collateral.amount.size(); ++i) {
    std::uint64_t& most = largest[source.collateral.asset[i]];
    most = std::max(most, magnitude(source.collateral.amount[i]));
  }
  return largest;
}

status refresh_tick(const book& source, std::span<const mark> marks, std::span<const std::uint32_t> changed,
                    std::optional<std::int64_t> as_of_ns, std::span<const std::uint64_t> largest_balances,
                    tick_prices& out, refusal_list& refusals) {
  find_stale(source, marks, as_of_ns, out);
  out.rates.resize(source.reference.instruments.size());
  for (const std::uint32_t i : changed) { rate_instrument(source, i, marks, out, refusals); }
  if (source.reference.venue.collateral == collateral_mode::multi) {
    rate_assets(source, marks, largest_balances, out, refusals);
  }
  if (!refusals.empty()) { return refusals.to_error(); }
  return ok();
}

status prepare_tick(const book& source, std::span<const mark> marks, std::optional<std::int64_t> as_of_ns,
                    tick_prices& out, refusal_list& refusals) {
  out = {};
  std::vector<std::uint32_t> all(source.reference.instruments.size());
  std::iota(all.begin(), all.end(), 0U);
  const bool multi = source.reference.venue.collateral == collateral_mode::multi;
  return refresh_tick(source, marks, all, as_of_ns, multi ? largest_balances_of(source) : std::vector<std::uint64_t>{},
                      out, refusals);
}

}  // namespace plimsoll
