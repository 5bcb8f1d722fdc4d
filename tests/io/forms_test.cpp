// Accepted forms of files, and similar refused ones: times, rows that are listed twice, quotes, damaged pages.
#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/io/write_book.hpp"
#include "host/io/write_table.hpp"
#include "host/report/replay_tables.hpp"
#include "host/table/chunk_table.hpp"
#include "host/text/instant.hpp"
#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;
using testing::draft;
using ::testing::HasSubstr;
using testing::scratch_folder;

// -------------------------------------------------------------------------------------------------- times

TEST(times, are_read_in_every_form_of_rfc_3339) {
  struct form {
    const char* text;
    std::int64_t ns;
  };
  constexpr std::int64_t second = 1'000'000'000, day = 86'400 * second;
  for (const form& one : std::vector<form>{{"1970-01-01T00:00:00Z", 0},
                                           {"1970-01-01t00:00:00z", 0},
                                           {"1970-01-01 00:00:00Z", 0},
                                           {"1970-01-01T00:00:00+00:00", 0},
                                           {"1970-01-01T00:00:00-00:00", 0},
                                           {"1970-01-01T23:59:00+23:59", 0},
                                           {"1969-12-31T00:01:00-23:59", 0},
                                           {"1970-01-01T05:30:00+05:30", 0},
                                           {"1969-12-31T23:59:59Z", -second},
                                           {"1969-12-31T23:59:59.999999999Z", -1},
                                           {"1970-01-01T00:00:00.1Z", 100'000'000},
                                           {"1970-01-01T00:00:00.000000001Z", 1},
                                           {"1970-01-01T00:00:00.0000000010000Z", 1},
                                           {"1970-01-01T00:00:00.123456789+00:01", 123'456'789 - 60 * second},
                                           {"1972-02-29T12:00:00Z", 789 * day + 12 * 3'600 * second},
                                           {"2000-02-29T00:00:00Z", 11'016 * day},
                                           {"2016-12-31T23:59:59Z", 17'167 * day - second},
                                           {"1678-01-01T00:00:00Z", -106'650 * day},
                                           {"2261-12-31T23:59:59.999999999Z", 106'651 * day - 1}}) {
    const instant got = parse_instant(one.text);
    EXPECT_EQ(got.fault, nullptr) << one.text;
    EXPECT_EQ(got.ns, one.ns) << one.text;
  }
}

TEST(times, that_are_no_time_are_refused) {
  EXPECT_THAT(parse_instant("2025-01-01T00:00:00").fault, HasSubstr("has no time zone: end it with Z"));
  for (const char* text : {"2016-12-31T23:59:60Z",  // A leap second: nanoseconds since 1970 have no place for it.
                           "2016-12-31T23:59:60.5Z",
                           "2017-01-01T00:59:60+01:00",
                           "2025-03-01T24:00:00Z",
                           "2025-03-01T12:60:00Z",
                           "2025-03-01T12:00:61Z",
                           "2025-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2025-00-01T00:00:00Z",
                           "2025-13-01T00:00:00Z",
                           "2025-01-00T00:00:00Z",
                           "2025-04-31T00:00:00Z",
                           "2025-01-01T00:00:00.Z",
                           "2025-01-01T00:00:00,5Z",
                           "2025-01-01T00:00:00+24:00",
                           "2025-01-01T00:00:00+01:60",
                           "2025-01-01T00:00:00+0100",
                           "2025-01-01T00:00:00+01",
                           "2025-01-01T00:00Z",
                           "2025-1-01T00:00:00Z",
                           "25-01-01T00:00:00Z",
                           "2025-01-01",
                           "2025-01-01T00:00:00Z ",
                           " 2025-01-01T00:00:00Z",
                           "2025-01-01T00:00:00ZZ",
                           "2025/01/01T00:00:00Z",
                           "2025-01-01_00:00:00Z",
                           "+2025-01-01T00:00:00Z",
                           "",
                           "now",
                           "2025-01-01T-1:00:00Z",
                           "2025-01-01T00:00:0xZ"}) {
    const instant got = parse_instant(text);
    ASSERT_NE(got.fault, nullptr) << text;
    EXPECT_THAT(got.fault, HasSubstr("is not an RFC 3339 time")) << text;
    EXPECT_EQ(got.ns, 0) << text;
  }
  for (const char* text : {"1677-12-31T23:59:59Z", "2262-01-01T00:00:00Z", "0000-01-01T00:00:00Z"}) {
    EXPECT_THAT(parse_instant(text).fault, HasSubstr("outside the years")) << text;
  }
  EXPECT_THAT(parse_instant("2025-01-01T00:00:00.0000000001Z").fault, HasSubstr("finer than a nanosecond"));
  const testing::loaded got = testing::load(draft().change("marks.csv", "12:00:00Z", "23:59:60Z"));
  ASSERT_EQ(got.places.size(), 1U);
  EXPECT_EQ(got.places[0].row, 2);
  EXPECT_EQ(got.places[0].column, "as_of");
  EXPECT_EQ(got.places[0].value, "2025-03-01T23:59:60Z");
}

// -------------------------------------------------------------------------------------- rows that are listed twice

using cells = std::vector<std::string>;

/// The table as `format`; Parquet and Arrow get text.
void write_cells(const fs::path& folder, const std::string& name, const cells& columns, const std::vector<cells>& rows,
                 table_format format) {
  std::vector<column_spec> specs;
  for (const std::string& column : columns) { specs.push_back({column, column_kind::text}); }
  const chunk_table table(specs, rows.size(), [&](std::uint64_t begin, std::uint64_t end, table_chunk& chunk) {
    row_writer writer(chunk);
    for (std::uint64_t row = begin; row < end; ++row) {
      for (const std::string& cell : rows[row]) { writer.text(cell); }
      writer.end_row();
    }
  });
  ASSERT_TRUE(write_table(table, folder, name, format));
}

struct twice_case {
  const char* table;
  cells columns;
  std::function<cells(int)> row;  ///< The i-th of many rows, all different.
};

std::vector<twice_case> twice_cases() {
  const auto text = [](const char* name, int i) { return name + std::to_string(1'000 + i); };
  std::vector<twice_case> out;
  out.push_back({"assets", {"asset", "step"}, [=](int i) { return cells{text("A", i), "0.01"}; }});
  out.push_back({"instruments",
                 {"instrument", "kind", "base", "settle", "contract_size", "price_step", "size_step", "tier_table"},
                 [=](int i) { return cells{text("I", i), "linear", "BTC", "USDT", "1", "0.1", "0.001", "T"}; }});
  out.push_back({"marks", {"instrument", "mark"}, [=](int i) { return cells{text("I", i), "100"}; }});
  out.push_back(
      {"balances", {"account", "asset", "amount"}, [=](int i) { return cells{text("alice", i), "USDT", "5"}; }});
  out.push_back({"positions", {"account", "instrument", "size", "entry_price"}, [=](int i) {
                   return cells{text("alice", i), text("I", i), "0.5", "100"};
                 }});
  return out;
}

TEST(repeated_rows, are_named_with_the_first_at_any_distance_in_any_format) {
  constexpr int count = 400;
  int tried = 0;
  for (const twice_case& one : twice_cases()) {
    for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
      for (const auto& [first, second] :
           std::vector<std::pair<int, int>>{{0, 1}, {7, 8}, {0, count}, {7, 350}, {398, 400}}) {
        SCOPED_TRACE(std::string(one.table) + " " + std::string(to_string(format)) + " " + std::to_string(first) + " " +
                     std::to_string(second));
        const scratch_folder folder;
        draft source;
        std::string assets = "asset,step\nUSDT,0.000001\nBTC,0.00000001\n",
                    instruments = source.files["instruments.csv"], marks = source.files["marks.csv"];
        for (int i = 0; i < count; ++i) {  // All names that rows refer to exist.
          const std::string name = std::to_string(1'000 + i);
          instruments += "I" + name + ",linear,BTC,USDT,1,0.1,0.001,T\n";
          if (std::string(one.table) != "marks") { marks += "I" + name + ",100,\n"; }
        }
        source.with("assets.csv", assets).with("instruments.csv", instruments).with("marks.csv", marks);
        if (std::string(one.table) == "instruments") { source.with("marks.csv", "instrument,mark\n"); }
        source.with("positions.csv", "account,instrument,size,entry_price\n");
        source.with("balances.csv", "account,asset,amount\n");
        source.without(std::string(one.table) + ".csv").write(folder.path());
        std::vector<cells> rows;
        for (int i = 0; i < count; ++i) { rows.push_back(one.row(i)); }
        rows.insert(rows.begin() + second, rows[static_cast<std::size_t>(first)]);
        if (std::string(one.table) == "assets") {
          rows.push_back({"USDT", "0.000001"});
          rows.push_back({"BTC", "0.00000001"});
        }
        write_cells(folder.path(), one.table, one.columns, rows, format);
        const testing::loaded got = testing::load(folder.path());
        EXPECT_FALSE(got.outcome.has_value());
        ASSERT_EQ(got.places.size(), 1U) << got.text();
        EXPECT_EQ(got.places[0].row, second + 2);
        EXPECT_THAT(got.places[0].reason, HasSubstr("twice"));
        EXPECT_THAT(got.places[0].reason + ":", HasSubstr("first in row " + std::to_string(first + 2) + ":"));
        ++tried;
      }
    }
  }
  EXPECT_EQ(tried, 5 * 3 * 5);
}

TEST(repeated_rows, are_each_named_and_the_first_stays_the_first) {
  const auto expect_rows = [](const draft& source, const std::vector<std::pair<int, int>>& row_and_first) {
    const testing::loaded got = testing::load(source);
    ASSERT_EQ(got.places.size(), row_and_first.size()) << got.text();
    for (std::size_t i = 0; i < row_and_first.size(); ++i) {
      const auto [row, first] = row_and_first[i];
      EXPECT_EQ(got.places[i].row, row);
      EXPECT_THAT(got.places[i].reason + ":", HasSubstr("first in row " + std::to_string(first) + ":"));
    }
  };
  expect_rows(draft().append("balances.csv", "carol,USDT,1\nalice,USDT,2\nbob,USDT,3\nalice,USDT,4\ncarol,USDT,5\n"),
              {{5, 2}, {7, 2}, {8, 4}});
  expect_rows(draft().append("positions.csv",
                             "alice,BTCUSDT,1,1,,\ncarol,BTCUSDT,1,1,,\nalice,BTCUSDT,2,1,,\n"
                             "alice,BTCUSDT,-2,1,,\n"),
              {{5, 2}, {7, 2}, {8, 4}});
  expect_rows(draft().append("marks.csv", "BTCUSD,1,\nBTCUSDT,1,\nBTCUSD,2,\n"), {{4, 3}, {5, 2}, {6, 3}});
  expect_rows(draft().append("assets.csv", "BTC,0.01\nETH,0.01\nBTC,0.1\nETH,1\n"), {{4, 3}, {6, 3}, {7, 5}});
  const std::string again = "BTCUSD,inverse,BTC,BTC,100,0.5,1,C\n";
  expect_rows(draft().append("instruments.csv", again + "X" + again + again + "X" + again), {{4, 3}, {6, 3}, {7, 5}});
}

// ------------------------------------------------------------------------------------------ quotes and names

TEST(names, with_quotes_commas_and_lines_come_back_in_every_format) {
  const cells names{"plain",    "\"",           "\"\"",     "a\"b",     "\"whole\"", "a,b",
                    ",",        "two\nlines",   "cr\rhere", "cr\r\nlf", "in spaces", "tab\there",
                    "'single'", "a\"\"b,\"\nz", "\\n",      "#",        "\xc3\xa9t", "-1",
                    "true",     "=1+1",         "null",     "nan",      "\"a\n\"",   "ends\""};
  const auto quoted = [](const std::string& name) {
    std::string out = "\"";
    for (const char c : name) { out += c == '"' ? std::string("\"\"") : std::string(1, c); }
    return out + "\"";
  };
  draft source;
  for (const std::string& name : names) {
    source.append("balances.csv", quoted(name) + ",USDT,100\n");
    source.append("instruments.csv", quoted(name) + ",linear,BTC,USDT,1,0.1,0.001,T\n");
    source.append("marks.csv", quoted(name) + ",100,\n");
    source.append("positions.csv", quoted(name) + "," + quoted(name) + ",0.5,100,,\n");
  }
  const testing::loaded first = testing::load(source);
  ASSERT_TRUE(first.outcome.has_value()) << first.text();
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    SCOPED_TRACE(to_string(format));
    const scratch_folder folder;
    ASSERT_TRUE(
        write_book(folder.path(), {source.files["venue.toml"]}, make_book_tables(first.outcome.value()), format));
    const testing::loaded again = testing::load(folder.path());
    ASSERT_TRUE(again.outcome.has_value()) << again.text();
    const book& at = again.outcome.value();
    ASSERT_EQ(at.accounts.size(), names.size() + 2);
    for (const std::string& name : names) {
      EXPECT_NE(at.accounts.find(name), no_id) << name;
      const auto same = [&](const instrument& one) { return one.name == name; };
      EXPECT_EQ(std::count_if(at.reference.instruments.begin(), at.reference.instruments.end(), same), 1) << name;
    }
    ASSERT_EQ(at.positions.size(), names.size() + 3);
    for (std::size_t row = 0; row < at.positions.size(); ++row) {
      const std::string_view account = at.accounts[at.units.account[at.positions.unit[row]]];
      if (account == "alice" || account == "bob") { continue; }
      EXPECT_EQ(at.reference.instruments[at.positions.instrument[row]].name, account);
    }
  }
}

// --------------------------------------------------------------------------------------------- damaged pages

TEST(parquet, that_was_damaged_is_refused_or_the_same_book) {
  draft source;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "carol" + std::to_string(i * 7919 % 1000);
    source.append("balances.csv", name + ",BTC," + std::to_string(i * 31 % 97) + ".5\n");
  }
  const testing::loaded first = testing::load(source);
  ASSERT_TRUE(first.outcome.has_value()) << first.text();
  const scratch_folder folder;
  ASSERT_TRUE(write_book(folder.path(), {source.files["venue.toml"]}, make_book_tables(first.outcome.value()),
                         table_format::parquet));
  const auto text_of = [](const book& at) {
    std::string out;
    for (std::size_t unit = 0; unit < at.units.size(); ++unit) {
      out += std::string(at.accounts[at.units.account[unit]]) + at.unit_name(at.units.code[unit]) + " " +
             std::to_string(at.units.balance[unit]) + "\n";
    }
    return out;
  };
  const std::string whole = text_of(first.outcome.value());
  const fs::path path = folder.path() / "balances.parquet";
  const std::string good = testing::read_bytes(path);
  std::uint32_t footer = 0;
  std::memcpy(&footer, good.data() + good.size() - 8, sizeof footer);
  const std::size_t pages_end = good.size() - 8 - footer;
  ASSERT_GT(pages_end, 1'000U);
  int refused = 0, checksums = 0, tried = 0;
  for (std::size_t at = 4; at < pages_end; at += 19) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    testing::write_bytes(path, bad);
    const testing::loaded got = testing::load(folder.path(), 1);
    ++tried;
    if (got.outcome.has_value()) {
      ASSERT_EQ(text_of(got.outcome.value()), whole) << "byte " << at << " was changed unseen";
      continue;
    }
    ++refused;
    checksums += got.text().find("checksum") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(refused, tried * 9 / 10);
  EXPECT_GT(checksums, tried * 8 / 10) << "a page's bytes are checked before they are read";
}

// The footer's figures on rows, pages and types decide how much is read from which place, and no checksum covers its
// bytes.
TEST(parquet, whose_footer_was_damaged_is_refused_or_read) {
  draft source;
  for (int i = 0; i < 40; ++i) { source.append("balances.csv", "carol" + std::to_string(i) + ",BTC,1.5\n"); }
  const testing::loaded first = testing::load(source);
  ASSERT_TRUE(first.outcome.has_value()) << first.text();
  const scratch_folder folder;
  ASSERT_TRUE(write_book(folder.path(), {source.files["venue.toml"]}, make_book_tables(first.outcome.value()),
                         table_format::parquet));
  const fs::path path = folder.path() / "balances.parquet";
  const std::string good = testing::read_bytes(path);
  std::uint32_t footer = 0;
  std::memcpy(&footer, good.data() + good.size() - 8, sizeof footer);
  int refused = 0;
  for (std::size_t at = good.size() - 8 - footer; at < good.size(); ++at) {
    for (const int flip : {1, 0x40}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      testing::write_bytes(path, bad);
      const testing::loaded got = testing::load(folder.path(), 1);
      if (got.outcome.has_value()) {
        EXPECT_LE(got.outcome.value().accounts.size(), 50U) << "byte " << at << ": accounts from nowhere";
      } else {
        EXPECT_FALSE(got.text().empty());
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace plimsoll
