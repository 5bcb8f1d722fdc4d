// The table of columns is complete: numbers in the source are places in it, and every column is described to users.
#include "host/io/schema.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/venue/read_venue.hpp"
#include "host/venue/venue_keys.hpp"

namespace plimsoll {
namespace {

using namespace io;
using ::testing::HasSubstr;
using ::testing::Not;

std::string_view name_of(table_id table, int column) {
  return schema_of(table).columns[static_cast<std::size_t>(column)].name;
}

TEST(io_schema, numbers_of_columns_are_their_places) {
  EXPECT_EQ(name_of(table_id::assets, asset_column::liability_weight), "liability_weight");
  EXPECT_EQ(name_of(table_id::instruments, instrument_column::tier_table), "tier_table");
  EXPECT_EQ(name_of(table_id::instruments, instrument_column::option_type), "option_type");
  EXPECT_EQ(name_of(table_id::tiers, tier_column::maintenance_amount), "maintenance_amount");
  EXPECT_EQ(name_of(table_id::accounts, account_column::margin_mode), "margin_mode");
  EXPECT_EQ(name_of(table_id::balances, balance_column::amount), "amount");
  EXPECT_EQ(name_of(table_id::positions, position_column::isolated_margin), "isolated_margin");
  EXPECT_EQ(name_of(table_id::positions, position_column::adl_score), "adl_score");
  EXPECT_EQ(name_of(table_id::marks, mark_column::as_of), "as_of");
  EXPECT_EQ(name_of(table_id::ticks, mark_column::as_of), "as_of");
  EXPECT_EQ(name_of(table_id::ticks, tick_column::tick), "tick");
  EXPECT_EQ(name_of(table_id::updates, update_column::rate), "rate");
  EXPECT_EQ(name_of(table_id::betas, beta_column::beta), "beta");
}

TEST(io_schema, every_column_says_what_it_is) {
  for (const table_schema& table : schemas()) {
    EXPECT_FALSE(table.about.empty()) << table.name;
    for (const known_column& column : table.columns) {
      const std::string where = std::string(table.name) + "." + std::string(column.name);
      EXPECT_TRUE(column.meaning.ends_with('.')) << where << ": a sentence";
      EXPECT_FALSE(column.example.empty()) << where;
      EXPECT_TRUE(column.kind != cell_kind::number || !column.unit.empty() || column.name == "tick") << where;
    }
  }
}

/// The error of a venue.toml that has this key as shown.
std::string faults_of(const venue_key& key) {
  const std::size_t point = key.name.rfind('.');
  std::string text = "name = \"v\"\nquote = \"USDT\"\n";
  if (key.name == "name" || key.name == "quote") { text = ""; }
  if (point != std::string_view::npos) { text += "[" + std::string(key.name.substr(0, point)) + "]\n"; }
  const std::string_view last = point == std::string_view::npos ? key.name : key.name.substr(point + 1);
  text += std::string(last) + " = " + std::string(key.example) + "\n";
  refusal_list refusals;
  (void)read_venue(text, "venue.toml", refusals);
  return refusals.empty() ? "" : refusals.to_error().message;
}

TEST(venue_keys, are_read_as_they_are_shown) {
  for (const venue_key& key : venue_keys()) {
    if (key.name == "source") { continue; }  // Of rulebook files alone.
    const std::string faults = faults_of(key);
    // By themselves some do nothing, or contradict a default; all are keys of the right type.
    EXPECT_THAT(faults, Not(HasSubstr("is not a key"))) << key.name;
    EXPECT_THAT(faults, Not(HasSubstr("must be"))) << key.name;
    EXPECT_TRUE(key.meaning.ends_with('.') || key.meaning.ends_with('?')) << key.name;
  }
}

TEST(venue_keys, that_do_not_exist_name_the_one_that_was_meant) {
  refusal_list refusals;
  (void)read_venue("name = \"v\"\nquote = \"USDT\"\n[fund]\naccount_limits = 5\n", "venue.toml", refusals);
  EXPECT_THAT(refusals.to_error().message, HasSubstr("is not a key of the format; did you mean fund.account_limit?"));
  EXPECT_TRUE(is_venue_key("fund.balance.USDT") && is_venue_key("fund") && is_venue_key("margin.max_mark_age"));
  EXPECT_FALSE(is_venue_key("fund.balance.") || is_venue_key("fun") || is_venue_key("margin.max_mark"));
}

}  // namespace
}  // namespace plimsoll
