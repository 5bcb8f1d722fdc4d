// plimsoll.h call by call: results, refusals, and the state after a call.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <arrow/util/thread_pool.h>

#include "tests/embed/c_book.hpp"

namespace plimsoll {
namespace {

TEST(c_interface, a_tick_gives_figures_and_tables) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK) << last_error().message;
  ArrowArrayStream flagged, cover, notes;
  auto found = sized<plimsoll_tick>();
  found.flagged = &flagged;
  found.cover = &cover;
  found.notes = &notes;
  ASSERT_EQ(plimsoll_scanner_tick(scan, nullptr, &found), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(found.units, 3U);
  EXPECT_EQ(found.counts[PLIMSOLL_BANKRUPT], 1U);
  EXPECT_EQ(found.sequence, 1U);
  EXPECT_EQ(found.flagged_rows, 1U);
  EXPECT_NE(found.digest, 0U);
  const auto units = table_of(flagged);
  EXPECT_EQ(cell(units, "account", 0), "ann");
  EXPECT_EQ(cell(units, "unit", 0), "cross:USDT");
  EXPECT_EQ(cell(units, "asset", 0), "USDT");
  EXPECT_EQ(cell(units, "state", 0), "bankrupt");
  EXPECT_EQ(cell(units, "deficit", 0), "1000.00000000");
  const auto closings = table_of(cover);
  ASSERT_EQ(closings->num_rows(), 2);
  EXPECT_EQ(cell(closings, "winner", 0), "bob");
  EXPECT_EQ(cell(closings, "size", 0), "1.500");
  EXPECT_EQ(cell(closings, "price", 0), "65500.0");
  EXPECT_EQ(cell(closings, "winner", 1), "cat");
  EXPECT_EQ(table_of(notes)->num_columns(), 1);
}

TEST(c_interface, a_tick_gives_demand_totals_and_held_marks) {
  const c_scanner scan;
  const std::string toml = std::string(first_toml) + "[margin]\nmax_mark_age = 60\n";
  std::vector<named_csv> tables = first_venue();
  for (named_csv& one : tables) {
    if (one.first == "marks") { one.second = "instrument,mark,as_of\nBTC-PERP,65000,2026-01-01T00:00:00Z\n"; }
  }
  ASSERT_EQ(scan.load(tables, toml.c_str()), PLIMSOLL_OK) << last_error().message;
  ArrowArrayStream demand, totals, held;
  auto found = sized<plimsoll_tick>();
  found.demand = &demand;
  found.totals = &totals;
  found.held_table = &held;
  ASSERT_EQ(plimsoll_scanner_tick(scan, nullptr, &found), PLIMSOLL_OK) << last_error().message;
  ASSERT_EQ(found.demand_rows, 1U);
  const auto wanted = table_of(demand);
  EXPECT_EQ(cell(wanted, "instrument", 0), "BTC-PERP");
  EXPECT_EQ(cell(wanted, "asset", 0), "USDT");
  EXPECT_EQ(cell(wanted, "demand_long", 0), "0.000");
  EXPECT_EQ(cell(wanted, "demand_short", 0), "2.000");
  EXPECT_EQ(cell(wanted, "cover_short", 0), "2.000");
  EXPECT_EQ(cell(wanted, "deficit", 0), "1000.00000000");
  const auto sums = table_of(totals);
  ASSERT_EQ(sums->num_rows(), static_cast<std::int64_t>(found.totals_rows));
  EXPECT_EQ(cell(sums, "asset", sums->num_rows() - 1), "USDT");
  EXPECT_EQ(cell(sums, "deficit", sums->num_rows() - 1), "1000.00000000");
  EXPECT_EQ(table_of(held)->num_rows(), 0);
  EXPECT_EQ(found.held_instruments, 0U);

  // A minute and a second later nothing is judged by this mark.
  auto marks = sized<plimsoll_marks>();
  marks.has_now = 1;
  marks.now_ns = 1'767'225'661'000'000'000;  // 2026-01-01T00:01:01Z
  ASSERT_EQ(plimsoll_scanner_tick(scan, &marks, &found), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(found.held_instruments, 1U);
  EXPECT_EQ(found.demand_rows, 0U);
  EXPECT_EQ(table_of(demand)->num_rows(), 0);
  EXPECT_EQ(table_of(totals)->num_columns(), 3);
  const auto old = table_of(held);
  ASSERT_EQ(old->num_rows(), 1);
  EXPECT_EQ(cell(old, "instrument", 0), "BTC-PERP");
  EXPECT_EQ(cell(old, "age", 0), "61.000000000");
  EXPECT_EQ(cell(old, "why", 0), "too old");

  // One place for two tables is refused, and nothing is left there.
  found.totals = &demand;
  EXPECT_EQ(plimsoll_scanner_tick(scan, nullptr, &found), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(demand.release, nullptr);
}

TEST(c_interface, a_program_with_the_first_tick_struct_is_answered) {
  // The first version of the struct ended with `notes`. Behind it is the program's own memory.
  constexpr std::size_t first = offsetof(plimsoll_tick, demand_rows);
  struct {
    plimsoll_tick now;
  } older{};
  std::memset(&older, 0x5a, sizeof older);
  std::memset(&older, 0, first);
  older.now.struct_size = first;
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  ASSERT_EQ(plimsoll_scanner_tick(scan, nullptr, &older.now), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(older.now.units, 3U);
  EXPECT_EQ(older.now.struct_size, first);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&older);
  EXPECT_EQ(std::count(bytes + first, bytes + sizeof older, 0x5a), static_cast<std::ptrdiff_t>(sizeof older - first));
  older.now.struct_size = first - 1;
  EXPECT_EQ(plimsoll_scanner_tick(scan, nullptr, &older.now), PLIMSOLL_BAD_ARGUMENT);
}

TEST(c_interface, marks_come_as_an_array_and_as_a_table) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  auto found = sized<plimsoll_tick>();
  plimsoll_mark mark{};
  ASSERT_EQ(plimsoll_scanner_instrument(scan, "BTC-PERP", &mark.instrument), PLIMSOLL_OK);
  mark.ticks = 140'000;  // 70,000.0
  auto marks = sized<plimsoll_marks>();
  marks.marks = &mark;
  marks.count = 1;
  ASSERT_EQ(plimsoll_scanner_tick(scan, &marks, &found), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(found.counts[PLIMSOLL_BANKRUPT], 1U);  // cat, by now.
  const std::uint64_t digest = found.digest;

  const c_scanner other;
  ASSERT_EQ(other.load(first_venue()), PLIMSOLL_OK);
  int released = 0;
  ArrowArrayStream rows = stream_of("instrument,mark\nBTC-PERP,70000\n", &released);
  marks = sized<plimsoll_marks>();
  marks.table = &rows;
  ASSERT_EQ(plimsoll_scanner_tick(other, &marks, &found), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(found.digest, digest);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(rows.release, nullptr);

  // Times so far apart that an age would not fit are refused.
  marks.table = nullptr;
  marks.marks = &mark;
  marks.count = 1;
  mark.has_time = 1;
  mark.as_of_ns = INT64_MAX;
  EXPECT_EQ(plimsoll_scanner_tick(other, &marks, &found), PLIMSOLL_BAD_DATA);
  mark.has_time = 0;
  marks.has_now = 1;
  marks.now_ns = INT64_MIN;
  EXPECT_EQ(plimsoll_scanner_tick(other, &marks, &found), PLIMSOLL_BAD_DATA);
  marks = sized<plimsoll_marks>();
  marks.table = &rows;

  // A place is named as in a file.
  rows = stream_of("instrument,mark\nBTC-PERP,70000\nETH-PERP,3000\n", &released);
  EXPECT_EQ(plimsoll_scanner_tick(other, &marks, &found), PLIMSOLL_BAD_DATA);
  EXPECT_EQ(last_error().refusals, 1U);
  EXPECT_STREQ(last_refusal(0).table, "marks");
  EXPECT_EQ(last_refusal(0).row, 3);
  EXPECT_STREQ(last_refusal(0).column, "instrument");
  EXPECT_EQ(released, 2);
}

TEST(c_interface, updates_act_and_the_refused_one_is_named) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  std::uint32_t usdt = PLIMSOLL_NO_ID;
  ASSERT_EQ(plimsoll_scanner_asset(scan, "USDT", &usdt), PLIMSOLL_OK);
  std::array<plimsoll_update, 3> updates{sized<plimsoll_update>(), sized<plimsoll_update>(), sized<plimsoll_update>()};
  for (plimsoll_update& one : updates) {
    one.kind = PLIMSOLL_DEPOSIT;
    one.account = "ann";
    one.instrument = PLIMSOLL_NO_ID;
    one.asset = usdt;
    one.amount = 100;
    one.side = one.margin_mode = PLIMSOLL_NONE;
  }
  std::uint64_t applied = 9;
  ASSERT_EQ(plimsoll_scanner_apply(scan, updates.data(), 3, &applied), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(applied, 3U);
  updates[1].kind = PLIMSOLL_WITHDRAW;
  updates[1].amount = 100'000'000;
  ASSERT_EQ(plimsoll_scanner_apply(scan, updates.data(), 3, &applied), PLIMSOLL_BAD_DATA);
  EXPECT_EQ(applied, 1U);
  EXPECT_EQ(last_error().detail, 1U);
  EXPECT_EQ(last_error().refusals, 1U);
  EXPECT_STREQ(last_refusal(0).column, "amount");
  EXPECT_STREQ(last_error().call, "plimsoll_scanner_apply");
  // Ids that an update does not need are checked all the same.
  updates[0].instrument = 1'000'000;
  EXPECT_EQ(plimsoll_scanner_apply(scan, updates.data(), 1, &applied), PLIMSOLL_BAD_DATA);
  EXPECT_EQ(plimsoll_scanner_preview(scan, updates.data(), nullptr, nullptr), PLIMSOLL_BAD_DATA);
  // An array of structs of two sizes is none.
  updates[0].instrument = PLIMSOLL_NO_ID;
  updates[1].struct_size += 8;
  EXPECT_EQ(plimsoll_scanner_apply(scan, updates.data(), 2, &applied), PLIMSOLL_BAD_ARGUMENT);

  ArrowArrayStream rows = stream_of("kind,account,asset,amount\ndeposit,dan,USDT,5.00\nwithdraw,dan,USDT,1.00\n");
  ASSERT_EQ(plimsoll_scanner_apply_table(scan, &rows, &applied), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(applied, 2U);
  ArrowArrayStream units;
  ASSERT_EQ(plimsoll_scanner_account(scan, "dan", 0, &units, nullptr), PLIMSOLL_OK);
  EXPECT_EQ(cell(table_of(units), "balance", 0), "4.00000000");
  rows = stream_of("kind,account,asset,amount\ndeposit,dan,USDT,5.001\n");
  ASSERT_EQ(plimsoll_scanner_apply_table(scan, &rows, &applied), PLIMSOLL_BAD_DATA);
  EXPECT_EQ(applied, 0U);
  EXPECT_STREQ(last_refusal(0).value, "5.001");
}

TEST(c_interface, a_book_that_is_refused_names_every_place_and_leaves_the_old_one) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  std::uint64_t before = 0, after = 0;
  ASSERT_EQ(plimsoll_scanner_state_digest(scan, &before), PLIMSOLL_OK);
  auto tables = first_venue();
  tables[3].second = "account,asset,amount\nann,USDT,x\nbob,EUR,60000.00\n";
  ASSERT_EQ(scan.load(tables), PLIMSOLL_BAD_DATA);
  const plimsoll_error why = last_error();
  EXPECT_EQ(why.refusals, 2U) << why.message;
  EXPECT_STREQ(last_refusal(0).table, "balances");
  EXPECT_EQ(last_refusal(0).row, 2);
  EXPECT_STREQ(last_refusal(0).value, "x");
  EXPECT_EQ(last_refusal(1).row, 3);
  EXPECT_STREQ(plimsoll_status_text(why.status), "bad_data");
  auto none = sized<plimsoll_refusal>();
  EXPECT_EQ(plimsoll_last_refusal(2, &none), PLIMSOLL_USAGE);
  EXPECT_EQ(last_error().status, PLIMSOLL_BAD_DATA);  // A query is not a failing call.
  tables = first_venue();
  tables.pop_back();
  EXPECT_EQ(scan.load(tables), PLIMSOLL_BAD_DATA);
  tables.emplace_back("nonsense", "a\n1\n");
  EXPECT_EQ(scan.load(tables), PLIMSOLL_USAGE);
  EXPECT_EQ(scan.load(first_venue(), "quote = 3"), PLIMSOLL_BAD_DATA);
  EXPECT_EQ(plimsoll_scanner_load(scan, "/no/such/folder"), PLIMSOLL_IO);
  ASSERT_EQ(plimsoll_scanner_state_digest(scan, &after), PLIMSOLL_OK);
  EXPECT_EQ(after, before);
}

TEST(c_interface, every_way_out_releases_what_was_handed_over) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  int released = 0;
  auto found = sized<plimsoll_tick>();
  auto marks = sized<plimsoll_marks>();
  ArrowArrayStream rows = stream_of("instrument,mark\nBTC-PERP,65000\n", &released);
  marks.table = &rows;
  EXPECT_EQ(plimsoll_scanner_tick(77'777, &marks, &found), PLIMSOLL_BAD_HANDLE);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(rows.release, nullptr);
  EXPECT_EQ(plimsoll_scanner_tick(scan, &marks, &found), PLIMSOLL_BAD_ARGUMENT);  // It was taken before.
  rows = stream_of("instrument,mark\nBTC-PERP,65000\n", &released);
  found.struct_size = 8;
  EXPECT_EQ(plimsoll_scanner_tick(scan, &marks, &found), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(released, 2);
  rows = stream_of("instrument,mark\nBTC-PERP,65000\n", &released);
  EXPECT_EQ(plimsoll_executor_run(77'777, 1, &marks, nullptr, nullptr), PLIMSOLL_BAD_HANDLE);
  EXPECT_EQ(released, 3);
  // The struct that names it is refused: it stays.
  rows = stream_of("instrument,mark\nBTC-PERP,65000\n", &released);
  marks.struct_size = 3;
  EXPECT_EQ(plimsoll_scanner_tick(scan, &marks, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(released, 3);
  EXPECT_EQ(plimsoll_scanner_apply_table(99, &rows, nullptr), PLIMSOLL_BAD_HANDLE);
  EXPECT_EQ(released, 4);
  rows = stream_of("kind\n", &released);
  plimsoll_table twice[] = {{"marks", &rows}, {"marks", &rows}};
  EXPECT_EQ(plimsoll_scanner_load_tables(scan, first_toml, twice, 2), PLIMSOLL_USAGE);
  EXPECT_EQ(released, 5);
  // A stream that one call returned is passed to another.
  ArrowArrayStream table;
  found = sized<plimsoll_tick>();
  found.flagged = &table;
  ASSERT_EQ(plimsoll_scanner_tick(scan, nullptr, &found), PLIMSOLL_OK);
  plimsoll_table back{"positions", &table};
  EXPECT_EQ(plimsoll_scanner_load_tables(scan, first_toml, &back, 1), PLIMSOLL_BAD_DATA);
  EXPECT_EQ(table.release, nullptr);
  // Two tables do not go to one place.
  found.cover = &table;
  EXPECT_EQ(plimsoll_scanner_tick(scan, nullptr, &found), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(table.release, nullptr);
}

TEST(c_interface, handles_are_looked_up_and_never_followed) {
  plimsoll_scanner one = 0, two = 0;
  ASSERT_EQ(plimsoll_scanner_open(nullptr, &one), PLIMSOLL_OK);
  ASSERT_EQ(plimsoll_scanner_open(nullptr, &two), PLIMSOLL_OK);
  EXPECT_NE(one, two);
  EXPECT_EQ(plimsoll_scanner_close(one), PLIMSOLL_OK);
  EXPECT_EQ(plimsoll_scanner_close(one), PLIMSOLL_BAD_HANDLE);
  EXPECT_STREQ(last_error().call, "plimsoll_scanner_close");
  EXPECT_EQ(plimsoll_scanner_tick(one, nullptr, nullptr), PLIMSOLL_BAD_HANDLE);
  EXPECT_EQ(plimsoll_view_close(two), PLIMSOLL_BAD_HANDLE);
  EXPECT_EQ(plimsoll_executor_close(two), PLIMSOLL_BAD_HANDLE);
  EXPECT_EQ(plimsoll_scanner_close(0), PLIMSOLL_BAD_HANDLE);
  plimsoll_scanner three = 0;
  ASSERT_EQ(plimsoll_scanner_open(nullptr, &three), PLIMSOLL_OK);
  EXPECT_NE(three, one);
  EXPECT_EQ(plimsoll_scanner_close(two), PLIMSOLL_OK);
  EXPECT_EQ(plimsoll_scanner_close(three), PLIMSOLL_OK);
}

TEST(c_interface, structs_of_other_versions_are_taken_as_far_as_they_are_known) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  struct {
    plimsoll_tick now = sized<plimsoll_tick>();
    std::uint64_t appended = 0;
  } later;
  later.now.struct_size = sizeof later;
  ASSERT_EQ(plimsoll_scanner_tick(scan, nullptr, &later.now), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(later.now.struct_size, sizeof later);
  EXPECT_EQ(later.now.units, 3U);
  later.appended = 1;
  EXPECT_EQ(plimsoll_scanner_tick(scan, nullptr, &later.now), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_NE(std::string(last_error().message).find("does not know"), std::string::npos) << last_error().message;
  later.now.struct_size = offsetof(plimsoll_tick, demand_rows) - 1;
  EXPECT_EQ(plimsoll_scanner_tick(scan, nullptr, &later.now), PLIMSOLL_BAD_ARGUMENT);
}

TEST(c_interface, nulls_and_numbers_beyond_are_refused) {
  const c_scanner scan;
  EXPECT_EQ(plimsoll_scanner_open(nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_load(scan, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_load_tables(scan, nullptr, nullptr, 0), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_load_tables(scan, "", nullptr, 1), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_revise(scan, nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_instrument(scan, "x", nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_asset(scan, nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_counts(scan, nullptr, nullptr), PLIMSOLL_OK);
  EXPECT_EQ(plimsoll_scanner_describe_instrument(scan, 0, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_describe_asset(scan, 0, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_apply(scan, nullptr, 1, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_apply(scan, nullptr, 0, nullptr), PLIMSOLL_USAGE);  // Nothing is loaded.
  EXPECT_EQ(plimsoll_scanner_apply_table(scan, nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_tick(scan, nullptr, nullptr), PLIMSOLL_USAGE);
  EXPECT_EQ(plimsoll_scanner_account(scan, nullptr, 0, nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_account(scan, "\xff", 0, nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_account(scan, "ann", 6, nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_preview(scan, nullptr, nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_largest_order(scan, "ann", 0, 2, {}, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_largest_order(scan, "ann", 0, 0, {{1, 0}, 39, 0}, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_largest_order(scan, "ann", 0, 0, {{1, 0}, 0, 0}, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_snapshot(scan, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_state_digest(scan, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_scanner_view(scan, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_executor_open(scan, nullptr, nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_version(nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_last_error(nullptr), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_last_refusal(0, nullptr), PLIMSOLL_BAD_ARGUMENT);
  plimsoll_executor acting = 0;
  EXPECT_EQ(plimsoll_executor_open(scan, nullptr, &acting), PLIMSOLL_USAGE);
  EXPECT_STREQ(plimsoll_status_text(99), "unknown");
  EXPECT_STREQ(plimsoll_status_text(-1), "unknown");
  for (int status = PLIMSOLL_OK; status <= PLIMSOLL_BUSY; ++status) {
    EXPECT_STRNE(plimsoll_status_text(status), "unknown");
  }
}

TEST(c_interface, names_and_descriptions) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  std::uint32_t instruments = 0, assets = 0;
  ASSERT_EQ(plimsoll_scanner_counts(scan, &instruments, &assets), PLIMSOLL_OK);
  EXPECT_EQ(instruments, 1U);
  EXPECT_EQ(assets, 2U);
  char name[5] = "????";
  auto it = sized<plimsoll_instrument_info>();
  it.name = name;
  it.name_capacity = sizeof name;
  ASSERT_EQ(plimsoll_scanner_describe_instrument(scan, 0, &it), PLIMSOLL_OK);
  EXPECT_STREQ(name, "BTC-");
  EXPECT_EQ(it.name_length, 8U);
  EXPECT_EQ(it.kind, PLIMSOLL_LINEAR);
  EXPECT_EQ(it.price_step.mantissa.low, 5U);
  EXPECT_EQ(it.price_step.scale, 1);
  EXPECT_EQ(it.mark_ticks, 130'000);
  EXPECT_EQ(it.has_mark, 1);
  auto of = sized<plimsoll_asset_info>();
  ASSERT_EQ(plimsoll_scanner_describe_asset(scan, it.settle, &of), PLIMSOLL_OK);
  EXPECT_EQ(of.name_length, 4U);
  EXPECT_EQ(of.step.scale, 2);
  EXPECT_EQ(plimsoll_scanner_describe_asset(scan, 2, &of), PLIMSOLL_USAGE);
  std::uint32_t id = 0;
  EXPECT_EQ(plimsoll_scanner_instrument(scan, "ETH-PERP", &id), PLIMSOLL_OK);
  EXPECT_EQ(id, PLIMSOLL_NO_ID);
}

TEST(c_interface, questions_change_nothing) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  ASSERT_EQ(plimsoll_scanner_tick(scan, nullptr, nullptr), PLIMSOLL_OK);
  std::uint64_t before = 0, after = 0;
  ASSERT_EQ(plimsoll_scanner_state_digest(scan, &before), PLIMSOLL_OK);
  ArrowArrayStream units, positions;
  ASSERT_EQ(plimsoll_scanner_account(scan, "bob", PLIMSOLL_WITH_LADDERS, &units, &positions), PLIMSOLL_OK)
      << last_error().message;
  EXPECT_EQ(cell(table_of(units), "state", 0), "healthy");
  const auto held = table_of(positions);
  EXPECT_EQ(cell(held, "side", 0), "short");
  EXPECT_EQ(cell(held, "size", 0), "-1.500");
  EXPECT_EQ(cell(held, "ladder_place", 0), "1");
  auto update = sized<plimsoll_update>();
  update.kind = PLIMSOLL_WITHDRAW;
  update.account = "bob";
  update.instrument = PLIMSOLL_NO_ID;
  update.asset = 1;
  update.amount = 100;
  update.side = update.margin_mode = PLIMSOLL_NONE;
  ASSERT_EQ(plimsoll_scanner_preview(scan, &update, &units, nullptr), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(cell(table_of(units), "balance", 0), "59999.00000000");
  std::int64_t lots = 0;
  ASSERT_EQ(plimsoll_scanner_largest_order(scan, "bob", 0, PLIMSOLL_LONG, {{65'000, 0}, 0, 0}, &lots), PLIMSOLL_OK)
      << last_error().message;
  EXPECT_GT(lots, 0);
  ASSERT_EQ(plimsoll_scanner_state_digest(scan, &after), PLIMSOLL_OK);
  EXPECT_EQ(after, before);
}

TEST(c_interface, a_load_leaves_the_process_s_own_arrow_threads_as_they_were) {
  const int before = arrow::GetCpuThreadPoolCapacity();
  ASSERT_TRUE(arrow::SetCpuThreadPoolCapacity(5).ok());
  const c_scanner scan;  // Of one thread.
  EXPECT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  EXPECT_EQ(arrow::GetCpuThreadPoolCapacity(), 5);
  ASSERT_TRUE(arrow::SetCpuThreadPoolCapacity(before).ok());
}

// --------------------------------------------------------------------------------------------------------- executors
struct market {
  std::vector<plimsoll_order> orders;
  plimsoll_scanner scan = 0;
  plimsoll_executor acting = 0;
  std::vector<plimsoll_status> outcome;
};

void take_order(void* context, const plimsoll_order* order) {
  auto& at = *static_cast<market*>(context);
  at.orders.push_back(*order);
  // Calls that are not allowed from here are refused, and allowed ones are not.
  std::uint64_t digest = 0;
  std::int32_t is = 0;
  at.outcome = {plimsoll_scanner_state_digest(at.scan, &digest), plimsoll_executor_conserved(at.acting, &is),
                plimsoll_executor_close(at.acting), plimsoll_scanner_close(at.scan)};
  auto fill = sized<plimsoll_answer>();
  fill.order = order->id;
  fill.sequence = 1;
  fill.kind = PLIMSOLL_FILLED;
  fill.lots = static_cast<std::uint64_t>(order->lots < 0 ? -order->lots : order->lots);
  fill.price_ticks = order->limit_ticks;
  auto beyond = fill;
  beyond.lots = (std::uint64_t{1} << 61) + 1;
  EXPECT_EQ(plimsoll_executor_answer(at.acting, &beyond, &is), PLIMSOLL_BAD_ARGUMENT);
  EXPECT_EQ(plimsoll_executor_answer(at.acting, &fill, &is), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(is, 1);
}
void take_cancel(void*, plimsoll_order_id) {}

TEST(c_interface, an_executor_sends_orders_and_takes_answers) {
  market at;
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  auto gateway = sized<plimsoll_gateway>();
  gateway.context = &at;
  gateway.send = take_order;
  auto options = sized<plimsoll_executor_options>();
  options.gateway = &gateway;
  EXPECT_EQ(plimsoll_executor_open(scan, &options, &at.acting), PLIMSOLL_BAD_ARGUMENT);  // It can't cancel.
  gateway.cancel = take_cancel;
  ASSERT_EQ(plimsoll_executor_open(scan, &options, &at.acting), PLIMSOLL_OK) << last_error().message;
  at.scan = scan;
  plimsoll_executor second = 0;
  EXPECT_EQ(plimsoll_executor_open(scan, &options, &second), PLIMSOLL_USAGE);

  ArrowArrayStream events, notes;
  auto done = sized<plimsoll_execution>();
  done.events = &events;
  done.notes = &notes;
  auto found = sized<plimsoll_tick>();
  ASSERT_EQ(plimsoll_executor_run(at.acting, 1, nullptr, &found, &done), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(found.flagged_rows, 1U);
  ASSERT_GE(at.orders.size(), 1U);
  EXPECT_EQ(at.orders[0].lots, -2'000);
  EXPECT_EQ(at.outcome, (std::vector<plimsoll_status>{PLIMSOLL_BUSY, PLIMSOLL_BUSY, PLIMSOLL_BUSY, PLIMSOLL_BUSY}));
  EXPECT_GT(done.plans, 0U);
  EXPECT_EQ(done.orders_sent, at.orders.size());
  const auto legs = table_of(events);
  EXPECT_EQ(static_cast<std::uint64_t>(legs->num_rows()), done.legs);
  EXPECT_EQ(cell(legs, "plan", 0), "1");
  EXPECT_EQ(cell(legs, "account", 0), "ann");
  (void)table_of(notes);
  std::int32_t is = 0;
  ASSERT_EQ(plimsoll_executor_conserved(at.acting, &is), PLIMSOLL_OK);
  EXPECT_EQ(is, 1);
  plimsoll_int128 amount{};
  ASSERT_EQ(plimsoll_executor_balance(at.acting, "fees", 1, &amount), PLIMSOLL_OK);
  EXPECT_EQ(plimsoll_executor_balance(at.acting, "nobody", 1, &amount), PLIMSOLL_USAGE);
  EXPECT_EQ(plimsoll_executor_balance(at.acting, "fund", 9, &amount), PLIMSOLL_USAGE);
  EXPECT_EQ(plimsoll_executor_run(at.acting, 1, nullptr, nullptr, nullptr), PLIMSOLL_USAGE);  // Ticks rise.

  // The scanner's handle may be closed first: the executor goes on.
  ASSERT_EQ(plimsoll_scanner_close(scan), PLIMSOLL_OK);
  ASSERT_EQ(plimsoll_executor_run(at.acting, 2, nullptr, &found, nullptr), PLIMSOLL_OK) << last_error().message;
  EXPECT_EQ(found.flagged_rows, 0U);
  ASSERT_EQ(plimsoll_executor_close(at.acting), PLIMSOLL_OK);
  EXPECT_EQ(plimsoll_executor_run(at.acting, 3, nullptr, nullptr, nullptr), PLIMSOLL_BAD_HANDLE);
}

TEST(c_interface, a_callback_that_throws_is_reported_and_goes_no_further) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  auto gateway = sized<plimsoll_gateway>();
  gateway.send = [](void*, const plimsoll_order*) { throw 1; };
  gateway.cancel = take_cancel;
  auto options = sized<plimsoll_executor_options>();
  options.gateway = &gateway;
  plimsoll_executor acting = 0;
  ASSERT_EQ(plimsoll_executor_open(scan, &options, &acting), PLIMSOLL_OK);
  ArrowArrayStream notes;
  auto done = sized<plimsoll_execution>();
  done.notes = &notes;
  ASSERT_EQ(plimsoll_executor_run(acting, 1, nullptr, nullptr, &done), PLIMSOLL_OK) << last_error().message;
  EXPECT_NE(cell(table_of(notes), "note", 0).find("threw"), std::string::npos);
  auto answer = sized<plimsoll_answer>();
  std::int32_t taken = 0;
  ASSERT_EQ(plimsoll_executor_close(acting), PLIMSOLL_OK);
  EXPECT_EQ(plimsoll_executor_answer(acting, &answer, &taken), PLIMSOLL_BAD_HANDLE);
  ASSERT_EQ(plimsoll_executor_open(scan, nullptr, &acting), PLIMSOLL_OK);
  EXPECT_EQ(plimsoll_executor_answer(acting, &answer, &taken), PLIMSOLL_USAGE);  // It has no gateway.
  EXPECT_EQ(plimsoll_executor_close(acting), PLIMSOLL_OK);
}

}  // namespace
}  // namespace plimsoll
