// Reading rulebooks and venues: every key, every refusal by file, line, key, value and reason.
#include "host/venue/read_rulebook.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/book/check_rulebook.hpp"
#include "host/venue/read_venue.hpp"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* head = "name = \"x\"\nsource = \"a page\"\n";  // Two lines, so the next text begins in line 3.

/// `file:line: key "value" reason`, shorter than what a user sees; value and line where there are any.
std::string text_of(const refusal& one) {
  return one.file + (one.row > 0 ? ":" + std::to_string(one.row) : "") + ": " + one.column +
         (one.value.empty() ? "" : " \"" + one.value + "\"") + " " + one.reason;
}

std::string text_of(const refusal_list& refusals) {
  std::string out;
  for (const refusal& one : refusals.listed()) { out += text_of(one) + "\n"; }
  return out;
}

venue_config good(const std::string& body) {
  refusal_list refusals;
  const auto read = read_rulebook(head + body, "x.toml", refusals);
  EXPECT_TRUE(read.has_value()) << body << refusals.to_error().message;
  return read.value_or(venue_config{});
}

/// The refusals of a rulebook, one a line.
std::string refused(const std::string& body) {
  refusal_list refusals;
  EXPECT_FALSE(read_rulebook(head + body, "x.toml", refusals).has_value()) << body;
  return text_of(refusals);
}

venue_config good_venue(const std::string& text, const open_beside& open = {}) {
  refusal_list refusals;
  const auto read = read_venue("name = \"v\"\nquote = \"USDT\"\n" + text, "venue.toml", refusals, open);
  EXPECT_TRUE(read.has_value()) << text << refusals.to_error().message;
  return read.value_or(venue_config{});
}

std::string refused_venue(const std::string& text, const open_beside& open = {}) {
  refusal_list refusals;
  EXPECT_FALSE(read_venue("name = \"v\"\nquote = \"USDT\"\n" + text, "venue.toml", refusals, open).has_value()) << text;
  return text_of(refusals);
}

TEST(read_rulebook, reads_every_key_exactly) {
  const venue_config read = good(R"(
[margin]
margin_call_at = 1.5
max_mark_age = 0.5
[liquidation]
mode = "fraction"
fraction = 0.123456
cooldown = 7
whole_below = "100000.000000000000000001"
order = "loss"
liquidation_fee = 0.005
fee_to = "fund"
surplus_to = "account"
[market]
impact = "square_root"
depth = 1_000_000.1
depth_move = 0.02
half_life = 0
permanent = 0.25
[backstop]
enabled = true
capacity = 5
below_health = 0.5
takes_bankrupt = false
[fund]
scope = "instrument"
floor = 0.1
account_limit = 3
tick_limit = 0
drawdown_stop = 0.3
recovery = 0.7
[fund.balance]
"BTC-PERP" = "0.3"
[adl]
enabled = true
score = "size"
policy = "capped:0.5"
price = "mark"
[socialise]
enabled = true
by = "equity"
)" + std::string());
  const rulebook& rules = read.rules;
  EXPECT_EQ(rules.name, "x");
  EXPECT_EQ(rules.source, "a page");
  EXPECT_EQ(read.margin_call_ppm, 1'500'000U);
  EXPECT_EQ(read.max_mark_age_ns, 500'000'000);
  EXPECT_EQ(read.adl_score, score_kind::size);
  liquidation_rules liquidation{liquidation_mode::fraction, 123'456, 7'000'000'000, {},  1'250'000,
                                position_order::loss,       5'000,   true,          true};
  liquidation.whole_below = decimal{static_cast<int128>(100'000) * 1'000'000'000'000'000'000 + 1, 18};
  EXPECT_EQ(rules.liquidation, liquidation);
  EXPECT_EQ(rules.market,
            (market_rules{market_rules::impact::square_root, {{"", decimal{10'000'001, 1}}}, 20'000, 0, 250'000}));
  EXPECT_EQ(rules.backstop, (backstop_rules{true, decimal{5, 0}, 500'000, false}));
  EXPECT_EQ(
      rules.fund,
      (fund_rules{
          fund_scope::instrument, {{"BTC-PERP", {3, 1}}}, {1, 1}, decimal{3, 0}, decimal{0, 0}, 300'000, 700'000}));
  EXPECT_EQ(rules.adl, (adl_rules{true, {adl_policy_kind::capped, 500'000}, adl_price::mark}));
  EXPECT_EQ(rules.socialise, (socialise_rules{true, socialise_by::equity}));
}

TEST(read_rulebook, reads_amounts_by_asset_and_durations_in_seconds) {
  const venue_config one = good("[margin]\ndust = 1.5\nnegative_marks = true\n[market]\ndepth = 7\nhalf_life = 0.25\n");
  EXPECT_EQ(one.dust, (std::map<std::string, decimal>{{"", decimal{15, 1}}}));
  EXPECT_EQ(one.rules.market.depth, (std::map<std::string, decimal>{{"", decimal{7, 0}}}));
  EXPECT_TRUE(one.negative_marks);
  EXPECT_EQ(one.rules.market.half_life_ns, 250'000'000);
  const venue_config by_asset = good("[margin.dust]\nBTC = \"0.01\"\n[market.depth]\nUSDT = 5\nBTC = 2\n");
  EXPECT_EQ(by_asset.dust, (std::map<std::string, decimal>{{"BTC", decimal{1, 2}}}));
  EXPECT_EQ(by_asset.rules.market.depth,
            (std::map<std::string, decimal>{{"BTC", decimal{2, 0}}, {"USDT", decimal{5, 0}}}));
}

TEST(read_rulebook, refuses_what_is_no_rulebook) {
  EXPECT_THAT(refused("name ="), HasSubstr("is not TOML"));
  refusal_list refusals;
  EXPECT_FALSE(read_rulebook("", "x.toml", refusals).has_value());
  EXPECT_EQ(refusals.count(), 2U) << "name and source are missing";
  EXPECT_THAT(refused("qoute = \"USDT\"\n"), HasSubstr("x.toml:3: qoute is not a key of the format"));
  EXPECT_THAT(refused("quote = \"USDT\"\n"),
              HasSubstr("x.toml:3: quote belongs to the venue.toml of a book, and not to a rulebook"));
  EXPECT_THAT(refused("[liquidation]\nmoed = \"whole\"\n"),
              HasSubstr("x.toml:4: liquidation.moed is not a key of the format"));
  EXPECT_THAT(refused("fund = 3\n"), HasSubstr("x.toml:3: fund \"3\" must be a section, [fund]"));
  EXPECT_THAT(refused("[fund]\nbalance = 3\n"), HasSubstr("fund.balance \"3\" must be a section, [fund.balance]"));
  EXPECT_THAT(refused("[portfolio]\n"), HasSubstr("portfolio is not a key"));
}

TEST(read_rulebook, refuses_words_numbers_and_flags_by_place) {
  EXPECT_THAT(refused("[liquidation]\nmode = \"half\"\n"),
              HasSubstr("x.toml:4: liquidation.mode \"half\" must be one of \"whole\", \"fraction\", \"tier_down\", "
                        "\"target_health\""));
  EXPECT_THAT(refused("[liquidation]\norder = 1\n"), HasSubstr("liquidation.order \"1\" must be one of"));
  EXPECT_THAT(refused("[backstop]\nenabled = 1\n"), HasSubstr("backstop.enabled \"1\" must be true or false"));
  EXPECT_THAT(refused("[adl]\nscore = \"luck\"\n"), HasSubstr("\"return\", \"leverage\", \"size\", \"given\""));
  EXPECT_THAT(refused("[adl]\npolicy = \"lottery\"\n"),
              HasSubstr("adl.policy \"lottery\" is not valid: unknown ADL policy"));
  EXPECT_THAT(refused("[adl]\npolicy = \"capped:2\"\n"), HasSubstr("above 0, at most 1"));
  EXPECT_THAT(refused("[fund]\ntick_limit = 1e3\n"), HasSubstr("fund.tick_limit \"1e3\" is not a plain decimal"));
  EXPECT_THAT(refused("[fund]\ntick_limit = inf\n"), HasSubstr("fund.tick_limit \"inf\" is not a plain decimal"));
  EXPECT_THAT(refused("[fund]\nfloor = true\n"), HasSubstr("fund.floor \"true\" must be a number"));
}

TEST(read_rulebook, refuses_what_is_out_of_range) {
  for (const char* value : {"0", "-0.1", "1.000001", "0.0000001"}) {
    EXPECT_THAT(refused("[liquidation]\nmode = \"fraction\"\nfraction = " + std::string(value) + "\n"),
                HasSubstr("x.toml:5: liquidation.fraction \"" + std::string(value) +
                          "\" must be above 0 and at most 1, with at most six decimals"));
  }
  EXPECT_THAT(refused("[liquidation]\nmode = \"fraction\"\ncooldown = 0\n"),
              HasSubstr("liquidation.cooldown \"0\" must be seconds from 0.000000001 to 1000000000"));
  EXPECT_THAT(refused("[liquidation]\nmode = \"fraction\"\ncooldown = 0.0000000001\n"),
              HasSubstr("with at most nine decimals"));
  EXPECT_THAT(refused("[market]\nhalf_life = -1\n"), HasSubstr("market.half_life \"-1\" must be seconds from 0"));
  EXPECT_THAT(
      refused("[liquidation]\nmode = \"fraction\"\ncooldown_ticks = 5\n"),
      HasSubstr("x.toml:5: liquidation.cooldown_ticks \"5\" is now named cooldown and counts seconds of as_of"));
  EXPECT_THAT(refused("[market]\nhalf_life_ticks = 5\n"),
              HasSubstr("is now named half_life and counts seconds of as_of"));
  EXPECT_THAT(refused("[liquidation]\nliquidation_fee = 1.1\n"),
              HasSubstr("must be from 0 to 1, with at most six decimals"));
  EXPECT_THAT(refused("[liquidation]\nmode = \"target_health\"\nsurplus_to = \"account\"\ntarget_health = 0.99\n"),
              HasSubstr("must be from 1 to 1000"));
  EXPECT_THAT(refused("[margin]\nmargin_call_at = 0.5\n"),
              HasSubstr("margin.margin_call_at \"0.5\" must be from 1 to 1000"));
  EXPECT_THAT(refused("[margin]\nmax_mark_age = -1\n"), HasSubstr("must not be negative"));
  EXPECT_THAT(refused("[market]\ndepth = -1\n"), HasSubstr("x.toml:4: market.depth \"-1\" must not be negative"));
  EXPECT_THAT(refused("[market]\ndepth_move = 0\n"), HasSubstr("above 0"));
  EXPECT_THAT(refused("[backstop]\nenabled = true\ncapacity = -5\n"),
              HasSubstr("backstop.capacity \"-5\" must not be negative"));
  EXPECT_THAT(refused("[fund]\nfloor = -1\n"), HasSubstr("fund.floor \"-1\" must not be negative"));
  EXPECT_THAT(refused("[fund.balance]\nUSDT = -0.01\n"),
              HasSubstr("x.toml:4: fund.balance.USDT \"-0.01\" must not be negative"));
  EXPECT_THAT(refused("[fund.balance]\nUSDT = 1000000000000000001\n"), HasSubstr("at most 10^18"));
  EXPECT_THAT(refused("[fund]\naccount_limit = 0.0000000000000000001\n"), HasSubstr("at most 18 decimals"));
}

TEST(read_rulebook, refuses_steps_that_contradict_each_other) {
  EXPECT_THAT(refused("[liquidation]\nmode = \"target_health\"\n"),
              HasSubstr("x.toml:4: liquidation.mode \"target_health\" contradicts another key: a unit reaches its "
                        "target health only if"));
  EXPECT_THAT(refused("[liquidation]\nmode = \"target_health\"\nsurplus_to = \"fund\"\n"),
              HasSubstr("x.toml:5: liquidation.surplus_to"));
  EXPECT_THAT(refused("[fund]\nfloor = 10.1\n[fund.balance]\nUSDT = 10\n"),
              HasSubstr("x.toml:6: fund.balance.USDT \"10\" contradicts another key: the floor is above the opening "
                        "balance of USDT"));
  EXPECT_THAT(refused("[fund]\ndrawdown_stop = 0.3\nrecovery = 0.69\n"),
              HasSubstr("x.toml:5: fund.recovery \"0.69\" contradicts"));
  EXPECT_EQ(good("[fund]\ndrawdown_stop = 0.3\nrecovery = 0.7\n").rules.fund.recovery_ppm, 700'000U)
      << "the same level is no contradiction";

  const std::string nobody = "[adl]\nenabled = false\n[socialise]\nenabled = false\n";
  EXPECT_THAT(refused(nobody), HasSubstr("x.toml:6: socialise.enabled \"false\" contradicts another key: without ADL"));
  EXPECT_THAT(refused(nobody + "[fund.balance]\nUSDT = 0\n"), HasSubstr("there is no one to bear a loss"));
  EXPECT_FALSE(good(nobody + "[fund.balance]\nUSDT = 1\n").rules.adl.enabled);
  EXPECT_FALSE(good(nobody + "[backstop]\nenabled = true\n").rules.adl.enabled);
}

TEST(read_rulebook, refuses_keys_that_would_do_nothing) {
  EXPECT_THAT(refused("[liquidation]\nfraction = 0.5\n"),
              HasSubstr("x.toml:4: liquidation.fraction \"0.5\" has no effect; it is used only if liquidation.mode "
                        "is \"fraction\""));
  EXPECT_THAT(refused("[liquidation]\nwhole_below = 5\n"), HasSubstr("liquidation.whole_below \"5\" has no effect"));
  EXPECT_THAT(good("[liquidation]\nmode = \"tier_down\"\nwhole_below = 5\n").rules.liquidation.whole_below,
              ::testing::Optional(decimal{5, 0}));
  EXPECT_THAT(refused("[liquidation]\ntarget_health = 2\n"),
              HasSubstr("liquidation.target_health \"2\" has no effect"));
  EXPECT_THAT(refused("[market]\nimpact = \"none\"\ndepth = 5\n"), HasSubstr("market.depth \"5\" has no effect"));
  EXPECT_THAT(refused("[backstop]\ncapacity = 5\n"), HasSubstr("used only if backstop.enabled is true"));
  EXPECT_THAT(refused("[fund]\nrecovery = 0.9\n"), HasSubstr("used only if fund.drawdown_stop is given"));
  EXPECT_THAT(refused("[adl]\nenabled = false\npolicy = \"queue\"\n"),
              HasSubstr("x.toml:5: adl.policy \"queue\" has no effect"));
  EXPECT_THAT(refused("[socialise]\nenabled = false\nby = \"equity\"\n"),
              HasSubstr("socialise.by \"equity\" has no effect"));
}

TEST(read_rulebook, says_all_that_is_wrong_in_one_go) {
  refusal_list refusals;
  EXPECT_FALSE(
      read_rulebook("name = \"x\"\n[fund]\nfloor = -1\nspeed = 2\n[adl]\nprice = \"last\"\n", "x.toml", refusals)
          .has_value());
  EXPECT_EQ(refusals.count(), 4U) << refusals.to_error().message;
}

TEST(read_venue, follows_the_default_rulebook) {
  EXPECT_EQ(good_venue("").rules.name, "default");
  EXPECT_EQ(good_venue("rulebook = \"default\"\n").rules.name, "default");
}

TEST(read_venue, takes_a_rulebook_and_overrides_any_key_of_it) {
  const venue_config plain = good_venue("rulebook = \"bybit\"\n");
  EXPECT_EQ(plain.rules.name, "bybit");
  EXPECT_EQ(plain.rules.fund.drawdown_stop_ppm, 300'000U);
  const venue_config changed = good_venue(
      "rulebook = \"bybit\"\n[fund]\ndrawdown_stop = 1\n[adl]\nscore = \"pnl\"\n[margin]\nmargin_call_at = 2\n");
  EXPECT_EQ(changed.rules.fund.drawdown_stop_ppm, 1'000'000U);
  EXPECT_EQ(changed.rules.fund.recovery_ppm, 750'000U) << "what is not overridden stays";
  EXPECT_EQ(changed.adl_score, score_kind::pnl);
  EXPECT_EQ(changed.margin_call_ppm, 2'000'000U);
  EXPECT_EQ(good_venue("rulebook = \"binance\"\n").adl_score, score_kind::binance)
      << "the rulebook's score is the venue's default";
  // The venue sets its own mode, and the rulebook's keys for the other mode do not conflict.
  EXPECT_EQ(good_venue("rulebook = \"hyperliquid\"\n[liquidation]\nmode = \"whole\"\n").rules.liquidation.mode,
            liquidation_mode::whole);
}

TEST(read_venue, refuses_overrides_that_contradict_the_rulebook) {
  EXPECT_THAT(refused_venue("rulebook = \"bybit\"\n[fund]\nrecovery = 0.5\n"),
              HasSubstr("venue.toml:5: fund.recovery \"0.5\" contradicts"));
  EXPECT_THAT(refused_venue("rulebook = \"drift\"\n[liquidation]\nsurplus_to = \"fund\"\n"),
              HasSubstr("venue.toml:5: liquidation.surplus_to \"fund\" contradicts"));
  EXPECT_THAT(refused_venue("rulebook = \"binance\"\n[adl]\nenabled = false\n"),
              HasSubstr("venue.toml:5: adl.enabled \"false\" contradicts"));
}

TEST(read_venue, names_the_rulebooks_there_are) {
  EXPECT_THAT(refused_venue("rulebook = \"mtgox\"\n"),
              HasSubstr("venue.toml:3: rulebook \"mtgox\" is not a known rulebook; known rulebooks: \"binance\", "));
  EXPECT_THAT(refused_venue("rulebook = \"mtgox\"\n"), HasSubstr(rulebook_words() + ", or a file beside venue.toml"));
  EXPECT_THAT(refused_venue("rulebook = 3\n"), HasSubstr("must be a text in quotes"));
  EXPECT_THAT(refused_venue("rulebook = \"mtgox\"\nspeed = 1\n"), HasSubstr("venue.toml:4: speed is not a key"))
      << "in one go";
}

TEST(read_venue, takes_a_rulebook_from_a_file_beside_it) {
  const open_beside open = [](const std::string& path) -> result<std::string> {
    if (path == "./mine.toml") { return std::string("name = \"mine\"\nsource = \"us\"\n[fund]\nfloor = 5\n"); }
    if (path == "bad.toml") { return std::string("name = \"bad\"\nsource = \"us\"\n[fund]\nfloor = -5\n"); }
    return error{error_code::io, "no such file"};
  };
  const venue_config mine = good_venue("rulebook = \"./mine.toml\"\n[fund]\ntick_limit = 1\n", open);
  EXPECT_EQ(mine.rules.name, "mine");
  EXPECT_EQ(mine.rules.fund.floor, (decimal{5, 0}));
  EXPECT_EQ(mine.rules.fund.tick_limit, (decimal{1, 0}));
  EXPECT_THAT(refused_venue("rulebook = \"bad.toml\"\n", open),
              HasSubstr("bad.toml:4: fund.floor \"-5\" must not be negative"));
  EXPECT_THAT(refused_venue("rulebook = \"gone.toml\"\n", open),
              HasSubstr("rulebook \"gone.toml\" cannot be read: no such file"));
  EXPECT_THAT(refused_venue("rulebook = \"../mine.toml\"\n", open),
              HasSubstr("must be a file inside the book's folder"));
  EXPECT_THAT(refused_venue("rulebook = \"/mine.toml\"\n", open), HasSubstr("must be a file inside the book's folder"));
  EXPECT_THAT(refused_venue("rulebook = \"./mine.toml\"\n"), HasSubstr("files cannot be read here"));
  EXPECT_EQ(rulebook_path("rulebook = \"./mine.toml\"\n"), "./mine.toml");
  EXPECT_EQ(rulebook_path("rulebook = \"binance\"\n"), std::nullopt);
  EXPECT_EQ(rulebook_path("rulebook ="), std::nullopt);
}

TEST(read_venue, keeps_its_own_keys) {
  refusal_list refusals;
  EXPECT_FALSE(read_venue("quote = \"\"\n", "venue.toml", refusals).has_value());
  EXPECT_EQ(refusals.count(), 2U) << "name is missing, quote is empty";
  EXPECT_EQ(good_venue("collateral = \"multi\"\n").collateral, collateral_mode::multi);
  EXPECT_THAT(refused_venue("collateral = \"both\"\n"), HasSubstr("must be one of \"single\", \"multi\""));
  EXPECT_THAT(refused_venue("[portfolio]\ngrid = \"span\"\n"),
              HasSubstr("portfolio.grid belongs to portfolio margin, which is not supported yet"));
  EXPECT_THAT(refused_venue("source = \"x\"\n"), HasSubstr("source is not a key")) << "a venue has none";
}

// ------------------------------------------------------------------------------- against a book's assets

reference_data two_assets() {
  reference_data out;
  out.assets = {{"BTC", 8, {}}, {"USDT", 2, {}}};
  instrument perp;
  perp.name = "BTC-PERP";
  perp.base = 0;
  perp.settle = 1;
  instrument spot = perp;
  spot.name = "BTC-SPOT";
  spot.kind = instrument_kind::spot;
  out.instruments = {perp, spot};
  return out;
}

std::vector<std::string> checked(const std::string& text) {
  reference_data reference = two_assets();
  reference.venue = good_venue(text);
  refusal_list refusals;
  check_rulebook(reference, "venue.toml", refusals);
  std::vector<std::string> out;
  for (const refusal& one : refusals.listed()) { out.push_back(text_of(one)); }
  return out;
}

TEST(check_rulebook, refuses_what_does_not_fit_the_book) {
  EXPECT_THAT(checked("[fund.balance]\nUSDT = 10.25\nBTC = 0.00000001\n[market]\ndepth = 0.01\n"), ElementsAre());
  EXPECT_THAT(checked("[fund.balance]\nUSD = 10\n"),
              ElementsAre(HasSubstr("fund.balance.USD \"10\" is in an asset that is not in assets")));
  EXPECT_THAT(checked("[fund.balance]\nUSDT = 0.001\n"),
              ElementsAre(HasSubstr("is finer than the step of USDT, 0.01")));
  EXPECT_THAT(checked("[market]\ndepth = 0.001\n"),
              ElementsAre(HasSubstr("market.depth \"0.001\" is finer than the step of USDT")));
  EXPECT_THAT(checked("[fund]\nfloor = 0.001\n"), ElementsAre(HasSubstr("fund.floor")));
  EXPECT_THAT(checked("[fund]\naccount_limit = 0.001\ntick_limit = 0.001\n"),
              ElementsAre(HasSubstr("account_limit"), HasSubstr("tick_limit")));
  EXPECT_THAT(checked("[backstop]\nenabled = true\ncapacity = 0.001\n"), ElementsAre(HasSubstr("backstop.capacity")));
  EXPECT_THAT(checked("[fund.balance]\nUSDT = 100000000000000000\n"),
              ElementsAre(HasSubstr("is beyond 2^62 steps of USDT; its step is 0.01")));
}

TEST(check_rulebook, knows_funds_by_instrument) {
  EXPECT_THAT(checked("[fund]\nscope = \"instrument\"\n[fund.balance]\nBTC-PERP = 3\n"), ElementsAre());
  EXPECT_THAT(checked("[fund]\nscope = \"instrument\"\n[fund.balance]\nUSDT = 3\n"),
              ElementsAre(HasSubstr("is not a contract in instruments")));
  EXPECT_THAT(checked("[fund]\nscope = \"instrument\"\n[fund.balance]\nBTC-SPOT = 3\n"),
              ElementsAre(HasSubstr("is not a contract in instruments")));
  EXPECT_THAT(checked("[fund]\nscope = \"instrument\"\n[fund.balance]\nBTC-PERP = 0.001\n"),
              ElementsAre(HasSubstr("finer than the step of USDT")));
}

}  // namespace
}  // namespace plimsoll
