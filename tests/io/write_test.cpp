// Written tables and folders.
#include <atomic>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/io/output_folder.hpp"
#include "host/io/read_result.hpp"
#include "host/io/write_book.hpp"
#include "host/io/write_table.hpp"
#include "host/table/chunk_table.hpp"
#include "host/text/instant.hpp"
#include "host/text/score_text.hpp"
#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;
using testing::draft;
using testing::read_bytes;
using testing::scratch_folder;
using testing::write_bytes;

std::vector<std::string> entries(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) { names.push_back(entry.path().filename()); }
  std::sort(names.begin(), names.end());
  return names;
}

/// A column of each kind.
chunk_table sample(std::uint64_t rows) {
  return {{{"account", column_kind::text},
           {"value", column_kind::amount, 6},
           {"health", column_kind::amount, 6},
           {"rank", column_kind::integer},
           {"score", column_kind::score},
           {"held", column_kind::boolean}},
          rows,
          [](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
            for (std::uint64_t row = begin; row < end; ++row) {
              out.columns[0].owned.push_back("account" + std::to_string(row));
              row_writer writer(out);
              writer.text(out.columns[0].owned.back())
                  .amount(-static_cast<int128>(row), row % 2 == 0 ? 6 : 2)
                  .amount_if(row % 3 != 0, static_cast<int128>(row) << 60, 6)
                  .integer(static_cast<std::int64_t>(row) - 1)
                  .score(static_cast<double>(row) / 7)
                  .boolean(row % 5 == 0);
              writer.end_row();
            }
          }};
}

TEST(write_table, csv_has_each_kind_as_the_design_says) {
  const scratch_folder folder;
  ASSERT_TRUE(write_table(sample(4), folder.path(), "t", table_format::csv));
  EXPECT_EQ(read_bytes(folder.path() / "t.csv"),
            "account,value,health,rank,score,held\n"
            "account0,0.000000,,-1,0,true\n"
            "account1,-0.01,1152921504606.846976,0,0.14285714285714285,false\n"
            "account2,-0.000002,2305843009213.693952,1,0.2857142857142857,false\n"
            "account3,-0.03,,2,0.42857142857142855,false\n");
}

TEST(write_table, csv_quotes_only_what_it_must) {
  const chunk_table table({{"a name, quoted", column_kind::text}}, 6,
                          [](std::uint64_t, std::uint64_t, table_chunk& out) {
                            for (const char* text : {"plain", "a,b", "q\"t", "two\nlines", "car\rriage", ""}) {
                              out.columns[0].text.emplace_back(text);
                            }
                          });
  const scratch_folder folder;
  ASSERT_TRUE(write_table(table, folder.path(), "t", table_format::csv));
  EXPECT_EQ(read_bytes(folder.path() / "t.csv"),
            "\"a name, quoted\"\nplain\n\"a,b\"\n\"q\"\"t\"\n\"two\nlines\"\n\"car\rriage\"\n\"\"\n");
}

TEST(write_table, a_table_without_rows_has_its_columns) {
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    const scratch_folder folder;
    ASSERT_TRUE(write_table(sample(0), folder.path(), "t", format));
    EXPECT_GT(fs::file_size(folder.path() / (std::string("t.") + to_string(format))), 0U);
  }
}

TEST(write_table, the_bytes_do_not_depend_on_the_threads) {
  const auto table = sample(200'000);
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    std::string first;
    for (const int threads : {1, 2, 7}) {
      const scratch_folder folder;
      double last = 0;
      write_options options;
      options.threads = threads;
      options.on_progress = [&](double fraction) {
        EXPECT_GE(fraction, last);
        last = fraction;
      };
      const auto written = write_table(table, folder.path(), "t", format, options);
      ASSERT_TRUE(written) << written.error().message;
      EXPECT_EQ(last, 1);
      const std::string bytes = read_bytes(folder.path() / (std::string("t.") + to_string(format)));
      if (first.empty()) { first = bytes; }
      EXPECT_TRUE(bytes == first) << to_string(format) << " on " << threads;
    }
  }
}

TEST(write_table, parquet_says_what_arrow_says_over_row_groups) {
  constexpr std::uint64_t rows = (std::uint64_t{1} << 20) + 70'001;  // Four row groups, a full chunk, and a bit of one.
  const auto table = sample(rows);
  const scratch_folder one;
  const scratch_folder other;
  ASSERT_TRUE(write_table(table, one.path(), "t", table_format::arrow));
  ASSERT_TRUE(write_table(table, other.path(), "t", table_format::parquet));
  using names_of_columns = std::vector<std::string>;  // Some at a time: as texts they take memory.
  for (const auto& names : {names_of_columns{"account"}, {"value", "held"}, {"health", "rank"}}) {
    const auto wanted = io::read_result(one.path(), "t", names);
    const auto found = io::read_result(other.path(), "t", names);
    ASSERT_TRUE(wanted && found);
    EXPECT_EQ(found.value().rows(), rows);
    EXPECT_TRUE(found.value().columns == wanted.value().columns) << names.front();
  }
}

TEST(write_table, a_failure_names_the_file_and_the_cause) {
  const auto written = write_table(sample(3), "/nonexistent/folder", "t", table_format::csv);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, error_code::io);
  EXPECT_EQ(written.error().message, "/nonexistent/folder/t.csv: No such file or directory");
  const scratch_folder folder;
  write_bytes(folder.path() / "t.csv", "mine");
  EXPECT_FALSE(write_table(sample(3), folder.path(), "t", table_format::csv)) << "nothing is overwritten";
  EXPECT_EQ(read_bytes(folder.path() / "t.csv"), "mine");
}

TEST(write_table, a_link_in_the_way_is_not_followed) {
  const scratch_folder folder;
  write_bytes(folder.path() / "mine", "precious");
  fs::create_symlink(folder.path() / "mine", folder.path() / "t.csv");
  EXPECT_EQ(write_table(sample(3), folder.path(), "t", table_format::csv).error().code, error_code::io);
  EXPECT_EQ(read_bytes(folder.path() / "mine"), "precious");
}

TEST(write_table, asked_to_stop_it_stops) {
  const std::atomic<bool> stop{true};
  write_options options;
  options.stop = &stop;
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    const scratch_folder folder;
    const auto written = write_table(sample(10), folder.path(), "t", format, options);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, error_code::interrupted);
  }
}

TEST(score_text, has_the_fewest_digits_that_read_back_and_no_exponent) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::pair<double, std::string> cases[] = {
      {0, "0"},
      {-0.0, "0"},
      {1, "1"},
      {-1, "-1"},
      {0.1, "0.1"},
      {0.30000000000000004, "0.30000000000000004"},
      {1e23, "100000000000000000000000"},
      {123456789012345680, "123456789012345680"},
      {12.5, "12.5"},
      {1e-7, "0.0000001"},
      {-1.5e-10, "-0.00000000015"},
      {100, "100"},
      {infinity, "inf"},
      {-infinity, "-inf"},
      {5e-324, "0." + std::string(323, '0') + "5"},
      {1.7976931348623157e308, "17976931348623157" + std::string(292, '0')},
  };
  for (const auto& [score, text] : cases) {
    EXPECT_EQ(score_text(score), text);
    if (std::isfinite(score)) { EXPECT_EQ(parse_score(text).value, score) << text; }
  }
}

TEST(instants, read_back_as_they_are_printed) {
  for (const std::int64_t ns : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1740830400500000000},
                                std::int64_t{951782400000000001}, std::int64_t{-9000000000000000000}}) {
    const instant back = parse_instant(format_instant(ns));
    EXPECT_EQ(back.fault, nullptr);
    EXPECT_EQ(back.ns, ns) << format_instant(ns);
  }
}

TEST(output_folder, appears_whole_when_committed) {
  const scratch_folder place;
  const fs::path target = place.path() / "out";
  for (const bool there : {false, true}) {
    if (there) {
      fs::remove_all(target);
      fs::create_directory(target);  // An empty folder is as good as none.
    }
    auto folder = output_folder::make(target.string() + "/", false);
    ASSERT_TRUE(folder) << folder.error().message;
    ASSERT_TRUE(folder.value().write_text("a.txt", "a"));
    EXPECT_FALSE(fs::exists(target / "a.txt"));
    ASSERT_TRUE(folder.value().commit());
    EXPECT_EQ(read_bytes(target / "a.txt"), "a");
    EXPECT_THAT(entries(place.path()), ::testing::ElementsAre("out"));
  }
}

TEST(output_folder, leaves_nothing_without_a_commit) {
  const scratch_folder place;
  {
    auto folder = output_folder::make(place.path() / "out", false);
    ASSERT_TRUE(folder);
    ASSERT_TRUE(folder.value().write_text("a.txt", "a"));
    output_folder moved = std::move(folder).value();
    ASSERT_TRUE(moved.write_text("b.txt", "b"));
  }
  EXPECT_THAT(entries(place.path()), ::testing::IsEmpty());
}

TEST(output_folder, replaces_a_filled_folder_only_by_force) {
  const scratch_folder place;
  const fs::path target = place.path() / "out";
  fs::create_directories(target / "deep");
  write_bytes(target / "deep" / "mine", "precious");
  const auto refused = output_folder::make(target, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, error_code::usage);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("--force"));
  {
    auto abandoned = output_folder::make(target, true);
    ASSERT_TRUE(abandoned);
  }
  EXPECT_EQ(read_bytes(target / "deep" / "mine"), "precious");
  auto folder = output_folder::make(target, true);
  ASSERT_TRUE(folder);
  ASSERT_TRUE(folder.value().write_text("a.txt", "a"));
  EXPECT_EQ(read_bytes(target / "deep" / "mine"), "precious") << "the old one stays until the new one is whole";
  ASSERT_TRUE(folder.value().commit());
  EXPECT_THAT(entries(target), ::testing::ElementsAre("a.txt"));
  EXPECT_THAT(entries(place.path()), ::testing::ElementsAre("out"));
}

TEST(output_folder, a_target_filled_meanwhile_is_not_replaced) {
  const scratch_folder place;
  const fs::path target = place.path() / "out";
  auto folder = output_folder::make(target, false);
  ASSERT_TRUE(folder);
  fs::create_directory(target);
  write_bytes(target / "mine", "precious");
  const auto committed = folder.value().commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, error_code::usage);
  EXPECT_EQ(read_bytes(target / "mine"), "precious");
}

TEST(output_folder, a_file_in_the_way_is_an_error_and_parents_are_made) {
  const scratch_folder place;
  write_bytes(place.path() / "file", "mine");
  EXPECT_EQ(output_folder::make(place.path() / "file", true).error().code, error_code::usage);
  EXPECT_EQ(output_folder::make(place.path() / "file" / "out", true).error().code, error_code::io);
  auto deep = output_folder::make(place.path() / "none" / "out", true);
  ASSERT_TRUE(deep) << deep.error().message;
  ASSERT_TRUE(deep.value().commit());
  EXPECT_TRUE(fs::is_directory(place.path() / "none" / "out"));
  EXPECT_EQ(output_folder::make("/", true).error().code, error_code::usage);
  EXPECT_EQ(read_bytes(place.path() / "file"), "mine");
}

/// Converts a draft to each format, and the results back to CSV.
TEST(convert_book, says_the_same_in_every_format) {
  const scratch_folder place;
  const fs::path original = place.path() / "original";
  fs::create_directory(original);
  draft source;
  source.append("instruments.csv", "\"A,B\",linear,BTC,USDT,1,0.1,0.001,T\n")
      .append("marks.csv", "\"A,B\",1.50,\n")
      .append("positions.csv", "\"q\"\"t\",\"A,B\",1.500,1.000000000000000000000000000000000001,,\n")
      .with("accounts.csv", "account,margin_mode,note\n7,cross,x\n\xC3\xA9,,\n");
  source.write(original);
  const std::string positions =
      "account,instrument,size,entry_price,entry_value,isolated_margin\n"
      "alice,BTCUSDT,0.5,60000.1,,\n"
      "bob,BTCUSD,-10,,-0.5,\n"
      "alice,BTCUSDT,-0.25,,-15000.25,100.000001\n"
      "\"q\"\"t\",\"A,B\",1.500,1.000000000000000000000000000000000001,,\n";
  for (const table_format format : {table_format::csv, table_format::parquet, table_format::arrow}) {
    const fs::path converted = place.path() / to_string(format);
    const fs::path back = place.path() / (std::string(to_string(format)) + "_back");
    fs::create_directory(converted);
    fs::create_directory(back);
    refusal_list refusals;
    auto done = convert_book(original, converted, format, refusals);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(refusals.notes(), ::testing::Contains(note{"accounts.csv: column note is not read"}));
    EXPECT_EQ(entries(converted).size(), 8U);
    EXPECT_EQ(read_bytes(converted / "venue.toml"), source.files.at("venue.toml"));
    EXPECT_TRUE(testing::load(converted).outcome);
    done = convert_book(converted, back, table_format::csv, refusals);
    ASSERT_TRUE(done) << done.error().message;
    // Texts are unchanged, decimals have the column's scale or fewer digits, blank cells stay blank.
    if (format == table_format::csv) { EXPECT_EQ(read_bytes(back / "positions.csv"), positions); }
    EXPECT_EQ(read_bytes(back / "accounts.csv"), "account,margin_mode\n7,cross\n\xC3\xA9,\n");
    EXPECT_THAT(read_bytes(back / "positions.csv"), ::testing::HasSubstr("1.000000000000000000000000000000000001"));
    EXPECT_TRUE(testing::load(back).outcome);
  }
}

TEST(convert_book, a_book_that_does_not_load_is_not_converted) {
  const scratch_folder place;
  fs::create_directory(place.path() / "bad");
  fs::create_directory(place.path() / "out");
  draft().change("marks.csv", "61000.5", "x").write(place.path() / "bad");
  refusal_list refusals;
  const auto done = convert_book(place.path() / "bad", place.path() / "out", table_format::csv, refusals);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, error_code::bad_data);
  EXPECT_EQ(refusals.count(), 1U);
  EXPECT_THAT(entries(place.path() / "out"), ::testing::IsEmpty());
}

}  // namespace
}  // namespace plimsoll
