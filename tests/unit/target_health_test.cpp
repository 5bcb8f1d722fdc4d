// The fewest lots for a target health, against counting lot by lot.
#include "host/execute/target_health.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/generate/random.hpp"

namespace plimsoll {
namespace {

struct held {
  std::int64_t lots;
  value_rate rate;
  std::vector<tier_band> bands;
  bool by_lots = false;
  bool whole = false;
};

struct unit {
  std::int64_t margin_equity;
  std::uint32_t fee_ppm;
  std::uint32_t target_ppm;
  std::vector<held> positions;
};

std::int64_t value(const held& of, std::int64_t lots) { return value_of({lots}, of.rate).raw; }
std::int64_t size_of(std::int64_t x) { return x < 0 ? -x : x; }
int128 requirement(const held& of, std::int64_t lots) {
  const auto count = static_cast<std::uint32_t>(of.bands.size());
  return static_cast<int128>(requirement_of(static_cast<std::uint64_t>(size_of(value(of, lots))),
                                            static_cast<std::uint64_t>(size_of(lots)),
                                            {of.bands.data(), count, of.by_lots, of.whole})
                                 .maintenance_ppm);
}
/// Half to even, by hand.
std::int64_t fee(std::int64_t closed_value, std::uint32_t fee_ppm) {
  const std::int64_t product = closed_value * static_cast<std::int64_t>(fee_ppm);
  const std::int64_t rest = product % 1'000'000;
  std::int64_t whole = product / 1'000'000;
  if (rest > 500'000 || (rest == 500'000 && whole % 2 == 1)) { ++whole; }
  return whole;
}

std::vector<std::uint64_t> lot_by_lot(const unit& of) {
  std::vector<std::uint64_t> closed(of.positions.size(), 0);
  const auto met = [&] {
    int128 margin = of.margin_equity;
    int128 required = 0;
    for (std::size_t i = 0; i < closed.size(); ++i) {
      const held& one = of.positions[i];
      const auto gone = static_cast<std::int64_t>(closed[i]);
      const std::int64_t kept = one.lots > 0 ? one.lots - gone : one.lots + gone;
      margin -= fee(size_of(value(one, one.lots) - value(one, kept)), of.fee_ppm);
      required += requirement(one, kept);
    }
    return margin * 1'000'000 * 1'000'000 >= required * of.target_ppm;
  };
  for (std::size_t i = 0; i < closed.size(); ++i) {
    while (!met() && closed[i] < static_cast<std::uint64_t>(size_of(of.positions[i].lots))) { ++closed[i]; }
  }
  return closed;
}

std::vector<std::uint64_t> searched(const unit& of) {
  uint128 maintenance = 0;
  for (const held& one : of.positions) { maintenance += static_cast<uint128>(requirement(one, one.lots)); }
  target_health_search search(of.margin_equity, maintenance, of.fee_ppm, of.target_ppm);
  std::vector<std::uint64_t> closed;
  for (const held& one : of.positions) {
    closed.push_back(
        search.close({one.lots}, one.rate,
                     {one.bands.data(), static_cast<std::uint32_t>(one.bands.size()), one.by_lots, one.whole}));
  }
  return closed;
}

std::vector<tier_band> bands(std::initializer_list<std::pair<std::uint64_t, std::uint32_t>> of) {
  std::vector<tier_band> out;
  for (const auto& [floor, rate] : of) {
    out.push_back({floor, rate, rate, out.empty() ? 0 : next_amount(out.back(), floor, rate)});
  }
  return out;
}

TEST(target_health, closing_stops_at_the_first_lot_at_which_the_target_is_met) {
  // Equity 90, requirements 100 and 1, a fee of 2 %: two lots of the first cost 4 and free 20, 86 against 81. The
  // second frees less than it costs: all of it would leave 66 against 80.
  const held first{10, make_value_rate(100, 1, false), bands({{0, 100'000}})};
  const held second{10, make_value_rate(100, 1, false), bands({{0, 1'000}})};
  EXPECT_EQ(searched({90, 20'000, 1'000'000, {first, second}}), (std::vector<std::uint64_t>{2, 0}));
  // The second position first: closing it does not help, so all of it is closed, and then more of the first than
  // without it.
  EXPECT_EQ(searched({90, 20'000, 1'000'000, {second, first}}), (std::vector<std::uint64_t>{10, 4}));
}

TEST(target_health, a_fee_above_what_a_lot_frees_can_still_meet_the_target_in_an_upper_band) {
  // Above 600 a lot frees 30 of MM and costs 10 of fee, below it frees 1: five lots are better than four or six.
  const held one{10, make_value_rate(100, 1, false), bands({{0, 10'000}, {600, 300'000}})};
  // MM: 6 + 120 = 126 at 1000; 6 + 0 at 600. Margin equity 46 - 40 = 6 after four lots: equality is enough.
  EXPECT_EQ(searched({46, 100'000, 1'000'000, {one}}), (std::vector<std::uint64_t>{4}));
  EXPECT_EQ(searched({45, 100'000, 1'000'000, {one}}), (std::vector<std::uint64_t>{10})) << "nowhere: all of it";
}

TEST(target_health, the_first_lot_below_a_floor_may_be_the_only_one_that_meets_the_target) {
  // As above, but the floor lies between lots: 700 is in the upper band, 600 is the first below it.
  const held one{10, make_value_rate(100, 1, false), bands({{0, 10'000}, {650, 300'000}})};
  EXPECT_EQ(searched({46, 100'000, 1'000'000, {one}}), (std::vector<std::uint64_t>{4})) << "46 - 40 against 6";
  // The same between two lower floors.
  const held three{10, make_value_rate(100, 1, false), bands({{0, 10'000}, {350, 20'000}, {650, 300'000}})};
  EXPECT_EQ(searched({49, 100'000, 1'000'000, {three}}), (std::vector<std::uint64_t>{4})) << "49 - 40 against 8.5";
}

TEST(target_health, fees_round_half_to_even_a_position) {
  // 25 closed at 2 % cost 0.5, half to even 0; 75 cost 1.5, half to even 2.
  const held one{4, make_value_rate(25, 1, false), bands({{0, 1'000'000}})};
  EXPECT_EQ(searched({75, 20'000, 1'000'000, {one}}), (std::vector<std::uint64_t>{1})) << "75 - 0 against 75";
  EXPECT_EQ(searched({27, 20'000, 1'000'000, {one}}), (std::vector<std::uint64_t>{3})) << "27 - 2 against 25";
  EXPECT_EQ(searched({26, 20'000, 1'000'000, {one}}), (std::vector<std::uint64_t>{4})) << "26 - 2 is below 25";
}

TEST(target_health, is_what_counting_lot_by_lot_finds) {
  random_stream draw(33, 1);
  int met = 0;
  int partly = 0;
  for (int i = 0; i < 4'000; ++i) {
    unit one;
    one.fee_ppm = static_cast<std::uint32_t>(draw.chance(300'000) ? 0 : draw.between(1, 60'000));
    one.target_ppm = static_cast<std::uint32_t>(draw.between(1'000'000, 1'500'000));
    int128 required = 0;
    for (std::int64_t left = draw.between(1, 3); left > 0; --left) {
      const auto den = static_cast<std::uint64_t>(draw.chance(500'000) ? 1 : draw.between(2, 7));
      held of{draw.between(1, 60) * (draw.chance(500'000) ? 1 : -1),
              make_value_rate(static_cast<std::uint64_t>(draw.between(1, 300)), den, draw.chance(300'000)),
              {}};
      // Rates around that of the fee, where more lots are hardly better or worse.
      const auto near = [&] { return static_cast<std::uint32_t>(draw.between(1, 2 * one.fee_ppm + 20'000)); };
      const std::uint32_t low = near();
      of.bands = draw.chance(500'000)
                     ? bands({{0, low}})
                     : bands({{0, low}, {static_cast<std::uint64_t>(draw.between(1, 3'000)), low + near()}});
      if (draw.chance(300'000)) {
        of.whole = true;
        of.by_lots = draw.chance(500'000);
        for (tier_band& band : of.bands) {
          band.amount = 0;
          if (of.by_lots) { band.floor = band.floor == 0 ? 0 : 1 + band.floor % 60; }
        }
      }
      required += requirement(of, of.lots);
      one.positions.push_back(of);
    }
    // Slightly too little.
    const auto target = static_cast<std::int64_t>(required * one.target_ppm / 1'000'000 / 1'000'000);
    one.margin_equity = std::max<std::int64_t>(0, target - draw.between(0, std::max<std::int64_t>(2, target / 4)));
    const auto wanted = lot_by_lot(one);
    ASSERT_EQ(searched(one), wanted) << "unit " << i;
    std::uint64_t all = 0, lots = 0;
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      all += wanted[k];
      lots += static_cast<std::uint64_t>(size_of(one.positions[k].lots));
    }
    met += all < lots ? 1 : 0;
    partly += all < lots && all > 0 ? 1 : 0;
  }
  EXPECT_GT(partly, 1'000);
  EXPECT_LT(met, 4'000);
}

TEST(target_health, a_large_position_of_many_lots_a_step_is_quick) {
  // A lot is worth 10^-9 steps and frees exactly what it costs.
  const held one{1LL << 60, make_value_rate(1, 1'000'000'000, false), bands({{0, 20'000}})};
  const std::int64_t whole = value(one, one.lots);
  EXPECT_EQ(searched({whole / 50 - 5, 20'000, 1'000'000, {one}})[0], 1ULL << 60);
  EXPECT_GT(searched({whole / 50 - 5, 10'000, 1'000'000, {one}})[0], 0U);
}

}  // namespace
}  // namespace plimsoll
