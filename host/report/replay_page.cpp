#include "host/report/replay_page.hpp"

#include <algorithm>
#include <array>
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

constexpr std::size_t rows_shown = 100;
constexpr std::size_t winners_shown = 25;
constexpr std::size_t sums_shown = 20;
constexpr std::size_t bars_max = 400;
constexpr std::size_t other_assets_max = 11;

class replay_pager {
 public:
  replay_pager(const replay& engine, const mark_paths& marks, const page_json& summary)
      : engine_(engine),
        source_(engine.state()),
        marks_(marks),
        summary_(summary),
        asset_(main_asset()),
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

  /// The asset whose money the charts show: the venue's own if anything was done in it, else that with the most done.
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

  /// Assets in which anything was done, rising.
  [[nodiscard]] std::vector<std::uint32_t> assets_hit() const {
    std::vector<std::uint32_t> out;
    for (const auto& [id, sum] : engine_.log().totals()) {
      const asset_flows& of = sum.flows;
      if (sum.demand != 0 || of.market != 0 || of.backstop != 0 || of.adl != 0 || of.fund_paid != 0 ||
          of.socialised != 0 || of.unpaid != 0) {
        out.push_back(id);
      }
    }
    return out;
  }

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

  /// Positions of this asset that ADL took from, each once.
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
    out.charts = {tick_states_chart(bars_)};
    page_chart marks = marks_chart(source_, marks_, bars_);
    if (!marks.data.empty()) { out.charts.push_back(std::move(marks)); }
    out.charts.push_back(fund_chart(bars_, money()));
    if (out.charts.size() == 2) { out.charts.back().wide = true; }
    return out;
  }

  page_section waterfall_section() const {
    page_section out;
    out.id = "waterfall";
    out.title = "Waterfall";
    const std::size_t more = assets_hit().size();
    out.reading = more < 2 ? fmt::format("Money in {}.", money().name)
                           : fmt::format("Money in {}; the menu shows another asset{}.", money().name,
                                         more > other_assets_max + 1 ? ", the rest stand in the table ticks" : "");
    if (bars_.empty()) { return out; }
    const auto add = [&](std::uint32_t id, const std::vector<tick_bar>& bars, const std::string& suffix) {
      const asset& it = source_.reference.assets[id];
      for (page_chart& chart : std::array{closed_chart(bars, it), losses_chart(bars, it), totals_chart(bars, it)}) {
        chart.id += suffix;
        chart.choice = it.name;
        out.charts.push_back(std::move(chart));
      }
      out.charts.back().wide = true;
    };
    add(asset_, bars_, "");
    std::size_t others = 0;
    for (const std::uint32_t id : assets_hit()) {
      if (id != asset_ && others < other_assets_max) {
        add(id, tick_bars(engine_.log(), id, bars_max), fmt::format("-{}", ++others + 1));
      }
    }
    return out;
  }

  page_section winners_section() const {
    page_section out;
    out.id = "winners";
    out.title = "Deleveraged winners";
    out.reading =
        "A winner here is a position that was closed against bankrupt ones at the losers' bankruptcy prices, each once "
        "over the whole replay.";
    const std::vector<deleveraged_side> sides = sum_sides(taken_);
    const deleveraged_side* most = nullptr;
    for (const deleveraged_side& side : sides) {
      if (most == nullptr || (side.asset == asset_) > (most->asset == asset_) ||
          (side.asset == most->asset && side.value > most->value)) {
        most = &side;
      }
    }
    if (most != nullptr) { out.charts = {taken_chart(engine_, taken_, *most)}; }
    out.tables = {winners_table()};
    return out;
  }

  page_table winners_table() const {
    std::vector<const deleveraged_position*> order;
    for (const deleveraged_position& one : taken_) {
      if (one.asset == asset_) { order.push_back(&one); }
    }
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->value > b->value; });
    page_table out;
    out.id = "largest-winners";
    out.title = fmt::format("Largest, {}.", money().name);
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
                          format_units(one.value, money().digits), std::to_string(one.fills),
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
        "States are those of the tick's first scan and of this asset's units; the rest is what the tick moved. "
        "Winners: "
        "units deleveraged in the tick.";
    std::vector<std::uint64_t> rows;
    for (std::size_t i = 0; i < engine_.log().ticks.size(); ++i) {
      if (engine_.log().ticks[i].asset == asset_) { rows.push_back(i); }
    }
    const std::size_t all = rows.size();
    rows.resize(std::min(all, rows_shown));
    page_table ticks = head_of("ticks", rows);
    keep_columns(ticks, {"tick", "time", "margin_call", "liquidatable", "bankrupt", "demand", "market", "fund_paid",
                         "fund_balance", "adl", "adl_haircut", "socialised", "unpaid", "winners"});
    drop_zero_columns(ticks);
    ticks.reading = "Columns that are 0 in every row shown are left out.";
    ticks.id = "ticks-table";
    ticks.title = fmt::format("Ticks, {}.", money().name);
    ticks.rows_total = all;
    ticks.whole = "table ticks";
    out.tables = {std::move(ticks)};
    return out;
  }

  page_section conservation_section() const {
    page_section out;
    out.id = "conservation";
    out.title = "Conservation";
    const page_json& proof = summary_.at("conservation");
    out.reading = proof.at("holds").get<bool>() ? "Over every account and every system account, balances less costs "
                                                  "and contracts are the same after the last tick as before the first."
                                                : "Sums differ: this replay is not to be trusted.";
    out.tables = {sums_table("conserved-money", "Balances less costs.", "asset", proof.at("balances_less_costs")),
                  sums_table("conserved-contracts", "Contracts.", "instrument", proof.at("contracts"))};
    return out;
  }

  static page_table sums_table(std::string id, std::string title, std::string name, const page_json& sums) {
    page_table out;
    out.id = std::move(id);
    out.title = std::move(title);
    out.columns = {{std::move(name)}, {"opening", true}, {"closing", true}, {"equal"}};
    for (const bool zero : {false, true}) {  // Those that hold something first.
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
  std::vector<tick_bar> bars_;
  std::vector<deleveraged_position> taken_;
};

}  // namespace

report_page make_replay_page(const replay& engine, const mark_paths& marks, const page_json& summary) {
  return replay_pager(engine, marks, summary).page();
}

}  // namespace plimsoll
