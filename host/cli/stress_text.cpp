#include "host/cli/stress_text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "host/cli/grid.hpp"
#include "host/cli/note_lines.hpp"
#include "host/report/stress_tables.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll::cli {

namespace {

/// Indices of the assets with losses, the quote first.
std::vector<std::size_t> places_hit(const stress_grid& from) {
  const std::vector<fork_figures>& assets = from.cells.front().outcome.assets;
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < assets.size(); ++place) {
    const bool hit = std::any_of(from.cells.begin(), from.cells.end(), [&](const stress_cell& cell) {
      return cell.outcome.assets[place].borne() != 0 || cell.outcome.assets[place].beyond_fund();
    });
    if (hit) { places.push_back(place); }
  }
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    return assets[a].asset == from.reference.quote && assets[b].asset != from.reference.quote;
  });
  return places;
}

std::string cells_table(const stress_grid& from, std::size_t place, const terminal& screen) {
  const asset& it = from.reference.assets[from.cells.front().outcome.assets[place].asset];
  const auto money = [&](int128 steps) { return people_number(format_units(steps, it.digits)); };
  grid rows;
  rows.left("shock")
      .right("fund, " + it.name)
      .right("needed")
      .right("fund used")
      .right("ADL haircuts")
      .right("socialised")
      .right("unpaid");
  rows.right("accounts").left("");
  for (std::size_t shock = 0; shock < from.shocks.size(); ++shock) {
    for (std::size_t fund = 0; fund < from.funds.size(); ++fund) {
      const fork_figures& of = from.at(shock, fund).outcome.assets[place];
      rows.add_row({fund == 0 ? from.shocks[shock].text : "", money(from.opening(fund, of.asset)), money(of.borne()),
                    money(of.flows.fund_paid), money(of.flows.adl_haircut), money(of.flows.socialised),
                    money(of.flows.unpaid), grouped(of.spread.accounts), of.beyond_fund() ? "" : "enough"});
      if (!of.beyond_fund()) { rows.paint_last(8, accent::good); }
      if (of.flows.unpaid != 0) { rows.paint_last(6, accent::bad); }
    }
  }
  return rows.print(screen);
}

std::string adequacy_table(const stress_grid& from, const std::vector<std::size_t>& places, const terminal& screen) {
  grid rows;
  rows.left("smallest fund that is enough");
  for (const std::size_t place : places) {
    rows.right(from.reference.assets[from.cells.front().outcome.assets[place].asset].name);
  }
  for (std::size_t shock = 0; shock < from.shocks.size(); ++shock) {
    std::vector<std::string> cells{from.shocks[shock].text};
    for (const std::size_t place : places) {
      const asset& it = from.reference.assets[from.cells.front().outcome.assets[place].asset];
      const std::size_t fund = from.smallest_adequate(shock, place);
      const auto id = from.cells.front().outcome.assets[place].asset;
      cells.push_back(fund == stress_grid::no_fund ? "none"
                                                   : people_number(format_units(from.opening(fund, id), it.digits)));
    }
    rows.add_row(std::move(cells));
  }
  return "\n" + rows.print(screen);
}

}  // namespace

std::string stress_text(const stress_grid& from, std::span<const note> notes, const terminal& screen) {
  double seconds = 0;
  for (const stress_cell& cell : from.cells) { seconds += cell.outcome.seconds; }
  std::string out =
      fmt::format("{}   {}{} x {}, {:.2f} s a fork\n{}, {}\n", screen.paint(accent::strong, from.reference.venue.name),
                  counted(from.shocks.size(), "shock"), from.by_beta ? " by beta" : "",
                  counted(from.funds.size(), "fund"), seconds / static_cast<double>(from.cells.size()),
                  counted(from.accounts, "account"), counted(from.positions, "position"));
  const std::vector<std::size_t> places = places_hit(from);
  out += "\n" + note_lines(notes, screen);
  if (places.empty()) {
    return out +
           fmt::format("  No shock causes a loss that a bankrupt unit could not bear{}.\n",
                       from.cells.front().outcome.held.units_max != 0 ? ", among the units that are not held" : "");
  }
  out += cells_table(from, places.front(), screen) + adequacy_table(from, places, screen);
  return out;
}

}  // namespace plimsoll::cli
