// Liquidation prices against a search tick by tick, and bankruptcy values and prices against their definitions.
#include <algorithm>
#include <optional>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "kernels/rules/bankruptcy.hpp"
#include "kernels/rules/liquidation.hpp"
#include "tests/support/edge_numbers.hpp"

namespace plimsoll {
namespace {

using boost::multiprecision::int512_t;
using edges::cpp_int;
using edges::wide;

/// Is margin equity below MM at a mark, values unrounded? Everything is brought to the denominator b (inverse: b x p).
/// `Wide` must hold the products: int128 for small units, cpp_int for any.
template <class Wide>
bool below_at(const liquidation_input& in, std::int64_t ticks) {
  const Wide a = in.contract.a;
  const Wide den = in.contract.inverse ? Wide(Wide(in.contract.b) * ticks) : Wide(in.contract.b);
  Wide own = Wide(in.own_fixed) * den;
  Wide required_ppm = Wide(static_cast<int128>(in.maintenance_fixed_ppm)) * den;
  for (const std::int64_t lots : in.lots) {
    if (lots == 0) { continue; }
    const Wide moved = in.contract.inverse ? Wide(-Wide(lots) * a) : Wide(Wide(lots) * a * ticks);
    const Wide notional = moved < 0 ? Wide(-moved) : moved;
    own += moved;
    const tier_band* band = in.tiers.bands;
    const Wide key = in.tiers.by_lots ? Wide(Wide(magnitude(lots)) * den) : notional;
    for (std::uint32_t b = 1; b < in.tiers.count; ++b) {
      if (Wide(in.tiers.bands[b].floor) * den <= key) { band = in.tiers.bands + b; }
    }
    required_ppm += notional * band->maintenance_ppm - Wide(static_cast<int128>(band->amount)) * den;
  }
  const std::uint32_t weight = own > 0 ? in.weights.asset_ppm : in.weights.liability_ppm;
  return own * weight + Wide(in.base_margin) * limits::ppm * den < required_ppm;
}

/// The nearest unsafe tick within `range` of the mark, the lower one if two are equally near.
std::optional<std::int64_t> search(const liquidation_input& in, std::int64_t range) {
  for (std::int64_t away = 0; away <= range; ++away) {
    if (in.mark.raw - away >= lowest_ticks(in.contract) && below_at<int128>(in, in.mark.raw - away)) {
      return in.mark.raw - away;
    }
    if (in.mark.raw + away <= limits::price_ticks_max && below_at<int128>(in, in.mark.raw + away)) {
      return in.mark.raw + away;
    }
  }
  return std::nullopt;
}

/// Tables whose floors lie where small units' notionals do.
std::vector<tier_band> small_tiers(std::uint64_t notional, bool whole) {
  std::vector<tier_band> bands(1);
  bands[0].maintenance_ppm = *rc::gen::inRange<std::uint32_t>(0, 200'000);
  for (int b = 1, count = *rc::gen::inRange(1, 5); b < count; ++b) {
    const std::uint64_t floor = bands.back().floor + 1 + *rc::gen::inRange<std::uint64_t>(0, notional + 2);
    const std::uint32_t rate = bands.back().maintenance_ppm + *rc::gen::inRange<std::uint32_t>(0, 300'000);
    tier_band band;
    band.amount = whole ? 0 : next_amount(bands.back(), floor, rate);
    band.floor = floor;
    band.maintenance_ppm = rate;
    bands.push_back(band);
  }
  return bands;
}

/// A unit whose equity is near its requirement, so that the price to be found is near too. Coarse on purpose: a tick
/// moves values by much, floors lie between two ticks, own money changes its sign on the way.
struct near_unit {
  std::vector<tier_band> bands;
  liquidation_input in;

  near_unit() {
    in.contract = {*rc::gen::inRange<std::uint64_t>(1, 40), *rc::gen::element<std::uint64_t>(1, 1, 3, 7),
                   *rc::gen::arbitrary<bool>()};
    in.contract.below_zero = !in.contract.inverse && *rc::gen::inRange(0, 3) == 0;
    in.mark.raw = *rc::gen::inRange<std::int64_t>(in.contract.below_zero ? -199 : in.contract.inverse ? 1 : 0, 200);
    if (in.contract.inverse) { in.contract.a *= *rc::gen::element<std::uint64_t>(1, 100, 5000); }
    in.lots[0] = *rc::gen::inRange<std::int64_t>(0, 20);
    in.lots[1] = -*rc::gen::inRange<std::int64_t>(in.lots[0] == 0 ? 1 : 0, 20);
    const std::int64_t worth = value_of_both();
    const auto gross = static_cast<std::int64_t>(magnitude(worth)) + 1;
    const bool whole = *rc::gen::inRange(0, 3) == 0;
    const bool by_lots = whole && *rc::gen::arbitrary<bool>();
    bands = small_tiers(by_lots ? 20 : static_cast<std::uint64_t>(gross), whole);
    in.tiers = {bands.data(), static_cast<std::uint32_t>(bands.size()), by_lots, whole};
    in.maintenance_fixed_ppm = static_cast<uint128>(*rc::gen::inRange<std::uint64_t>(0, 50'000'000));
    // Equity is a fraction of the notional, now and then below the requirement already.
    const std::int64_t equity =
        gross * *rc::gen::inRange<std::int64_t>(0, 1200) / 1000 + *rc::gen::inRange<std::int64_t>(0, 60);
    in.own_fixed = equity - worth;
    if (*rc::gen::arbitrary<bool>()) {
      // A part of the equity is collateral, or the collateral covers debts.
      in.weights = {*rc::gen::inRange<std::uint32_t>(0, 1'000'001),
                    *rc::gen::inRange<std::uint32_t>(1'000'000, 3'000'001)};
      const std::int64_t shift = *rc::gen::inRange<std::int64_t>(-gross, 2 * gross + 5);
      in.own_fixed -= shift;
      in.base_margin = shift + (shift > 0 ? shift / 2 : 0) + *rc::gen::inRange<std::int64_t>(-3, 4);
    } else if (*rc::gen::inRange(0, 4) != 0) {
      aim_at(edge_near_mark() + *rc::gen::inRange<std::int64_t>(-1, 2), *rc::gen::inRange<std::int64_t>(0, 2));
    }
  }

  /// A tick at which a position changes its band, if there is one near the mark; else the mark itself.
  [[nodiscard]] std::int64_t edge_near_mark() const {
    const std::int64_t begin =
        std::max<std::int64_t>(lowest_ticks(in.contract), in.mark.raw - *rc::gen::inRange<std::int64_t>(1, 60));
    for (std::int64_t ticks = begin; ticks < begin + 120; ++ticks) {
      if (bands_at(ticks) != bands_at(ticks + 1)) { return ticks + 1; }
    }
    return in.mark.raw;
  }

  [[nodiscard]] std::uint32_t bands_at(std::int64_t ticks) const {
    std::uint32_t sum = 0;
    for (const std::int64_t lots : in.lots) {
      const std::int64_t lots_rate = static_cast<std::int64_t>(magnitude(lots) * in.contract.a);
      const auto b = static_cast<std::int64_t>(in.contract.b);
      // The exact notional has rangeed a whole floor where its whole part has.
      const std::int64_t notional = in.contract.inverse ? lots_rate / (b * ticks) : std::abs(lots_rate * ticks / b);
      sum += band_of(tier_key(static_cast<std::uint64_t>(notional), magnitude(lots), in.tiers.by_lots), in.tiers);
    }
    return sum;
  }

  /// Gives the unit just the cash that keeps it safe at a tick, or a little less: the price then lies at that tick.
  void aim_at(std::int64_t ticks, std::int64_t less) {
    if (ticks < lowest_ticks(in.contract)) { return; }
    std::int64_t unsafe = -(std::int64_t{1} << 40);
    std::int64_t safe = std::int64_t{1} << 40;
    while (safe - unsafe > 1) {
      const std::int64_t middle = unsafe + (safe - unsafe) / 2;
      in.own_fixed = middle;
      (below_at<int128>(in, ticks) ? unsafe : safe) = middle;
    }
    in.own_fixed = safe - less;
  }

  /// The approximate worth of the positions at the mark.
  [[nodiscard]] std::int64_t value_of_both() const {
    const std::int64_t lots = (in.lots[0] + in.lots[1]) * static_cast<std::int64_t>(in.contract.a);
    const auto b = static_cast<std::int64_t>(in.contract.b);
    return in.contract.inverse ? -lots / (b * in.mark.raw) : lots * in.mark.raw / b;
  }
};

RC_GTEST_PROP(liquidation_law, the_price_is_the_nearest_unsafe_tick, ()) {
  for (int draw = 0; draw < 100; ++draw) {
    const near_unit unit;
    constexpr std::int64_t range = 600;
    const std::optional<std::int64_t> found = search(unit.in, range);
    const price_ticks price = liquidation_price<int512_t>(unit.in, false);
    if (found) {
      RC_ASSERT(price.raw == *found);
    } else {
      RC_ASSERT((price.raw == no_ticks || std::abs(price.raw - unit.in.mark.raw) > range));
    }
    if (price.raw != no_ticks) {
      // Far or near: unsafe there, safe one tick nearer.
      RC_ASSERT(below_at<cpp_int>(unit.in, price.raw));
      const std::int64_t nearer = price.raw < unit.in.mark.raw ? price.raw + 1 : price.raw - 1;
      if (price.raw != unit.in.mark.raw) { RC_ASSERT(!below_at<cpp_int>(unit.in, nearer)); }
    } else {
      RC_ASSERT(!below_at<cpp_int>(unit.in, 1));
      RC_ASSERT(!below_at<cpp_int>(unit.in, limits::price_ticks_max));
    }
    if (liquidation_fits_int128(unit.in)) { RC_ASSERT(liquidation_price<int128>(unit.in, false).raw == price.raw); }
  }
}

RC_GTEST_PROP(liquidation_law, below_already_it_is_the_last_unsafe_tick_before_the_nearest_safe_one, ()) {
  for (int draw = 0; draw < 100; ++draw) {
    const near_unit unit;
    const std::int64_t mark = unit.in.mark.raw;
    const std::int64_t price = liquidation_price<int512_t>(unit.in, true).raw;
    if (liquidation_fits_int128(unit.in)) { RC_ASSERT(liquidation_price<int128>(unit.in, true).raw == price); }
    if (!below_at<cpp_int>(unit.in, mark)) {
      RC_ASSERT(price == mark);  // Below by rounding alone.
      continue;
    }
    constexpr std::int64_t range = 600;
    std::int64_t wanted = no_ticks;
    for (std::int64_t away = 1; away <= range && wanted == no_ticks; ++away) {
      if (mark - away >= lowest_ticks(unit.in.contract) && !below_at<int128>(unit.in, mark - away)) {
        wanted = mark - away + 1;
      } else if (mark + away <= limits::price_ticks_max && !below_at<int128>(unit.in, mark + away)) {
        wanted = mark + away - 1;
      }
    }
    if (wanted != no_ticks) {
      RC_ASSERT(price == wanted);
    } else {
      RC_ASSERT((price == no_ticks || std::abs(price - mark) >= range));
    }
    if (price != no_ticks) {
      RC_ASSERT(below_at<cpp_int>(unit.in, price));
      const bool down = price < mark || (price == mark && mark > lowest_ticks(unit.in.contract) &&
                                         !below_at<cpp_int>(unit.in, mark - 1));
      RC_ASSERT(!below_at<cpp_int>(unit.in, down ? price - 1 : price + 1));
    }
  }
}

RC_GTEST_PROP(liquidation_law, narrow_and_wide_arithmetic_agree_wherever_narrow_is_allowed, ()) {
  near_unit unit;
  // Figures of real sizes: billions of steps, marks of millions of ticks.
  const int bits = *rc::gen::inRange(0, 30);
  unit.in.contract.a = *edges::positive_below_bits(20);
  unit.in.mark.raw = static_cast<std::int64_t>(*edges::positive_below_bits(30));
  for (std::int64_t& lots : unit.in.lots) { lots *= std::int64_t{1} << (bits / 2); }
  unit.in.own_fixed = *edges::signed_below_bits(bits + 30);
  unit.in.base_margin = *edges::signed_below_bits(bits);
  if (!liquidation_fits_int128(unit.in)) { return; }
  for (const bool below : {false, true}) {
    RC_ASSERT(liquidation_price<int128>(unit.in, below).raw == liquidation_price<int512_t>(unit.in, below).raw);
  }
}

/// A position with a contract and a share of equity of any size.
struct any_position {
  contract_rate contract{};
  size_lots size{};
  money_steps value{};
  int128 allotted = 0;

  any_position() {
    contract = {*edges::positive_below_bits(40), *rc::gen::element<std::uint64_t>(1, 1, 1000, 7),
                *rc::gen::arbitrary<bool>()};
    const std::uint64_t common = greatest_common_divisor(contract.a, contract.b);
    contract.a /= common;
    contract.b /= common;
    size.raw = *edges::signed_below_bits(40);
    if (size.raw == 0) { size.raw = 1; }
    const price_ticks mark{static_cast<std::int64_t>(*edges::positive_below_bits(limits::price_bits_max))};
    const int128 worth = value_anywhere(size, contract, mark);
    value.raw = static_cast<std::int64_t>(std::clamp<int128>(worth, -limits::money_steps_max, limits::money_steps_max));
    allotted =
        *rc::gen::element<int128>(0, static_cast<int128>(value.raw), static_cast<int128>(*edges::signed_below_bits(62)),
                                  static_cast<int128>(*edges::signed_below_bits(20)));
  }
};

RC_GTEST_PROP(bankruptcy_law, what_is_kept_and_what_is_cut_make_the_wanted_value, ()) {
  const any_position held;
  const bankruptcy found = bankruptcy_of(held.size, held.value, held.allotted, held.contract);
  const int128 wanted = held.value.raw - held.allotted;
  const int128 cut = wanted - found.value;
  RC_ASSERT(found.uncovered == (cut < 0 ? -cut : cut));
  RC_ASSERT(found.clamped == (cut != 0 || wanted == 0));
  const int128 one = value_anywhere(held.size, held.contract, {1});
  const int128 far = value_anywhere(held.size, held.contract, {limits::price_ticks_max});
  RC_ASSERT(found.value >= std::min(one, far));
  RC_ASSERT(found.value <= std::max(one, far));
  // The clamp goes to the nearest end and no farther.
  if (cut != 0) { RC_ASSERT((found.value == one || found.value == far)); }
  // It keeps the sign of a value, so closing turns no value into a debt.
  const bool positive = (held.size.raw > 0) != held.contract.inverse;
  RC_ASSERT((positive ? found.value >= 0 : found.value <= 0));
}

RC_GTEST_PROP(bankruptcy_law, the_price_is_the_value_s_on_the_price_step_up_for_longs, ()) {
  const any_position held;
  const bankruptcy found = bankruptcy_of(held.size, held.value, held.allotted, held.contract);
  const price_ticks price = bankruptcy_price(held.size, found.value, held.contract);
  RC_ASSERT(price.raw >= 1);
  RC_ASSERT(price.raw <= limits::price_ticks_max);
  if (found.value == 0) { return; }
  // Exact price = num / den.
  const cpp_int worth = abs(wide(found.value)) * held.contract.b;
  const cpp_int lots = wide(magnitude(held.size.raw)) * held.contract.a;
  const cpp_int num = held.contract.inverse ? lots : worth;
  const cpp_int den = held.contract.inverse ? worth : lots;
  cpp_int ticks = num / den;
  if (held.size.raw > 0 && ticks * den != num) { ticks += 1; }
  ticks = std::clamp<cpp_int>(ticks, 1, limits::price_ticks_max);
  RC_ASSERT(wide(price.raw) == ticks);
}

RC_GTEST_PROP(bankruptcy_law, closing_at_the_bankruptcy_value_leaves_exactly_nothing, ()) {
  const any_position held;
  const bankruptcy found = bankruptcy_of(held.size, held.value, held.allotted, held.contract);
  if (found.clamped) { return; }
  // Share of equity + (BV - value): the result of closing at BV.
  RC_ASSERT(held.allotted + found.value - held.value.raw == 0);
  RC_ASSERT(found.uncovered == 0);
}

}  // namespace
}  // namespace plimsoll
