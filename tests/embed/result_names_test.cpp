// Results keep their names: tables of a tick and of a run at any later time, and text that is not copied.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/c/abi.h>
#include <arrow/scalar.h>

#include "plimsoll/executor.hpp"
#include "plimsoll/scanner.hpp"
#include "tests/embed/c_book.hpp"

namespace plimsoll {
namespace {

constexpr int losers = 500;

std::string loser_name(int i) { return "a-loser-with-a-long-name-" + std::to_string(1'000 + i); }

/// Many bankrupt units at the first mark, whose names are too long for a cell, and one winner.
book_rows long_names() {
  book_rows out;
  out.venue_toml = first_toml;
  out.assets = {{.name = "USDT", .step = decimal{1, 2}}};
  out.instruments = {{.name = "A-PERPETUAL-WITH-A-LONG-NAME",
                      .base = "BTC",
                      .settle = "USDT",
                      .contract_size = decimal{1, 0},
                      .price_step = {5, 1},
                      .size_step = decimal{1, 3},
                      .tier_table = "majors"}};
  out.tiers = {{.table = "majors", .maintenance_rate = {5, 3}, .max_leverage = decimal{100, 0}}};
  for (int i = 0; i < losers; ++i) {
    out.balances.push_back({loser_name(i), "USDT", {4'000, 0}});
    out.positions.push_back({.account = loser_name(i),
                             .instrument = "A-PERPETUAL-WITH-A-LONG-NAME",
                             .size = {1, 0},
                             .entry_price = decimal{70'000, 0}});
  }
  out.balances.push_back({"winner", "USDT", {90'000'000, 0}});
  out.positions.push_back({.account = "winner",
                           .instrument = "A-PERPETUAL-WITH-A-LONG-NAME",
                           .size = {-losers, 0},
                           .entry_price = decimal{70'000, 0}});
  out.marks = {{.instrument = "A-PERPETUAL-WITH-A-LONG-NAME", .price = {65'000, 0}}};
  return out;
}

scanner loaded(const book_rows& rows) {
  scanner out = std::move(scanner::make({.backend = "cpu", .threads = 1})).value();
  const status outcome = out.load(rows);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return out;
}

std::shared_ptr<arrow::Table> flagged_of(const tick_result& found, text_form text = text_form::copied) {
  ArrowArrayStream out;
  const status outcome = scanner::export_flagged(found, out, text);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return table_of(out);
}
std::shared_ptr<arrow::Table> cover_of(const tick_result& found, text_form text = text_form::copied) {
  ArrowArrayStream out;
  const status outcome = scanner::export_cover(found, out, text);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return table_of(out);
}
template <class Export>
std::shared_ptr<arrow::Table> run_table(const execution& done, const Export& write) {
  ArrowArrayStream out;
  const status outcome = write(done, out);
  EXPECT_TRUE(outcome) << outcome.error().message;
  return table_of(out);
}
std::shared_ptr<arrow::Table> events_of(const execution& done) {
  return run_table(done, [](const auto& of, auto& out) { return executor::export_events(of, out); });
}
std::shared_ptr<arrow::Table> flows_of(const execution& done) {
  return run_table(done, [](const auto& of, auto& out) { return executor::export_flows(of, out); });
}

const arrow::StringViewArray& views_in(const arrow::Table& table, const std::string& column) {
  const auto chunks = table.GetColumnByName(column);
  EXPECT_EQ(chunks->num_chunks(), 1);
  EXPECT_EQ(chunks->type()->id(), arrow::Type::STRING_VIEW) << column;
  return static_cast<const arrow::StringViewArray&>(*chunks->chunk(0));
}

TEST(result_names, views_copy_no_text) {
  scanner scan = loaded(long_names());
  tick_result found;
  ASSERT_TRUE(scan.tick({}, found));
  ASSERT_EQ(found.flagged.size(), static_cast<std::size_t>(losers));
  const auto flagged = flagged_of(found, text_form::views);
  const auto& accounts = views_in(*flagged, "account");
  for (std::int64_t row = 0; row < losers; ++row) {
    const std::string_view text = accounts.GetView(row);
    ASSERT_EQ(text, found.flagged[static_cast<std::size_t>(row)].account);
    ASSERT_EQ(text.data(), found.flagged[static_cast<std::size_t>(row)].account.data()) << "the text was copied";
  }
  // The losers of the cover are the same characters.
  const auto cover = cover_of(found, text_form::views);
  const auto& cover_losers = views_in(*cover, "loser");
  ASSERT_EQ(cover_losers.length(), losers);
  for (std::int64_t row = 0; row < losers; ++row) {
    ASSERT_EQ(static_cast<const void*>(cover_losers.GetView(row).data()),
              found.cover[static_cast<std::size_t>(row)].loser.data());
  }
  // A name of an instrument is stored once, not per row.
  const auto& instruments = views_in(*cover, "instrument");
  EXPECT_EQ(instruments.GetView(0), "A-PERPETUAL-WITH-A-LONG-NAME");
  EXPECT_EQ(instruments.GetView(0).data(), instruments.GetView(losers - 1).data());
  EXPECT_EQ(instruments.data()->buffers.back()->size(), 28);
  // The same cells as those of copied text.
  for (const auto& [views, copied] : {std::pair(flagged, flagged_of(found)), std::pair(cover, cover_of(found))}) {
    ASSERT_EQ(views->num_columns(), copied->num_columns());
    for (int column = 0; column < views->num_columns(); ++column) {
      const std::string name = views->field(column)->name();
      ASSERT_EQ(name, copied->field(column)->name());
      for (std::int64_t row = 0; row < views->num_rows(); ++row) {
        ASSERT_EQ(cell(views, name, row), cell(copied, name, row)) << name;
      }
    }
  }
}

/// A tick's and a run's tables do not depend on what the scanner does afterwards.
TEST(result_names, tables_are_of_their_tick_whenever_they_are_made) {
  std::optional<scanner> scan = loaded(long_names());
  tick_result found;
  ASSERT_TRUE(scan->tick({}, found));
  const auto flagged = flagged_of(found);
  const auto cover = cover_of(found);
  std::optional<executor> acting = std::move(executor::make(*scan, {})).value();
  tick_result seen;
  execution done;
  ASSERT_TRUE(acting->run(1, {}, seen, done));
  const auto events = events_of(done);
  const auto flows = flows_of(done);
  EXPECT_GT(events->num_rows(), losers);
  ASSERT_EQ(flows->num_rows(), 1);
  const auto expect_same = [&](const char* when) {
    SCOPED_TRACE(when);
    EXPECT_TRUE(flagged_of(found)->Equals(*flagged));
    EXPECT_TRUE(cover_of(found)->Equals(*cover));
    EXPECT_TRUE(flagged_of(seen)->Equals(*flagged));
    EXPECT_TRUE(events_of(done)->Equals(*events));
    EXPECT_TRUE(flows_of(done)->Equals(*flows));
  };
  const auto views = flagged_of(found, text_form::views);
  // Names come and stay, so that the characters of all names move.
  std::vector<std::string> names;
  for (int i = 0; i < 20'000; ++i) { names.push_back("a-new-account-with-a-long-name-" + std::to_string(i)); }
  std::vector<update> updates;
  for (const std::string& name : names) {
    update one;
    one.kind = update_kind::deposit;
    one.account = name;
    one.asset = 0;
    one.amount = {1};
    updates.push_back(one);
  }
  ASSERT_TRUE(scan->apply(updates));
  tick_result next;
  ASSERT_TRUE(scan->tick({}, next));
  expect_same("after 20,000 accounts and a tick");
  ASSERT_TRUE(scan->make_room());
  expect_same("after the book was laid out again");
  acting.reset();
  book_rows other = long_names();
  other.assets = {{.name = "AAA", .step = decimal{1, 0}}, {.name = "USDT", .step = decimal{1, 4}}};
  ASSERT_TRUE(scan->load(other));
  expect_same("after another book was loaded");
  scan.reset();
  expect_same("after the scanner ended");
  EXPECT_EQ(views_in(*views, "account").GetView(0),
            flagged->GetColumnByName("account")->chunk(0)->GetScalar(0).ValueOrDie()->ToString());
}

TEST(result_names, a_result_that_no_tick_filled_is_refused) {
  ArrowArrayStream out{};
  EXPECT_EQ(scanner::export_flagged({}, out).error().code, error_code::usage);
  EXPECT_EQ(executor::export_flows({}, out).error().code, error_code::usage);
}

TEST(result_names, through_c) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  plimsoll_executor acting = 0;
  ASSERT_EQ(plimsoll_executor_open(scan, nullptr, &acting), PLIMSOLL_OK);
  ArrowArrayStream flagged, events, flows;
  auto found = sized<plimsoll_tick>();
  found.flagged = &flagged;
  found.text_views = 1;
  auto done = sized<plimsoll_execution>();
  done.events = &events;
  done.flows = &flows;
  done.text_views = 1;
  ASSERT_EQ(plimsoll_executor_run(acting, 1, nullptr, &found, &done), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(views_in(*table_of(flagged), "account").GetView(0), "ann");
  EXPECT_EQ(views_in(*table_of(events), "account").GetView(0), "ann");
  ASSERT_EQ(done.flows_rows, 1U);
  const auto moved = table_of(flows);
  EXPECT_EQ(cell(moved, "asset", 0), "USDT");
  EXPECT_NE(cell(moved, "adl", 0), "0.00");
  found.text_views = 2;
  EXPECT_EQ(plimsoll_executor_run(acting, 2, nullptr, &found, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(flagged.release, nullptr);

  // A program with the first version of the struct: it ended with `notes`.
  alignas(plimsoll_execution) unsigned char older[sizeof(plimsoll_execution)];
  constexpr std::size_t first = offsetof(plimsoll_execution, flows_rows);
  std::fill(std::begin(older), std::end(older), 0x5a);
  std::fill(older, older + first, 0);
  auto* const out = reinterpret_cast<plimsoll_execution*>(older);
  out->struct_size = first;
  ASSERT_EQ(plimsoll_executor_run(acting, 3, nullptr, nullptr, out), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(std::count(older + first, std::end(older), 0x5a), static_cast<std::ptrdiff_t>(sizeof older - first));
  EXPECT_EQ(plimsoll_executor_close(acting), PLIMSOLL_OK);
}

}  // namespace
}  // namespace plimsoll
