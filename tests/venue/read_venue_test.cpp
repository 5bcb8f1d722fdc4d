// venue.toml: exact numbers, known keys.
#include "host/venue/read_venue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plimsoll {
namespace {

const std::string head = "name = \"v\"\nquote = \"USDT\"\n";

std::optional<venue_config> read(const std::string& text) {
  refusal_list refusals;
  auto venue = read_venue(text, "venue.toml", refusals);
  EXPECT_TRUE(venue) << refusals.to_error().message;
  return venue;
}

TEST(read_venue, a_missing_key_has_its_default) {
  const auto venue = read(head).value();
  EXPECT_EQ(venue.name, "v");
  EXPECT_EQ(venue.quote, "USDT");
  EXPECT_EQ(venue.collateral, collateral_mode::single);
  EXPECT_EQ(venue.margin_call_ppm, 1'250'000U);
  EXPECT_FALSE(venue.max_mark_age_ns);
  EXPECT_EQ(venue.adl_score, score_kind::pnl_leverage);
}

TEST(read_venue, numbers_are_exact_however_they_are_written) {
  EXPECT_EQ(read(head + "[margin]\nmargin_call_at = 1.000001 # just above\n")->margin_call_ppm, 1'000'001U);
  EXPECT_EQ(read(head + "margin = { margin_call_at = \"1.1\", max_mark_age = 0.1 }\n")->margin_call_ppm, 1'100'000U);
  EXPECT_EQ(read(head + "margin = { margin_call_at = 1_000.0, max_mark_age = 0.1 }\n")->max_mark_age_ns, 100'000'000);
  EXPECT_EQ(read(head + "[margin]\nmargin_call_at = 1\nmax_mark_age = 60\n")->max_mark_age_ns, 60'000'000'000);
  EXPECT_EQ(read(head + "[margin]\r\nmax_mark_age = 0\r\n")->max_mark_age_ns, 0);
}

TEST(read_venue, each_score_has_its_word) {
  for (int kind = 0; kind < 8; ++kind) {
    const auto score = static_cast<score_kind>(kind);
    EXPECT_EQ(read(head + "[adl]\npolicy = \"queue\"\nscore = \"" + to_string(score) + "\"\n")->adl_score, score);
  }
}

struct broken {
  std::string text;
  std::int64_t row;
  const char* column;
  const char* value;
  const char* reason;
};

TEST(read_venue, what_is_wrong_is_refused_by_line_and_key) {
  const broken cases[] = {
      {"quote = \"USDT\"\n", 0, "name", "", "is missing"},
      {"name = \"v\"\n", 0, "quote", "", "is missing"},
      {"name = \"\"\nquote = \"USDT\"\n", 1, "name", "", "is empty"},
      {"name = 7\nquote = \"USDT\"\n", 1, "name", "7", "text in quotes"},
      {head + "colour = 1\n", 3, "colour", "", "not a key of the format"},
      {head + "collateral = \"both\"\n", 3, "collateral", "both", "must be"},
      {head + "margin = 1\n", 3, "margin", "1", "must be a section"},
      {head + "[margin]\ncall_at = 1\n", 4, "margin.call_at", "", "not a key of the format"},
      {head + "[margin]\nmargin_call_at = 0.999999\n", 4, "margin.margin_call_at", "0.999999", "from 1 to 1000"},
      {head + "[margin]\nmargin_call_at = 1000.000001\n", 4, "margin.margin_call_at", "1000.000001", "from 1 to 1000"},
      {head + "[margin]\nmargin_call_at = 1.0000001\n", 4, "margin.margin_call_at", "1.0000001", "six decimals"},
      {head + "[margin]\nmargin_call_at = 1e1\n", 4, "margin.margin_call_at", "1e1", "plain decimal"},
      {head + "[margin]\nmargin_call_at = inf\n", 4, "margin.margin_call_at", "inf", "plain decimal"},
      {head + "[margin]\nmargin_call_at = true\n", 4, "margin.margin_call_at", "true", "must be a number"},
      {head + "[margin]\nmax_mark_age = -1\n", 4, "margin.max_mark_age", "-1", "must not be negative"},
      {head + "[margin]\nmax_mark_age = 0.0000000001\n", 4, "margin.max_mark_age", "0.0000000001", "whole nanoseconds"},
      {head + "[adl]\nscore = \"best\"\n", 4, "adl.score", "best", "must be one of"},
      {head + "[fund]\ncolour = 1\n", 4, "fund.colour", "", "not a key of the format"},
      {head + "quote = \"USD\"\n", 3, "", "", "is not TOML"},
      {"name = \"v\nquote\n", 1, "", "", "is not TOML"},
      {"name = \"\xFF\"\n", 1, "", "", "is not TOML"},
  };
  for (const broken& one : cases) {
    refusal_list refusals;
    EXPECT_FALSE(read_venue(one.text, "venue.toml", refusals)) << one.text;
    const auto places = refusals.listed();
    ASSERT_EQ(places.size(), 1U) << one.text << refusals.to_error().message;
    EXPECT_EQ(places[0].file, "venue.toml");
    EXPECT_EQ(places[0].row, one.row) << one.text;
    EXPECT_EQ(places[0].column, one.column);
    EXPECT_EQ(places[0].value, one.value);
    EXPECT_THAT(places[0].reason, ::testing::HasSubstr(one.reason));
  }
}

}  // namespace
}  // namespace plimsoll
