#include "host/cli/explain_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/cli/grid.hpp"
#include "host/explain/score_terms.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll::cli {

namespace {

using json = nlohmann::ordered_json;

std::string word(const json& it, const char* key) {
  const json& value = it.at(key);
  if (value.is_null()) { return "none"; }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

accent accent_of(const std::string& state) {
  if (state == "bankrupt") { return accent::bad; }
  if (state == "liquidatable") { return accent::warning; }
  return state == "healthy" ? accent::good : accent::strong;
}

/// Lines of "name figure = formula", with figures aligned on the right.
class figure_lines {
 public:
  figure_lines(const terminal& screen, int indent) : screen_(screen), indent_(static_cast<std::size_t>(indent)) {}

  void add(std::string name, std::string figure, std::string how = {}) {
    lines_.push_back({std::move(name), std::move(figure), std::move(how)});
  }
  [[nodiscard]] std::string print() const {
    std::size_t names = 0;
    std::size_t figures = 0;
    for (const line& one : lines_) {
      names = std::max(names, shown_width(one.name));
      figures = std::max(figures, shown_width(one.figure));
    }
    std::string out;
    for (const line& one : lines_) {
      out += std::string(indent_, ' ') + one.name + std::string(names - shown_width(one.name) + 2, ' ');
      out += std::string(figures - shown_width(one.figure), ' ') + one.figure;
      const std::size_t taken = indent_ + names + 2 + figures + 3;
      const auto columns = static_cast<std::size_t>(std::min(screen_.columns(), 1 << 16));
      if (!one.how.empty() && taken + 2 + shown_width(one.how) > columns) {  // Below, where there is space.
        const auto deeper = static_cast<int>(indent_) + 4;
        out += "\n" + std::string(static_cast<std::size_t>(deeper), ' ') +
               screen_.paint(accent::faint, wrap("= " + one.how, deeper, static_cast<int>(columns)));
      } else if (!one.how.empty()) {
        out += "   " + screen_.paint(accent::faint, "= " + one.how);
      }
      out += "\n";
    }
    return out;
  }

 private:
  struct line {
    std::string name;
    std::string figure;
    std::string how;
  };
  const terminal& screen_;
  std::size_t indent_;
  std::vector<line> lines_;
};

std::string value_formula(const json& position) {
  const bool inverse = position.at("kind") == "inverse";
  const std::string exact = inverse
                                ? fmt::format("-size x contract size / mark = -({}) x {} / {}", word(position, "size"),
                                              word(position, "contract_size"), word(position, "mark"))
                                : fmt::format("size x contract size x mark = {} x {} x {}", word(position, "size"),
                                              word(position, "contract_size"), word(position, "mark"));
  return position.at("value_rounded").get<bool>() ? exact + ", rounded down to the step" : exact;
}

std::string band_lines(const json& position, const terminal& screen) {
  grid bands;
  bands.left("    tier from").right("to").right("notional in it").right("x rate").right("= requirement");
  for (const json& band : position.at("bands")) {
    bands.add_row({"    " + word(band, "from"), band.at("to").is_null() ? "" : word(band, "to"), word(band, "part"),
                   word(band, "rate"), word(band, "requirement")});
  }
  return bands.print(screen);
}

std::string ladder_lines(const json& position) {
  if (position.at("ladder").is_null()) {
    return fmt::format("    not on the ladder: {}\n", word(position, "off_ladder"));
  }
  const json& ladder = position.at("ladder");
  return fmt::format(
      "    place {} of {} on the ladder of {}s; {} of {} contracts are ahead\n"
      "    lights {} = 5 - floor(5 x {} / {})\n",
      word(ladder, "rank"), word(ladder, "entries"), word(ladder, "side"), word(ladder, "size_ahead"),
      word(ladder, "size_total"), word(position, "lights"), word(ladder, "size_ahead"), word(ladder, "size_total"));
}

std::string fill_lines(const json& list, std::string_view title, const terminal& screen) {
  grid rows;
  rows.left("    account").left("unit").right("place").right("size").right("price").right("value");
  for (const json& fill : list) {
    rows.add_row({"    " + word(fill, "account"), word(fill, "unit"), word(fill, "place"), word(fill, "size"),
                  word(fill, "price"), word(fill, "value")});
  }
  return fmt::format("    {}\n{}", title, rows.print(screen));
}

/// The winners that would close a loser's position, and the losers that a winner would close, each with the reason.
std::string cover_lines(const json& position, const terminal& screen) {
  std::string out;
  const std::string order = score_order(word(position, "score_kind"));
  if (position.contains("covered_by")) {
    if (!position.at("covered_by").empty()) {
      out += fill_lines(position.at("covered_by"), "would be closed at the bankruptcy price against:", screen);
      out += fmt::format("    {}\n",
                         wrap(fmt::format("why these: the other side's ladder is used from its top, {} first; the "
                                          "winners of losers before this one are taken already",
                                          order),
                              4, screen.width()));
    }
    const std::string open = word(position, "not_covered");
    if (open.find_first_not_of("0.") != std::string::npos) {
      out += fmt::format("    no winner takes the last {} contracts, because the ladder ends\n", open);
    }
  }
  if (position.contains("would_take_over")) {
    out += fill_lines(position.at("would_take_over"), "would be deleveraged to close:", screen);
    out += fmt::format("    {}\n", wrap(fmt::format("why this one: it is at place {} of its ladder, {} first, and the "
                                                    "places before it are not enough",
                                                    word(position.at("ladder"), "rank"), order),
                                        4, screen.width()));
  }
  return out;
}

std::string liquidation_words(const json& position, const json& unit) {
  if (position.at("liquidation_price").is_null()) {
    return "no mark of this instrument alone brings the unit above maintenance";
  }
  const std::string away =
      position.at("distance").is_null() ? "" : fmt::format(", {} % from the mark", word(position, "distance"));
  return (unit.at("top_up").is_null() ? "if only this mark moves: first mark below maintenance"
                                      : "if only this mark moves: below maintenance from here to the mark") +
         away;
}

std::string position_lines(const json& position, const json& unit, const terminal& screen) {
  std::string out = fmt::format("\n  {} {}   {}\n", screen.paint(accent::strong, word(position, "instrument")),
                                word(position, "side"), screen.paint(accent::faint, word(position, "kind")));
  figure_lines figures(screen, 4);
  figures.add("value", word(position, "value"), value_formula(position));
  figures.add("cost", word(position, "cost"), "value at entry");
  figures.add("pnl", word(position, "pnl"), "value - cost");
  figures.add("notional", word(position, "notional"), "|value|");
  out += figures.print() + band_lines(position, screen);

  figure_lines margin(screen, 4);
  margin.add("maintenance", word(position, "maintenance_exact"),
             fmt::format("the sum above = {} x {} - {}", word(position, "maintenance_rate"), word(position, "notional"),
                         word(position, "maintenance_amount")));
  margin.add("initial", word(position, "initial_exact"),
             fmt::format("{} x {}", word(position, "initial_rate"), word(position, "notional")));
  margin.add("allotted equity", word(position, "allotted"),
             fmt::format("its part of {} by {}", word(unit, "equity"), word(unit, "allotted_by")));
  std::string closing = "value - allotted equity";
  if (position.at("bankruptcy_clamped").get<bool>()) {
    closing += fmt::format(", limited to the values that a price can have; uncovered {}", word(position, "uncovered"));
  }
  margin.add("bankruptcy value", word(position, "bankruptcy_value"), closing);
  margin.add("bankruptcy price", word(position, "bankruptcy_price"),
             position.at("bankruptcy_price").is_null() ? "the position cannot go bankrupt"
             : position.at("kind") == "inverse"        ? "-size x contract size / bankruptcy value"
                                                       : "bankruptcy value / (size x contract size)");
  margin.add("liquidation price", word(position, "liquidation_price"), liquidation_words(position, unit));
  margin.add("score", word(position, "score"), score_formula(word(position, "score_kind"), position.at("score_terms")));
  return out + margin.print() + ladder_lines(position) + cover_lines(position, screen);
}

std::string equity_lines(const json& unit, const terminal& screen) {
  if (unit.at("assets").size() == 1 && unit.at("assets")[0].at("value") == unit.at("assets")[0].at("margin_value")) {
    return {};
  }
  grid assets;
  assets.left("  asset")
      .right("balance + pnl")
      .right("x price")
      .right("= value")
      .right("x weight")
      .right("= margin value");
  for (const json& it : unit.at("assets")) {
    const std::string pnl = it.at("pnl").is_null() ? "" : " + " + word(it, "pnl");
    assets.add_row({"  " + word(it, "asset"), word(it, "balance") + pnl, word(it, "price"), word(it, "value"),
                    word(it, "weight"), word(it, "margin_value")});
  }
  return "\n" + assets.print(screen);
}

/// A figure of the JSON as a whole number of its finest step, so that two can be compared.
int128 comparable(const json& from, const char* key) {
  decimal value;
  static_cast<void>(parse_decimal(from.at(key).get<std::string>(), value));
  constexpr int digits = 18;  // No asset has more digits.
  return to_units(value, digits).value_or(0);
}

/// Positions, the largest loss first.
std::vector<const json*> worst_first(const json& positions) {
  std::vector<const json*> out;
  for (const json& one : positions) { out.push_back(&one); }
  std::stable_sort(out.begin(), out.end(),
                   [](const json* a, const json* b) { return comparable(*a, "pnl") < comparable(*b, "pnl"); });
  return out;
}

std::string sum_lines(const json& unit, const terminal& screen) {
  figure_lines sums(screen, 2);
  sums.add("balance", word(unit, "balance"),
           word(unit, "unit").rfind("isolated:", 0) == 0 ? "isolated margin" : "wallet balance");
  sums.add("pnl", word(unit, "pnl"), "sum of the positions' pnl");
  const bool several = unit.at("assets").size() > 1;
  sums.add("equity", word(unit, "equity"), several ? "sum of the assets' values" : "balance + pnl");
  sums.add("margin equity", word(unit, "margin_equity"),
           several ? "sum of the assets' margin values" : "equity with haircuts");
  sums.add("maintenance", word(unit, "maintenance_exact"), "sum of the positions' maintenance");
  if (!unit.at("top_up").is_null()) {
    sums.add("top-up", word(unit, "top_up"), "maintenance, rounded up, - margin equity: what brings the unit to it");
  }
  sums.add("initial", word(unit, "initial_exact"), "sum of the positions' initial requirements");
  sums.add("free", word(unit, "free"), fmt::format("margin equity - initial, rounded up to {}", word(unit, "initial")));
  sums.add("health factor", word(unit, "health_factor"),
           unit.at("health_factor").is_null() ? "there is no maintenance to cover"
                                              : "margin equity / maintenance, rounded down");
  sums.add("deficit", word(unit, "deficit"), "max(0, -equity)");
  return sums.print();
}

std::string unit_lines(const json& unit, const terminal& screen) {
  const std::string state = word(unit, "state");
  std::string out = fmt::format("\n{}   {}{}\n", screen.paint(accent::strong, word(unit, "unit")),
                                screen.paint(accent_of(state), state), unit.at("held").get<bool>() ? "   held" : "");
  for (const json& by : unit.at("held_by")) {
    out += fmt::format("  held: the mark of {} is older than allowed, so no action is taken on this unit\n",
                       by.get<std::string>());
  }
  out += fmt::format("  {}: {}\n", screen.paint(accent_of(state), state), word(unit, "verdict"));
  out += sum_lines(unit, screen) + equity_lines(unit, screen);
  for (const json* position : worst_first(unit.at("positions"))) { out += position_lines(*position, unit, screen); }
  return out;
}

/// The position whose mark is nearest to its liquidation price.
std::string nearest_words(const json& unit) {
  const json* nearest = nullptr;
  const auto far = [](const json& one) {
    const int128 away = comparable(one, "distance");
    return away < 0 ? -away : away;
  };
  for (const json& one : unit.at("positions")) {
    if (!one.at("distance").is_null() && (nearest == nullptr || far(one) < far(*nearest))) { nearest = &one; }
  }
  if (nearest == nullptr) { return "none"; }
  return fmt::format("{} at {} ({} %)", word(*nearest, "instrument"), word(*nearest, "liquidation_price"),
                     word(*nearest, "distance"));
}

/// One line per unit, with the figures that a customer asks for first.
std::string verdict_lines(const json& units, const terminal& screen) {
  grid rows;
  rows.left("unit").left("state").right("equity").right("maintenance").right("top-up").left("nearest liquidation");
  for (const json& unit : units) {
    const std::string state = word(unit, "state");
    const auto money = [&](const char* key) {
      return unit.at(key).is_null() ? std::string() : people_number(word(unit, key)) + " " + word(unit, "asset");
    };
    rows.add_row({word(unit, "unit"), state + (unit.at("held").get<bool>() ? ", held" : ""), money("equity"),
                  money("maintenance"), money("top_up"), nearest_words(unit)});
    rows.paint_last(1, accent_of(state));
  }
  return rows.print(screen);
}

}  // namespace

std::string explain_text(const json& explained, const terminal& screen) {
  const std::string marks =
      explained.at("marks_as_of").is_null() ? std::string("no times") : word(explained, "marks_as_of");
  std::string out = fmt::format(
      "{}   {}\n\n", screen.paint(accent::strong, word(explained, "account")),
      screen.paint(accent::faint, fmt::format("venue {}, rulebook {}, marks of {}", word(explained, "venue"),
                                              word(explained, "rulebook"), marks)));
  out += verdict_lines(explained.at("units"), screen);
  for (const json& unit : explained.at("units")) { out += unit_lines(unit, screen); }
  return out;
}

}  // namespace plimsoll::cli
