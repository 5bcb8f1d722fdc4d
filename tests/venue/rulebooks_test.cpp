// Every rulebook that comes with Plimsoll is readable, names its source, and runs. The rest tests the features of the
// executor that they need.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/book/check_rulebook.hpp"
#include "host/venue/adl_policy.hpp"
#include "host/venue/read_rulebook.hpp"
#include "host/venue/venue_keys.hpp"
#include "plimsoll/scores.hpp"
#include "tests/support/synthetic_book.hpp"
#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

venue_config shipped(std::string_view name) {
  refusal_list refusals;
  const auto read = read_rulebook(rulebook_text(name).value_or(""), std::string(name) + ".toml", refusals);
  EXPECT_TRUE(read.has_value()) << refusals.to_error().message;
  return read.value_or(venue_config{});
}

class shipped_rulebook_test : public testing::TestWithParam<std::string_view> {};

TEST_P(shipped_rulebook_test, reads_and_names_its_source) {
  const venue_config read = shipped(GetParam());
  EXPECT_EQ(read.rules.name, GetParam());
  EXPECT_FALSE(read.rules.source.empty());
  if (GetParam() == "default") { return; }
  const std::string text(*rulebook_text(GetParam()));
  EXPECT_THAT(text, HasSubstr("# Reproduced exactly"));
  EXPECT_THAT(text, HasSubstr("# Not reproduced"));
  EXPECT_THAT(text, HasSubstr("# Marks: "));
}

TEST_P(shipped_rulebook_test, runs_a_tick) {
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    synthetic::spec wanted;
    wanted.accounts = 400;
    wanted.instruments = 6;
    wanted.seed = 7;
    wanted.collateral = collateral;
    wanted.bankrupt_share = 0.1;
    wanted.giant_share = 0;
    const venue_config read = shipped(GetParam());
    wanted.score = read.adl_score;
    book current = synthetic::make_book(wanted);
    current.reference.venue.rules = read.rules;
    current.reference.venue.rules.market.depth = {{"", decimal{1'000'000, 0}}};
    for (const asset& it : current.reference.assets) {
      current.reference.venue.rules.fund.balance[it.name] = {1'000, 0};
    }
    refusal_list refusals;
    check_rulebook(current.reference, "venue.toml", refusals);
    EXPECT_TRUE(refusals.empty()) << refusals.to_error().message;
    const executed done = execute_tick(current, make_simulated_market(current, current.reference.venue.rules.market));
    EXPECT_GT(done.outcome.units_bankrupt, 0U);
    EXPECT_GT(done.outcome.plans.size(), done.outcome.units_bankrupt);
    for (std::uint32_t a = 0; a < current.reference.assets.size(); ++a) {
      EXPECT_GE(done.by->books().balance(system_account::fund, a), 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(rulebooks, shipped_rulebook_test, testing::ValuesIn(known_rulebooks()),
                         [](const auto& one) { return std::string(one.param); });

TEST(rulebooks, are_known_by_name) {
  std::vector<std::string> files;
  for (const auto& one : std::filesystem::directory_iterator(PLIMSOLL_SOURCE_DIR "/host/venue/rulebooks")) {
    files.push_back(one.path().stem().string());
  }
  std::sort(files.begin(), files.end());
  ASSERT_GT(files.size(), 8U);
  EXPECT_THAT(known_rulebooks(), ElementsAreArray(files));
  EXPECT_FALSE(rulebook_text("mtgox").has_value());
}

TEST(rulebooks, default_and_the_help_list_every_score_and_policy) {
  const std::string text(*rulebook_text("default"));
  for (const score_traits& row : all_scores) { EXPECT_THAT(text, HasSubstr("\"" + std::string(row.word) + "\"")); }
  const auto key = std::find_if(venue_keys().begin(), venue_keys().end(),
                                [](const venue_key& one) { return one.name == "adl.policy"; });
  ASSERT_NE(key, venue_keys().end());
  for (const adl_policy& policy : all_adl_policies()) {
    const std::string name = to_string(policy);
    EXPECT_THAT(std::string(key->type), HasSubstr("\"" + name));
    const bool is_short = name.starts_with("pro_rata:") && name != "pro_rata:size";  // The second and later, as ":pnl".
    EXPECT_THAT(text, HasSubstr("\"" + (is_short ? name.substr(name.find(':')) : name)));
  }
}

TEST(rulebooks, default_is_what_the_code_starts_from) {
  const venue_config read = shipped("default");
  const venue_config plain;
  EXPECT_EQ(read.rules.liquidation, plain.rules.liquidation);
  EXPECT_EQ(read.rules.market, plain.rules.market);
  EXPECT_EQ(read.rules.backstop, plain.rules.backstop);
  EXPECT_EQ(read.rules.fund, plain.rules.fund);
  EXPECT_EQ(read.rules.adl, plain.rules.adl);
  EXPECT_EQ(read.rules.socialise, plain.rules.socialise);
  EXPECT_EQ(read.adl_score, plain.adl_score);
  EXPECT_EQ(read.margin_call_ppm, plain.margin_call_ppm);
  EXPECT_EQ(read.max_mark_age_ns, plain.max_mark_age_ns);
}

// ------------------------------------------------------------------- features of the executor that published rules
// need

const std::vector<small_band> flat_tiers = {{0, 100'000, 200'000}};  // MM 10 %, IM 20 %.

/// A long of 10 contracts at a mark of 100 with this equity, and a rich short facing it. Money in cents.
small_book long_with_equity(const std::string& venue_lines, std::int64_t equity_cents) {
  small_book out(2, venue_lines);
  out.contract("X", 0, 0, 100, flat_tiers);
  out.balance("long", equity_cents).position("long", "X", 10, 100'000);
  out.balance("short", 1'000'000).position("short", "X", -10, -100'000);
  return out;
}

int plans_of(const executed& done, ledger_step step) {
  int count = 0;
  for (const ledger_plan& plan : done.outcome.plans) { count += plan.step == step ? 1 : 0; }
  return count;
}

constexpr const char* hyperliquid_lines = "rulebook = \"hyperliquid\"\n";

TEST(hyperliquid_backstop, takes_a_unit_below_two_thirds_of_maintenance_with_its_margin) {
  book source = long_with_equity(hyperliquid_lines, 6'666).build();  // MM is 100 dollars.
  const executed done = execute_tick(source, make_fixed_market(100));
  EXPECT_EQ(plans_of(done, ledger_step::liquidate), 0);
  EXPECT_EQ(plans_of(done, ledger_step::backstop), 1);
  EXPECT_EQ(source.units.balance[unit_of(source, "long")], 0) << "the maintenance margin is not given back";
  EXPECT_EQ(done.by->books().holdings(system_account::backstop).positions.at(0).lots, 10);
}

TEST(hyperliquid_backstop, leaves_a_unit_above_to_the_market_and_the_rest_to_the_account) {
  book source = long_with_equity(hyperliquid_lines, 6'700).build();
  const executed done = execute_tick(source, make_fixed_market(100));
  EXPECT_EQ(plans_of(done, ledger_step::backstop), 0);
  EXPECT_EQ(plans_of(done, ledger_step::liquidate), 1) << "below 100,000 dollars the whole unit goes at once";
  EXPECT_EQ(source.units.balance[unit_of(source, "long")], 6'700);
  book unfilled = long_with_equity(hyperliquid_lines, 6'700).build();
  const executed waits = execute_tick(unfilled, make_fixed_market(0));
  EXPECT_EQ(plans_of(waits, ledger_step::backstop), 0) << "what the market does not take stays";
}

TEST(hyperliquid_backstop, passes_by_a_bankrupt_unit) {
  book source = long_with_equity(hyperliquid_lines, -500).build();
  const executed done = execute_tick(source, make_fixed_market(0));
  EXPECT_EQ(plans_of(done, ledger_step::backstop), 0);
  EXPECT_EQ(plans_of(done, ledger_step::adl), 1);
  EXPECT_EQ(source.units.balance[unit_of(source, "short")], 1'000'000 - 500) << "at the loser's bankruptcy value";
}

TEST(okx_adl, closes_at_the_mark_while_the_fund_can_pay) {
  book source = long_with_equity("rulebook = \"okx\"\n[fund.balance]\nUSD = 5\n", -500).build();
  const executed done = execute_tick(source, make_fixed_market(0));
  ASSERT_EQ(plans_of(done, ledger_step::adl), 1);
  EXPECT_EQ(source.units.balance[unit_of(source, "short")], 1'000'000) << "the winner gets the mark";
  EXPECT_EQ(source.units.balance[unit_of(source, "long")], 0);
  EXPECT_EQ(done.by->books().balance(system_account::fund, 0), 0);
  EXPECT_EQ(done.outcome.flows.at(0).adl_haircut, 0);
  EXPECT_EQ(done.outcome.flows.at(0).fund_paid, 500);
}

TEST(okx_adl, closes_at_the_bankruptcy_price_where_the_fund_cannot) {
  book source = long_with_equity("rulebook = \"okx\"\n[fund.balance]\nUSD = 4.99\n", -500).build();
  const executed done = execute_tick(source, make_fixed_market(0));
  ASSERT_EQ(plans_of(done, ledger_step::adl), 1);
  EXPECT_EQ(source.units.balance[unit_of(source, "short")], 1'000'000 - 500);
  EXPECT_EQ(done.by->books().balance(system_account::fund, 0), 499) << "all or nothing of a fill";
}

/// A bankrupt isolated long whose own account leads the ladder of the shorts.
TEST(adl, passes_by_what_the_losers_account_itself_holds) {
  for (const char* policy : {"queue", "pro_rata:size", "pro_rata:equity", "min_max"}) {
    small_book made(2, "[adl]\npolicy = \"" + std::string(policy) + "\"\n[socialise]\nenabled = false\n");
    made.contract("X", 0, 0, 100, flat_tiers);
    made.isolated("ann", "X", 10, 100'500, 0);
    made.balance("ann", 1'000'000).position("ann", "X", -10, -100'000);
    made.balance("bob", 1'000'000).position("bob", "X", -10, -100'000);
    book source = made.build();
    const executed done = execute_tick(source, make_fixed_market(0));
    EXPECT_EQ(source.units.balance[unit_of(source, "bob")], 1'000'000 - 500) << policy;
    EXPECT_EQ(source.units.balance[unit_of(source, "ann")], 1'000'000)
        << policy << ": nobody deleverages against themselves";
    EXPECT_EQ(done.outcome.flows.at(0).unpaid, 0) << policy;
    EXPECT_EQ(done.outcome.flows.at(0).adl_candidates, 2) << policy;
  }
}

/// Two bankrupt longs, one in A and one in B, each five dollars below zero by its loss there. The market is at the
/// mark.
executed two_markets(const std::string& venue_lines, book& source) {
  small_book made(2, venue_lines);
  made.contract("A", 0, 0, 100, flat_tiers).contract("B", 0, 0, 100, flat_tiers);
  made.balance("a", 0).position("a", "A", 10, 100'500);
  made.balance("b", 0).position("b", "B", 10, 100'500);
  source = made.build();
  return execute_tick(source, make_fixed_market(100));
}

TEST(fund_by_instrument, pays_only_for_its_own) {
  const std::string lines = "[socialise]\nenabled = false\n[fund]\nscope = \"instrument\"\n";
  book source;
  const executed one = two_markets(lines + "[fund.balance]\nA = 10\n", source);
  EXPECT_EQ(source.units.balance[unit_of(source, "a")], 0);
  EXPECT_EQ(source.units.balance[unit_of(source, "b")], 0) << "the part of A is not B's";
  EXPECT_EQ(one.by->books().balance(system_account::fund, 0), 500);
  const executed both = two_markets(lines + "[fund.balance]\nA = 10\nB = 4\n", source);
  EXPECT_EQ(source.units.balance[unit_of(source, "b")], 400) << "to its end, and no further";
  EXPECT_EQ(both.by->books().balance(system_account::fund, 0), 500);
  const executed shared = two_markets("[socialise]\nenabled = false\n[fund.balance]\nUSD = 10\n", source);
  EXPECT_EQ(source.units.balance[unit_of(source, "b")], 0) << "a fund by asset pays for both";
  EXPECT_EQ(shared.by->books().balance(system_account::fund, 0), 0);
}

TEST(dydx_fee, goes_to_the_fund_and_the_rest_to_the_account) {
  book source = long_with_equity("rulebook = \"dydx\"\n", 5'000).build();
  const executed done = execute_tick(source, make_fixed_market(100));
  EXPECT_EQ(done.by->books().balance(system_account::fund, 0), 500) << "0.5 % of 1000 dollars";
  EXPECT_EQ(done.by->books().balance(system_account::fees, 0), 0);
  EXPECT_EQ(source.units.balance[unit_of(source, "long")], 4'500);
}

}  // namespace
}  // namespace plimsoll
