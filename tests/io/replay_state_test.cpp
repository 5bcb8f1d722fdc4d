// The fields of a checkpoint: a change of each must change the file, and must be read back.
//
// The structures are taken apart by structured bindings: with a new field this file does not compile until the field is
// listed here, kept or not.
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "host/io/replay_log_rows.hpp"
#include "host/io/replay_state_json.hpp"
#include "host/text/decimal.hpp"
#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

// ---------------------------------------------------------------------------------- changes and their text

template <class T>
concept number = std::is_arithmetic_v<T> || std::is_same_v<T, int128> || std::is_enum_v<T>;

template <number T>
std::string text_of(const T& value) {
  if constexpr (std::is_same_v<T, int128>) { return format_units(value, 0); }
  if constexpr (std::is_floating_point_v<T>) { return std::to_string(value); }
  if constexpr (std::is_enum_v<T>) { return std::to_string(static_cast<int>(value)); }
  if constexpr (std::is_integral_v<T>) { return std::to_string(value); }
}
std::string text_of(const std::string& value) { return "'" + value + "'"; }
std::string text_of(const system_holdings::position& value) {
  const auto& [lots, cost] = value;
  return text_of(lots) + ":" + text_of(cost);
}
template <class List>
  requires requires(const List& list) {
    list.begin();
    list.end();
  } && (!std::is_same_v<List, std::string>)
std::string text_of(const List& list);
template <class A, class B>
std::string text_of(const std::pair<A, B>& value) {
  return text_of(value.first) + "=" + text_of(value.second);
}
template <class List>
  requires requires(const List& list) {
    list.begin();
    list.end();
  } && (!std::is_same_v<List, std::string>)
std::string text_of(const List& list) {
  std::string out = "[";
  for (const auto& one : list) { out += text_of(one) + ","; }
  return out + "]";
}

/// Every way in which the tests change a value; called with each changed copy of `field` in place.
template <number T>
void change(T& field, const std::function<void()>& changed) {
  const T before = field;
  if constexpr (std::is_same_v<T, bool>) {
    field = !field;
    changed();
  } else if constexpr (std::is_enum_v<T>) {
    field = static_cast<T>(static_cast<int>(field) ^ 1);
    changed();
  } else if constexpr (std::is_floating_point_v<T>) {
    field += 0.5;
    changed();
  } else {
    field = static_cast<T>(field + 1);
    changed();
    if constexpr (sizeof(T) >= 8) {  // Beyond 32 bits, beyond 53.
      field = static_cast<T>(before + (T{1} << 61));
      changed();
    }
    if constexpr (std::is_same_v<T, int128>) {  // Beyond 64.
      field = -(before + (int128{1} << 100));
      changed();
    }
  }
  field = before;
}
void change(system_holdings::position& field, const std::function<void()>& changed) {
  auto& [lots, cost] = field;
  change(lots, changed);
  change(cost, changed);
}
template <class T>
void change(std::vector<T>& field, const std::function<void()>& changed) {
  ASSERT_FALSE(field.empty());
  for (T& one : field) { change(one, changed); }
  const std::vector<T> before = field;
  field.push_back(field.front());
  changed();
  field.clear();
  changed();
  field = before;
}
template <class Map>
  requires requires { typename Map::mapped_type; }
void change(Map& field, const std::function<void()>& changed) {
  ASSERT_FALSE(field.empty());
  for (auto&& one : field) { change(one.second, changed); }
  const Map before = field;
  field.erase(field.begin());
  changed();
  field = before;
  const auto value = field.begin()->second;
  if constexpr (std::is_same_v<typename Map::key_type, std::string>) {
    field["another, \"name\""] = value;
  } else {
    field[77] = value;
  }
  changed();
  field = before;
}

// ------------------------------------------------------------------------------------------ replay_state

/// Each field that a checkpoint keeps.
template <class Visit>
void each_field(replay_state& state, const Visit& visit) {
  auto& [tick, now_ns, ticks_done, engine, opening, delisted, feed_ticks] = state;
  visit("tick", tick);
  visit("now_ns", now_ns);
  visit("ticks_done", ticks_done);
  visit("delisted", delisted);
  visit("feed_ticks", feed_ticks);
  auto& [opening_money, opening_lots] = opening;
  visit("opening.money", opening_money);
  visit("opening.lots", opening_lots);
  auto& [ledger, fund, market, orders, backstop_used, cooling_until, gone] = engine;
  static_cast<void>(orders);  // A replay with orders at work is not saved.
  visit("backstop_used", backstop_used);
  visit("cooling_until", cooling_until);
  visit("gone", gone);
  auto& [system, last_id, fund_parts] = ledger;
  visit("ledger.last_id", last_id);
  visit("ledger.fund_parts", fund_parts);
  for (std::size_t i = 0; i < system.size(); ++i) {
    auto& [balance, positions] = system[i];
    visit("ledger.system.balance", balance);
    visit("ledger.system.positions", positions);
  }
  auto& [held_back, peak, stopped, fund_tick, paid] = fund;
  static_cast<void>(held_back);  // For orders at work.
  visit("fund.peak", peak);
  visit("fund.stopped", stopped);
  visit("fund.tick", fund_tick);
  visit("fund.paid", paid);
  auto& [market_now_ns, consumed, consumed_at] = market;
  visit("market.now_ns", market_now_ns);
  visit("market.consumed", consumed);
  visit("market.consumed_at", consumed_at);
}

std::string text_of(replay_state state) {
  std::string out;
  each_field(state, [&](const char* name, const auto& field) { out += name + (" " + text_of(field)) + "\n"; });
  return out;
}

/// Something in every field, nothing twice.
replay_state full_state() {
  replay_state out;
  std::int64_t next = 3;
  out.tick = next++;
  out.now_ns = 39;
  out.ticks_done = 40;
  out.delisted = {0, 1, 0};
  out.feed_ticks = {next++, -1, next++};
  out.opening = {{next++, -1'000}, {next++, 8}};
  out.engine.backstop_used = {{0, 100}, {3, 101}};
  out.engine.cooling_until = {{"alice/cross:USD", 12}, {"bob/isolated:\xc3\xa9:long", 13}};
  out.engine.ledger.last_id = 900;
  for (std::size_t i = 0; i < out.engine.ledger.system.size(); ++i) {
    system_holdings& one = out.engine.ledger.system[i];
    one.balance[0] = next++;
    one.balance[4] = -next++;
    one.positions[1] = {next++, -next++};
    one.positions[2] = {-next++, next++};
  }
  out.engine.ledger.fund_parts = {{"XP", 500}, {"YP", 501}};
  out.engine.fund.peak = {{"", 600}, {"XP", 601}};
  out.engine.fund.stopped = {{"XP", true}, {"YP", false}};
  out.engine.fund.tick = 21;
  out.engine.fund.paid = {{"XP\nalice", 700}, {"XP\nbob", 701}};
  out.engine.market = {22, {1, 2, 3, 4}, {5, 6, 7, 8}};
  out.engine.gone = {{"alice/cross:USD", {{0, -400}, {2, 401}}}, {"bob/cross:USD", {{1, 402}}}};
  return out;
}

std::string file_of(const replay_state& state) { return io::state_to_json(state).dump(1); }
replay_state read(const std::string& file) { return io::state_from_json(nlohmann::ordered_json::parse(file)); }

TEST(replay_state, each_field_changes_its_file_and_is_read_back) {
  replay_state state = full_state();
  const std::string file = file_of(state);
  const std::string text = text_of(state);
  ASSERT_EQ(text_of(read(file)), text);
  std::map<std::string, std::string> by_file{{file, "nothing"}};
  int changes = 0;
  each_field(state, [&](const char* name, auto& field) {
    change(field, [&] {
      ++changes;
      const std::string now = file_of(state);
      const auto [same, added] = by_file.emplace(now, name);
      EXPECT_TRUE(added) << name << " gives the file of " << same->second;
      EXPECT_EQ(text_of(read(now)), text_of(state)) << name;
    });
    EXPECT_EQ(text_of(state), text) << name << ": the test must put back what it changes";
  });
  EXPECT_GT(changes, 150);
}

TEST(replay_state, a_file_without_a_field_is_refused) {
  const auto whole = nlohmann::ordered_json::parse(file_of(full_state()));
  const auto refuse_without = [&](const nlohmann::ordered_json::json_pointer& at) {
    auto part = whole;
    part.at(at.parent_pointer()).erase(at.back());
    EXPECT_ANY_THROW(static_cast<void>(io::state_from_json(part))) << at.to_string();
  };
  for (const auto& [name, value] : whole.items()) {
    const nlohmann::ordered_json::json_pointer at("/" + name);
    refuse_without(at);
    if (name == "cooling_until") { continue; }  // Its own keys are units.
    for (const auto& [inner, ignored] : value.items()) {
      if (value.is_object()) { refuse_without(at / inner); }
    }
  }
}

// --------------------------------------------------------------------------------------------- log rows

template <class Visit>
void each_field(event_row& row, const Visit& visit) {
  auto& [tick, plan, step, account, unit, instrument, side, lots, cost, asset, amount, price_ticks, cause] = row;
  visit("tick", tick);
  visit("plan", plan);
  visit("step", step);
  visit("account", account);
  visit("unit", unit);
  visit("instrument", instrument);
  visit("side", side);
  visit("lots", lots);
  visit("cost", cost);
  visit("asset", asset);
  visit("amount", amount);
  visit("price_ticks", price_ticks);
  visit("cause", cause);
}

template <class Visit>
void each_field(tick_row& row, const Visit& visit) {
  auto& [tick, time_ns, asset, states, held, dust, demand, flows, fund_balance, winners, passes, seconds] = row;
  visit("tick", tick);
  visit("time_ns", time_ns);
  visit("asset", asset);
  for (std::uint64_t& one : states) { visit("states", one); }
  visit("held", held);
  visit("dust", dust);
  visit("demand", demand);
  visit("fund_balance", fund_balance);
  visit("winners", winners);
  visit("passes", passes);
  auto& [market, backstop, surplus, fees, fund_paid, adl, haircut, needed, candidates, socialised, unpaid] = flows;
  static_cast<void>(needed);  // These two are for comparisons of policies, which read no checkpoint.
  static_cast<void>(candidates);
  visit("market", market);
  visit("backstop", backstop);
  visit("surplus", surplus);
  visit("fees", fees);
  visit("fund_paid", fund_paid);
  visit("adl", adl);
  visit("adl_haircut", haircut);
  visit("socialised", socialised);
  visit("unpaid", unpaid);
  auto& [total, updates, scan, execute, record] = seconds;
  visit("seconds.total", total);
  visit("seconds.updates", updates);
  visit("seconds.scan", scan);
  visit("seconds.execute", execute);
  visit("seconds.record", record);
}

template <class Visit>
void each_field(feasibility_row& row, const Visit& visit) {
  auto& [tick, pass, before] = row;
  visit("tick", tick);
  visit("pass", pass);
  auto& [instrument, losers, demand, ladder_lots, profit, deficit, fund, left_over] = before;
  visit("instrument", instrument);
  visit("losers", losers);
  visit("demand", demand);
  visit("ladder_lots", ladder_lots);
  visit("winners_profit", profit);
  visit("deficit", deficit);
  visit("fund", fund);
  visit("lots_left_over", left_over);
}

template <class Visit>
void each_field(held_row& row, const Visit& visit) {
  auto& [tick, mark] = row;
  visit("tick", tick);
  auto& [instrument, why, mark_ticks, as_of_ns, age_ns] = mark;
  visit("instrument", instrument);
  visit("why", why);
  visit("mark_ticks", mark_ticks);
  visit("as_of_ns", as_of_ns);
  visit("age_ns", age_ns);
}

template <class Visit>
void each_field(market_row& row, const Visit& visit) {
  auto& [tick, instrument, feed, mark, longs, shorts, traded, liquidated, backstop, adl] = row;
  visit("tick", tick);
  visit("instrument", instrument);
  visit("feed_ticks", feed);
  visit("mark_ticks", mark);
  visit("long_lots", longs);
  visit("short_lots", shorts);
  visit("traded", traded);
  visit("liquidated", liquidated);
  visit("backstop", backstop);
  visit("adl", adl);
}

template <class Visit>
void each_field(deleveraged_row& row, const Visit& visit) {
  auto& [tick, pass, account, unit, asset, equity, haircut] = row;
  visit("tick", tick);
  visit("pass", pass);
  visit("account", account);
  visit("unit", unit);
  visit("asset", asset);
  visit("equity", equity);
  visit("haircut", haircut);
}

template <class Row>
std::string row_text(Row row) {
  std::string out;
  each_field(row, [&](const char* name, const auto& field) { out += name + (" " + text_of(field)) + "\n"; });
  return out;
}

/// A row with another value in each field, and then one row for each change of each field: written, read back.
template <class Rows>
void expect_rows_kept(const char* table, Rows replay_log::* rows) {
  typename Rows::value_type base{};
  int next = 1;
  each_field(base, [&](const char*, auto& field) {
    using type = std::remove_reference_t<decltype(field)>;
    if constexpr (!std::is_enum_v<type>) { field = static_cast<type>(next++); }
  });
  replay_log log;
  (log.*rows).push_back(base);
  each_field(base, [&](const char*, auto& field) { change(field, [&] { (log.*rows).push_back(base); }); });
  const testing::scratch_folder folder;
  const std::size_t count = (log.*rows).size();
  ASSERT_GT(count, 10U);
  ASSERT_TRUE(io::write_log_rows(log, table, 1, count, folder.path()));
  replay_log back;
  ASSERT_TRUE(io::read_log_rows(folder.path(), table, back));
  ASSERT_EQ((back.*rows).size(), count - 1);
  for (std::size_t i = 1; i < count; ++i) {
    EXPECT_EQ(row_text((back.*rows)[i - 1]), row_text((log.*rows)[i])) << table << ' ' << i;
    EXPECT_NE(row_text((log.*rows)[i]), row_text((log.*rows)[0])) << "the test must change something";
  }
}

TEST(replay_log_rows, each_field_is_read_back) {
  expect_rows_kept("events", &replay_log::events);
  expect_rows_kept("ticks", &replay_log::ticks);
  expect_rows_kept("feasible", &replay_log::feasible);
  expect_rows_kept("held", &replay_log::held);
  expect_rows_kept("markets", &replay_log::markets);
  expect_rows_kept("deleveraged", &replay_log::deleveraged);
}

TEST(replay_log_rows, names_are_read_back_byte_by_byte) {
  replay_log log;
  for (const char* name : {"alice", "", "a,b", "say \"it\"", "two\nlines", "\xc3\xa9t\xc3\xa9", "alice "}) {
    static_cast<void>(log.name_id(name));
  }
  const testing::scratch_folder folder;
  ASSERT_TRUE(io::write_log_rows(log, "names", 0, log.names(), folder.path()));
  replay_log back;
  ASSERT_TRUE(io::read_log_rows(folder.path(), "names", back));
  ASSERT_EQ(back.names(), log.names());
  for (std::uint32_t id = 0; id < log.names(); ++id) { EXPECT_EQ(back.name(id), log.name(id)); }
}

}  // namespace
}  // namespace plimsoll
