// Tiers, equity and states against their definitions, in arithmetic without a limit.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/backend/cpu/resident_cpu.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/tiers.hpp"
#include "tests/support/edge_numbers.hpp"

namespace plimsoll {
namespace {

using edges::below_bits;
using edges::cpp_int;
using edges::floor_of;
using edges::signed_below_bits;
using edges::wide;

/// A table that the format admits: floors rise from 0, rates never fall, amounts are continuous.
std::vector<tier_band> any_tiers(int count_max = 12) {
  const int count = *rc::gen::inRange(1, count_max + 1);
  std::set<std::uint64_t> floors{0};
  while (static_cast<int>(floors.size()) < count) { floors.insert(*below_bits(62) + floors.size()); }
  std::vector<tier_band> bands;
  tier_band band;
  for (const std::uint64_t floor : floors) {
    const std::uint32_t rate =
        std::min<std::uint32_t>(10'000'000, band.maintenance_ppm + *rc::gen::inRange<std::uint32_t>(0, 900'000));
    const std::uint32_t initial = std::max({rate, band.initial_ppm, *rc::gen::inRange<std::uint32_t>(0, 10'000'001)});
    if (!bands.empty()) { band.amount = next_amount(bands.back(), floor, rate); }
    band.floor = floor;
    band.maintenance_ppm = rate;
    band.initial_ppm = initial;
    bands.push_back(band);
  }
  return bands;
}

/// A notional on a floor, beside one, or anywhere.
std::uint64_t any_notional(const std::vector<tier_band>& bands) {
  const std::uint64_t floor = bands[*rc::gen::inRange<std::size_t>(0, bands.size())].floor;
  switch (*rc::gen::inRange(0, 4)) {
    case 0: return floor;
    case 1: return floor + 1;
    case 2: return floor == 0 ? 0 : floor - 1;
    default: return *below_bits(62);
  }
}

RC_GTEST_PROP(tiers_law, maintenance_is_the_sum_over_bands, ()) {
  const std::vector<tier_band> bands = any_tiers();
  const std::uint64_t notional = any_notional(bands);
  cpp_int sum = 0;
  for (std::size_t b = 0; b < bands.size(); ++b) {
    const std::uint64_t top = b + 1 < bands.size() ? std::min(notional, bands[b + 1].floor) : notional;
    if (top > bands[b].floor) { sum += wide(std::uint64_t{bands[b].maintenance_ppm}) * (top - bands[b].floor); }
  }
  const tier_view tiers{bands.data(), static_cast<std::uint32_t>(bands.size())};
  const requirement required = requirement_of(notional, 0, tiers);
  RC_ASSERT(wide(required.maintenance_ppm) == sum);
  const tier_band& band = bands[band_of(notional, tiers)];
  RC_ASSERT(band.floor <= notional);
  RC_ASSERT(wide(required.initial_ppm) == wide(notional) * band.initial_ppm);
  RC_ASSERT(required.initial_ppm >= required.maintenance_ppm);
}

RC_GTEST_PROP(tiers_law, maintenance_is_continuous_and_never_falls, ()) {
  const std::vector<tier_band> bands = any_tiers();
  const tier_view tiers{bands.data(), static_cast<std::uint32_t>(bands.size())};
  for (std::size_t b = 1; b < bands.size(); ++b) {
    // Both bands give the same at the floor where they meet.
    RC_ASSERT(requirement_in(bands[b].floor, bands[b]).maintenance_ppm ==
              requirement_in(bands[b].floor, bands[b - 1]).maintenance_ppm);
  }
  const std::uint64_t notional = any_notional(bands);
  const uint128 step =
      requirement_of(notional + 1, 0, tiers).maintenance_ppm - requirement_of(notional, 0, tiers).maintenance_ppm;
  RC_ASSERT(step <= bands.back().maintenance_ppm);
  RC_ASSERT(step >= bands.front().maintenance_ppm);
}

RC_GTEST_PROP(tiers_law, a_sum_rounds_up_by_less_than_a_step, ()) {
  const uint128 figure = static_cast<uint128>(*below_bits(62)) * *below_bits(24);
  const uint128 steps = ceil_ppm(figure);
  RC_ASSERT(steps * 1'000'000 >= figure);
  RC_ASSERT(steps * 1'000'000 - figure < 1'000'000);
}

RC_GTEST_PROP(tiers_law, every_search_finds_the_same_band, ()) {
  // The tables of several instruments, as the CPU backend pads them, and both of its searches.
  reference_data reference;
  const int bands_max = *rc::gen::element(1, 2, 8, 9, 16, 20, 32, 40);
  for (int i = 0; i < 3; ++i) {
    instrument it;
    const std::vector<tier_band> own = any_tiers(bands_max);
    it.first_band = static_cast<std::uint32_t>(reference.bands.size());
    it.band_count = static_cast<std::uint32_t>(own.size());
    reference.bands.insert(reference.bands.end(), own.begin(), own.end());
    reference.instruments.push_back(it);
  }
  book source;
  source.reference = reference;
  source.units.first_position = {0};
  resident_cpu resident;
  make_resident(source, resident);
  std::vector<std::uint64_t> notionals;
  std::vector<std::uint32_t> tables;
  std::vector<std::uint32_t> of;
  for (std::uint32_t i = 0; i < 60; ++i) {
    const instrument& it = reference.instruments[i % 3];
    const std::uint32_t band = i / 3 % it.band_count;
    const std::uint64_t floor = reference.bands[it.first_band + band].floor;
    notionals.push_back(i % 4 == 0 ? *below_bits(62) : (floor == 0 ? 0 : floor - 1 + i % 3));
    tables.push_back(resident.tiers.first_band[i % 3]);
    of.push_back(i % 3);
  }
  for (std::size_t i = 0; i < notionals.size(); ++i) {
    RC_ASSERT(resident.tiers.band_at(tables[i], notionals[i]) - tables[i] ==
              band_of(notionals[i], source.tiers_of(of[i])));
  }
}

RC_GTEST_PROP(margin_law, equity_is_the_floor_of_its_weighted_parts, ()) {
  const int128 own = static_cast<int128>(*signed_below_bits(62)) + *signed_below_bits(62);
  const std::int64_t base = *signed_below_bits(61);
  const std::int64_t base_margin = *signed_below_bits(61);
  const quote_weights weights{*rc::gen::inRange<std::uint32_t>(0, 1'000'001),
                              *rc::gen::inRange<std::uint32_t>(1'000'000, 10'000'001)};
  const equity_pair got = equity_of(own, base, base_margin, weights);
  RC_ASSERT(wide(got.equity) == wide(own) + base);
  const std::uint32_t weight = own > 0 ? weights.asset_ppm : weights.liability_ppm;
  RC_ASSERT(wide(got.margin_equity) == floor_of(wide(own) * weight, 1'000'000) + base_margin);
  const equity_pair plain = equity_of(own, base, base, {});
  RC_ASSERT(plain.equity == plain.margin_equity);
}

RC_GTEST_PROP(margin_law, a_state_is_the_worst_that_holds, ()) {
  const std::int64_t equity = *signed_below_bits(62);
  const std::uint32_t call_ppm =
      *rc::gen::oneOf(rc::gen::just(1'000'000U), rc::gen::inRange(1'000'000U, 1'000'000'001U));
  // Requirements near the equity, or anywhere.
  const auto near = static_cast<uint128>(magnitude(equity)) * 1'000'000;
  const uint128 maintenance = *rc::gen::element(0, 1, 2) == 0
                                  ? static_cast<uint128>(*below_bits(62)) * 1'000'000 + *below_bits(19)
                                  : near + static_cast<uint128>(*rc::gen::inRange(0, 3)) - (near > 0 ? 1 : 0);
  const std::int64_t margin_equity = *rc::gen::oneOf(rc::gen::just(equity), signed_below_bits(62));
  unit_state wanted = unit_state::healthy;
  if (wide(margin_equity) * 1'000'000 * 1'000'000 < wide(maintenance) * call_ppm) { wanted = unit_state::margin_call; }
  if (wide(margin_equity) * 1'000'000 < wide(maintenance)) { wanted = unit_state::liquidatable; }
  if (equity < 0) { wanted = unit_state::bankrupt; }
  RC_ASSERT(classify(equity, margin_equity, maintenance, call_ppm) == wanted);
  if (maintenance > 0) {
    RC_ASSERT(wide(health_factor_ppm(margin_equity, maintenance)) ==
              floor_of(wide(margin_equity) * 1'000'000 * 1'000'000, wide(maintenance)));
  }
}

RC_GTEST_PROP(margin_law, a_verdict_says_what_it_was_made_of, ()) {
  const auto state = static_cast<unit_state>(*rc::gen::inRange(0, 4));
  const bool held = *rc::gen::arbitrary<bool>();
  const verdict made = make_verdict(state, held);
  RC_ASSERT(made.state() == state);
  RC_ASSERT(made.held() == held);
  RC_ASSERT(made.flagged() == (!held && state >= unit_state::liquidatable));
  RC_ASSERT(made.on_ladder() == (!held && state < unit_state::liquidatable));
}

RC_GTEST_PROP(margin_law, collateral_sums_are_admitted_exactly_where_every_term_and_the_sum_are, ()) {
  collateral_sum sum;
  cpp_int equity = 0;
  cpp_int margin = 0;
  bool admitted = true;
  const cpp_int bound = cpp_int{1} << 62;
  for (int row = 0, rows = *rc::gen::inRange(0, 6); row < rows; ++row) {
    const std::int64_t amount = *signed_below_bits(62);
    const value_rate plain = make_value_rate(*below_bits(4), *edges::positive_below_bits(4), false);
    const value_rate weighted = make_value_rate(*below_bits(4), *edges::positive_below_bits(4), false);
    add_collateral(sum, amount, plain, weighted);
    equity += floor_of(wide(amount) * plain.num, plain.den);
    margin += floor_of(wide(amount) * weighted.num, weighted.den);
    for (const value_rate& rate : {plain, weighted}) {
      admitted = admitted && abs(wide(amount)) * rate.num <= bound * rate.den;
    }
  }
  admitted = admitted && abs(equity) <= bound && abs(margin) <= bound;
  RC_ASSERT(collateral_admitted(sum) == admitted);
  if (!admitted) { return; }
  RC_ASSERT(wide(sum.equity) == equity);
  RC_ASSERT(wide(sum.margin_equity) == margin);
}

}  // namespace
}  // namespace plimsoll
