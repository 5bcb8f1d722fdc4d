// The library as used by an embedder: only include/plimsoll and the standard library.
#include "plimsoll/scanner.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

/// Three traders, one market; ann is bankrupt at 65,000 (README, "A first scan").
class first_venue : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("plimsoll-scanner-test-" + std::to_string(::getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "venue");
    write("venue.toml", "name = \"first\"\nquote = \"USDT\"\n");
    write("assets.csv", "asset,step\nBTC,\nUSDT,0.01\n");
    write("instruments.csv",
          "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\nBTC-PERP,linear,BTC,USDT,1,0.5,0."
          "001,majors\n");
    write("tiers.csv", "tier_table,floor,maintenance_rate,max_leverage\nmajors,0,0.005,100\nmajors,100000,0.01,50\n");
    write("balances.csv", "account,asset,amount\nann,USDT,9000.00\nbob,USDT,60000.00\ncat,USDT,500.00\n");
    write("positions.csv",
          "account,instrument,size,entry_price\nann,BTC-PERP,2.000,70000\nbob,BTC-PERP,-1.500,69000\ncat,BTC-PERP,-0."
          "500,65000\n");
    write("marks.csv", "instrument,mark\nBTC-PERP,65000\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / "venue" / name) << text;
  }
  [[nodiscard]] std::string venue() const { return (folder_ / "venue").string(); }

  fs::path folder_;
};

plimsoll::update deposit(const char* account, std::uint32_t asset, std::int64_t amount) {
  plimsoll::update one;
  one.kind = plimsoll::update_kind::deposit;
  one.account = account;
  one.asset = asset;
  one.amount = {amount};
  return one;
}

TEST_F(first_venue, a_tick_flags_covers_and_follows_updates) {
  auto made = plimsoll::scanner::make({.backend = "cpu", .threads = 1});
  ASSERT_TRUE(made);
  plimsoll::scanner scan = std::move(made).value();
  ASSERT_TRUE(scan.load(venue()));
  const std::uint32_t btc = scan.instrument("BTC-PERP");
  const std::uint32_t usdt = scan.asset("USDT");
  ASSERT_EQ(scan.instrument_name(btc), "BTC-PERP");
  ASSERT_EQ(scan.instrument("ETH-PERP"), plimsoll::no_id);

  plimsoll::tick_result tick;
  const auto times = [&](std::string_view stage) {
    return std::count_if(tick.stages.begin(), tick.stages.end(), [&](const auto& one) { return one.stage == stage; });
  };
  ASSERT_TRUE(scan.tick({}, tick));
  EXPECT_EQ(times("load"), 1);
  EXPECT_EQ(times("rebase"), 1);
  ASSERT_EQ(tick.flagged.size(), 1U);
  EXPECT_EQ(tick.flagged[0].account, "ann");
  EXPECT_EQ(tick.flagged[0].unit, "cross:USDT");
  EXPECT_EQ(tick.flagged[0].state, plimsoll::unit_state::bankrupt);
  EXPECT_EQ(tick.flagged[0].deficit.raw, 100'000);  // 9,000 - 10,000, in cents.
  ASSERT_EQ(tick.cover.size(), 2U);
  EXPECT_EQ(tick.cover[0].winner, "bob");
  EXPECT_EQ(tick.cover[0].lots.raw, 1500);
  EXPECT_EQ(tick.cover[0].price.raw, 131'000);  // 65,500.0
  EXPECT_EQ(tick.cover[1].winner, "cat");
  ASSERT_EQ(tick.demand.size(), 1U);
  EXPECT_EQ(tick.demand[0].demand_short.raw, 2000);
  EXPECT_EQ(tick.demand[0].cover_short.raw, 2000);
  EXPECT_FALSE(tick.screened);
  EXPECT_EQ(tick.totals[usdt].balances.raw, 6'950'000);

  // Ann pays in; Dan is new.
  const auto applied = scan.apply(std::vector{deposit("ann", usdt, 5'000'000), deposit("dan", usdt, 100)});
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(applied.value(), 2U);
  const std::vector<plimsoll::mark_update> marks{{btc, {129'990}}};
  ASSERT_TRUE(scan.tick(marks, tick));
  EXPECT_TRUE(tick.screened);
  EXPECT_EQ(times("load"), 0);  // The stages are this tick's.
  EXPECT_EQ(times("screen"), 1);
  EXPECT_TRUE(tick.flagged.empty());
  EXPECT_TRUE(tick.cover.empty());
  EXPECT_EQ(tick.units, 4U);
  EXPECT_EQ(tick.updates, 2U);
  EXPECT_EQ(tick.sequence, 2U);

  // The written folder has the present state.
  ASSERT_TRUE(scan.snapshot((folder_ / "kept").string()));
  EXPECT_EQ(scan.snapshot((folder_ / "kept").string()).error().code, plimsoll::error_code::usage);
  auto again = plimsoll::scanner::make({.backend = "cpu", .threads = 1});
  ASSERT_TRUE(again.value().load((folder_ / "kept").string()));
  EXPECT_EQ(again.value().state_digest(), scan.state_digest());
  plimsoll::tick_result other;
  ASSERT_TRUE(again.value().tick({}, other));
  EXPECT_EQ(other.tick_digest, tick.tick_digest);
}

TEST_F(first_venue, what_is_refused_changes_nothing) {
  auto made = plimsoll::scanner::make({.backend = "cpu", .threads = 1});
  plimsoll::scanner scan = std::move(made).value();
  plimsoll::tick_result tick;
  EXPECT_EQ(scan.tick({}, tick).error().code, plimsoll::error_code::usage);
  EXPECT_EQ(scan.apply({}).error().code, plimsoll::error_code::usage);
  EXPECT_EQ(scan.load((folder_ / "nothing").string()).error().code, plimsoll::error_code::io);
  ASSERT_TRUE(scan.load(venue()));
  const std::uint64_t before = scan.state_digest();
  plimsoll::update bad = deposit("ann", scan.asset("USDT"), 5);
  bad.kind = plimsoll::update_kind::withdraw;
  bad.amount = {900'001};
  const auto refused = scan.apply(std::vector{deposit("ann", scan.asset("USDT"), -1), bad});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, 0U);
  bad.row = 7;
  const auto too_much = scan.apply(std::vector{bad});
  ASSERT_FALSE(too_much);
  EXPECT_EQ(too_much.error().code, plimsoll::error_code::bad_data);
  EXPECT_NE(too_much.error().message.find("row 7"), std::string::npos) << too_much.error().message;
  EXPECT_NE(too_much.error().message.find("9000.01"), std::string::npos) << too_much.error().message;
  plimsoll::update beyond = deposit("ann", scan.asset("USDT"), std::numeric_limits<std::int64_t>::min());
  for (const plimsoll::update_kind kind : {plimsoll::update_kind::fee, plimsoll::update_kind::withdraw,
                                           plimsoll::update_kind::margin, plimsoll::update_kind::fill}) {
    beyond.kind = kind;
    beyond.instrument = 0;
    beyond.lots = {std::numeric_limits<std::int64_t>::min()};
    beyond.price = {65'000, 0};
    EXPECT_EQ(scan.apply(std::vector{beyond}).error().code, plimsoll::error_code::bad_data);
  }
  EXPECT_EQ(scan.instrument_name(plimsoll::no_id), "");
  EXPECT_EQ(scan.state_digest(), before);
  // A mark of zero, and one beyond the limits: the valid one beside it is not applied either.
  ASSERT_TRUE(scan.tick({}, tick));
  const std::uint64_t digest = tick.tick_digest;
  const std::vector<plimsoll::mark_update> marks{{0, {100'000}}, {7, {5}}};
  EXPECT_EQ(scan.tick(marks, tick).error().code, plimsoll::error_code::bad_data);
  ASSERT_TRUE(scan.tick({}, tick));
  EXPECT_EQ(tick.tick_digest, digest);
  write("marks.csv", "instrument,mark\nBTC-PERP,65000.3\n");
  EXPECT_EQ(scan.load(venue()).error().code, plimsoll::error_code::bad_data);
  EXPECT_EQ(scan.state_digest(), before);
}

TEST_F(first_venue, a_revision_lists_and_retiers_while_accounts_stand) {
  auto made = plimsoll::scanner::make({.backend = "cpu", .threads = 1});
  plimsoll::scanner scan = std::move(made).value();
  EXPECT_EQ(scan.revise(venue()).error().code, plimsoll::error_code::usage);
  ASSERT_TRUE(scan.load(venue()));
  plimsoll::tick_result tick;
  ASSERT_TRUE(scan.tick({}, tick));
  ASSERT_TRUE(scan.tick({}, tick));
  ASSERT_TRUE(tick.screened);
  const std::uint64_t digest = tick.tick_digest;
  const std::uint64_t state = scan.state_digest();

  // The same data again change nothing, and balances, positions or marks are not required.
  for (const char* table : {"balances.csv", "positions.csv", "marks.csv"}) { fs::remove(folder_ / "venue" / table); }
  const auto same = scan.revise(venue());
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_TRUE(same.value().empty());
  ASSERT_TRUE(scan.tick({}, tick));
  EXPECT_TRUE(tick.screened);
  EXPECT_EQ(tick.tick_digest, digest);

  // One coin, one contract before the other, and a band that leaves cat liquidatable: 500 against 2 % of 32,500.
  write("assets.csv", "asset,step\nADA,\nBTC,\nUSDT,\n");
  write("instruments.csv",
        "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
        "BTC-PERP,linear,BTC,USDT,1,0.5,0.001,majors\nADA-PERP,linear,ADA,USDT,1,0.0001,1,coins\n");
  write("tiers.csv",
        "tier_table,floor,maintenance_rate,max_leverage\nmajors,0,0.02,50\nmajors,100000,0.02,50\ncoins,0,0.1,5\n");
  const auto revised = scan.revise(venue());
  ASSERT_TRUE(revised) << revised.error().message;
  EXPECT_EQ(revised.value().instruments, 1U);
  EXPECT_EQ(revised.value().assets, 1U);
  EXPECT_EQ(revised.value().retiered, 1U);
  EXPECT_EQ(scan.instrument("ADA-PERP"), 0U);
  EXPECT_EQ(scan.instrument("BTC-PERP"), 1U);
  EXPECT_EQ(scan.asset_name(0), "ADA");
  EXPECT_EQ(scan.state_digest(), state);
  ASSERT_TRUE(scan.tick({}, tick));
  EXPECT_TRUE(tick.screened) << tick.full_because;
  ASSERT_EQ(tick.flagged.size(), 2U);
  EXPECT_EQ(tick.flagged[1].account, "cat");
  EXPECT_EQ(tick.flagged[1].unit, "cross:USDT");
  EXPECT_EQ(tick.flagged[1].state, plimsoll::unit_state::liquidatable);
  EXPECT_EQ(tick.flagged[1].maintenance.raw, 65'000);
  EXPECT_EQ(tick.totals[scan.asset("USDT")].balances.raw, 6'950'000);

  // A listed instrument is traded once it has a mark.
  plimsoll::update fill;
  fill.kind = plimsoll::update_kind::fill;
  fill.account = "bob";
  fill.to = "dan";
  fill.instrument = scan.instrument("ADA-PERP");
  fill.lots = {1000};
  fill.price = {5, 1};
  const auto early = scan.apply(std::vector{fill});
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().message.find("\"ADA-PERP\" has no mark"), std::string::npos) << early.error().message;
  const std::vector<plimsoll::mark_update> marks{{fill.instrument, {5000}}};
  ASSERT_TRUE(scan.tick(marks, tick));
  ASSERT_TRUE(scan.apply(std::vector{deposit("dan", scan.asset("USDT"), 10'000), fill}));
  ASSERT_TRUE(scan.tick({}, tick));

  // The written folder has the present state, and a load of it gives the same.
  ASSERT_TRUE(scan.snapshot((folder_ / "kept").string()));
  auto again = plimsoll::scanner::make({.backend = "cpu", .threads = 1});
  const auto loaded = again.value().load((folder_ / "kept").string());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(again.value().state_digest(), scan.state_digest());
  plimsoll::tick_result other;
  ASSERT_TRUE(again.value().tick({}, other));
  EXPECT_EQ(other.tick_digest, tick.tick_digest);
}

TEST_F(first_venue, a_revision_that_is_refused_changes_nothing) {
  auto made = plimsoll::scanner::make({.backend = "cpu", .threads = 1});
  plimsoll::scanner scan = std::move(made).value();
  ASSERT_TRUE(scan.load(venue()));
  plimsoll::tick_result tick;
  ASSERT_TRUE(scan.tick({}, tick));
  const std::uint64_t digest = tick.tick_digest;
  const auto expect_refused = [&](const std::string& wanted) {
    const auto refused = scan.revise(venue());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, plimsoll::error_code::bad_data);
    EXPECT_NE(refused.error().message.find(wanted), std::string::npos) << refused.error().message;
    ASSERT_TRUE(scan.tick({}, tick));
    EXPECT_TRUE(tick.screened);
    EXPECT_EQ(tick.tick_digest, digest);
    EXPECT_EQ(scan.instrument("BTC-PERP"), 0U);
  };
  const std::string header = "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n";
  write("instruments.csv",
        header + "ADA-PERP,linear,BTC,USDT,1,0.5,0.001,majors\nBTC-PERP,linear,BTC,USDT,1,0.25,0.001,majors\n");
  expect_refused(
      "instruments.csv, row 3, column price_step: \"0.25\" differs: 0.5 is in the loaded book, and only a load can "
      "change that");
  write("instruments.csv", header + "BTC-PERP,inverse,BTC,BTC,1,0.5,0.001,majors\n");
  expect_refused(
      "instruments.csv, row 2, column settle: \"BTC\" differs: USDT is in the loaded book, and only a load can "
      "change that");
  write("instruments.csv", header + "ADA-PERP,linear,BTC,USDT,1,0.5,0.001,majors\n");
  expect_refused(
      "instruments.csv, column instrument: \"BTC-PERP\" is missing: it is in the loaded book, and only a load can "
      "change that");
  write("instruments.csv", header + "BTC-PERP,linear,BTC,USDT,1,0.5,0.001,majors\n");
  write("tiers.csv", "tier_table,floor,maintenance_rate,max_leverage\nmajors,0,0.02,100\n");
  expect_refused(
      "tiers.csv, row 2, column max_leverage: \"100\" makes the initial rate 0.010000, below the maintenance rate "
      "0.020000");
  write("tiers.csv", "tier_table,floor,maintenance_rate,max_leverage\nmajors,0,0.005,100\nmajors,100000.001,0.01,50\n");
  expect_refused("tiers.csv, row 3, column floor: \"100000.001\" is finer than the step 0.01 of USDT");
  write("tiers.csv", "tier_table,floor,maintenance_rate,max_leverage\nmajors,0,0.02,50\n");
  write("assets.csv", "asset,step\nBTC,\nUSDT,0.001\n");
  expect_refused(
      "assets.csv, row 3, column step: \"0.001\" differs: 0.01 is in the loaded book, and only a load can change that");
  write("assets.csv", "asset,step\nBTC,\nUSDT,\n");
  write("venue.toml",
        "name = \"first\"\nquote = \"USDT\"\ncollateral = \"multi\"\n[margin]\nmargin_call_at = 2\n[adl]\nscore = "
        "\"size\"\n");
  expect_refused(
      "venue.toml, column margin.margin_call_at: differs from the loaded book, and only a load can change that");
  expect_refused("venue.toml, column collateral: differs");
  expect_refused("venue.toml, column adl.score: differs");
  fs::remove(folder_ / "venue" / "tiers.csv");
  expect_refused("tiers: is missing; the book must have tiers.csv, tiers.parquet or tiers.arrow");
  EXPECT_EQ(scan.revise((folder_ / "nothing").string()).error().code, plimsoll::error_code::io);
}

// Every table and column that a folder may have, in memory: the same book.
TEST_F(first_venue, rows_in_memory_are_the_book_of_a_folder) {
  write("venue.toml", "name = \"first\"\nquote = \"USDT\"\n[market]\ndepth = 1000000\n[adl]\nscore = \"given\"\n");
  write("tiers.csv",
        "tier_table,floor,maintenance_rate,initial_rate,applies_to,floor_in\n"
        "majors,0,0.005,0.01,whole,contracts\nmajors,1.5,0.01,0.02,whole,contracts\n");
  write("depths.csv", "instrument,depth,half_life\nBTC-PERP,250000,7\n");
  write("accounts.csv", "account,margin_mode\nzoe,cross\n");
  write("positions.csv",
        "account,instrument,size,entry_price,side,margin_mode,isolated_margin,adl_score\n"
        "ann,BTC-PERP,2.000,70000,long,cross,0,0.5\nbob,BTC-PERP,1.500,69000,short,isolated,900.25,0.25\n"
        "cat,BTC-PERP,-0.400,65000,,,,1\n");
  write("units.csv", "account,unit,balance\nann,isolated:BTC-PERP:short,-12.50\n");
  write("system.csv",
        "account,asset,amount,instrument,size,entry_value,unit\nfund,USDT,5000,,,,\n"
        "market,,,BTC-PERP,-0.100,-6500,\n");
  plimsoll::book_rows rows;
  rows.venue_toml = "name = \"first\"\nquote = \"USDT\"\n[market]\ndepth = 1000000\n[adl]\nscore = \"given\"\n";
  rows.assets = {{.name = "BTC"}, {.name = "USDT", .step = plimsoll::decimal{1, 2}}};
  rows.instruments = {{.name = "BTC-PERP",
                       .base = "BTC",
                       .settle = "USDT",
                       .contract_size = plimsoll::decimal{1, 0},
                       .price_step = {5, 1},
                       .size_step = plimsoll::decimal{1, 3},
                       .tier_table = "majors"}};
  const auto tier = [](plimsoll::decimal floor, plimsoll::decimal maintenance, plimsoll::decimal initial) {
    return plimsoll::book_rows::tier{.table = "majors",
                                     .floor = floor,
                                     .maintenance_rate = maintenance,
                                     .initial_rate = initial,
                                     .applies_to = "whole",
                                     .floor_in = "contracts"};
  };
  rows.tiers = {tier({0, 0}, {5, 3}, {1, 2}), tier({15, 1}, {1, 2}, {2, 2})};
  rows.depths = {{.instrument = "BTC-PERP", .amount = {250'000, 0}, .half_life = plimsoll::decimal{7, 0}}};
  rows.accounts = {{.name = "zoe", .margin_mode = "cross"}};
  rows.balances = {{"ann", "USDT", {9000, 0}}, {"bob", "USDT", {60'000, 0}}, {"cat", "USDT", {500, 0}}};
  rows.positions = {{.account = "ann",
                     .instrument = "BTC-PERP",
                     .size = {2, 0},
                     .entry_price = plimsoll::decimal{70'000, 0},
                     .isolated_margin = plimsoll::decimal{0, 0},
                     .adl_score = 0.5,
                     .side = "long",
                     .margin_mode = "cross"},
                    {.account = "bob",
                     .instrument = "BTC-PERP",
                     .size = {15, 1},
                     .entry_price = plimsoll::decimal{69'000, 0},
                     .isolated_margin = plimsoll::decimal{90'025, 2},
                     .adl_score = 0.25,
                     .side = "short",
                     .margin_mode = "isolated"},
                    {.account = "cat",
                     .instrument = "BTC-PERP",
                     .size = {-4, 1},
                     .entry_price = plimsoll::decimal{65'000, 0},
                     .adl_score = 1}};
  rows.marks = {{.instrument = "BTC-PERP", .price = {65'000, 0}}};
  rows.units = {{.account = "ann", .unit = "isolated:BTC-PERP:short", .balance = {-125, 1}}};
  rows.system = {{.account = "fund", .asset = "USDT", .amount = plimsoll::decimal{5000, 0}},
                 {.account = "market",
                  .instrument = "BTC-PERP",
                  .size = plimsoll::decimal{-1, 1},
                  .entry_value = plimsoll::decimal{-6500, 0}}};
  // Data that are not in the book's digest (tiers, depths, the system's accounts) are in the written folder.
  int folders = 0;
  const auto kept = [&](const auto& source) {
    auto made = plimsoll::scanner::make({.backend = "cpu", .threads = 1});
    plimsoll::scanner& scan = made.value();
    const plimsoll::status loaded = scan.load(source);
    if (!loaded) { return loaded.error().message; }
    const fs::path folder = folder_ / ("kept" + std::to_string(folders++));
    EXPECT_TRUE(scan.snapshot(folder.string()));
    std::string all = std::to_string(scan.state_digest());
    for (const char* table : {"tiers", "depths", "accounts", "positions", "units", "system", "marks", "balances"}) {
      std::stringstream bytes;
      bytes << std::ifstream(folder / (std::string(table) + ".parquet")).rdbuf();
      all += std::string("\n") + table + "\n" + bytes.str();
    }
    return all;
  };
  const std::string of_folder = kept(venue());
  EXPECT_GT(of_folder.size(), 4000U) << of_folder;  // No refusal.
  EXPECT_TRUE(of_folder == kept(rows));
  // And none of it is there by chance.
  using rows_of = plimsoll::book_rows;
  const std::vector<void (*)(rows_of&)> changes = {
      [](rows_of& it) { it.tiers[0].applies_to = it.tiers[1].applies_to = "band"; },
      [](rows_of& it) { it.tiers[0].floor_in = it.tiers[1].floor_in = ""; },
      [](rows_of& it) { it.depths.clear(); },
      [](rows_of& it) { it.depths[0].half_life.reset(); },
      [](rows_of& it) { it.accounts[0].margin_mode = "none"; },
      [](rows_of& it) { it.positions[0].margin_mode = ""; },
      [](rows_of& it) { it.positions[1].side = "long"; },
      [](rows_of& it) { it.units.clear(); },
      [](rows_of& it) { it.system.pop_back(); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    rows_of other = rows;
    changes[i](other);
    EXPECT_FALSE(of_folder == kept(other)) << i;
  }
}

TEST(scanner, an_unknown_backend_is_refused) {
  const auto made = plimsoll::scanner::make({.backend = "tpu"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, plimsoll::error_code::usage);
}

}  // namespace
