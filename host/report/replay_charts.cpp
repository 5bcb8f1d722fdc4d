#include "host/report/replay_charts.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include <fmt/format.h>

#include "host/report/page/axes.hpp"
#include "host/report/page/figure_text.hpp"
#include "host/report/page/palette.hpp"
#include "host/text/instant.hpp"

namespace plimsoll {

namespace {

constexpr std::size_t winners_drawn = 60;

void add_flows(asset_flows& to, const asset_flows& from) {
  to.market += from.market;
  to.backstop += from.backstop;
  to.surplus += from.surplus;
  to.fees += from.fees;
  to.fund_paid += from.fund_paid;
  to.adl += from.adl;
  to.adl_haircut += from.adl_haircut;
  to.socialised += from.socialised;
  to.unpaid = from.unpaid;
}

std::string money_text(int128 steps, const asset& money) {
  return grouped_number(format_units(steps, money.digits)) + " " + label_text(money.name);
}
double money_value(int128 steps, const asset& money) { return to_double({steps, money.digits}); }

std::string bar_name(const tick_bar& bar) {
  return bar.first_tick == bar.last_tick ? fmt::format("tick {}", bar.first_tick)
                                         : fmt::format("ticks {} to {}", bar.first_tick, bar.last_tick);
}

/// One figure of the waterfall.
struct step_figure {
  const char* name;
  const char* colour;
  std::function<int128(const tick_bar&)> of;
};

const std::vector<step_figure>& closing_steps() {
  static const std::vector<step_figure> steps{
      {"market", palette::market, [](const tick_bar& bar) { return bar.flows.market; }},
      {"backstop", palette::backstop, [](const tick_bar& bar) { return bar.flows.backstop; }},
      {"ADL", palette::adl, [](const tick_bar& bar) { return bar.flows.adl; }}};
  return steps;
}

const std::vector<step_figure>& bearing_steps() {
  static const std::vector<step_figure> steps{
      {"insurance fund", palette::fund, [](const tick_bar& bar) { return bar.flows.fund_paid; }},
      {"ADL haircut", palette::haircut, [](const tick_bar& bar) { return bar.flows.adl_haircut; }},
      {"socialised", palette::socialised, [](const tick_bar& bar) { return bar.flows.socialised; }},
      {"unpaid at the end", palette::unpaid, [](const tick_bar& bar) { return bar.flows.unpaid; }}};
  return steps;
}

/// Every chart of the same ticks has the same axis, with labels only at existing ticks, and with times if the ticks
/// have some.
page_json x_axis(const std::vector<tick_bar>& bars) {
  page_json out = {{"title", {{"text", "tick"}}}, {"tickmode", "array"}};
  page_json values = page_json::array(), texts = page_json::array();
  constexpr std::size_t labels_max = 8;
  const std::size_t stride = std::max<std::size_t>(1, (bars.size() + labels_max - 1) / labels_max);
  const bool timed = !bars.empty() &&
                     std::all_of(bars.begin(), bars.end(), [](const tick_bar& bar) { return bar.time_ns != no_time; });
  constexpr std::int64_t day_ns = 86'400'000'000'000;
  const bool one_day = timed && bars.front().time_ns / day_ns == bars.back().time_ns / day_ns;
  for (std::size_t i = 0; i < bars.size(); i += stride) {
    values.push_back(bars[i].first_tick);
    std::string text = std::to_string(bars[i].first_tick);
    if (timed) {
      const std::string time = format_instant(bars[i].time_ns);
      text = one_day ? time.substr(11, 8) : time.substr(0, 16);
      if (!one_day) { text[10] = ' '; }
    }
    texts.push_back(text);
  }
  if (timed) {
    out["title"]["text"] = one_day
                               ? "tick, by its time on " + format_instant(bars.front().time_ns).substr(0, 10) + " UTC"
                               : "tick, by its time (UTC)";
  }
  out["tickvals"] = values;
  out["ticktext"] = texts;
  if (bars.empty()) { return out; }
  const auto first = static_cast<double>(bars.front().first_tick), last = static_cast<double>(bars.back().last_tick);
  // The width of a bar depends on its neighbours; a single bar has space on both sides.
  const double padding = last > first ? (last - first) / static_cast<double>(2 * bars.size()) : 3;
  out["range"] = {first - std::max(padding, 0.5), last + std::max(padding, 0.5)};
  return out;
}

/// Stacked bars of several figures. A figure that is 0 in every bar is omitted.
page_json stacked(const std::vector<tick_bar>& bars, std::span<const step_figure> figures, const asset& money) {
  page_json out = page_json::array();
  for (const step_figure& figure : figures) {
    page_json x = page_json::array(), y = page_json::array(), texts = page_json::array();
    bool some = false;
    for (const tick_bar& bar : bars) {
      const int128 value = figure.of(bar);
      some = some || value != 0;
      x.push_back(bar.first_tick);
      y.push_back(money_value(value, money));
      texts.push_back(fmt::format("{}<br>{} {}", bar_name(bar), figure.name, money_text(value, money)));
    }
    if (some) {
      out.push_back({{"type", "bar"},
                     {"name", figure.name},
                     {"x", x},
                     {"y", y},
                     {"hovertext", texts},
                     {"hoverinfo", "text"},
                     {"showlegend", true},
                     {"marker", {{"color", figure.colour}, {"line", {{"width", 0}}}}}});
    }
  }
  return out;
}

/// Size of points on a line; a single point must be visible.
int point_size(const std::vector<tick_bar>& bars) { return bars.size() == 1 ? 10 : 4; }

page_chart stacked_chart(const std::vector<tick_bar>& bars, std::span<const step_figure> figures, const asset& money,
                         const char* y_title, bool with_demand) {
  page_chart out;
  out.data = stacked(bars, figures, money);
  double low = 0, high = 0;
  for (const tick_bar& bar : bars) {
    double down = 0, sum = 0;
    for (const step_figure& figure : figures) {
      const double value = money_value(figure.of(bar), money);
      (value < 0 ? down : sum) += value;
    }
    if (with_demand) { sum = std::max(sum, money_value(bar.demand, money)); }
    low = std::min(low, down);
    high = std::max(high, sum);
  }
  out.layout = {{"barmode", "relative"},
                {"bargap", 0.15},
                {"xaxis", x_axis(bars)},
                {"yaxis", money_axis(std::string(y_title) + ", " + label_text(money.name), low, high)}};
  return out;
}

}  // namespace

std::vector<tick_bar> tick_bars(const replay_log& log, std::uint32_t asset_id, std::size_t bars_max) {
  std::vector<tick_bar> ticks;
  for (const tick_row& row : log.ticks) {
    if (ticks.empty() || ticks.back().first_tick != row.tick) {
      const int128 fund = ticks.empty() ? int128{0} : ticks.back().fund_balance;
      ticks.push_back({row.tick, row.tick, {0, 0, 0, 0}, 0, {}, fund, row.time_ns});
    }
    tick_bar& tick = ticks.back();
    for (int state = 0; state < 4; ++state) { tick.states[state] += row.states[state]; }
    if (row.asset != asset_id) { continue; }
    tick.demand += row.demand;
    add_flows(tick.flows, row.flows);
    tick.fund_balance = row.fund_balance;
  }
  const std::size_t together = (ticks.size() + bars_max - 1) / bars_max;
  if (together <= 1) { return ticks; }
  std::vector<tick_bar> bars;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    if (i % together == 0) {
      bars.push_back(ticks[i]);
      continue;
    }
    tick_bar& bar = bars.back();
    bar.last_tick = ticks[i].last_tick;
    bar.demand += ticks[i].demand;
    add_flows(bar.flows, ticks[i].flows);
    bar.fund_balance = ticks[i].fund_balance;
    const auto trouble = [](const tick_bar& one) { return one.states[1] + one.states[2] + one.states[3]; };
    if (trouble(ticks[i]) > trouble(bar)) {
      std::copy(std::begin(ticks[i].states), std::end(ticks[i].states), bar.states);
    }
  }
  return bars;
}

page_chart tick_states_chart(const std::vector<tick_bar>& bars) {
  page_chart out;
  out.id = "states-by-tick";
  out.title = "Units in trouble, tick by tick.";
  out.reading = "States at each tick's first scan, before any action; healthy units are not shown.";
  std::uint64_t most = 0;
  for (const tick_bar& bar : bars) { most = std::max(most, bar.states[1] + bar.states[2] + bar.states[3]); }
  for (const unit_state state : {unit_state::bankrupt, unit_state::liquidatable, unit_state::margin_call}) {
    page_json x = page_json::array(), y = page_json::array(), texts = page_json::array();
    const std::string name = spaced(to_string(state));
    for (const tick_bar& bar : bars) {
      const std::uint64_t count = bar.states[static_cast<std::size_t>(state)];
      x.push_back(bar.first_tick);
      y.push_back(count);
      texts.push_back(fmt::format("{}<br>{} {}", bar_name(bar), count_text(count), name));
    }
    out.data.push_back({{"type", "bar"},
                        {"name", name},
                        {"x", x},
                        {"y", y},
                        {"hovertext", texts},
                        {"hoverinfo", "text"},
                        {"marker", {{"color", palette::of(state)}}}});
  }
  out.layout = {{"barmode", "stack"}, {"bargap", 0.15}, {"xaxis", x_axis(bars)}, {"yaxis", count_axis("units", most)}};
  out.wide = true;
  return out;
}

page_chart marks_chart(const book& source, const mark_paths& marks, const std::vector<tick_bar>& bars) {
  page_chart out;
  out.id = "marks";
  out.title = "Marks, the first one of each = 100.";
  out.reading =
      "Marks of the feed, before the impact of the executor's own orders; the instruments with the largest open "
      "interest.";
  std::size_t place = 0;
  const auto moves = [](const mark_paths::path& path) { return path.marks.size() > 1; };
  if (std::none_of(marks.paths().begin(), marks.paths().end(), moves)) { return out; }
  for (const mark_paths::path& path : marks.paths()) {
    if (path.marks.empty()) { continue; }
    const instrument& it = source.reference.instruments[path.instrument];
    const std::size_t together = path.ticks.size() / 600 + 1;
    page_json x = page_json::array(), y = page_json::array(), texts = page_json::array();
    for (std::size_t i = 0; i < path.ticks.size(); ++i) {
      if (i % together != 0 && i + 1 != path.ticks.size()) { continue; }  // The last point is never omitted.
      x.push_back(path.ticks[i]);
      y.push_back(path.marks.front() == 0
                      ? 100.0
                      : 100.0 * static_cast<double>(path.marks[i]) / static_cast<double>(path.marks.front()));
      texts.push_back(
          fmt::format("tick {}<br>{} {}", path.ticks[i], label_text(it.name),
                      grouped_number(format_units(step_units(path.marks[i], it.price_step), it.price_step.scale))));
    }
    out.data.push_back({{"type", "scatter"},
                        {"mode", path.ticks.size() > 1 ? "lines" : "markers"},
                        {"name", label_text(it.name)},
                        {"x", x},
                        {"y", y},
                        {"hovertext", texts},
                        {"hoverinfo", "text"},
                        {"showlegend", true},
                        {"line",
                         {{"color", palette::lines[place % std::size(palette::lines)]},
                          {"dash", palette::dashes[place % std::size(palette::dashes)]},
                          {"width", 2}}}});
    ++place;
  }
  out.layout = {{"xaxis", x_axis(bars)}, {"yaxis", {{"title", {{"text", "first mark = 100"}}}}}};
  out.wide = true;
  return out;
}

page_chart closed_chart(const std::vector<tick_bar>& bars, const asset& money) {
  page_chart out = stacked_chart(bars, closing_steps(), money, "value closed", true);
  out.id = "closed-by-step";
  out.title = fmt::format("Positions closed, by step, {}.", money.name);
  out.reading =
      "Value that was closed on the market, taken over by the backstop, and closed against winners. The line is the "
      "demand of bankrupt positions.";
  page_json x = page_json::array(), y = page_json::array(), texts = page_json::array();
  for (const tick_bar& bar : bars) {
    x.push_back(bar.first_tick);
    y.push_back(money_value(bar.demand, money));
    texts.push_back(fmt::format("{}<br>demand {}", bar_name(bar), money_text(bar.demand, money)));
  }
  out.data.push_back({{"type", "scatter"},
                      {"mode", "lines+markers"},
                      {"name", "demand"},
                      {"x", x},
                      {"y", y},
                      {"hovertext", texts},
                      {"hoverinfo", "text"},
                      {"showlegend", true},
                      {"line", {{"color", palette::demand}, {"width", 1.5}, {"dash", "dot"}}},
                      {"marker", {{"size", point_size(bars)}}}});
  return out;
}

page_chart losses_chart(const std::vector<tick_bar>& bars, const asset& money) {
  page_chart out = stacked_chart(bars, bearing_steps(), money, "money", false);
  out.id = "losses-by-step";
  out.title = fmt::format("Who bore the losses, {}.", money.name);
  out.reading =
      "Payments of the fund, haircuts of winners against the mark (negative if they gained), socialised losses, and "
      "unpaid losses.";
  return out;
}

page_chart fund_chart(const std::vector<tick_bar>& bars, const asset& money) {
  page_chart out;
  out.id = "fund";
  out.title = fmt::format("Insurance fund, {}.", money.name);
  out.reading = "Balance at the end of each tick.";
  page_json x = page_json::array(), y = page_json::array(), texts = page_json::array();
  for (const tick_bar& bar : bars) {
    x.push_back(bar.last_tick);
    y.push_back(money_value(bar.fund_balance, money));
    texts.push_back(fmt::format("tick {}<br>{}", bar.last_tick, money_text(bar.fund_balance, money)));
  }
  out.data.push_back({{"type", "scatter"},
                      {"mode", "lines+markers"},
                      {"x", x},
                      {"y", y},
                      {"hovertext", texts},
                      {"hoverinfo", "text"},
                      {"fill", "tozeroy"},
                      {"fillcolor", "rgba(76,159,112,0.18)"},
                      {"line", {{"shape", "hv"}, {"color", palette::fund}, {"width", 2}}},
                      {"marker", {{"size", point_size(bars)}}}});
  double most = 0;
  for (const tick_bar& bar : bars) { most = std::max(most, money_value(bar.fund_balance, money)); }
  out.layout = {{"xaxis", x_axis(bars)}, {"yaxis", money_axis("balance, " + label_text(money.name), 0, most)}};
  out.layout["yaxis"]["rangemode"] = "tozero";
  return out;
}

page_chart totals_chart(const std::vector<tick_bar>& bars, const asset& money) {
  page_chart out;
  out.id = "totals-by-step";
  out.title = fmt::format("The whole replay, by step, {}.", money.name);
  out.reading =
      "Sums over all ticks, on a logarithmic scale: above, the value that each step closed; below, the losses that "
      "each party bore. Zero is at the left edge.";
  tick_bar sum;
  for (const tick_bar& bar : bars) { add_flows(sum.flows, bar.flows); }
  constexpr double billion =
      1e9;  // A longer text does not fit beside its dot on a telephone; the hover has all digits.
  std::vector<dot_figure> dots;
  const auto add = [&](const step_figure& figure) {
    const int128 value = figure.of(sum);
    const double size = std::abs(money_value(value, money));
    dots.push_back({figure.name,
                    value == 0        ? "0"
                    : size >= billion ? rough_number(money_value(value, money))
                                      : short_number(format_units(value, money.digits)),
                    money_text(value, money), figure.colour, size});
  };
  for (const step_figure& figure : closing_steps()) { add(figure); }
  for (const step_figure& figure : bearing_steps()) { add(figure); }
  draw_dots(out, dots, label_text(money.name) + " (log scale)");
  return out;
}

namespace {

/// Bars of the chart: winners in their order, several per bar if there are too many.
struct taken_bar {
  std::uint64_t first = 0, last = 0;  ///< Places in the order, from 1.
  std::uint64_t taken = 0, left = 0;  ///< Lots.
  std::string who;
};

std::vector<taken_bar> taken_bars(const replay& engine, const std::vector<deleveraged_position>& positions,
                                  const deleveraged_side& side) {
  const std::uint64_t together = (side.positions + winners_drawn - 1) / winners_drawn;
  std::vector<taken_bar> out;
  std::uint64_t place = 0;
  for (const deleveraged_position& one : positions) {
    if (segment_of(one.instrument, one.side) != side.segment) { continue; }
    if (place % together == 0) {
      out.push_back({place + 1, 0, 0, 0,
                     fmt::format("{} {}, first at tick {}", label_text(engine.log().name(one.account)),
                                 label_text(engine.log().name(one.unit)), one.first_tick)});
    }
    taken_bar& bar = out.back();
    bar.last = ++place;
    bar.taken += one.lots;
    bar.left += lots_left(engine.state(), engine.log(), one);
  }
  return out;
}

}  // namespace

page_chart taken_chart(const replay& engine, const std::vector<deleveraged_position>& positions,
                       const deleveraged_side& side) {
  const book& source = engine.state();
  const instrument& it = source.reference.instruments[side.segment / 2];
  const std::vector<taken_bar> bars = taken_bars(engine, positions, side);
  page_chart out;
  out.id = "taken";
  out.title = fmt::format("{}: the ladder before and after.", side_name(source, side.segment));
  out.reading = fmt::format(
      "The side with the largest deleveraging: {} contracts of {}, in the order of their first fills{}. A whole bar "
      "is the position before, its light part the rest at the end of the replay.",
      contracts_text(it, side.lots), counted(side.positions, "position"),
      bars.size() < side.positions ? fmt::format(", {} to a bar", count_text(bars.front().last)) : std::string());
  page_json x = page_json::array(), taken = page_json::array(), left = page_json::array(), texts = page_json::array();
  double most = 0;
  for (const taken_bar& bar : bars) {
    most = std::max(most, contracts_value(it, bar.taken + bar.left));
    x.push_back(static_cast<double>(bar.first + bar.last) / 2);
    taken.push_back(contracts_value(it, bar.taken));
    left.push_back(contracts_value(it, bar.left));
    const std::string places = bar.first == bar.last ? count_text(bar.first)
                                                     : count_text(bar.first) + " to " + count_text(bar.last) + ", from";
    texts.push_back(fmt::format("{} {}<br>taken {}<br>left {}", places, bar.who, contracts_text(it, bar.taken),
                                contracts_text(it, bar.left)));
  }
  const auto trace = [&](const char* name, const page_json& y, const char* colour) {
    return page_json{{"type", "bar"},
                     {"name", name},
                     {"x", x},
                     {"y", y},
                     {"hovertext", texts},
                     {"hoverinfo", "text"},
                     {"marker", {{"color", colour}}}};
  };
  out.data = page_json::array({trace("taken by ADL", taken, palette::adl), trace("left", left, palette::left)});
  out.layout = {{"barmode", "stack"},
                {"bargap", 0.15},
                {"xaxis", count_axis("place in the order", side.positions)},
                {"yaxis", money_axis("contracts", 0, most)}};
  out.layout["xaxis"]["rangemode"] = "normal";
  out.wide = true;
  out.height = 320;
  return out;
}

}  // namespace plimsoll
