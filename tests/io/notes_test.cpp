// Notes on a valid book: each kind once, with its count, and none on a book without a reason.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

using ::testing::Contains;
using testing::draft;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::load;
using testing::loaded;
using ::testing::Not;

/// A book without notes: as many longs as shorts, a balance for every account.
draft quiet_book() {
  return draft()
      .with("positions.csv",
            "account,instrument,size,entry_price\nalice,BTCUSDT,0.5,60000.1\nbob,BTCUSDT,-0.5,60000.1\n")
      .with("balances.csv", "account,asset,amount\nalice,USDT,1000.5\nbob,USDT,2000\n");
}

/// The counts of the notes that hold `text`.
std::vector<std::uint64_t> counts_of(const draft& source, const std::string& text) {
  const testing::scratch_folder folder;
  source.write(folder.path());
  refusal_list refusals;
  const auto outcome = load_book(folder.path(), {}, refusals);
  EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
  std::vector<std::uint64_t> out;
  for (const note& one : refusals.notes()) {
    if (one.text.find(text) != std::string::npos) { out.push_back(one.count); }
  }
  return out;
}

TEST(io_notes, a_book_without_a_reason_has_no_notes) { EXPECT_THAT(load(quiet_book()).notes, IsEmpty()); }

TEST(io_notes, accounts_without_a_balance_are_counted_once_each_and_the_first_is_named) {
  draft source = quiet_book().append("positions.csv",
                                     "zoe,BTCUSD,1,60000\n"
                                     "zoe,BTCUSDT,0.1,60000\n"
                                     "carl,BTCUSD,-1,60000\n"
                                     "carl,BTCUSDT,-0.1,60000\n");
  EXPECT_THAT(load(source).notes, Contains("positions.csv: 2 accounts have cross positions and no row in balances.csv "
                                           "(first: zoe, row 4)"));
  EXPECT_THAT(counts_of(source, "no row in balances.csv"), ::testing::ElementsAre(2U));
  source.append("balances.csv", "carl,BTC,0\n");
  EXPECT_THAT(load(source).notes, Contains("positions.csv: 1 account has cross positions and no row in balances.csv "
                                           "(first: zoe, row 4)"));
}

TEST(io_notes, an_isolated_position_needs_no_balance) {
  const draft source = quiet_book().with("positions.csv",
                                         "account,instrument,size,entry_price,isolated_margin\n"
                                         "carl,BTCUSDT,0.5,60000.1,10\nbob,BTCUSDT,-0.5,60000.1,\n");
  EXPECT_THAT(load(source).notes, Each(Not(HasSubstr("no row in balances"))));
}

TEST(io_notes, names_that_differ_in_case_or_by_a_point_and_a_zero) {
  draft source =
      quiet_book().append("balances.csv", "0xAbC,USDT,1\n0xaBc,USDT,1\n0xabc,USDT,1\n7,USDT,1\n7.0,USDT,1\n");
  EXPECT_THAT(
      load(source).notes,
      Contains(HasSubstr(
          "accounts: 0xAbC and 0xaBc differ only in case, by zeros in front or by .0 at the end, and so do 2 more")));
  EXPECT_THAT(counts_of(source, "differ only in case"), ::testing::ElementsAre(3U));
  source = quiet_book().append("balances.csv", "007,USDT,1\n7,USDT,1\n0070,USDT,1\n0x7,USDT,1\n");
  EXPECT_THAT(load(source).notes, Contains(HasSubstr("accounts: 007 and 7 differ only in case, by zeros in front")));
  EXPECT_THAT(counts_of(source, "differ only in case"), ::testing::ElementsAre(1U));
  source = quiet_book().append("balances.csv", "ANN,USDT,1\n7.00,USDT,1\n7,USDT,1\n");
  EXPECT_THAT(load(source).notes, IsEmpty()) << "none is like another";
  source = quiet_book()
               .append("instruments.csv", "btcusdt,linear,BTC,USDT,1,0.1,0.001,T\n")
               .append("marks.csv", "btcusdt,61000,\n");
  EXPECT_THAT(load(source).notes, Contains(HasSubstr("instruments: BTCUSDT and btcusdt differ only in case")));
}

TEST(io_notes, a_blank_at_either_end_of_a_name_is_refused) {
  for (const char* name : {" alice", "alice ", "\talice", "alice\xC2\xA0",
                           "\xE2\x80\x8B"
                           "alice",
                           "alice\xEF\xBB\xBF"}) {
    const loaded found = load(quiet_book().append("balances.csv", std::string(name) + ",BTC,1\n"));
    ASSERT_EQ(found.places.size(), 1U) << name;
    EXPECT_EQ(found.places[0].row, 4) << name;
    EXPECT_THAT(found.places[0].reason, HasSubstr("begins or ends with a blank")) << name;
  }
  EXPECT_TRUE(load(quiet_book().append("balances.csv", "al ice,BTC,1\nal\xC2\xA0ice,BTC,1\n")).outcome)
      << "inside it may";
  EXPECT_EQ(load(quiet_book().change("assets.csv", "BTC,", "BTC ,")).places.front().column, "asset");
}

TEST(io_notes, an_instrument_that_does_not_sum_to_zero_is_noted_with_both_sums) {
  EXPECT_THAT(
      load(quiet_book().append("positions.csv", "bob,BTCUSD,3,60000\n")).notes,
      Contains("positions.csv: 1 instrument does not sum to zero, as a whole venue's contracts do: BTCUSD (longs 3, "
               "shorts 0)"));
  draft many = quiet_book();
  for (int i = 0; i < 5; ++i) {
    const std::string name = "X" + std::to_string(i);
    many.append("instruments.csv", name + ",linear,BTC,USDT,1,0.1,0.001,T\n")
        .append("marks.csv", name + ",61000,\n")
        .append("positions.csv", "bob," + name + ",-1.25,60000\n");
  }
  EXPECT_THAT(load(many).notes,
              Contains(HasSubstr("5 instruments do not sum to zero, as a whole venue's contracts do: X0 "
                                 "(longs 0, shorts 1.25), X1 (longs 0, shorts 1.25), X2 (longs 0, "
                                 "shorts 1.25) and 2 more")));
  EXPECT_THAT(counts_of(many, "sum to zero"), ::testing::ElementsAre(5U));
}

TEST(io_notes, files_whose_names_are_nearly_those_of_tables) {
  for (const auto& [name, way_out] : std::map<std::string, std::string>{{"account.csv", "name it accounts.csv"},
                                                                        {"Accounts.csv", "name it accounts.csv"},
                                                                        {"positions_old.csv", "name it positions.csv"},
                                                                        {"accounts.feather", "name it accounts.arrow"},
                                                                        {"accounts.csv.gz", "unpack it first"},
                                                                        {"balances (1).csv", "name it balances.csv"}}) {
    EXPECT_THAT(load(quiet_book().with(name, "x\n")).notes,
                ::testing::ElementsAre(::testing::AllOf(HasSubstr(name + " is not read"), HasSubstr(way_out))))
        << name;
  }
  for (const char* name :
       {"ticks.csv", "updates.csv", "notes.txt", "market.json", "compositions.csv", ".positions.csv.swp"}) {
    EXPECT_THAT(load(quiet_book().with(name, "x\n")).notes, IsEmpty()) << name;
  }
  const loaded missing = load(quiet_book().without("tiers.csv").with("tiers.csv.gz", "x"));
  EXPECT_THAT(missing.text(),
              HasSubstr("tiers: is missing; the book must have tiers.csv, tiers.parquet or tiers.arrow; "
                        "tiers.csv.gz exists: unpack it first"));
}

TEST(io_notes, columns_that_are_not_read_nor_used) {
  draft source =
      quiet_book().with("balances.csv", ",account,asset,amount,note,note\n0,alice,USDT,1,x,y\n1,bob,USDT,2,x,y\n");
  EXPECT_THAT(load(source).notes, ::testing::ElementsAre("balances.csv: column 1 has no name and is not read",
                                                         "balances.csv: column note is not read"));
  source =
      quiet_book().with("assets.csv", "asset,step,price,asset_weight\nUSDT,0.000001,,\nBTC,0.00000001,60000,0.9\n");
  EXPECT_THAT(load(source).notes, Contains(HasSubstr("assets.csv: weights of 1 asset(s) are not used")));
  source =
      quiet_book().with("assets.csv", "asset,step,price,asset_weight\nUSDT,0.000001,,1\nBTC,0.00000001,60000,1.000\n");
  EXPECT_THAT(load(source).notes, IsEmpty()) << "a weight of 1 is no haircut";
  source = quiet_book().with("positions.csv",
                             "account,instrument,size,entry_price,adl_score\n"
                             "alice,BTCUSDT,0.5,60000.1,1\nbob,BTCUSDT,-0.5,60000.1,2\n");
  EXPECT_THAT(load(source).notes,
              Contains(HasSubstr("column adl_score is not used, because [adl] score is \"pnl_leverage\"")));
  source.append("venue.toml", "[adl]\nscore = \"given\"\n");
  EXPECT_THAT(load(source).notes, IsEmpty());
}

TEST(io_notes, a_fund_that_is_never_asked) {
  const std::string outcome = "the rulebook has no market";
  draft source = quiet_book().append("venue.toml", "[fund.balance]\nUSDT = 1000\n");
  EXPECT_THAT(load(source).notes, Contains(HasSubstr(outcome)));
  for (const char* instead : {"[market]\ndepth = 1000000\n", "[backstop]\nenabled = true\n",
                              "[adl]\nprice = \"mark\"\n", "[adl]\nenabled = false\n"}) {
    EXPECT_THAT(load(draft(source).append("venue.toml", instead)).notes, IsEmpty()) << instead;
  }
  EXPECT_THAT(load(quiet_book().append("venue.toml", "[fund.balance]\nUSDT = 0\n")).notes, IsEmpty());
}

}  // namespace
}  // namespace plimsoll
