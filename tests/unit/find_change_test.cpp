// The changes that a revision may make to a loaded book: each part by itself, with the words of its refusal.
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/book/revision.hpp"

namespace plimsoll {
namespace {

/// USDT and COIN; A settles in USDT, with two bands.
reference_data one_contract() {
  reference_data out;
  out.venue.quote = "USDT";
  out.assets.resize(2);
  out.assets[0].name = "COIN";
  out.assets[0].price = decimal{5, 0};
  out.assets[1].name = "USDT";
  out.assets[1].digits = 2;
  out.quote = 1;
  instrument it;
  it.name = "A";
  it.base = 0;
  it.settle = 1;
  it.band_count = 2;
  out.instruments.push_back(it);
  out.bands = {{0, 10'000, 20'000, 0}, {100, 20'000, 40'000, 1'000'000}};
  return out;
}

using edit = std::function<void(reference_data&)>;

/// The first refusal of a change, or blank.
std::string refusal_of(const edit& change_it, bool multi = false) {
  reference_data current = one_contract();
  if (multi) { current.venue.collateral = collateral_mode::multi; }
  reference_data next = current;
  change_it(next);
  reference_places places;
  places.assets_file = "assets.csv";
  places.instruments_file = "instruments.csv";
  places.asset_rows = {2, 3};
  places.instrument_rows = {4};
  refusal_list refusals;
  reference_change change;
  const status found = find_change(current, next, places, refusals, change);
  EXPECT_EQ(found.has_value(), refusals.empty());
  return refusals.empty() ? "" : to_string(refusals.listed().at(0));
}

TEST(find_change, each_setting_of_the_venue_stays_as_it_was_loaded) {
  const std::vector<std::pair<const char*, edit>> settings = {
      {"name", [](reference_data& of) { of.venue.name = "other"; }},
      {"quote", [](reference_data& of) { of.venue.quote = "COIN"; }},
      {"collateral", [](reference_data& of) { of.venue.collateral = collateral_mode::multi; }},
      {"margin.margin_call_at", [](reference_data& of) { ++of.venue.margin_call_ppm; }},
      {"margin.max_mark_age", [](reference_data& of) { of.venue.max_mark_age_ns = 1; }},
      {"margin.negative_marks", [](reference_data& of) { of.venue.negative_marks = true; }},
      {"margin.dust", [](reference_data& of) { of.venue.dust["USDT"] = {1, 0}; }},
      {"adl.score", [](reference_data& of) { of.venue.adl_score = score_kind::size; }},
      {"liquidation", [](reference_data& of) { of.venue.rules.liquidation.fee_ppm = 7; }},
      {"market", [](reference_data& of) { of.venue.rules.market.half_life_ns = 77; }},
      {"backstop", [](reference_data& of) { of.venue.rules.backstop.capacity = decimal{1, 0}; }},
      {"fund", [](reference_data& of) { of.venue.rules.fund.floor = {1, 0}; }},
      {"adl", [](reference_data& of) { of.venue.rules.adl.enabled = false; }},
      {"socialise", [](reference_data& of) { of.venue.rules.socialise.enabled = false; }},
  };
  for (const auto& [key, change_it] : settings) {
    EXPECT_EQ(refusal_of(change_it), std::string("venue.toml, column ") + key +
                                         ": differs from the loaded book, and only a load can change that");
  }
  EXPECT_EQ(refusal_of([](reference_data&) {}), "");
}

TEST(find_change, each_figure_of_an_asset_or_a_contract_stays_and_the_loaded_one_is_named) {
  const std::string in_book = " is in the loaded book, and only a load can change that";
  const std::vector<std::pair<std::string, edit>> figures = {
      {"assets.csv, row 3, column step: \"0.001\" differs: 0.01", [](reference_data& of) { of.assets[1].digits = 3; }},
      {"assets.csv, row 2, column asset_weight: \"0.900000\" differs: 1.000000",
       [](reference_data& of) { of.assets[0].asset_weight_ppm = 900'000; }},
      {"assets.csv, row 2, column liability_weight: \"1.100000\" differs: 1.000000",
       [](reference_data& of) { of.assets[0].liability_weight_ppm = 1'100'000; }},
      {"assets.csv, column asset: \"COIN\" is missing: it", [](reference_data& of) { of.assets[0].name = "KOIN"; }},
      {"instruments.csv, column instrument: \"A\" is missing: it",
       [](reference_data& of) { of.instruments[0].name = "B"; }},
      {"instruments.csv, row 4, column settle: \"COIN\" differs: USDT",
       [](reference_data& of) { of.instruments[0].settle = 0; }},
      {"instruments.csv, row 4, column base: \"USDT\" differs: COIN",
       [](reference_data& of) { of.instruments[0].base = 1; }},
      {"instruments.csv, row 4, column price_step: \"0.5\" differs: 1",
       [](reference_data& of) { of.instruments[0].price_step = {5, 1}; }},
      {"instruments.csv, row 4, column contract_size: \"10\" differs: 1",
       [](reference_data& of) { of.instruments[0].contract_size = {10, 0}; }},
      {"instruments.csv, row 4, column size_step: \"0.1\" differs: 1",
       [](reference_data& of) { of.instruments[0].size_step = {1, 1}; }},
  };
  for (const auto& [words, change_it] : figures) { EXPECT_EQ(refusal_of(change_it), words + in_book); }
}

TEST(find_change, a_price_of_an_asset_counts_where_it_is_collateral) {
  const edit dearer = [](reference_data& of) { of.assets[0].price = decimal{6, 0}; };
  EXPECT_EQ(refusal_of(dearer), "");
  EXPECT_EQ(refusal_of(dearer, true),
            "assets.csv, row 2, column price: \"6\" differs: 5 is in the loaded book, and only a load can change that");
  EXPECT_EQ(refusal_of([](reference_data& of) { of.assets[0].price = std::nullopt; }, true),
            "assets.csv, row 2, column price: differs: 5 is in the loaded book, and only a load can change that");
}

TEST(find_change, each_part_of_a_tier_table_is_a_change_of_tiers) {
  const std::vector<edit> parts = {
      [](reference_data& of) { of.bands[1].floor = 101; },
      [](reference_data& of) { of.bands[1].maintenance_ppm = 20'001; },
      [](reference_data& of) { of.bands[0].initial_ppm = 20'001; },
      [](reference_data& of) { of.bands[1].amount = 0; },
      [](reference_data& of) { of.instruments[0].band_count = 1; },
      [](reference_data& of) { of.instruments[0].tiers_by_lots = true; },
      [](reference_data& of) { of.instruments[0].tiers_whole = true; },
  };
  for (std::size_t i = 0; i <= parts.size(); ++i) {
    const reference_data current = one_contract();
    reference_data next = current;
    if (i < parts.size()) { parts[i](next); }
    refusal_list none;
    reference_change change;
    ASSERT_TRUE(find_change(current, next, {}, none, change));
    EXPECT_EQ(change.retiered, i < parts.size() ? std::vector<std::uint32_t>{0} : std::vector<std::uint32_t>{}) << i;
    EXPECT_FALSE(change.renumbers());
  }
}

TEST(find_change, a_listing_gives_each_old_contract_and_asset_its_new_id) {
  const reference_data current = one_contract();
  reference_data next = current;
  next.assets.insert(next.assets.begin(), asset{});
  next.assets[0].name = "BTC";
  next.quote = 2;
  next.instruments[0].base = 1;
  next.instruments[0].settle = 2;
  next.instruments.insert(next.instruments.begin(), 2, next.instruments[0]);
  next.instruments[0].name = "0";
  next.instruments[1].name = "1";
  refusal_list none;
  reference_change change;
  ASSERT_TRUE(find_change(current, next, {}, none, change));
  EXPECT_EQ(change.instrument_ids, (std::vector<std::uint32_t>{2}));
  EXPECT_EQ(change.asset_ids, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(change.instruments_added, 2U);
  EXPECT_EQ(change.assets_added, 1U);
  EXPECT_TRUE(change.renumbers());
}

}  // namespace
}  // namespace plimsoll
