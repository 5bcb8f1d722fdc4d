// Columns and words that change what a book means: sides and margin modes, tiers of the whole position and of
// contracts, marks of zero and below, dust, depths.
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/engine/dust.hpp"
#include "host/io/load_replay.hpp"
#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

using ::testing::Contains;
using testing::draft;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::loaded;
using ::testing::Not;

/// Units and positions as text.
std::string rows_of(const loaded& found) {
  if (!found.outcome) { return found.text(); }
  const book& source = found.outcome.value();
  std::string out;
  for (std::uint32_t u = 0; u < source.units.size(); ++u) {
    out += std::string(source.accounts[source.units.account[u]]) + " " + source.unit_name(source.units.code[u]) + " " +
           std::to_string(source.units.balance[u]);
    for (std::uint32_t p = source.units.first_position[u]; p < source.units.first_position[u + 1]; ++p) {
      out += " " + std::to_string(source.positions.lots[p]) + "/" + std::to_string(source.positions.cost[p]);
    }
    out += "\n";
  }
  return out;
}

draft with_positions(const std::string& text) { return draft().with("positions.csv", text); }

TEST(sides, of_positions_come_from_a_column_in_any_spelling) {
  const std::string signed_rows = rows_of(load(draft()));
  const loaded by_column =
      load(with_positions("account,instrument,side,size,entry_price,entry_value,isolated_margin\n"
                          "alice,BTCUSDT,LONG,0.5,60000.1,,\n"
                          "bob,BTCUSD,Short,10,,-0.5,\n"
                          "alice,BTCUSDT,short,-0.25,,-15000.25,100.000001\n"));
  EXPECT_EQ(rows_of(by_column), signed_rows) << "a magnitude, or the sign that the side has";
  const loaded blank = load(with_positions(
      "account,instrument,side,size,entry_price,entry_value,isolated_margin\n"
      "alice,BTCUSDT,,0.5,60000.1,,\nbob,BTCUSD,,-10,,-0.5,\nalice,BTCUSDT,,-0.25,,-15000.25,100.000001\n"));
  EXPECT_EQ(rows_of(blank), signed_rows);
}

TEST(sides, that_contradict_or_are_none_are_refused) {
  const auto refused = [](const std::string& side, const std::string& size) {
    return load(with_positions("account,instrument,side,size,entry_price\nalice,BTCUSDT," + side + "," + size +
                               ",60000\n"))
        .text();
  };
  EXPECT_THAT(refused("long", "-0.5"),
              HasSubstr("positions.csv, row 2, column side: \"long\" contradicts the sign of size, -0.5"));
  EXPECT_THAT(refused("BUY", "0.5"), HasSubstr("row 2, column side: \"BUY\" must be long or short"));
  EXPECT_THAT(refused("both", "0.5"), HasSubstr("leave the cell blank if size has a sign"));
  EXPECT_THAT(refused("short", "0"), HasSubstr("column size: \"0\" is zero"));
}

TEST(sides, of_a_short_make_its_cost_below_zero_and_a_missing_sign_is_refused) {
  const loaded found = load(with_positions(
      "account,instrument,side,size,entry_value\nalice,BTCUSDT,short,0.5,30000\nbob,BTCUSDT,long,0.5,30000\n"));
  EXPECT_THAT(found.notes, Contains(HasSubstr("entry_value of 1 position has the sign of the other side, the first in "
                                              "row 2")));
  const loaded unsigned_costs =
      load(with_positions("account,instrument,size,entry_value\nalice,BTCUSDT,0.5,30000\nbob,BTCUSDT,-0.5,30000\n"));
  EXPECT_THAT(unsigned_costs.notes, Contains(HasSubstr("entry_value of 1 position has the sign of the other side, the "
                                                       "first in row 3")));
  const loaded signed_costs =
      load(with_positions("account,instrument,size,entry_value\nalice,BTCUSDT,0.5,30000\nbob,BTCUSDT,-0.5,-30000\n"));
  EXPECT_THAT(signed_costs.notes, Each(Not(HasSubstr("entry_value"))));
}

TEST(margin_modes, decide_where_a_position_stands) {
  const loaded found =
      load(with_positions("account,instrument,size,entry_price,isolated_margin,margin_mode\n"
                          "a,BTCUSDT,1,60000,0,cross\n"
                          "b,BTCUSDT,1,60000,,Cross\n"
                          "c,BTCUSDT,1,60000,5,isolated\n"
                          "d,BTCUSDT,1,60000,,ISOLATED\n"
                          "e,BTCUSDT,1,60000,0.000,\n"
                          "f,BTCUSDT,-4,60000,,\n"));
  EXPECT_THAT(rows_of(found), HasSubstr("a cross:USDT 0 1000/"));
  EXPECT_THAT(rows_of(found), HasSubstr("b cross:USDT 0 1000/"));
  EXPECT_THAT(rows_of(found), HasSubstr("c isolated:BTCUSDT:long 5000000 1000/"));
  EXPECT_THAT(rows_of(found), HasSubstr("d isolated:BTCUSDT:long 0 1000/"));
  EXPECT_THAT(rows_of(found), HasSubstr("e isolated:BTCUSDT:long 0 1000/"));
  EXPECT_THAT(rows_of(found), HasSubstr("f cross:USDT 0 -4000/"));
  EXPECT_THAT(found.notes, Contains("positions.csv: 2 positions are isolated with margin 0, the first in row 5"));
}

TEST(margin_modes, are_missed_where_margins_of_zero_make_positions_isolated) {
  const loaded found =
      load(with_positions("account,instrument,size,entry_price,isolated_margin\na,BTCUSDT,1,60000,0\n"));
  EXPECT_THAT(found.notes, Contains(HasSubstr("1 position is isolated with margin 0, the first in row 2: a present "
                                              "isolated_margin means isolated; a column margin_mode says")));
}

TEST(margin_modes, that_contradict_or_are_none_are_refused) {
  const auto refused = [](const std::string& mode, const std::string& margin) {
    return load(with_positions("account,instrument,size,entry_price,isolated_margin,margin_mode\na,BTCUSDT,1,60000," +
                               margin + "," + mode + "\n"))
        .text();
  };
  EXPECT_THAT(refused("cross", "0.5"),
              HasSubstr("row 2, column isolated_margin: \"0.5\" is given, but margin_mode is cross"));
  EXPECT_THAT(refused("hedge", ""), HasSubstr("row 2, column margin_mode: \"hedge\" must be cross or isolated"));
}

TEST(other_names, of_sides_and_margin_modes_are_refused_and_never_left_out) {
  for (const char* name : {"positionSide", "posSide", "direction", "hedge_side", "Side", "HOLD_SIDE", "position-side",
                           "takerSide", "side_of_order", "trade direction", "isBuyerMaker", "longOrShort"}) {
    const loaded found =
        load(with_positions("account,instrument,size,entry_price," + std::string(name) + "\na,BTCUSDT,1,60000,LONG\n"));
    EXPECT_THAT(found.text(),
                HasSubstr("positions.csv, row 1, column " + std::string(name) + ": changes the meaning of the rows"));
    EXPECT_THAT(found.text(), HasSubstr("name it side (long, short), or read the file with plimsoll import"));
  }
  for (const char* name : {"marginMode", "margin_type", "mgnMode", "isIsolated"}) {
    const loaded found = load(
        with_positions("account,instrument,size,entry_price," + std::string(name) + "\na,BTCUSDT,1,60000,cross\n"));
    EXPECT_THAT(found.text(), HasSubstr("name it margin_mode (cross, isolated)"));
  }
  const loaded margin =
      load(with_positions("account,instrument,size,entry_price,isolatedMargin\na,BTCUSDT,1,60000,4\n"));
  EXPECT_THAT(margin.text(), HasSubstr("name it isolated_margin"));
  // Elsewhere they say nothing of a position, and other names may be left out anywhere.
  const loaded balances = load(draft().with("balances.csv", "account,asset,amount,direction\nalice,USDT,1,in\n"));
  EXPECT_THAT(balances.notes, Contains("balances.csv: column direction is not read"));
}

/// Updates of a file that are read against the draft's book.
struct read_updates {
  std::vector<update> rows;
  std::string refused;
  std::vector<std::string> notes;
};
read_updates updates_of(const std::string& text) {
  const testing::scratch_folder folder;
  testing::write_bytes(folder.path() / "updates.csv", text);
  const loaded source = load(draft());
  refusal_list refusals;
  auto found = load_updates(folder.path() / "updates.csv", source.outcome.value(), refusals);
  read_updates out{found ? found.value() : std::vector<update>{}, found ? "" : refusals.to_error().message, {}};
  for (const note& one : refusals.notes()) { out.notes.push_back(one.text); }
  return out;
}

TEST(updates, tell_side_and_margin_mode_of_fills) {
  const read_updates found = updates_of(
      "tick,kind,account,instrument,size,price,amount,side,margin_mode,memo\n"
      "1,fill,a,BTCUSDT,-1,60000,,SHORT,isolated,x\n"
      "1,fill,a,BTCUSDT,1,60000,,,,\n"
      "1,margin,a,BTCUSDT,,,5,short,,\n");
  ASSERT_EQ(found.rows.size(), 3U) << found.refused;
  EXPECT_EQ(found.rows[0].side, position_side::short_side);
  EXPECT_EQ(found.rows[0].mode, margin_mode::isolated);
  EXPECT_FALSE(found.rows[1].side || found.rows[1].mode);
  EXPECT_LT(found.rows[2].lots.raw, 0) << "the side picks the isolated position, as the sign of size does";
  EXPECT_THAT(found.notes, Contains("updates.csv: column memo is not read"));
}

TEST(updates, refuse_words_and_columns_that_mean_something_else) {
  const std::string header = "tick,kind,account,instrument,size,price,amount,side,margin_mode\n";
  EXPECT_THAT(updates_of(header + "1,fill,a,BTCUSDT,1,60000,,buy,\n").refused,
              HasSubstr("row 2, column side: \"buy\" must be long or short, the position that the fill acts on"));
  EXPECT_THAT(updates_of(header + "1,fill,a,BTCUSDT,1,60000,,,portfolio\n").refused,
              HasSubstr("must be cross or isolated"));
  EXPECT_THAT(updates_of(header + "1,funding,,BTCUSDT,,,,long,\n").refused, HasSubstr("has no meaning for this kind"));
  EXPECT_THAT(updates_of(header + "1,margin,a,BTCUSDT,-1,,5,long,\n").refused,
              HasSubstr("contradicts the sign of size"));
  EXPECT_THAT(
      updates_of("tick,kind,account,instrument,size,price,positionSide\n1,fill,a,BTCUSDT,1,60000,LONG\n").refused,
      HasSubstr("updates.csv, row 1, column positionSide: changes the meaning of the rows"));
}

TEST(tiers, of_the_whole_position_jump_and_those_of_contracts_count_lots) {
  const loaded found = load(draft().with("tiers.csv",
                                         "tier_table,floor,maintenance_rate,initial_rate,applies_to,floor_in\n"
                                         "T,0,0.004,0.01,whole,contracts\nT,1.5,0.005,0.02,whole,contracts\n"
                                         "C,0,0.004,0.01,whole,\nC,2,0.02,0.03,whole,notional\n"));
  ASSERT_TRUE(found.outcome) << found.text();
  const book& source = found.outcome.value();
  const tier_view contracts = source.tiers_of(1);
  EXPECT_TRUE(contracts.whole && contracts.by_lots);
  EXPECT_EQ(contracts.bands[1].floor, 1'500U) << "lots of 0.001";
  EXPECT_TRUE(requirement_of(1'000'000, 1'499, contracts).maintenance_ppm == uint128{4'000'000'000});
  EXPECT_TRUE(requirement_of(1'000'000, 1'500, contracts).maintenance_ppm == uint128{5'000'000'000});
  const tier_view whole = source.tiers_of(0);
  EXPECT_TRUE(whole.whole && !whole.by_lots);
  EXPECT_TRUE(requirement_of(199'999'999, 1, whole).maintenance_ppm == uint128{199'999'999} * 4'000);
  EXPECT_TRUE(requirement_of(200'000'000, 1, whole).maintenance_ppm == uint128{200'000'000} * 20'000);
}

TEST(tiers, that_tell_two_things_are_refused) {
  const std::string header = "tier_table,floor,maintenance_rate,initial_rate,maintenance_amount,applies_to,floor_in\n";
  const auto refused = [&](const std::string& rows) {
    return load(draft().with("tiers.csv", header + rows + "C,0,0.004,0.01,,,\n")).text();
  };
  EXPECT_THAT(
      refused("T,0,0.004,0.01,,whole,\nT,50000,0.005,0.02,,,\n"),
      HasSubstr(
          "tiers.csv, row 3, column applies_to: must be the same in every row of tier table T: whole in its first"));
  EXPECT_THAT(refused("T,0,0.004,0.01,,all,\n"), HasSubstr("\"all\" must be band or whole"));
  EXPECT_THAT(refused("T,0,0.004,0.01,,,lots\n"), HasSubstr("\"lots\" must be notional or contracts"));
  EXPECT_THAT(refused("T,0,0.004,0.01,,,contracts\n"),
              HasSubstr("column floor_in: \"contracts\" needs applies_to = whole"));
  EXPECT_THAT(refused("T,0,0.004,0.01,,whole,\nT,50000,0.005,0.02,50,whole,\n"),
              HasSubstr("row 3, column maintenance_amount: \"50\" must be 0 or blank where applies_to is whole"));
  EXPECT_THAT(refused("T,0,0.004,0.01,,whole,contracts\nT,0.0005,0.005,0.02,,whole,contracts\n"),
              HasSubstr("row 3, column floor: \"0.0005\" is not a multiple of the size step 0.001 of BTCUSDT"));
}

TEST(marks, of_linear_contracts_may_be_zero_and_where_the_venue_says_so_below) {
  const auto marked = [](const std::string& mark, const std::string& lines) {
    return load(draft().append("venue.toml", lines).change("marks.csv", "61000.5", mark));
  };
  const std::string below = "[margin]\nnegative_marks = true\n";
  EXPECT_EQ(marked("0", "").outcome.value().marks[1].ticks, 0);
  EXPECT_EQ(marked("-37.6", below).outcome.value().marks[1].ticks, -376);
  EXPECT_THAT(
      marked("-0.1", "").text(),
      HasSubstr("marks.csv, row 2, column mark: \"-0.1\" must not be below zero: [margin] negative_marks = true"));
  EXPECT_THAT(marked("-37.65", below).text(), HasSubstr("is not a multiple of the price step"));
  EXPECT_THAT(marked("-109951162777.7", below).text(), HasSubstr("more than 2^40 price steps"));
  for (const char* mark : {"0", "-1"}) {
    EXPECT_THAT(
        load(draft().append("venue.toml", below).change("marks.csv", "BTCUSD,61000", std::string("BTCUSD,") + mark))
            .text(),
        HasSubstr("must be above zero"))
        << "an inverse contract is worth nothing at no price";
  }
  const loaded entered =
      load(draft().append("venue.toml", below).change("positions.csv", "0.5,60000.1", "0.5,-60000.1"));
  EXPECT_THAT(rows_of(entered), HasSubstr("500/-30000050000"));
}

TEST(dust, is_an_amount_of_the_quote_or_by_asset) {
  const auto limits_of = [](const std::string& lines) {
    return load(draft().append("venue.toml", lines).append("balances.csv", "d,USDT,-1\ne,BTC,-0.5\n"));
  };
  const auto is_dust = [](const loaded& found, const std::string& account, std::int64_t equity) {
    const book& source = found.outcome.value();
    dust_limits limits;
    limits.set(source.reference);
    unit_record one{0, make_verdict(unit_state::bankrupt, false), equity, equity, 0};
    while (source.accounts[source.units.account[one.unit]] != account) { ++one.unit; }
    return limits.is_dust(source, one);
  };
  const loaded quote = limits_of("[margin]\ndust = 1.5\n");
  EXPECT_TRUE(is_dust(quote, "d", -1'499'999));
  EXPECT_FALSE(is_dust(quote, "d", -1'500'000)) << "strictly below";
  EXPECT_FALSE(is_dust(quote, "e", -1)) << "an amount without a name is of the quote";
  EXPECT_FALSE(is_dust(quote, "alice", -1)) << "who holds a position is closed";
  const loaded by_asset = limits_of("[margin.dust]\nBTC = 0.5\n");
  EXPECT_TRUE(is_dust(by_asset, "e", -49'999'999));
  EXPECT_FALSE(is_dust(by_asset, "e", -50'000'000));
  EXPECT_FALSE(is_dust(by_asset, "d", -1));
  EXPECT_THAT(limits_of("[margin.dust]\nETH = 1\n").text(),
              HasSubstr("margin.dust.ETH: \"1\" is in an asset that is not"));
  EXPECT_THAT(limits_of("[margin]\ndust = 0.0000001\n").text(),
              HasSubstr("margin.dust: \"0.0000001\" is finer than the step"));
}

TEST(depths, stand_by_instrument_and_by_asset) {
  const auto with = [](const std::string& rows) {
    return load(draft().with("depths.csv", "instrument,depth,half_life\n" + rows));
  };
  const loaded found = with("BTCUSDT,2000000,0.5\n");
  ASSERT_TRUE(found.outcome) << found.text();
  const std::vector<instrument>& all = found.outcome.value().reference.instruments;
  EXPECT_EQ(format_decimal(*all[1].depth), "2000000");
  EXPECT_EQ(all[1].half_life_ns, 500'000'000);
  EXPECT_FALSE(all[0].depth);
  EXPECT_THAT(with("ETHUSDT,1,\n").text(),
              HasSubstr("depths.csv, row 2, column instrument: \"ETHUSDT\" is not in instruments.csv"));
  EXPECT_THAT(with("BTCUSDT,1,\nBTCUSDT,1,\n").text(),
              HasSubstr("row 3, column instrument: \"BTCUSDT\" is listed twice; first in row 2"));
  EXPECT_THAT(with("BTCUSDT,-1,\n").text(), HasSubstr("column depth: \"-1\" must not be below zero"));
  EXPECT_THAT(with("BTCUSDT,0.0000001,\n").text(), HasSubstr("is finer than the step 0.000001 of USDT"));
  EXPECT_THAT(with("BTCUSDT,1,-3\n").text(), HasSubstr("column half_life: \"-3\" must be seconds from 0"));
  EXPECT_THAT(load(draft().append("venue.toml", "[market.depth]\nETH = 5\n")).text(),
              HasSubstr("market.depth.ETH: \"5\" is in an asset that is not in assets"));
}

}  // namespace
}  // namespace plimsoll
