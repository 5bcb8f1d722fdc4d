#include "host/report/replay_page.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/report/notes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/report/replay_charts.hpp"
#include "host/report/replay_tables.hpp"
#include "host/text/instant.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t winners_shown = 25;
constexpr std::size_t sums_shown = 20;
constexpr std::size_t bars_max = 400;
constexpr std::size_t assets_max = 12;  // In the menus.

class replay_pager {
 public:
  replay_pager(const replay& engine, const mark_paths& marks, const page_json& summary)
      : engine_(engine),
        source_(engine.state()),
        marks_(marks),
        summary_(summary),
        asset_(main_asset()),
        hit_(assets_hit()),
        bars_(tick_bars(engine.log(), asset_, bars_max)),
        taken_(find_deleveraged(engine.log().events)) {}

  report_page page() const {
    report_page out;
    out.title = "Replay of " + text("venue");
    out.subtitle = fmt::format("{} with the liquidation executor, rulebook {}.", counted(number("ticks"), "tick"),
                               text("rulebook"));
    for (const char* name : {"ticks", "accounts", "positions", "plans", "events"}) {
      out.facts.emplace_back(name, count_text(number(name)));
    }
    add_inputs(out.facts, summary_);
    const std::vector<tick_row>& ticks = engine_.log().ticks;
    if (!ticks.empty() && ticks.back().time_ns != no_time) {
      const std::string first = format_instant(ticks.front().time_ns), last = format_instant(ticks.back().time_ns);
      out.facts.emplace_back("ticks of", first == last ? first : first + " to " + last);
    }
    out.notes = note_texts(summary_);
    out.run = run_facts();
    out.tiles = tiles();
    out.sections = {cascade_section(), waterfall_section(), winners_section(), ticks_section(), conservation_section()};
    return out;
  }

 private:
  [[nodiscard]] std::string text(const char* name) const { return summary_.at(name).get<std::string>(); }
  [[nodiscard]] std::uint64_t number(const char* name) const { return summary_.at(name).get<std::uint64_t>(); }
  [[nodiscard]] const asset& money() const { return source_.reference.assets[asset_]; }
  [[nodiscard]] std::string money_text(int128 steps) const {
    return grouped_number(format_units(steps, money().digits));
  }

  /// The asset whose money the charts show: the venue's own if there was any activity in it, else the asset with the
  /// most.
  [[nodiscard]] std::uint32_t main_asset() const {
    std::vector<std::uint64_t> busy(source_.reference.assets.size(), 0);
    for (const tick_row& row : engine_.log().ticks) {
      const asset_flows& of = row.flows;
      if (row.demand != 0 || of.market != 0 || of.backstop != 0 || of.adl != 0 || of.fund_paid != 0 ||
          of.socialised != 0 || of.unpaid != 0) {
        ++busy[row.asset];
      }
    }
    const auto most = std::max_element(busy.begin(), busy.end());
    return busy[source_.reference.quote] != 0 || *most == 0 ? source_.reference.quote
                                                            : static_cast<std::uint32_t>(most - busy.begin());
  }

  /// The main asset first, then the other assets with activity, rising.
  [[nodiscard]] std::vector<std::uint32_t> assets_hit() const {
    std::vector<std::uint32_t> out{asset_};
    for (const auto& [id, sum] : engine_.log().totals()) {
      const asset_flows& of = sum.flows;
      if (id != asset_ && (sum.demand != 0 || of.market != 0 || of.backstop != 0 || of.adl != 0 || of.fund_paid != 0 ||
                           of.socialised != 0 || of.unpaid != 0)) {
        out.push_back(id);
      }
    }
    return out;
  }

  /// The assets in the menus.
  [[nodiscard]] std::span<const std::uint32_t> shown_assets() const {
    return std::span(hit_).first(std::min(hit_.size(), assets_max));
  }
  /// The id of an element of this asset: "fund", "fund-2".
  static std::string id_of(const char* name, std::size_t place) {
    return place == 0 ? std::string(name) : fmt::format("{}-{}", name, place + 1);
  }
  [[nodiscard]] const asset& money_of(std::uint32_t id) const { return source_.reference.assets[id]; }

  [[nodiscard]] page_facts run_facts() const {
    const page_json& run = summary_.at("run");
    page_facts out{{"version", run.at("version").get<std::string>()},
                   {"seconds", fmt::format("{:.3f}", run.at("seconds_total").get<double>())},
                   {"ticks per second", fmt::format("{:.2f}", run.at("ticks_per_second").get<double>())}};
    for (const auto& stage : run.at("seconds").items()) {
      out.emplace_back(stage.key(), fmt::format("{:.3f} s", stage.value().get<double>()));
    }
    return out;
  }

  [[nodiscard]] asset_flows sums() const {
    asset_flows out;
    for (const tick_bar& bar : bars_) {
      out.market += bar.flows.market;
      out.adl += bar.flows.adl;
      out.adl_haircut += bar.flows.adl_haircut;
      out.fund_paid += bar.flows.fund_paid;
      out.socialised += bar.flows.socialised;
      out.unpaid = bar.flows.unpaid;
    }
    return out;
  }

  /// Positions of this asset that were deleveraged, each counted once.
  [[nodiscard]] std::size_t taken_in_asset() const {
    return static_cast<std::size_t>(std::count_if(
        taken_.begin(), taken_.end(), [&](const deleveraged_position& one) { return one.asset == asset_; }));
  }

  [[nodiscard]] std::string short_money(int128 steps) const {
    return short_number(format_units(steps, money().digits));
  }

  [[nodiscard]] std::vector<page_tile> tiles() const {
    const asset_flows sum = sums();
    const std::string& name = money().name;
    const bool holds = summary_.at("conservation").at("holds").get<bool>();
    std::vector<page_tile> out{
        {"closed on the market", short_money(sum.market), name, ""},
        {"closed by ADL", short_money(sum.adl), fmt::format("{}, {}", name, counted(taken_in_asset(), "position")),
         sum.adl != 0 ? "warning" : ""},
        {"winners gave up", short_money(sum.adl_haircut), name + " against the mark",
         sum.adl_haircut > 0 ? "warning" : ""},
        {"fund paid", short_money(sum.fund_paid),
         bars_.empty() ? name : fmt::format("{}; {} left", name, short_money(bars_.back().fund_balance)), ""},
        {"socialised", short_money(sum.socialised), name, sum.socialised != 0 ? "bad" : ""}};
    if (sum.unpaid != 0) { out.push_back({"unpaid at the end", short_money(sum.unpaid), name, "bad"}); }
    out.push_back({"conservation", holds ? "holds" : "broken", "to the last step, per asset and instrument",
                   holds ? "good" : "bad"});
    return out;
  }

  page_section cascade_section() const {
    page_section out;
    out.id = "cascade";
    out.title = "Cascade";
    out.reading = "In each tick: updates, marks, scan, then the rulebook's waterfall until nothing more is flagged.";
    if (bars_.empty()) { return out; }
    const bool trouble = std::any_of(bars_.begin(), bars_.end(), [](const tick_bar& bar) {
      return bar.states[1] != 0 || bar.states[2] != 0 || bar.states[3] != 0;
    });
    if (trouble) { out.charts.push_back(tick_states_chart(bars_)); }
    if (!trouble) { out.reading += " No unit was in trouble in any tick."; }
    page_chart marks = marks_chart(source_, marks_, bars_);
    if (!marks.data.empty()) { out.charts.push_back(std::move(marks)); }
    return out;
  }

  page_section waterfall_section() const {
    page_section out;
    out.id = "waterfall";
    out.title = "Waterfall";
    out.reading = hit_.size() < 2 ? fmt::format("Money in {}.", money().name)
                                  : fmt::format("Money in one asset at a time, first {}{}.", money().name,
                                                hit_.size() > assets_max
                                                    ? fmt::format("; the menu has {} of {}", assets_max, hit_.size())
                                                    : std::string());
    for (std::size_t place = 0; place < shown_assets().size() && !bars_.empty(); ++place) {
      add_waterfall(out, hit_[place], place);
    }
    if (out.charts.empty()) { out.reading += " No position was closed, and there was no loss."; }
    out.tables = {totals_table()};
    return out;
  }

  /// The charts of an asset, without blank ones.
  void add_waterfall(page_section& out, std::uint32_t id, std::size_t place) const {
    const asset& money = money_of(id);
    const std::vector<tick_bar> bars = place == 0 ? bars_ : tick_bars(engine_.log(), id, bars_max);
    const auto some = [&](auto figure) { return std::any_of(bars.begin(), bars.end(), figure); };
    const bool closed = some([](const tick_bar& bar) {
      return bar.demand != 0 || bar.flows.market != 0 || bar.flows.backstop != 0 || bar.flows.adl != 0;
    });
    const bool borne = some([](const tick_bar& bar) {
      return bar.flows.fund_paid != 0 || bar.flows.adl_haircut != 0 || bar.flows.socialised != 0 ||
             bar.flows.unpaid != 0;
    });
    const auto add = [&](page_chart chart) {
      chart.id = id_of(chart.id.c_str(), place);
      chart.choice = money.name;
      out.charts.push_back(std::move(chart));
    };
    if (closed) { add(closed_chart(bars, money)); }
    if (borne) { add(losses_chart(bars, money)); }
    if (closed || borne) { add(totals_chart(bars, money)); }
    if (some([](const tick_bar& bar) { return bar.fund_balance != 0 || bar.flows.fund_paid != 0; })) {
      add(fund_chart(bars, money));
    }
  }

  page_table totals_table() const {
    constexpr std::array keys{"market",    "backstop",     "adl",        "adl_haircut",
                              "fund_paid", "fund_balance", "socialised", "unpaid_last_tick"};
    page_table out;
    out.id = "totals";
    out.title = "Totals per asset.";
    out.reading = "Sums over all ticks, each in its asset; columns that are 0 in every row are omitted.";
    out.columns = {{"asset"}};
    for (const char* key : keys) { out.columns.push_back({key, true}); }
    const page_json& sums = summary_.at("assets");
    for (const bool done : {true, false}) {  // Assets with activity come first.
      for (const auto& one : sums.items()) {
        const bool hit =
            std::any_of(hit_.begin(), hit_.end(), [&](std::uint32_t id) { return money_of(id).name == one.key(); });
        if (hit != done) { continue; }
        std::vector<std::string>& row = out.rows.emplace_back(std::vector<std::string>{one.key()});
        for (const char* key : keys) { row.push_back(one.value().at(key).get<std::string>()); }
      }
    }
    drop_zero_columns(out);
    out.rows_total = out.rows.size();
    return out;
  }

  page_section winners_section() const {
    page_section out;
    out.id = "winners";
    out.title = "Deleveraged winners";
    out.reading =
        "A winner is a position that was closed against bankrupt ones, at the losers' bankruptcy prices unless the "
        "rulebook sets another price; it counts once over the whole replay.";
    const std::vector<deleveraged_side> sides = sum_sides(taken_);
    for (std::size_t place = 0; place < shown_assets().size(); ++place) {
      const std::uint32_t id = hit_[place];
      const deleveraged_side* most = nullptr;
      for (const deleveraged_side& side : sides) {
        if (side.asset == id && (most == nullptr || side.value > most->value)) { most = &side; }
      }
      if (most == nullptr && place != 0) { continue; }
      if (most != nullptr) {
        out.charts.push_back(taken_chart(engine_, taken_, *most));
        out.charts.back().id = id_of("taken", place);
        out.charts.back().choice = money_of(id).name;
      }
      out.tables.push_back(winners_table(id));
      out.tables.back().id = id_of("largest-winners", place);
      out.tables.back().choice = money_of(id).name;
    }
    return out;
  }

  page_table winners_table(std::uint32_t id) const {
    const asset& money = money_of(id);
    std::vector<const deleveraged_position*> order;
    for (const deleveraged_position& one : taken_) {
      if (one.asset == id) { order.push_back(&one); }
    }
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->value > b->value; });
    page_table out;
    out.title = fmt::format("Largest winners, {}.", money.name);
    out.reading = "By the value at which they were closed.";
    out.columns = {{"account"},     {"unit"},        {"instrument"},
                   {"side"},        {"taken", true}, {"left", true},
                   {"value", true}, {"fills", true}, {"first_tick", true, false}};
    out.rows_total = order.size();
    out.whole = "table events, step adl";
    for (std::size_t k = 0; k < std::min(order.size(), winners_shown); ++k) {
      const deleveraged_position& one = *order[k];
      const instrument& it = source_.reference.instruments[one.instrument];
      const auto size = [&](std::uint64_t lots) {
        return format_units(step_units(static_cast<int128>(lots), it.size_step), it.size_step.scale);
      };
      out.rows.push_back({std::string(engine_.log().name(one.account)), std::string(engine_.log().name(one.unit)),
                          it.name, to_string(one.side), size(one.lots), size(lots_left(source_, engine_.log(), one)),
                          format_units(one.value, money.digits), std::to_string(one.fills),
                          std::to_string(one.first_tick)});
    }
    return out;
  }

  [[nodiscard]] page_table head_of(std::string_view name, const std::vector<std::uint64_t>& rows) const {
    for (const named_table& one : make_replay_tables(engine_.log(), source_)) {
      if (one.name == name) { return chosen_rows(*one.table, rows); }
    }
    return {};
  }

  page_section ticks_section() const {
    page_section out;
    out.id = "ticks";
    out.title = "Ticks";
    out.reading =
        "States are those of this asset's units at the tick's first scan; the other columns are the amounts moved in "
        "the tick. Deleveraged: units of winners in this tick.";
    for (std::size_t place = 0; place < shown_assets().size(); ++place) {
      std::vector<std::uint64_t> rows;
      for (std::size_t i = 0; i < engine_.log().ticks.size(); ++i) {
        if (engine_.log().ticks[i].asset == hit_[place]) { rows.push_back(i); }
      }
      const std::size_t all = rows.size();
      rows.resize(std::min(all, rows_shown));
      const page_table whole = head_of("ticks", rows);
      const auto add = [&](const char* id, const char* title, std::initializer_list<std::string_view> columns) {
        page_table& part = out.tables.emplace_back(whole);
        keep_columns(part, columns);
        drop_zero_columns(part);
        drop_blank_columns(part);
        for (page_column& column : part.columns) {
          if (column.name == "winners") { column.name = "deleveraged"; }
        }
        part.id = id_of(id, place);
        part.title = fmt::format("{}, {}.", title, money_of(hit_[place]).name);
        part.reading = "Columns that are 0 in every row shown are omitted.";
        part.rows_total = all;
        part.whole = "table ticks";
        part.choice = money_of(hit_[place]).name;
      };
      add("ticks-table", "What was found and closed",
          {"tick", "time", "margin_call", "liquidatable", "bankrupt", "demand", "market", "backstop", "adl",
           "winners"});
      add("ticks-losses", "Who bore what",
          {"tick", "time", "fund_paid", "fund_balance", "adl_haircut", "socialised", "unpaid"});
    }
    return out;
  }

  page_section conservation_section() const {
    page_section out;
    out.id = "conservation";
    out.title = "Conservation";
    const page_json& proof = summary_.at("conservation");
    out.reading = proof.at("holds").get<bool>() ? "Over every account and every system account, balances less costs "
                                                  "and contracts are the same after the last tick as before the "
                                                  "first."
                                                : "The sums differ, so this replay must not be trusted.";
    out.tables = {sums_table("conserved-money", "Balances less costs.", "asset", proof.at("balances_less_costs")),
                  sums_table("conserved-contracts", "Contracts.", "instrument", proof.at("contracts"))};
    return out;
  }

  static page_table sums_table(std::string id, std::string title, std::string name, const page_json& sums) {
    page_table out;
    out.id = std::move(id);
    out.title = std::move(title);
    out.columns = {{std::move(name)}, {"opening", true}, {"closing", true}, {"equal"}};
    for (const bool zero : {false, true}) {  // Those that are not zero come first.
      for (const auto& one : sums.items()) {
        const auto opening = one.value().at("opening").get<std::string>();
        const auto closing = one.value().at("closing").get<std::string>();
        const bool nothing = opening.find_first_of("123456789") == std::string::npos && opening == closing;
        if (nothing == zero && out.rows.size() < sums_shown) {
          out.rows.push_back({one.key(), opening, closing, opening == closing ? "yes" : "no"});
        }
      }
    }
    out.rows_total = sums.size();
    out.whole = "summary.json";
    return out;
  }

  const replay& engine_;
  const book& source_;
  const mark_paths& marks_;
  const page_json& summary_;
  std::uint32_t asset_;
  std::vector<std::uint32_t> hit_;  ///< From assets_hit.
  std::vector<tick_bar> bars_;      ///< Of the main asset.
  std::vector<deleveraged_position> taken_;
};

}  // namespace

report_page make_replay_page(const replay& engine, const mark_paths& marks, const page_json& summary) {
  return replay_pager(engine, marks, summary).page();
}

}  // namespace plimsoll
