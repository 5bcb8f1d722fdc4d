#include "host/report/compare_page.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/report/compare_tables.hpp"
#include "host/report/fork_figures.hpp"
#include "host/report/fork_page.hpp"
#include "host/report/notes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/report/page/palette.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t rows_shown = 100;
constexpr std::size_t bars_with_text = 10;  // In half a page.

/// One group of bars: its value and its exact text, policy by policy.
struct bar_group {
  const char* name;
  const char* colour;
  std::vector<double> values;
  std::vector<std::string> texts;
};

class compare_pager {
 public:
  compare_pager(const comparison& from, const page_json& summary)
      : from_(from), summary_(summary), place_(main_place(from.reference, outcomes())) {}

  report_page page() const {
    report_page out;
    out.title = (from_.of_rulebooks ? "Rulebooks on " : "ADL policies on ") + summary_.at("venue").get<std::string>();
    out.subtitle = fmt::format("{} on forks of the same book through {}{}.", counted_policies(), from_.path,
                               from_.of_rulebooks ? "" : "; rulebook " + summary_.at("rulebook").get<std::string>());
    for (const char* name : {"accounts", "positions"}) {
      out.facts.emplace_back(name, count_text(summary_.at(name).get<std::uint64_t>()));
    }
    out.facts.emplace_back("path", from_.path);
    add_inputs(out.facts, summary_);
    out.notes = note_texts(summary_);
    out.run = fork_run_facts(summary_.at("run"));
    if (outcomes().front()->assets.empty()) {
      out.sections = {section_without_contracts()};
      return out;
    }
    out.facts.emplace_back("money in", money().name);
    out.tiles = tiles();
    out.sections = {policy_section(), table_section()};
    return out;
  }

 private:
  [[nodiscard]] std::string counted_policies() const {
    if (from_.of_rulebooks) { return counted(from_.forks.size(), "rulebook"); }
    return from_.forks.size() == 1 ? "1 policy" : fmt::format("{} policies", from_.forks.size());
  }
  [[nodiscard]] std::vector<const fork_outcome*> outcomes() const {
    std::vector<const fork_outcome*> out;
    for (const comparison::fork& fork : from_.forks) { out.push_back(&fork.outcome); }
    return out;
  }
  [[nodiscard]] const fork_figures& figures(const comparison::fork& fork) const { return fork.outcome.assets[place_]; }
  [[nodiscard]] const asset& money() const {
    return from_.reference.assets[from_.forks.front().outcome.assets[place_].asset];
  }

  template <class Value>
  [[nodiscard]] bar_group money_bars(const char* name, const char* colour, Value value) const {
    bar_group out{name, colour, {}, {}};
    for (const comparison::fork& fork : from_.forks) {
      const int128 steps = value(figures(fork));
      out.values.push_back(to_double({steps, money().digits}));
      out.texts.push_back(grouped_number(format_units(steps, money().digits)) + " " + label_text(money().name));
    }
    return out;
  }
  template <class Value>
  [[nodiscard]] bar_group ratio_bars(const char* name, const char* colour, Value value) const {
    bar_group out{name, colour, {}, {}};
    for (const comparison::fork& fork : from_.forks) {
      const std::int64_t parts = shown_ratio(value(figures(fork).spread));
      out.values.push_back(to_double({parts, ratio_digits_shown}));
      out.texts.push_back(format_units(parts, ratio_digits_shown));
    }
    return out;
  }

  [[nodiscard]] page_chart bars(std::string id, std::string title, std::string reading,
                                const std::vector<bar_group>& groups, const std::string& y_title,
                                bool wide = false) const {
    page_chart out;
    out.id = std::move(id);
    out.title = std::move(title);
    out.reading = std::move(reading);
    const bool room = wide || groups.size() * from_.forks.size() <= bars_with_text;
    out.wide = wide;
    page_json names = page_json::array();
    for (const comparison::fork& fork : from_.forks) { names.push_back(label_text(fork.name)); }
    for (const bar_group& group : groups) {
      page_json hovers = page_json::array(), ends = page_json::array();
      for (std::size_t k = 0; k < group.texts.size(); ++k) {
        hovers.push_back(fmt::format("{}<br>{} {}", names[k].get<std::string>(), group.name, group.texts[k]));
        ends.push_back(rough_number(group.values[k]));
      }
      out.data.push_back({{"type", "bar"},
                          {"name", group.name},
                          {"x", names},
                          {"y", group.values},
                          {"textposition", room ? "outside" : "none"},
                          {"text", ends},
                          {"cliponaxis", false},
                          {"hovertext", hovers},
                          {"hoverinfo", "text"},
                          {"showlegend", groups.size() > 1},
                          {"marker", {{"color", group.colour}}}});
    }
    out.layout = {{"barmode", "group"},
                  {"uniformtext", {{"minsize", 9}, {"mode", "show"}}},
                  {"xaxis", name_axis(names)},
                  {"yaxis", {{"title", {{"text", y_title}}}}}};
    out.height = 320;
    return out;
  }

  page_section policy_section() const {
    page_section out;
    out.id = "policies";
    out.title = "Policies side by side";
    out.reading =
        "A haircut is what a winner gives up against the mark; over equity before the wave. All policies had the same "
        "book, marks and rulebook, "
        "so that what differs is the policy's doing.";
    const std::string name = label_text(money().name);
    out.charts = {
        bars("removed", "Removed and needed.",
             "What winners gave up, and what the bankrupt positions that reached ADL lacked.",
             {money_bars("removed", palette::adl, [](const fork_figures& of) { return of.money.removed; }),
              money_bars("needed", palette::market, [](const fork_figures& of) { return of.money.needed; })},
             "money, " + name),
        bars("haircuts", "Haircut over equity.", "The worst of a wave, and the mean over deleveraged units.",
             {ratio_bars("worst", palette::socialised, [](const haircut_spread& of) { return of.worst; }),
              ratio_bars("mean", palette::line, [](const haircut_spread& of) { return of.mean; })},
             "part of equity"),
        bars("gini", "Gini of haircut over equity.", "0: all candidates gave the same part; 1: one gave all.",
             {ratio_bars("Gini", palette::line, [](const haircut_spread& of) { return of.gini; })}, "Gini coefficient"),
        accounts_chart(),
        bars("beyond", "Who bore the rest.",
             "What the insurance fund paid, what was socialised, and what nobody could bear at the end.",
             {money_bars("insurance fund", palette::fund, [](const fork_figures& of) { return of.flows.fund_paid; }),
              money_bars("socialised", palette::socialised, [](const fork_figures& of) { return of.flows.socialised; }),
              money_bars("unpaid", palette::unpaid, [](const fork_figures& of) { return of.flows.unpaid; })},
             "money, " + name, true)};
    return out;
  }

  page_chart accounts_chart() const {
    bar_group touched{"accounts", palette::found, {}, {}};
    for (const comparison::fork& fork : from_.forks) {
      touched.values.push_back(static_cast<double>(figures(fork).spread.accounts));
      touched.texts.push_back(count_text(figures(fork).spread.accounts));
    }
    return bars("accounts", "Accounts touched.", "Accounts that gave anything, each once.", {touched}, "accounts");
  }

  /// Who has the smallest value among those that leave nothing unpaid, or among all where each leaves something.
  struct best_of {
    const comparison::fork* first = nullptr;
    std::string names;  ///< With those that have the same value.
  };
  template <class Value>
  [[nodiscard]] best_of least(Value value) const {
    const bool some_pay = std::any_of(from_.forks.begin(), from_.forks.end(),
                                      [&](const comparison::fork& fork) { return figures(fork).flows.unpaid == 0; });
    const auto competes = [&](const comparison::fork& fork) { return !some_pay || figures(fork).flows.unpaid == 0; };
    best_of out;
    std::size_t equals = 0;
    for (const comparison::fork& fork : from_.forks) {
      if (!competes(fork)) { continue; }
      if (out.first == nullptr || value(figures(fork)) < value(figures(*out.first))) {
        out.first = &fork;
        equals = 0;
      } else if (value(figures(fork)) == value(figures(*out.first))) {
        ++equals;
      }
    }
    out.names = out.first->name;
    if (equals != 0) { out.names += fmt::format(" and {} other{}", equals, equals == 1 ? "" : "s"); }
    if (!some_pay) { out.names += "; all leave debts unpaid"; }
    return out;
  }

  [[nodiscard]] std::vector<page_tile> tiles() const {
    const best_of worst = least([](const fork_figures& of) { return of.spread.worst; });
    const best_of accounts = least([](const fork_figures& of) { return of.spread.accounts; });
    const best_of gini = least([](const fork_figures& of) { return of.spread.gini; });
    const best_of removed = least([](const fork_figures& of) { return of.money.removed; });
    std::vector<page_tile> out{
        {"smallest worst haircut", format_units(shown_ratio(figures(*worst.first).spread.worst), ratio_digits_shown),
         worst.names, "good"},
        {"fewest accounts", count_text(figures(*accounts.first).spread.accounts), accounts.names, "good"},
        {"smallest Gini", format_units(shown_ratio(figures(*gini.first).spread.gini), ratio_digits_shown), gini.names,
         "good"},
        {"least removed", short_number(format_units(figures(*removed.first).money.removed, money().digits)),
         fmt::format("{}, {}", money().name, removed.names), "good"}};
    for (const comparison::fork& fork : from_.forks) {
      const int128 unpaid = figures(fork).flows.unpaid;
      if (unpaid == 0) { continue; }
      out.push_back({"unpaid by " + fork.name, short_number(format_units(unpaid, money().digits)),
                     money().name + "; it competes for none of these", "bad"});
    }
    return out;
  }

  page_section table_section() const {
    page_section out;
    out.id = "figures";
    out.title = "Figures";
    out.reading = "Counts and ratios of this asset's ladders; the other assets stand in the table policies.";
    page_table table = rows_of_asset(*make_compare_tables(from_).front().table, money().name, rows_shown);
    keep_columns(table, {"policy", "removed", "overshoot", "worst", "mean", "gini", "accounts", "deleveraged", "adl",
                         "fund_used", "socialised", "unpaid"});
    drop_zero_columns(table);
    table.id = "policies-table";
    table.title = fmt::format("Policies, {}.", money().name);
    table.reading = "Columns that are 0 in every row are left out.";
    table.whole = "table policies";
    out.tables = {std::move(table)};
    return out;
  }

  const comparison& from_;
  const page_json& summary_;
  std::size_t place_;
};

}  // namespace

report_page make_compare_page(const comparison& from, const page_json& summary) {
  return compare_pager(from, summary).page();
}

}  // namespace plimsoll
