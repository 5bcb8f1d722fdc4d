// Each rule of docs/design.md section 7: a book broken in one place is refused there, and only there.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

using testing::draft;
using testing::loaded;

struct broken {
  const char* name;
  draft source;
  const char* file;
  std::int64_t row;
  const char* column;
  const char* value;
  const char* reason;  ///< Part of it.
};

void PrintTo(const broken& one, std::ostream* out) { *out << one.name; }

const std::string spot_row = "BTC/USDT,spot,BTC,USDT,,0.01,,\n";
const std::string multi = "name = \"m\"\nquote = \"USDT\"\ncollateral = \"multi\"\n";

/// A book in `multi` that loads: BTC priced by the assets table.
draft multi_book() {
  return draft()
      .with("venue.toml", multi)
      .with("assets.csv",
            "asset,step,price,asset_weight,liability_weight\nUSDT,0.000001,,,\nBTC,0.00000001,60000,0.95,1.1\n")
      .with("positions.csv", "account,instrument,size,entry_price\nalice,BTCUSDT,0.5,60000.1\n");
}

std::vector<broken> table_cases() {
  return {
      {"missing_venue", draft().without("venue.toml"), "venue.toml", 0, "", "", "is missing"},
      {"missing_table", draft().without("tiers.csv"), "tiers", 0, "", "", "is missing"},
      {"two_formats", draft().with("marks.arrow", ""), "marks", 0, "", "", "more than one format"},
      {"empty_file", draft().with("marks.csv", ""), "marks.csv", 0, "", "", "is empty"},
      {"empty_optional_file", draft().with("accounts.csv", ""), "accounts.csv", 0, "", "", "is empty"},
      {"empty_parquet", draft().without("marks.csv").with("marks.parquet", ""), "marks.parquet", 0, "", "",
       "not readable as Parquet"},
      {"no_parquet", draft().without("marks.csv").with("marks.parquet", "PAR1 nothing PAR1"), "marks.parquet", 0, "",
       "", "not readable as Parquet"},
      {"no_arrow", draft().without("marks.csv").with("marks.arrow", "ARROW1 nothing"), "marks.arrow", 0, "", "",
       "not readable as Arrow"},
      {"missing_column", draft().change("balances.csv", "amount", "amounts"), "balances.csv", 1, "amount", "",
       "is missing"},
      {"missing_alternatives", draft().with("positions.csv", "account,instrument,size\nalice,BTCUSDT,1\n"),
       "positions.csv", 1, "entry_price or entry_value", "", "is missing"},
      {"duplicate_column", draft().change("assets.csv", "asset,step", "asset,asset"), "assets.csv", 1, "asset", "",
       "appears twice"},
      {"two_missing_columns", draft().change("balances.csv", "asset,amount", "coin,balance"), "balances.csv", 1,
       "asset, amount", "", "are missing; the header reads account,coin,balance; name \"coin\" asset if that is meant"},
      {"semicolons", draft().with("balances.csv", "account;asset;amount\nalice;USDT;1\n"), "balances.csv", 1,
       "account, asset, amount", "",
       "the header reads account;asset;amount; the file is separated by ';'; write it with commas"},
      {"tabs", draft().with("balances.csv", "Account\tasset\tamount\n"), "balances.csv", 1, "account, asset, amount",
       "", "the file is separated by tabs"},
      {"capitals", draft().change("balances.csv", "amount", "Amount"), "balances.csv", 1, "amount", "",
       "the header reads account,asset,Amount; name \"Amount\" amount if that is meant"},
      {"blank_in_header", draft().change("balances.csv", ",amount", ", amount"), "balances.csv", 1, "amount", "",
       "the header reads account,asset,\" amount\"; name \" amount\" amount"},
      {"a_slip", draft().change("balances.csv", "amount", "amuont"), "balances.csv", 1, "amount", "",
       "name \"amuont\" amount if that is meant"},
      {"elsewhere", draft().change("positions.csv", "instrument", "symbol"), "positions.csv", 1, "instrument", "",
       "name \"symbol\" instrument if that is meant"},
      {"funding_key", draft().append("venue.toml", "[margin]\nmax_mark_ago = 1\n"), "venue.toml", 4,
       "margin.max_mark_ago", "", "did you mean margin.max_mark_age?"},
      {"short_row", draft().append("assets.csv", "ETH\n"), "assets.csv", 4, "", "", "has 1 fields, the header has 2"},
      {"long_row", draft().append("assets.csv", "ETH,,\n"), "assets.csv", 4, "", "", "has 3 fields, the header has 2"},
      {"blank_row", draft().change("assets.csv", "USDT,0.000001\n", "USDT,0.000001\n\n"), "assets.csv", 3, "asset", "",
       "is empty"},
      {"open_quote", draft().append("assets.csv", "\"ETH,\n"), "assets.csv", 4, "", "ETH,\\x0A", "never closed"},
      {"not_utf8", draft().append("assets.csv", "E\xFFH,\n"), "assets.csv", 4, "asset", "E\\xFFH", "is not UTF-8"},
      {"not_utf8_in_number", draft().change("balances.csv", "1000.5", "10\xE2\x82"), "balances.csv", 2, "amount",
       "10\\xE2\\x82", "is not UTF-8"},
      {"nul", draft().append("assets.csv", std::string("E\0H,\n", 5)), "assets.csv", 4, "asset", "E\\x00H", "NUL"},
  };
}

std::vector<broken> reference_cases() {
  return {
      {"unknown_quote", draft().change("venue.toml", "USDT", "USD"), "venue.toml", 0, "quote", "USD",
       "is not in assets.csv"},
      {"empty_asset", draft().append("assets.csv", ",\n"), "assets.csv", 4, "asset", "", "is empty"},
      {"duplicate_asset", draft().append("assets.csv", "BTC,\n"), "assets.csv", 4, "asset", "BTC",
       "is listed twice; first in row 3"},
      {"step_not_a_power", draft().change("assets.csv", "0.000001", "0.000002"), "assets.csv", 2, "step", "0.000002",
       "power of ten"},
      {"step_above_one", draft().change("assets.csv", "0.000001", "10"), "assets.csv", 2, "step", "10", "power of ten"},
      {"step_too_fine", draft().change("assets.csv", "0.000001", "0.0000000000000000001"), "assets.csv", 2, "step",
       "0.0000000000000000001", "finest step"},
      {"step_no_number", draft().change("assets.csv", "0.000001", "1e-6"), "assets.csv", 2, "step", "1e-6",
       "plain decimal"},
      {"empty_instrument", draft().append("instruments.csv", ",linear,BTC,USDT,1,1,1,T\n"), "instruments.csv", 4,
       "instrument", "", "is empty"},
      {"duplicate_instrument", draft().append("instruments.csv", "BTCUSD,linear,BTC,USDT,1,1,1,T\n"), "instruments.csv",
       4, "instrument", "BTCUSD", "is listed twice; first in row 3"},
      {"option", draft().append("instruments.csv", "O,option,BTC,USDT,1,1,1,T\n"), "instruments.csv", 4, "kind",
       "option", "is not supported yet"},
      {"unknown_kind", draft().append("instruments.csv", "O,swap,BTC,USDT,1,1,1,T\n"), "instruments.csv", 4, "kind",
       "swap", "must be linear, inverse or spot"},
      {"unknown_base", draft().append("instruments.csv", "O,spot,ETH,USDT,,1,,\n"), "instruments.csv", 4, "base", "ETH",
       "is not in assets.csv"},
      {"unknown_settle", draft().append("instruments.csv", "O,linear,BTC,USDC,1,1,1,T\n"), "instruments.csv", 4,
       "settle", "USDC", "is not in assets.csv"},
      {"unknown_tier_table", draft().append("instruments.csv", "O,linear,BTC,USDT,1,1,1,U\n"), "instruments.csv", 4,
       "tier_table", "U", "is not in tiers.csv"},
      {"blank_tier_table", draft().append("instruments.csv", "O,linear,BTC,USDT,1,1,1,\n"), "instruments.csv", 4,
       "tier_table", "", "is empty"},
      {"blank_contract_size", draft().append("instruments.csv", "O,linear,BTC,USDT,,1,1,T\n"), "instruments.csv", 4,
       "contract_size", "", "is blank"},
      {"contract_size_zero", draft().append("instruments.csv", "O,linear,BTC,USDT,0,1,1,T\n"), "instruments.csv", 4,
       "contract_size", "0", "above zero"},
      {"price_step_negative", draft().append("instruments.csv", "O,linear,BTC,USDT,1,-1,1,T\n"), "instruments.csv", 4,
       "price_step", "-1", "above zero"},
      {"size_step_zero", draft().append("instruments.csv", "O,linear,BTC,USDT,1,1,0,T\n"), "instruments.csv", 4,
       "size_step", "0", "above zero"},
      {"rate_too_wide", draft().append("instruments.csv", "O,linear,BTC,USDT,9000000000000000,1,1,T\n"),
       "instruments.csv", 4, "contract_size", "9000000000000000", "coarser step"},
      {"spot_not_in_quote", draft().append("instruments.csv", "S,spot,USDT,BTC,,1,,\n"), "instruments.csv", 4, "settle",
       "BTC", "must be the quote"},
      {"spot_of_quote", draft().append("instruments.csv", "S,spot,USDT,USDT,,1,,\n"), "instruments.csv", 4, "base",
       "USDT", "is the quote"},
      {"bad_expiry",
       draft()
           .change("instruments.csv", "tier_table\n", "tier_table,expiry\n")
           .change("instruments.csv", "0.001,T\n", "0.001,T,tomorrow\n")
           .change("instruments.csv", "1,C\n", "1,C,\n"),
       "instruments.csv", 2, "expiry", "tomorrow", "RFC 3339"},
      {"first_floor", draft().change("tiers.csv", "C,0", "C,1"), "tiers.csv", 4, "floor", "1",
       "must be 0 in the first row"},
      {"floor_not_rising", draft().append("tiers.csv", "T,50000,0.006,0.03\n"), "tiers.csv", 5, "floor", "50000",
       "must be above the floor 50000"},
      {"floor_too_fine", draft().append("tiers.csv", "T,60000.0000001,0.006,0.03\n"), "tiers.csv", 5, "floor",
       "60000.0000001", "finer than the step 0.000001 of USDT"},
      {"floor_negative", draft().append("tiers.csv", "D,-1,0.006,0.03\n"), "tiers.csv", 5, "floor", "-1",
       "must not be negative"},
      {"maintenance_falls", draft().append("tiers.csv", "T,60000,0.004,0.03\n"), "tiers.csv", 5, "maintenance_rate",
       "0.004", "falls below the rate 0.005000"},
      {"initial_falls", draft().append("tiers.csv", "T,60000,0.005,0.019\n"), "tiers.csv", 5, "initial_rate", "0.019",
       "below 0.020000"},
      {"initial_below_maintenance", draft().append("tiers.csv", "D,0,0.005,0.004\n"), "tiers.csv", 5, "initial_rate",
       "0.004", "below the maintenance rate"},
      {"rate_above_ten", draft().append("tiers.csv", "D,0,0.005,10.0000001\n"), "tiers.csv", 5, "initial_rate",
       "10.0000001", "from 0 to 10"},
      {"rate_negative", draft().append("tiers.csv", "D,0,-0.1,1\n"), "tiers.csv", 5, "maintenance_rate", "-0.1",
       "from 0 to 10"},
      {"maintenance_too_fine", draft().append("tiers.csv", "D,0,0.0000001,1\n"), "tiers.csv", 5, "maintenance_rate",
       "0.0000001", "finer than 0.000001"},
      {"no_initial", draft().append("tiers.csv", "D,0,0.1,\n"), "tiers.csv", 5, "initial_rate", "", "give one of them"},
      {"both_initial",
       draft().with("tiers.csv",
                    "tier_table,floor,maintenance_rate,initial_rate,max_leverage\nT,0,0.01,0.1,10\nC,0,0.01,0.1,\n"),
       "tiers.csv", 2, "initial_rate", "0.1", "is given, and so is max_leverage"},
      {"leverage_too_small",
       draft().with("tiers.csv", "tier_table,floor,maintenance_rate,max_leverage\nT,0,0.01,0.09\nC,0,0.01,10\n"),
       "tiers.csv", 2, "max_leverage", "0.09", "at least 0.1"},
      {"amount_disagrees",
       draft().with("tiers.csv",
                    "tier_table,floor,maintenance_rate,initial_rate,maintenance_amount\nT,0,0.004,0.01,0\nT,50000,0."
                    "005,0.02,51\nC,0,0,1,\n"),
       "tiers.csv", 3, "maintenance_amount", "51", "which give 50"},
  };
}

std::vector<broken> mark_cases() {
  return {
      {"mark_off_step", draft().change("marks.csv", "61000.5", "61000.55"), "marks.csv", 2, "mark", "61000.55",
       "not a multiple of the price step 0.1"},
      {"mark_zero_inverse", draft().change("marks.csv", "BTCUSD,61000", "BTCUSD,0"), "marks.csv", 3, "mark", "0",
       "above zero"},
      {"mark_negative", draft().change("marks.csv", "61000.5", "-1"), "marks.csv", 2, "mark", "-1",
       "must not be below zero"},
      {"mark_blank", draft().change("marks.csv", "61000.5", ""), "marks.csv", 2, "mark", "", "is blank"},
      {"mark_huge", draft().change("marks.csv", "61000.5", "109951162777.7"), "marks.csv", 2, "mark", "109951162777.7",
       "2^40 price steps"},
      {"mark_beyond_all", draft().change("marks.csv", "61000.5", std::string(38, '9')), "marks.csv", 2, "mark",
       "99999999999999999999999999999999999999", "2^40 price steps"},
      {"mark_exponent", draft().change("marks.csv", "61000.5", "6e4"), "marks.csv", 2, "mark", "6e4", "plain decimal"},
      {"mark_plus", draft().change("marks.csv", "61000.5", "+6"), "marks.csv", 2, "mark", "+6", "plain decimal"},
      {"mark_inf", draft().change("marks.csv", "61000.5", "inf"), "marks.csv", 2, "mark", "inf", "plain decimal"},
      {"mark_unknown", draft().append("marks.csv", "ETHUSDT,1,\n"), "marks.csv", 4, "instrument", "ETHUSDT",
       "is not in instruments.csv"},
      {"mark_twice", draft().append("marks.csv", "BTCUSD,1,\n"), "marks.csv", 4, "instrument", "BTCUSD",
       "is listed twice; first in row 3"},
      {"as_of_without_zone", draft().change("marks.csv", "00Z", "00"), "marks.csv", 2, "as_of", "2025-03-01T12:00:00",
       "has no time zone: end it with Z"},
      {"as_of_no_day", draft().change("marks.csv", "03-01", "02-30"), "marks.csv", 2, "as_of", "2025-02-30T12:00:00Z",
       "RFC 3339"},
      {"as_of_too_fine", draft().change("marks.csv", "00Z", "00.0000000001Z"), "marks.csv", 2, "as_of",
       "2025-03-01T12:00:00.0000000001Z", "finer than a nanosecond"},
      {"position_without_mark", draft().change("marks.csv", "BTCUSD,61000,\n", ""), "positions.csv", 3, "instrument",
       "BTCUSD", "has no mark in marks.csv"},
  };
}

std::vector<broken> row_cases() {
  std::vector<broken> cases = {
      {"portfolio", draft().with("accounts.csv", "account,margin_mode\nalice,portfolio\n"), "accounts.csv", 2,
       "margin_mode", "portfolio", "is not supported yet"},
      {"unknown_mode", draft().with("accounts.csv", "account,margin_mode\nalice,hedge\n"), "accounts.csv", 2,
       "margin_mode", "hedge", "must be cross, or blank"},
      {"duplicate_account", draft().with("accounts.csv", "account\nbob\nalice\nbob\n"), "accounts.csv", 4, "account",
       "bob", "is listed twice; first in row 2"},
      {"empty_account", draft().append("balances.csv", ",USDT,1\n"), "balances.csv", 4, "account", "", "is empty"},
      {"unknown_asset", draft().append("balances.csv", "carol,ETH,1\n"), "balances.csv", 4, "asset", "ETH",
       "is not in assets.csv"},
      {"empty_asset", draft().append("balances.csv", "carol,,1\n"), "balances.csv", 4, "asset", "", "is empty"},
      {"amount_blank", draft().append("balances.csv", "carol,BTC,\n"), "balances.csv", 4, "amount", "", "is blank"},
      {"amount_word", draft().append("balances.csv", "carol,BTC,all\n"), "balances.csv", 4, "amount", "all",
       "plain decimal"},
      {"amount_space", draft().append("balances.csv", "carol,BTC, 1\n"), "balances.csv", 4, "amount", " 1",
       "plain decimal"},
      {"amount_long", draft().append("balances.csv", "carol,BTC," + std::string(39, '1') + "\n"), "balances.csv", 4,
       "amount", "111111111111111111111111111111111111111", "38 significant digits"},
      {"amount_too_fine", draft().append("balances.csv", "carol,USDT,0.0000001\n"), "balances.csv", 4, "amount",
       "0.0000001", "finer than the step 0.000001 of USDT"},
      {"amount_too_large", draft().append("balances.csv", "carol,USDT,4611686018427.387905\n"), "balances.csv", 4,
       "amount", "4611686018427.387905", "beyond 2^62 steps"},
      {"duplicate_balance", draft().append("balances.csv", "alice,USDT,1\n"), "balances.csv", 4, "", "",
       "stand twice; first in row 2"},
      {"duplicate_position", draft().append("positions.csv", "bob,BTCUSD,-1,60000,,\n"), "positions.csv", 5, "", "",
       "stand twice; first in row 3"},
      {"unknown_instrument", draft().append("positions.csv", "bob,ETHUSD,-1,60000,,\n"), "positions.csv", 5,
       "instrument", "ETHUSD", "is not in instruments.csv"},
      {"spot_position",
       draft()
           .append("instruments.csv", spot_row)
           .append("marks.csv", "BTC/USDT,60000,\n")
           .append("positions.csv", "bob,BTC/USDT,1,60000,,\n"),
       "positions.csv", 5, "instrument", "BTC/USDT", "is a spot instrument"},
      {"size_zero", draft().append("positions.csv", "carol,BTCUSD,0.0,60000,,\n"), "positions.csv", 5, "size", "0.0",
       "is zero"},
      {"size_blank", draft().append("positions.csv", "carol,BTCUSD,,60000,,\n"), "positions.csv", 5, "size", "",
       "is blank"},
      {"size_off_lot", draft().append("positions.csv", "carol,BTCUSD,1.5,60000,,\n"), "positions.csv", 5, "size", "1.5",
       "not a multiple of the size step 1 of BTCUSD"},
      {"size_too_large", draft().append("positions.csv", "carol,BTCUSD,2305843009213693953,60000,,\n"), "positions.csv",
       5, "size", "2305843009213693953", "2^61 size steps"},
      {"size_beyond_all", draft().append("positions.csv", "carol,BTCUSD," + std::string(38, '7') + ",60000,,\n"),
       "positions.csv", 5, "size", "77777777777777777777777777777777777777", "2^61 size steps"},
      {"no_entry", draft().append("positions.csv", "carol,BTCUSD,1,,,\n"), "positions.csv", 5, "entry_price", "",
       "give one of them"},
      {"both_entries", draft().append("positions.csv", "carol,BTCUSD,1,1,1,\n"), "positions.csv", 5, "entry_price", "",
       "is given, and so is entry_value"},
      {"entry_price_zero", draft().append("positions.csv", "carol,BTCUSD,1,0,,\n"), "positions.csv", 5, "entry_price",
       "0", "above zero"},
      {"entry_price_negative", draft().append("positions.csv", "carol,BTCUSD,1,-5,,\n"), "positions.csv", 5,
       "entry_price", "-5", "above zero"},
      {"entry_value_too_fine", draft().append("positions.csv", "carol,BTCUSDT,1,,1.0000001,\n"), "positions.csv", 5,
       "entry_value", "1.0000001", "finer than the step 0.000001 of USDT"},
      {"cost_too_large", draft().append("positions.csv", "carol,BTCUSDT,1000000000,1000000,,\n"), "positions.csv", 5,
       "entry_price", "1000000", "makes a cost beyond 2^62"},
      {"isolated_too_fine", draft().append("positions.csv", "carol,BTCUSDT,1,1,,0.0000001\n"), "positions.csv", 5,
       "isolated_margin", "0.0000001", "finer than the step"},
      {"given_without_column", draft().append("venue.toml", "[adl]\nscore = \"given\"\n"), "positions.csv", 1,
       "adl_score", "", "is missing"},
  };
  for (const char* name : {"fund", "fees", "market", "backstop", "external"}) {
    cases.push_back({name, draft().append("balances.csv", std::string(name) + ",USDT,1\n"), "balances.csv", 4,
                     "account", name, "is the name of a system account"});
  }
  const auto given = [](const char* score) {
    return draft()
        .append("venue.toml", "[adl]\nscore = \"given\"\n")
        .with("positions.csv",
              std::string("account,instrument,size,entry_price,adl_score\nalice,BTCUSD,1,1,") + score + "\n");
  };
  cases.push_back({"given_blank", given(""), "positions.csv", 2, "adl_score", "", "is blank, but"});
  cases.push_back({"given_word", given("nan"), "positions.csv", 2, "adl_score", "nan", "plain decimal"});
  cases.push_back({"given_exponent", given("1e3"), "positions.csv", 2, "adl_score", "1e3", "plain decimal"});
  return cases;
}

std::vector<broken> multi_cases() {
  return {
      {"other_settlement", multi_book().append("positions.csv", "alice,BTCUSD,1,60000\n"), "positions.csv", 3,
       "instrument", "BTCUSD", "settles in BTC"},
      {"no_price", multi_book().change("assets.csv", "60000", ""), "assets.csv", 3, "price", "", "is blank for BTC"},
      {"two_prices", multi_book().append("instruments.csv", spot_row).append("marks.csv", "BTC/USDT,60000,\n"),
       "assets.csv", 3, "price", "60000", "is given, and so is the mark of the spot instrument BTC/USDT"},
      {"two_spots",
       multi_book()
           .change("assets.csv", "60000", "")
           .append("instruments.csv", spot_row + "BTC-USDT,spot,BTC,USDT,,0.01,,\n")
           .append("marks.csv", "BTC/USDT,60000,\nBTC-USDT,60000,\n"),
       "assets.csv", 3, "price", "", "has two spot instruments as prices"},
      {"quote_price", multi_book().change("assets.csv", "USDT,0.000001,", "USDT,0.000001,1"), "assets.csv", 2, "price",
       "1", "must be blank"},
      {"price_zero", multi_book().change("assets.csv", "60000", "0"), "assets.csv", 3, "price", "0", "above zero"},
      {"asset_weight_above_one", multi_book().change("assets.csv", "0.95", "1.01"), "assets.csv", 3, "asset_weight",
       "1.01", "from 0 to 1"},
      {"asset_weight_too_fine", multi_book().change("assets.csv", "0.95", "0.9500001"), "assets.csv", 3, "asset_weight",
       "0.9500001", "whole millionths"},
      {"liability_weight_below_one", multi_book().change("assets.csv", "1.1", "0.9"), "assets.csv", 3,
       "liability_weight", "0.9", "from 1 to 10"},
      {"liability_weight_above_ten", multi_book().change("assets.csv", "1.1", "11"), "assets.csv", 3,
       "liability_weight", "11", "from 1 to 10"},
  };
}

class io_refusal : public ::testing::TestWithParam<broken> {};

TEST_P(io_refusal, names_the_place_and_nothing_else) {
  const broken& one = GetParam();
  const loaded found = load(one.source);
  ASSERT_FALSE(found.outcome) << "it was loaded";
  EXPECT_EQ(found.outcome.error().code, error_code::bad_data);
  ASSERT_EQ(found.places.size(), 1U) << found.text();
  EXPECT_EQ(found.places[0].file, one.file);
  EXPECT_EQ(found.places[0].row, one.row);
  EXPECT_EQ(found.places[0].column, one.column);
  EXPECT_EQ(found.places[0].value, one.value);
  EXPECT_THAT(found.places[0].reason, ::testing::HasSubstr(one.reason));
}

std::string name_of(const ::testing::TestParamInfo<broken>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(tables, io_refusal, ::testing::ValuesIn(table_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(reference, io_refusal, ::testing::ValuesIn(reference_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(marks, io_refusal, ::testing::ValuesIn(mark_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(rows, io_refusal, ::testing::ValuesIn(row_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(multi, io_refusal, ::testing::ValuesIn(multi_cases()), name_of);

TEST(io_refusals, the_unbroken_books_load) {
  EXPECT_EQ(load(draft()).text(), "loaded");
  EXPECT_EQ(load(multi_book()).text(), "loaded");
}

TEST(io_refusals, all_tables_are_read_before_anything_is_refused) {
  const loaded found = load(draft()
                                .change("venue.toml", "quote", "qoute")
                                .change("assets.csv", "0.000001", "3")
                                .change("instruments.csv", "linear", "lineal")
                                .change("tiers.csv", "0.004", "x")
                                .change("balances.csv", "1000.5", "")
                                .change("positions.csv", "60000.1", "-")
                                .change("marks.csv", "61000.5", "x"));
  ASSERT_FALSE(found.outcome);
  std::string files;
  for (const refusal& place : found.places) { files += place.file + ":" + std::to_string(place.row) + " "; }
  EXPECT_EQ(files,
            "assets.csv:2 balances.csv:2 instruments.csv:2 marks.csv:2 positions.csv:2 tiers.csv:2 venue.toml:0 "
            "venue.toml:2 ");
}

TEST(io_refusals, a_table_that_cannot_be_read_makes_no_names_unknown) {
  for (const char* file : {"assets.csv", "instruments.csv", "tiers.csv", "marks.csv"}) {
    const loaded found = load(draft().with(file, "nothing\n"));
    ASSERT_FALSE(found.outcome);
    for (const refusal& place : found.places) { EXPECT_EQ(place.file, file) << to_string(place); }
  }
}

TEST(io_refusals, a_row_refused_still_defines_its_name) {
  const loaded found = load(draft().change("instruments.csv", "0.5,1,C", "zero,1,C"));
  ASSERT_EQ(found.places.size(), 1U) << found.text();
  EXPECT_EQ(found.places[0].column, "price_step");
}

TEST(io_refusals, duplicates_are_named_beside_other_faults) {
  const loaded found = load(draft()
                                .append("balances.csv", "alice,USDT,1\n")
                                .append("positions.csv", "bob,BTCUSD,-1,60000,,\nbob,BTCUSD,-0.5,60000,,\n"));
  ASSERT_EQ(found.places.size(), 3U) << found.text();
  EXPECT_THAT(found.places[0].reason, ::testing::HasSubstr("stand twice; first in row 2: add the amounts"));
  EXPECT_EQ(found.places[1].row, 5);
  EXPECT_THAT(found.places[1].reason, ::testing::HasSubstr("stand twice; first in row 3: add sizes and entry values"));
  EXPECT_THAT(found.places[2].reason, ::testing::HasSubstr("not a multiple of the size step"));
}

TEST(io_refusals, three_of_a_kind_are_listed_and_the_rest_counted_whatever_the_threads) {
  draft source;
  std::string rows = "account,asset,amount\n";
  for (int i = 0; i < 200'000; ++i) { rows += "a" + std::to_string(i % 70'000) + ",ETH,0.1\n"; }
  source.with("balances.csv", rows);
  const loaded one = load(source, 1);
  const loaded two = load(source, 2);
  EXPECT_EQ(one.count, 200'000U);
  EXPECT_EQ(one.places.size(), 3U);
  EXPECT_EQ(one.places.front().row, 2);
  EXPECT_EQ(one.places.back().row, 4);
  EXPECT_EQ(one.places, two.places);
  EXPECT_EQ(one.text(), two.text());
  EXPECT_THAT(one.text(), ::testing::HasSubstr("\nbalances.csv, column asset: 199997 more rows like row 4"));
}

TEST(io_refusals, one_repeated_mistake_hides_no_other) {
  std::string marks = "instrument,mark,as_of\n", instruments = draft().files["instruments.csv"];
  for (int i = 0; i < 300; ++i) {
    const std::string name = "I" + std::to_string(i);
    instruments += name + ",linear,BTC,USDT,1,0." + std::to_string(i % 9 + 1) + ",0.001,T\n";
    marks += name + ",61000.05,1735689603649\n";  // Two mistakes a row, the steps all different.
  }
  const loaded found = load(draft()
                                .with("instruments.csv", instruments)
                                .with("marks.csv", marks + "BTCUSDT,61000,\nBTCUSD,61000,\n")
                                .append("positions.csv", "bob,BTCUSD,1,60000,,\nbob,BTCUSD,2,60000,,\n"));
  EXPECT_EQ(found.count, 601U) << found.text();
  EXPECT_THAT(found.text(), ::testing::HasSubstr("marks.csv, column as_of: 297 more rows like row 4"));
  EXPECT_THAT(found.text(), ::testing::HasSubstr("marks.csv, column mark: "));
  EXPECT_THAT(found.text(), ::testing::HasSubstr("positions.csv, row 6: the account, instrument and side "
                                                 "stand twice; first in row 5: add sizes and entry values"));
}

TEST(io_refusals, a_hundred_are_listed_at_most) {
  refusal_list list;
  for (int i = 0; i < 150; ++i) {
    for (int row = 9; row > 0; --row) { list.add({"f", row, "c" + std::to_string(i), "", "is wrong"}); }
  }
  EXPECT_EQ(list.listed().size(), 100U);
  EXPECT_EQ(list.listed().front().row, 1);
  std::uint64_t outcome = 0;
  for (const std::string& line : list.lines()) {
    const std::size_t more = line.find(" more");
    outcome += more == std::string::npos ? 1 : std::stoull(line.substr(line.find_last_of(' ', more - 1) + 1));
  }
  EXPECT_EQ(outcome, list.count()) << list.to_error().message;
}

TEST(io_refusals, a_folder_that_is_not_there_is_an_error_of_reading) {
  refusal_list refusals;
  const auto outcome = load_book("/nonexistent/book", {}, refusals);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, error_code::io);
  EXPECT_THAT(outcome.error().message, ::testing::HasSubstr("/nonexistent/book"));
}

}  // namespace
}  // namespace plimsoll
