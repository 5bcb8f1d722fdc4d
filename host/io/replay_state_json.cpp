#include "host/io/replay_state_json.hpp"

#include <stdexcept>

#include "host/text/decimal.hpp"

namespace plimsoll::io {

namespace {

using json = nlohmann::ordered_json;

json wide(int128 x) { return format_units(x, 0); }
int128 wide(const json& from) {
  decimal number;
  if (parse_decimal(from.get<std::string>(), number) != decimal_fault::none) {
    throw std::invalid_argument("no number");
  }
  return to_units(number, 0).value_or(0);
}

json wide_list(const std::vector<int128>& values) {
  json out = json::array();
  for (const int128 one : values) { out.push_back(wide(one)); }
  return out;
}
std::vector<int128> wide_list(const json& from) {
  std::vector<int128> out;
  for (const json& one : from) { out.push_back(wide(one)); }
  return out;
}

/// Maps are stored as lists of pairs, because keys may be numbers.
template <class Map>
json wide_map(const Map& values) {
  json out = json::array();
  for (const auto& [key, value] : values) { out.push_back({key, wide(value)}); }
  return out;
}
template <class Map>
Map wide_map(const json& from) {
  Map out;
  for (const json& one : from) { out[one.at(0).get<typename Map::key_type>()] = wide(one.at(1)); }
  return out;
}

json to_json(const ledger_state& state) {
  json accounts = json::array();
  for (const system_holdings& account : state.system) {
    json positions = json::array();
    for (const auto& [instrument, held] : account.positions) {
      positions.push_back({instrument, wide(held.lots), wide(held.cost)});
    }
    accounts.push_back({{"balance", wide_map(account.balance)}, {"positions", positions}});
  }
  return {{"last_id", state.last_id}, {"system", accounts}, {"fund_parts", wide_map(state.fund_parts)}};
}

ledger_state ledger_from(const json& from) {
  ledger_state out;
  out.last_id = from.at("last_id").get<std::uint64_t>();
  out.fund_parts = wide_map<decltype(out.fund_parts)>(from.at("fund_parts"));
  for (std::size_t i = 0; i < out.system.size(); ++i) {
    const json& account = from.at("system").at(i);
    out.system[i].balance = wide_map<decltype(out.system[i].balance)>(account.at("balance"));
    for (const json& one : account.at("positions")) {
      out.system[i].positions[one.at(0).get<std::uint32_t>()] = {wide(one.at(1)), wide(one.at(2))};
    }
  }
  return out;
}

json to_json(const fund_state& state) {
  return {
      {"peak", wide_map(state.peak)}, {"stopped", state.stopped}, {"tick", state.tick}, {"paid", wide_map(state.paid)}};
}

fund_state fund_from(const json& from) {
  fund_state out;
  out.peak = wide_map<decltype(out.peak)>(from.at("peak"));
  out.stopped = from.at("stopped").get<std::map<std::string, bool>>();
  out.tick = from.at("tick").get<std::int64_t>();
  out.paid = wide_map<decltype(out.paid)>(from.at("paid"));
  return out;
}

json to_json(const gone_results& gone) {
  json out = json::array();
  for (const auto& [unit, results] : gone) { out.push_back({unit, wide_map(results)}); }
  return out;
}

gone_results gone_from(const json& from) {
  gone_results out;
  for (const json& one : from) { out[one.at(0).get<std::string>()] = wide_map<gone_results::mapped_type>(one.at(1)); }
  return out;
}

}  // namespace

json state_to_json(const replay_state& state) {
  const executor_state& engine = state.engine;
  return {{"tick", state.tick},
          {"now_ns", state.now_ns},
          {"ticks_done", state.ticks_done},
          {"ledger", to_json(engine.ledger)},
          {"fund", to_json(engine.fund)},
          {"market",
           {{"now_ns", engine.market.now_ns},
            {"consumed", engine.market.consumed},
            {"consumed_at", engine.market.consumed_at}}},
          {"backstop_used", wide_map(engine.backstop_used)},
          {"cooling_until", engine.cooling_until},
          {"gone", to_json(engine.gone)},
          {"opening_money", wide_list(state.opening.money)},
          {"opening_lots", wide_list(state.opening.lots)},
          {"delisted", state.delisted},
          {"feed_ticks", state.feed_ticks}};
}

replay_state state_from_json(const json& from) {
  replay_state out;
  out.tick = from.at("tick").get<std::int64_t>();
  out.now_ns = from.at("now_ns").get<std::int64_t>();
  out.ticks_done = from.at("ticks_done").get<std::uint64_t>();
  out.engine.ledger = ledger_from(from.at("ledger"));
  out.engine.fund = fund_from(from.at("fund"));
  const json& market = from.at("market");
  out.engine.market.now_ns = market.at("now_ns").get<std::int64_t>();
  out.engine.market.consumed = market.at("consumed").get<std::vector<std::uint64_t>>();
  out.engine.market.consumed_at = market.at("consumed_at").get<std::vector<std::int64_t>>();
  out.engine.backstop_used = wide_map<decltype(out.engine.backstop_used)>(from.at("backstop_used"));
  out.engine.gone = gone_from(from.at("gone"));
  out.engine.cooling_until = from.at("cooling_until").get<std::map<std::string, std::int64_t>>();
  out.opening = {wide_list(from.at("opening_money")), wide_list(from.at("opening_lots"))};
  out.delisted = from.at("delisted").get<std::vector<std::uint8_t>>();
  out.feed_ticks = from.at("feed_ticks").get<std::vector<std::int64_t>>();
  return out;
}

}  // namespace plimsoll::io
