#include "host/cli/compare_text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "host/cli/grid.hpp"
#include "host/cli/note_lines.hpp"
#include "host/report/fork_figures.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll::cli {

namespace {

std::string ratio(std::int64_t parts) { return format_units(shown_ratio(parts), ratio_digits_shown); }

/// The index of an asset is the same in every fork.
bool reached(const comparison& from, std::size_t place) {
  return std::any_of(from.forks.begin(), from.forks.end(), [&](const comparison::fork& fork) {
    const fork_figures& of = fork.outcome.assets[place];
    return of.spread.candidates != 0 || of.money.needed != 0 || of.beyond_fund();
  });
}

std::string asset_table(const comparison& from, std::size_t place, const terminal& screen) {
  const asset& it = from.reference.assets[from.forks.front().outcome.assets[place].asset];
  const auto money = [&](int128 steps) { return people_number(format_units(steps, it.digits)); };
  grid rows;
  rows.left(it.name)
      .right("removed")
      .right("overshoot")
      .right("worst")
      .right("mean")
      .right("Gini")
      .right("accounts")
      .right("fund used");
  rows.right("socialised").right("unpaid");
  for (const comparison::fork& fork : from.forks) {
    const fork_figures& of = fork.outcome.assets[place];
    rows.add_row({fork.name, money(of.money.removed), money(of.money.overshoot()), ratio(of.spread.worst),
                  ratio(of.spread.mean), ratio(of.spread.gini), grouped(of.spread.accounts), money(of.flows.fund_paid),
                  money(of.flows.socialised), money(of.flows.unpaid)});
    if (of.flows.unpaid != 0) { rows.paint_last(9, accent::bad); }
  }
  return "\n" + rows.print(screen);
}

std::string overall_table(const comparison& from, const terminal& screen) {
  grid rows;
  rows.left("all assets")
      .right("worst")
      .right("mean")
      .right("Gini")
      .right("accounts")
      .right("of candidates")
      .right("events")
      .right("s");
  for (const comparison::fork& fork : from.forks) {
    const haircut_spread& of = fork.outcome.overall;
    rows.add_row({fork.name, ratio(of.worst), ratio(of.mean), ratio(of.gini), grouped(of.accounts),
                  grouped(of.candidates), grouped(fork.outcome.events), fmt::format("{:.2f}", fork.outcome.seconds)});
  }
  return "\n" + rows.print(screen);
}

}  // namespace

std::string compare_text(const comparison& from, std::span<const note> notes, const terminal& screen) {
  std::string out = fmt::format(
      "{}   {}, {}\n{}, {}\n", screen.paint(accent::strong, from.reference.venue.name),
      from.of_rulebooks ? counted(from.forks.size(), "rulebook") : counted(from.forks.size(), "policy", "policies"),
      from.path, counted(from.accounts, "account"), counted(from.positions, "position"));
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < from.forks.front().outcome.assets.size(); ++place) {
    if (reached(from, place)) { places.push_back(place); }
  }
  const std::string lines = note_lines(notes, screen);
  if (!lines.empty()) { out += "\n" + lines.substr(0, lines.size() - 1); }
  if (places.empty()) {
    const bool held = from.forks.front().outcome.held.units_max != 0;
    return out + fmt::format("\n  No position {}reached ADL.\n", held ? "that is not held " : "");
  }
  // The quote comes first.
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    const auto is_quote = [&](std::size_t place) {
      return from.forks.front().outcome.assets[place].asset == from.reference.quote;
    };
    return is_quote(a) && !is_quote(b);
  });
  for (const std::size_t place : places) { out += asset_table(from, place, screen); }
  return out + overall_table(from, screen) + "\n  " +
         wrap(
             "worst, mean, Gini: of haircut / equity. Overshoot: removed less the shortfall of the positions that "
             "reached ADL.",
             2, screen.width()) +
         "\n";
}

}  // namespace plimsoll::cli
