#include "host/report/compare_page.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/report/compare_tables.hpp"
#include "host/report/fork_figures.hpp"
#include "host/report/fork_page.hpp"
#include "host/report/notes.hpp"
#include "host/report/page/axes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/report/page/palette.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t assets_max = 30;  // In the menus.

/// One group of bars: its value and its exact text, policy by policy.
struct bar_group {
  const char* name;
  const char* colour;
  std::vector<double> values;
  std::vector<std::string> texts;
  bool counts = false;  ///< Whole numbers, shown with all digits.
};

class compare_pager {
 public:
  compare_pager(const comparison& from, const page_json& summary)
      : from_(from), summary_(summary), places_(shown_places(from.reference, outcomes(), assets_max)) {}

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
    if (places_.empty()) {
      out.sections = {section_without_contracts()};
      return out;
    }
    out.facts.emplace_back("cards in", money().name);
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
  [[nodiscard]] const fork_figures& figures(const comparison::fork& fork) const {
    return fork.outcome.assets[places_.front()];
  }
  [[nodiscard]] const asset& money_at(std::size_t place) const {
    return from_.reference.assets[from_.forks.front().outcome.assets[place].asset];
  }
  /// Asset of the cards.
  [[nodiscard]] const asset& money() const { return money_at(places_.front()); }

  template <class Value>
  [[nodiscard]] bar_group money_bars(std::size_t place, const char* name, const char* colour, Value value) const {
    const asset& in = money_at(place);
    bar_group out{name, colour, {}, {}};
    for (const comparison::fork& fork : from_.forks) {
      const int128 steps = value(fork.outcome.assets[place]);
      out.values.push_back(to_double({steps, in.digits}));
      out.texts.push_back(grouped_number(format_units(steps, in.digits)) + " " + label_text(in.name));
    }
    return out;
  }
  template <class Value>
  [[nodiscard]] bar_group ratio_bars(std::size_t place, const char* name, const char* colour, Value value) const {
    bar_group out{name, colour, {}, {}};
    for (const comparison::fork& fork : from_.forks) {
      const std::int64_t parts = shown_ratio(value(fork.outcome.assets[place].spread));
      out.values.push_back(to_double({parts, ratio_digits_shown}));
      out.texts.push_back(format_units(parts, ratio_digits_shown));
    }
    return out;
  }

  /// Bars from the left, the first policy on top. Groups in which all values are 0 are omitted.
  [[nodiscard]] page_chart bars(std::string id, std::string title, std::string reading, std::vector<bar_group> groups,
                                const std::string& x_title) const {
    page_chart out;
    out.id = std::move(id);
    out.title = std::move(title);
    out.reading = std::move(reading);
    const bool several = groups.size() > 1;
    std::erase_if(groups, [](const bar_group& group) {
      return std::all_of(group.values.begin(), group.values.end(), [](double value) { return value == 0; });
    });
    page_json names = page_json::array();
    for (const comparison::fork& fork : from_.forks) { names.push_back(label_text(fork.name)); }
    double low = 0, high = 0;
    for (const bar_group& group : groups) {
      page_json hovers = page_json::array(), ends = page_json::array();
      for (std::size_t k = 0; k < group.texts.size(); ++k) {
        hovers.push_back(fmt::format("{}<br>{} {}", names[k].get<std::string>(), group.name, group.texts[k]));
        ends.push_back(group.counts ? group.texts[k] : rough_number(group.values[k]));
        low = std::min(low, group.values[k]);
        high = std::max(high, group.values[k]);
      }
      out.data.push_back({{"type", "bar"},
                          {"orientation", "h"},
                          {"name", group.name},
                          {"y", names},
                          {"x", group.values},
                          {"textposition", "outside"},
                          {"textangle", 0},
                          {"textfont", {{"size", 11}}},
                          {"constraintext", "none"},
                          {"text", ends},
                          {"cliponaxis", false},
                          {"hovertext", hovers},
                          {"hoverinfo", "text"},
                          {"showlegend", several},
                          {"marker", {{"color", group.colour}}}});
    }
    constexpr double padding = 0.3;  // Space for the texts, as a share of the bars' length.
    out.layout = {{"barmode", "group"}, {"xaxis", money_axis(x_title, low, high)}, {"yaxis", name_axis(names)}};
    out.layout["xaxis"]["range"] = {low * (1 + padding), high * (1 + padding)};
    out.layout["xaxis"]["nticks"] = 6;
    out.layout["yaxis"]["autorange"] = "reversed";
    const std::size_t lines = from_.forks.size() * std::max<std::size_t>(groups.size(), 1);
    out.height = 120 + static_cast<int>(std::max(lines * 16, from_.forks.size() * 22));
    return out;
  }

  page_section policy_section() const {
    page_section out;
    out.id = "policies";
    out.title = "Policies side by side";
    out.reading =
        "A winner is a position that ADL closes against a bankrupt one; a haircut is what it gives up against the "
        "mark, over its unit's equity before the wave. All forks had the same book and marks, so every difference is "
        "due to the policy or rulebook.";
    for (std::size_t k = 0; k < places_.size(); ++k) {
      for (page_chart& chart : charts_of(places_[k])) {
        if (chart.data.empty()) { continue; }
        if (k != 0) { chart.id += fmt::format("-{}", k + 1); }
        chart.choice = money_at(places_[k]).name;
        out.charts.push_back(std::move(chart));
      }
    }
    if (out.charts.empty()) { out.reading += " Nothing was removed, and there was no loss to bear."; }
    return out;
  }

  [[nodiscard]] std::vector<page_chart> charts_of(std::size_t place) const {
    const std::string& asset_name = money_at(place).name;
    const std::string name = label_text(asset_name);
    const auto titled = [&](const char* title) { return fmt::format("{}, {}.", title, asset_name); };
    bar_group touched{"accounts", palette::accounts, {}, {}, true};
    for (const comparison::fork& fork : from_.forks) {
      const std::uint64_t accounts = fork.outcome.assets[place].spread.accounts;
      touched.values.push_back(static_cast<double>(accounts));
      touched.texts.push_back(count_text(accounts));
    }
    std::vector<page_chart> out{
        bars("removed", titled("Removed and needed"),
             "The amount that winners gave up, and the shortfall of the bankrupt positions that reached ADL.",
             {money_bars(place, "removed", palette::haircut, [](const fork_figures& of) { return of.money.removed; }),
              money_bars(place, "needed", palette::needed, [](const fork_figures& of) { return of.money.needed; })},
             "money, " + name),
        bars("haircuts", titled("Haircut over equity"),
             "The largest ratio of a wave, and the mean over deleveraged units.",
             {ratio_bars(place, "worst", palette::worst, [](const haircut_spread& of) { return of.worst; }),
              ratio_bars(place, "mean", palette::mean, [](const haircut_spread& of) { return of.mean; })},
             "part of equity"),
        bars("gini", titled("Gini of haircut over equity"),
             "0: all candidates gave up the same share of equity; 1: one candidate bore all.",
             {ratio_bars(place, "Gini", palette::gini, [](const haircut_spread& of) { return of.gini; })},
             "Gini coefficient"),
        bars("accounts", titled("Accounts touched"), "Deleveraged accounts, each counted once.", {touched}, "accounts"),
        bars("beyond", titled("Who bore the rest"),
             "Payments of the insurance fund, socialised losses, and losses that are unpaid at the end.",
             {money_bars(place, "insurance fund", palette::fund,
                         [](const fork_figures& of) { return of.flows.fund_paid; }),
              money_bars(place, "socialised", palette::socialised,
                         [](const fork_figures& of) { return of.flows.socialised; }),
              money_bars(place, "unpaid", palette::unpaid, [](const fork_figures& of) { return of.flows.unpaid; })},
             "money, " + name)};
    out.back().wide = true;
    const auto& accounts = touched.values;
    page_json& axis = out[3].layout["xaxis"];
    axis["tickformat"] = ",d";
    if (*std::max_element(accounts.begin(), accounts.end()) <= 8) { axis["dtick"] = 1; }
    return out;
  }

  /// Severity of the losses that neither winners nor the fund bear: none, socialised losses, unpaid debts.
  enum class burden : std::uint8_t { none, socialised, unpaid };
  [[nodiscard]] burden burden_of(const comparison::fork& fork) const {
    const asset_flows& flows = figures(fork).flows;
    return flows.unpaid != 0 ? burden::unpaid : flows.socialised != 0 ? burden::socialised : burden::none;
  }
  [[nodiscard]] burden least_burden() const {
    burden out = burden::unpaid;
    for (const comparison::fork& fork : from_.forks) { out = std::min(out, burden_of(fork)); }
    return out;
  }

  /// The policy with the smallest value among those with the least burden.
  struct best_of {
    const comparison::fork* first = nullptr;
    std::string names;  ///< Including others with the same value.
  };
  template <class Value>
  [[nodiscard]] best_of least(Value value) const {
    const burden allowed = least_burden();
    std::vector<const comparison::fork*> best;
    for (const comparison::fork& fork : from_.forks) {
      if (burden_of(fork) != allowed) { continue; }
      if (!best.empty() && value(figures(fork)) < value(figures(*best.front()))) { best.clear(); }
      if (best.empty() || value(figures(fork)) == value(figures(*best.front()))) { best.push_back(&fork); }
    }
    constexpr std::size_t named_max = 3;
    best_of out{best.front(), best.front()->name};
    if (best.size() > named_max) {
      out.names += fmt::format(" and {} others", best.size() - 1);
    } else {
      for (std::size_t k = 1; k < best.size(); ++k) { out.names += ", " + best[k]->name; }
    }
    if (allowed != burden::none) { out.names += "; each socialises losses"; }
    return out;
  }

  /// A policy that leaves debts unpaid is never the best, even if the others leave debts as well.
  [[nodiscard]] std::vector<page_tile> best_tiles() const {
    if (least_burden() == burden::unpaid) { return {{"best of these", "none", "each leaves debts unpaid", "bad"}}; }
    const best_of worst = least([](const fork_figures& of) { return of.spread.worst; });
    const best_of accounts = least([](const fork_figures& of) { return of.spread.accounts; });
    const best_of gini = least([](const fork_figures& of) { return of.spread.gini; });
    const best_of removed = least([](const fork_figures& of) { return of.money.removed; });
    return {{"smallest worst haircut",
             format_units(shown_ratio(figures(*worst.first).spread.worst), ratio_digits_shown), worst.names, "good"},
            {"fewest accounts", count_text(figures(*accounts.first).spread.accounts), accounts.names, "good"},
            {"smallest Gini", format_units(shown_ratio(figures(*gini.first).spread.gini), ratio_digits_shown),
             gini.names, "good"},
            {"least removed", short_number(format_units(figures(*removed.first).money.removed, money().digits)),
             fmt::format("{}, {}", money().name, removed.names), "good"}};
  }

  [[nodiscard]] std::vector<page_tile> tiles() const {
    std::vector<page_tile> out = best_tiles();
    const burden allowed = least_burden();
    for (const comparison::fork& fork : from_.forks) {
      const asset_flows& flows = figures(fork).flows;
      for (const auto& [name, steps] : {std::pair{"socialised by ", flows.socialised}, {"unpaid by ", flows.unpaid}}) {
        if (steps == 0) { continue; }
        out.push_back({name + fork.name, short_number(format_units(steps, money().digits)),
                       money().name + (burden_of(fork) == allowed ? "" : "; it is excluded from these rankings"),
                       "bad"});
      }
    }
    return out;
  }

  page_section table_section() const {
    page_section out;
    out.id = "figures";
    out.title = "Figures";
    out.reading = "Counts and ratios of each asset's ladders.";
    const std::size_t others = from_.forks.front().outcome.assets.size() - places_.size();
    if (others != 0) { out.reading += fmt::format(" {} more are in the table policies.", counted(others, "asset")); }
    const auto tables = make_compare_tables(from_);
    for (std::size_t k = 0; k < places_.size(); ++k) {
      const std::string& name = money_at(places_[k]).name;
      page_table table = rows_of_asset(*tables.front().table, name, rows_shown);
      keep_columns(table, {"policy", "removed", "overshoot", "worst", "mean", "gini", "accounts", "deleveraged", "adl",
                           "fund_used", "socialised", "unpaid"});
      drop_zero_columns(table);
      table.id = k == 0 ? std::string("policies-table") : fmt::format("policies-table-{}", k + 1);
      table.title = fmt::format("Policies, {}.", name);
      table.reading = "Columns that are 0 in every row are omitted.";
      table.whole = "table policies";
      table.choice = name;
      out.tables.push_back(std::move(table));
    }
    return out;
  }

  const comparison& from_;
  const page_json& summary_;
  std::vector<std::size_t> places_;  ///< Indices into `fork_outcome::assets`, as shown_places.
};

}  // namespace

report_page make_compare_page(const comparison& from, const page_json& summary) {
  return compare_pager(from, summary).page();
}

}  // namespace plimsoll
