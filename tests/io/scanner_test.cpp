// The library as an embedder sees it: nothing but include/plimsoll and the standard library.
#include "plimsoll/scanner.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
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
  one.amount = amount;
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
  EXPECT_EQ(tick.flagged[0].deficit, 100'000);  // 9,000 - 10,000, in cents.
  ASSERT_EQ(tick.cover.size(), 2U);
  EXPECT_EQ(tick.cover[0].winner, "bob");
  EXPECT_EQ(tick.cover[0].lots, 1500);
  EXPECT_EQ(tick.cover[0].price_ticks, 131'000);  // 65,500.0
  EXPECT_EQ(tick.cover[1].winner, "cat");
  ASSERT_EQ(tick.demand.size(), 1U);
  EXPECT_EQ(tick.demand[0].demand_short, 2000U);
  EXPECT_EQ(tick.demand[0].cover_short, 2000U);
  EXPECT_FALSE(tick.screened);
  EXPECT_EQ(tick.totals[usdt].balances, 6'950'000);

  // Ann pays in; Dan comes.
  const auto applied = scan.apply(std::vector{deposit("ann", usdt, 5'000'000), deposit("dan", usdt, 100)});
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(applied.value(), 2U);
  const std::vector<plimsoll::mark_update> marks{{btc, 129'990}};
  ASSERT_TRUE(scan.tick(marks, tick));
  EXPECT_TRUE(tick.screened);
  EXPECT_EQ(times("load"), 0);  // The stages are this tick's.
  EXPECT_EQ(times("screen"), 1);
  EXPECT_TRUE(tick.flagged.empty());
  EXPECT_TRUE(tick.cover.empty());
  EXPECT_EQ(tick.units, 4U);
  EXPECT_EQ(tick.updates, 2U);
  EXPECT_EQ(tick.sequence, 2U);

  // What is written is what stands.
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
  bad.amount = 900'001;
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
    beyond.lots = std::numeric_limits<std::int64_t>::min();
    beyond.price = {65'000, 0};
    EXPECT_EQ(scan.apply(std::vector{beyond}).error().code, plimsoll::error_code::bad_data);
  }
  EXPECT_EQ(scan.instrument_name(plimsoll::no_id), "");
  EXPECT_EQ(scan.state_digest(), before);
  // A mark of nothing, and one beyond the limits: the good one beside it is not taken either.
  ASSERT_TRUE(scan.tick({}, tick));
  const std::uint64_t digest = tick.tick_digest;
  const std::vector<plimsoll::mark_update> marks{{0, 100'000}, {7, 5}};
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

  // The same again changes nothing, and is not asked for balances, positions or marks.
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
  if (tick.backend == "cpu") {
    EXPECT_TRUE(tick.screened);
  } else {  // It loaded the book anew.
    EXPECT_EQ(tick.full_because, "an instrument or asset was listed");
  }
  ASSERT_EQ(tick.flagged.size(), 2U);
  EXPECT_EQ(tick.flagged[1].account, "cat");
  EXPECT_EQ(tick.flagged[1].unit, "cross:USDT");
  EXPECT_EQ(tick.flagged[1].state, plimsoll::unit_state::liquidatable);
  EXPECT_EQ(tick.flagged[1].maintenance, 65'000);
  EXPECT_EQ(tick.totals[scan.asset("USDT")].balances, 6'950'000);

  // What was listed is traded once it has a mark.
  plimsoll::update fill;
  fill.kind = plimsoll::update_kind::fill;
  fill.account = "bob";
  fill.to = "dan";
  fill.instrument = scan.instrument("ADA-PERP");
  fill.lots = 1000;
  fill.price = {5, 1};
  const auto early = scan.apply(std::vector{fill});
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().message.find("\"ADA-PERP\" has no mark"), std::string::npos) << early.error().message;
  const std::vector<plimsoll::mark_update> marks{{fill.instrument, 5000}};
  ASSERT_TRUE(scan.tick(marks, tick));
  ASSERT_TRUE(scan.apply(std::vector{deposit("dan", scan.asset("USDT"), 10'000), fill}));
  ASSERT_TRUE(scan.tick({}, tick));

  // What is written is what stands, and a load of it says the same.
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
      "instruments.csv, row 3, column price_step: \"0.25\" differs: 0.5 stands in the book, and only a load changes "
      "that");
  write("instruments.csv", header + "BTC-PERP,inverse,BTC,BTC,1,0.5,0.001,majors\n");
  expect_refused(
      "instruments.csv, row 2, column settle: \"BTC\" differs: USDT stands in the book, and only a load changes that");
  write("instruments.csv", header + "ADA-PERP,linear,BTC,USDT,1,0.5,0.001,majors\n");
  expect_refused(
      "instruments.csv, column instrument: \"BTC-PERP\" is missing: it stands in the book, and only a load changes "
      "that");
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
      "assets.csv, row 3, column step: \"0.001\" differs: 0.01 stands in the book, and only a load changes that");
  write("assets.csv", "asset,step\nBTC,\nUSDT,\n");
  write("venue.toml",
        "name = \"first\"\nquote = \"USDT\"\ncollateral = \"multi\"\n[margin]\nmargin_call_at = 2\n[adl]\nscore = "
        "\"size\"\n");
  expect_refused(
      "venue.toml, column margin.margin_call_at: is not what it is in the book that stands, and only a load changes "
      "that");
  expect_refused("venue.toml, column collateral: is not");
  expect_refused("venue.toml, column adl.score: is not");
  fs::remove(folder_ / "venue" / "tiers.csv");
  expect_refused("tiers: is missing: the book must have tiers.csv, tiers.parquet or tiers.arrow");
  EXPECT_EQ(scan.revise((folder_ / "nothing").string()).error().code, plimsoll::error_code::io);
}

TEST(scanner, an_unknown_backend_is_refused) {
  const auto made = plimsoll::scanner::make({.backend = "tpu"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, plimsoll::error_code::usage);
}

}  // namespace
