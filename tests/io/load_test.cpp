// A valid book: the columns that its files give.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

using testing::draft;
using testing::loaded;

/// The content of a book, as text.
std::string describe(const book& source) {
  std::string out;
  const reference_data& reference = source.reference;
  for (const asset& it : reference.assets) {
    out += it.name + " 10^-" + std::to_string(it.digits) + " " + (it.price ? format_decimal(*it.price) : "-") + " " +
           std::to_string(it.asset_weight_ppm) + " " + std::to_string(it.liability_weight_ppm) + " " +
           (it.spot == no_id ? "-" : reference.instruments[it.spot].name) + "\n";
  }
  for (std::uint32_t i = 0; i < reference.instruments.size(); ++i) {
    const instrument& it = reference.instruments[i];
    out += it.name + " " + to_string(it.kind) + " " + std::to_string(it.rate.a) + "/" + std::to_string(it.rate.b) +
           " at " + std::to_string(source.marks[i].ticks) + " as of " +
           std::to_string(source.marks[i].as_of_ns.value_or(-1));
    for (std::uint32_t band = 0; band < it.band_count; ++band) {
      const tier_band& of = source.tiers_of(i).bands[band];
      out += " [" + std::to_string(of.floor) + " " + std::to_string(of.maintenance_ppm) + " " +
             std::to_string(of.initial_ppm) + " " + format_units(static_cast<int128>(of.amount), 0) + "]";
    }
    out += "\n";
  }
  for (std::uint32_t u = 0; u < source.units.size(); ++u) {
    out += std::string(source.accounts[source.units.account[u]]) + " " + source.unit_name(source.units.code[u]) + " " +
           std::to_string(source.units.balance[u]) + " cash " + std::to_string(source.units.cash[u]);
    for (std::uint32_t p = source.units.first_position[u]; p < source.units.first_position[u + 1]; ++p) {
      out += " " + reference.instruments[source.positions.instrument[p]].name + " " +
             std::to_string(source.positions.lots[p]) + " cost " + std::to_string(source.positions.cost[p]);
      if (!source.positions.given.empty()) { out += " given " + std::to_string(source.positions.given[p]); }
    }
    out += "\n";
  }
  return out;
}

std::string describe(const loaded& found) { return found.outcome ? describe(found.outcome.value()) : found.text(); }

TEST(io_load, every_figure_arrives) {
  EXPECT_EQ(describe(load(draft())),
            "BTC 10^-8 - 1000000 1000000 -\n"
            "USDT 10^-6 - 1000000 1000000 -\n"
            // 100 USD a contract, price steps of 0.5: 100 / 0.5 x 10^8 steps of BTC, divided by the ticks.
            "BTCUSD inverse 20000000000/1 at 122000 as of -1 [0 4000 10000 0]\n"
            // 0.001 BTC a lot, 0.1 a tick: 10^-4 USDT, 100 steps.
            "BTCUSDT linear 100/1 at 610005 as of 1740830400000000000 [0 4000 10000 0] [50000000000 5000 20000 "
            "50000000000000]\n"
            // 0.5 x 60000.1 = 30000.05
            "alice cross:USDT 1000500000 cash -28999550000 BTCUSDT 500 cost 30000050000\n"
            "alice isolated:BTCUSDT:short 100000001 cash 15100250001 BTCUSDT -250 cost -15000250000\n"
            "bob cross:BTC -25000000 cash 25000000 BTCUSD -10 cost -50000000\n");
}

TEST(io_load, a_mark_of_order_and_line_endings_do_not_matter) {
  const std::string plain = describe(load(draft()));
  draft other;
  for (auto& [name, text] : other.files) {
    if (name == "venue.toml") { continue; }
    std::string crlf = "\xEF\xBB\xBF";
    for (const char c : text) { crlf += c == '\n' ? "\r\n" : std::string(1, c); }
    text = crlf;
  }
  EXPECT_EQ(describe(load(other)), plain);
  other = draft();
  for (auto& [name, text] : other.files) {
    if (name != "venue.toml") { text.pop_back(); }  // The last line without its end.
  }
  EXPECT_EQ(describe(load(other)), plain);
  for (auto& [name, text] : other.files) { text += "\n\n\n"; }
  EXPECT_EQ(describe(load(other)), plain);
}

TEST(io_load, quotes_are_those_of_rfc_4180) {
  const auto found =
      load(draft().append("balances.csv", "\"a,b\",USDT,\"1\"\n\"q\"\"t\",\"USDT\",2\n\"two\nlines\",USDT,3\n"));
  ASSERT_TRUE(found.outcome) << found.text();
  const name_table& names = found.outcome.value().accounts;
  ASSERT_EQ(names.size(), 5U);
  EXPECT_EQ(names[0], "a,b");
  EXPECT_EQ(names[1], "alice");
  EXPECT_EQ(names[3], "q\"t");
  EXPECT_EQ(names[4], "two\nlines");
}

TEST(io_load, a_row_after_a_name_of_two_lines_keeps_its_number) {
  const auto found = load(draft().append("balances.csv", "\"two\nlines\",USDT,3\ncarol,ETH,1\n"));
  ASSERT_EQ(found.places.size(), 1U) << found.text();
  EXPECT_EQ(found.places[0].row, 5);
}

TEST(io_load, accounts_are_ordered_bytewise) {
  draft source;
  source.with("accounts.csv",
              "account,margin_mode\nzoe,\n\xC3\xA9,cross\nAB,\nA,\nA-,\n\xF0\x9F\x90\x8B,\n\xEF\xBD\x9E,\naccount "
              "0123456789,\naccount 01234567890,\naccount 012345678,\n");
  const auto found = load(source);
  ASSERT_TRUE(found.outcome) << found.text();
  const name_table& names = found.outcome.value().accounts;
  std::vector<std::string> order;
  for (std::uint32_t id = 0; id < names.size(); ++id) { order.emplace_back(names[id]); }
  EXPECT_THAT(order,
              ::testing::ElementsAre("A", "A-", "AB", "account 012345678", "account 0123456789", "account 01234567890",
                                     "alice", "bob", "zoe", "\xC3\xA9", "\xEF\xBD\x9E", "\xF0\x9F\x90\x8B"));
  EXPECT_EQ(found.outcome.value().units.size(), 3U) << "an account without balance or position has no unit";
}

TEST(io_load, a_blank_step_is_as_fine_as_the_money_seen) {
  const auto digits = [](draft source) {
    const auto found = load(source.change("assets.csv", "0.000001", ""));
    EXPECT_TRUE(found.outcome) << found.text();
    return found.outcome ? found.outcome.value().reference.assets[1].digits : -1;
  };
  EXPECT_EQ(digits(draft()), 8);
  EXPECT_EQ(digits(draft().change("balances.csv", "1000.5", "1000.5000000000")), 8) << "trailing zeros are not seen";
  EXPECT_EQ(digits(draft().change("balances.csv", "1000.5", "1000.000000005")), 9);
  EXPECT_EQ(digits(draft().change("positions.csv", "100.000001", "100.0000000001")), 10);
  EXPECT_EQ(digits(draft().change("positions.csv", "-15000.25", "-15000.25000000001")), 11);
  EXPECT_EQ(digits(draft().change("tiers.csv", "50000", "50000.000000000001")), 12);
  EXPECT_EQ(digits(draft().change("positions.csv", "60000.1", "60000.1000000000001")), 8)
      << "entry prices are no money";
}

TEST(io_load, an_amount_finer_than_the_finest_step_is_refused) {
  const auto found =
      load(draft().append("assets.csv", "ETH,\n").append("balances.csv", "bob,ETH,0.0000000000000000001\n"));
  ASSERT_EQ(found.places.size(), 1U) << found.text();
  EXPECT_EQ(found.places[0].column, "amount");
}

TEST(io_load, costs_are_floored_at_entry_prices_of_any_fineness) {
  const auto costs = [](const std::string& rows) {
    const auto found = load(draft().with("positions.csv", "account,instrument,size,entry_price\n" + rows));
    EXPECT_TRUE(found.outcome) << found.text();
    std::vector<std::int64_t> out;
    if (found.outcome) { out = found.outcome.value().positions.cost; }
    return out;
  };
  // 0.001 x 1.0005 = 0.0010005 USDT: 1000.5 steps, floored toward minus infinity.
  EXPECT_THAT(costs("a,BTCUSDT,0.001,1.0005\na,BTCUSDT,-0.001,1.0005\n"), ::testing::ElementsAre(1000, -1001));
  EXPECT_THAT(costs("a,BTCUSDT,0.001,1.00000000000000000000000000000000001\na,BTCUSDT,-0.001,1."
                    "00000000000000000000000000000000001\n"),
              ::testing::ElementsAre(1000, -1001));
  EXPECT_THAT(costs("a,BTCUSDT,0.001,1.000000000000000000000000000000000000\n"), ::testing::ElementsAre(1000));
  // 100 / 30000 BTC = 333333.33 steps a contract; a long is worth a negative amount of coin.
  EXPECT_THAT(costs("a,BTCUSD,1,30000\na,BTCUSD,-1,30000\n"), ::testing::ElementsAre(-333334, 333333));
  EXPECT_THAT(costs("a,BTCUSD,1,0.0003\na,BTCUSD,-3,0.0003\n"),
              ::testing::ElementsAre(-33333333333334, 100000000000000));
  // Lots and price steps at once beyond 64 bits, the cost within.
  EXPECT_THAT(costs("a,BTCUSDT,99999999.999,46116.123456\n"), ::testing::ElementsAre(4611612345553883876));
}

TEST(io_load, names_and_numbers_may_be_in_any_column_order_with_others_between) {
  const auto found =
      load(draft().with("balances.csv", "note,amount,account,asset\nx,1000.5,alice,USDT\n,-0.25,bob,BTC\n"));
  EXPECT_EQ(describe(found), describe(load(draft())));
  EXPECT_THAT(found.notes, ::testing::Contains("balances.csv: column note is not read"));
}

TEST(io_load, tables_without_rows_are_a_book) {
  const auto found = load(draft()
                              .with("balances.csv", "account,asset,amount\n")
                              .with("positions.csv", "account,instrument,size,entry_price\n")
                              .with("accounts.csv", "account\n")
                              .with("marks.csv", "instrument,mark\n"));
  ASSERT_TRUE(found.outcome) << found.text();
  EXPECT_EQ(found.outcome.value().units.size(), 0U);
}

TEST(io_load, a_balance_of_zero_lists_its_unit) {
  const auto found = load(draft().append("balances.csv", "carol,USDT,0\ncarol,BTC,-0.00\n"));
  EXPECT_THAT(describe(found), ::testing::EndsWith("carol cross:BTC 0 cash 0\ncarol cross:USDT 0 cash 0\n"));
}

TEST(io_load, an_initial_rate_finer_than_a_millionth_is_rounded_up_with_a_note) {
  const auto found = load(draft().change("tiers.csv", "C,0,0.004,0.01", "C,0,0.004,0.0100001"));
  EXPECT_THAT(describe(found), ::testing::HasSubstr("[0 4000 10001 0]"));
  EXPECT_THAT(found.notes, ::testing::Contains(::testing::HasSubstr("first in row 4: rounded up")));
}

TEST(io_load, a_leverage_is_one_over_the_initial_rate_rounded_up) {
  const auto found = load(draft().with("tiers.csv",
                                       "tier_table,floor,maintenance_rate,max_leverage,maintenance_amount\nT,0,0.004,3,"
                                       "0\nT,50000,0.005,2.5,50\nC,0,0,0.1,\n"));
  EXPECT_THAT(describe(found), ::testing::HasSubstr("[0 4000 333334 0] [50000000000 5000 400000 50000000000000]"));
  EXPECT_THAT(describe(found), ::testing::HasSubstr("[0 0 10000000 0]"));
  EXPECT_THAT(found.notes, ::testing::Each(::testing::Not(::testing::HasSubstr("rounded"))));
}

TEST(io_load, multi_knows_prices_weights_and_the_spot_that_prices) {
  draft source;
  source.with("venue.toml", "name = \"m\"\nquote = \"USDT\"\ncollateral = \"multi\"\n")
      .with("assets.csv",
            "asset,step,price,asset_weight,liability_weight\nUSDT,,,0.99,1.01\nBTC,,,0.95,1.1\nETH,,3000.5,0.9,\nDUST,,"
            ",,\n")
      .append("instruments.csv", "BTC spot,spot,BTC,USDT,,0.01,,\n")
      .append("marks.csv", "BTC spot,61000.25,\n")
      .with("balances.csv", "account,asset,amount\nalice,USDT,1\nalice,BTC,0.5\nalice,ETH,-1\nalice,DUST,0\n")
      .with("positions.csv", "account,instrument,size,entry_value\nalice,BTCUSDT,0.001,60\n");
  const std::string text = describe(load(source));
  EXPECT_THAT(
      text,
      ::testing::StartsWith(
          "BTC 10^-8 - 950000 1100000 BTC spot\nDUST 10^-8 - 1000000 1000000 -\nETH 10^-8 3000.5 900000 1000000 -\n"
          "USDT 10^-8 - 990000 1010000 -\n"));
  EXPECT_THAT(text, ::testing::HasSubstr("alice cross:USDT 100000000 cash -5900000000"));
}

TEST(io_load, single_reads_prices_and_no_weights) {
  const auto with = [](const std::string& quote, const std::string& bitcoin) {
    return describe(load(draft().with("assets.csv", "asset,step,price,asset_weight\nUSDT,0.000001," + quote +
                                                        ",7\nBTC,0.00000001," + bitcoin + ",\n")));
  };
  std::string wanted = describe(load(draft()));
  EXPECT_EQ(with("1", ""), wanted);
  EXPECT_EQ(with("1.00", "60000.5"), wanted.replace(wanted.find("BTC 10^-8 -"), 11, "BTC 10^-8 60000.5"));
  EXPECT_THAT(with("1.01", ""),
              ::testing::HasSubstr("column price: \"1.01\" must be blank, because this is the quote"));
  EXPECT_THAT(with("", "cheap"), ::testing::HasSubstr("row 3, column price: \"cheap\" is not a plain decimal"));
  EXPECT_THAT(with("", "0"), ::testing::HasSubstr("column price: \"0\" must be above zero"));
}

TEST(io_load, given_scores_are_rounded_once) {
  const auto given = [](const std::string& score) {
    const auto found =
        load(draft()
                 .append("venue.toml", "[adl]\nscore = \"given\"\n")
                 .with("positions.csv", "account,instrument,size,entry_price,adl_score\na,BTCUSD,1,1," + score + "\n"));
    EXPECT_TRUE(found.outcome) << found.text();
    return found.outcome ? found.outcome.value().positions.given.at(0) : 0;
  };
  EXPECT_EQ(given("0.30000000000000004"), 0.30000000000000004);
  EXPECT_EQ(given("9007199254740993"), 9007199254740992.0) << "a tie goes to even";
  EXPECT_EQ(given("9007199254740993.00000000000000000000000000000001"), 9007199254740994.0);
  EXPECT_FALSE(std::signbit(given("-0")));
  EXPECT_EQ(given("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(given("0." + std::string(323, '0') + "5"), 5e-324);
  EXPECT_EQ(given("1" + std::string(308, '0')), 1e308);
  const auto beyond = load(draft()
                               .append("venue.toml", "[adl]\nscore = \"given\"\n")
                               .with("positions.csv", "account,instrument,size,entry_price,adl_score\na,BTCUSD,1,1,1" +
                                                          std::string(309, '0') + "\n"));
  ASSERT_EQ(beyond.places.size(), 1U);
  EXPECT_THAT(beyond.places[0].reason, ::testing::HasSubstr("beyond the range"));
}

TEST(io_load, a_column_that_only_given_reads_may_hold_anything_else) {
  EXPECT_TRUE(load(draft().with("positions.csv", "account,instrument,size,entry_price,adl_score\na,BTCUSD,1,1,high\n"))
                  .outcome);
}

TEST(io_load, instants_are_utc_nanoseconds) {
  const auto as_of = [](const std::string& text) {
    const auto found = load(draft().change("marks.csv", "2025-03-01T12:00:00Z", text));
    EXPECT_TRUE(found.outcome) << found.text();
    return found.outcome ? found.outcome.value().marks[1].as_of_ns.value_or(-1) : -1;
  };
  EXPECT_EQ(as_of("2025-03-01T13:00:00.000000001+01:00"), 1740830400000000001);
  EXPECT_EQ(as_of("2025-03-01 11:30:00.50z"), 1740828600500000000);
  EXPECT_EQ(as_of("2025-03-01t00:00:00-12:00"), 1740830400000000000);
  EXPECT_EQ(as_of("2024-02-29T00:00:00Z"), 1709164800000000000);
  EXPECT_EQ(as_of("1970-01-01T00:00:00Z"), 0);
}

TEST(io_load, neither_threads_nor_the_order_of_rows_show) {
  draft source;
  std::string forward = "account,instrument,size,entry_price\n";
  std::string backward = forward;
  std::vector<std::string> rows;
  for (int i = 0; i < 150'000; ++i) {
    rows.push_back("account" + std::to_string(i * 7919 % 90'001) + (i % 2 ? ",BTCUSD,3,6" : ",BTCUSDT,-0.5,6") +
                   std::to_string(i) + "\n");
  }
  std::sort(rows.begin(), rows.end(), [](const std::string& a, const std::string& b) {
    return a.substr(0, a.find(',', a.find(',') + 1)) < b.substr(0, b.find(',', b.find(',') + 1));
  });
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [](const std::string& a, const std::string& b) {
                           return a.substr(0, a.find(',', a.find(',') + 1)) ==
                                  b.substr(0, b.find(',', b.find(',') + 1));
                         }),
             rows.end());
  for (const std::string& row : rows) { forward += row; }
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) { backward += *row; }
  const auto one = load(draft().with("positions.csv", forward), 1);
  const auto two = load(draft().with("positions.csv", backward), 2);
  ASSERT_TRUE(one.outcome) << one.text();
  ASSERT_TRUE(two.outcome) << two.text();
  EXPECT_GT(one.outcome.value().positions.size(), 90'000U);
  EXPECT_EQ(describe(one), describe(two));
}

}  // namespace
}  // namespace plimsoll
