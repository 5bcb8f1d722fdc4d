#include "host/cli/replay_text.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/cli/grid.hpp"
#include "host/cli/note_lines.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll::cli {

namespace {

/// True if an amount of the asset was moved, requested or left unpaid.
bool is_hit(const tick_row& of) {
  return of.demand != 0 || of.flows.market != 0 || of.flows.backstop != 0 || of.flows.fund_paid != 0 ||
         of.flows.adl != 0 || of.flows.socialised != 0 || of.flows.unpaid != 0;
}

/// True if an event of the kind is present: the first event of a flagged unit is that its orders are cancelled.
bool was_flagged(const event_row& event) { return event.step == ledger_step::cancel; }

}  // namespace

std::string replay_text(const replay& engine, std::span<const note> notes, double seconds, const terminal& screen) {
  const book& source = engine.state();
  const bool holds = engine.engine().books().sums() == engine.opening();
  std::string out =
      fmt::format("{}   {} in {:.1f} s, {}, rulebook {}\n{}, {} left\n",
                  screen.paint(accent::strong, source.reference.venue.name), counted(engine.ticks_done(), "tick"),
                  seconds, counted(engine.engine().books().next_id() - 1, "plan"), engine.engine().rules().name,
                  counted(source.accounts.size(), "account"), counted(source.positions.size(), "position"));
  std::vector<std::pair<const asset*, tick_row>> hit;
  for (const auto& [id, of] : engine.log().totals()) {
    if (is_hit(of)) { hit.emplace_back(&source.reference.assets[id], of); }
  }
  const std::string lines = note_lines(notes, screen);
  if (!lines.empty()) { out += "\n" + lines.substr(0, lines.size() - 1); }
  if (hit.empty()) {
    bool flagged = false;
    engine.log().events.visit([&](const event_row& event) { flagged = flagged || was_flagged(event); });
    const bool held = engine.log().held_markets().units_max != 0;
    out += flagged ? "\n  Units were flagged, but nothing was closed or paid.\n"
           : held  ? "\n  Every flagged unit is held.\n"
                   : "\n  No unit was flagged.\n";
  } else {
    grid rows;
    rows.left("asset")
        .right("on the market")
        .right("backstop")
        .right("fund paid")
        .right("fund left")
        .right("ADL")
        .right("winners' haircut");
    rows.right("socialised").right("unpaid").right("winners");
    for (const auto& [it, of] : hit) {
      const auto money = [digits = it->digits](int128 steps) { return people_number(format_units(steps, digits)); };
      rows.add_row({it->name, money(of.flows.market), money(of.flows.backstop), money(of.flows.fund_paid),
                    money(of.fund_balance), money(of.flows.adl), money(of.flows.adl_haircut),
                    money(of.flows.socialised), money(of.flows.unpaid), grouped(of.winners)});
      if (of.flows.unpaid != 0) { rows.paint_last(8, accent::bad); }
    }
    out += "\n" + rows.print(screen);
  }
  out += holds ? "\n  The sums over all accounts are exactly unchanged.\n"
               : screen.paint(accent::bad, "\n  The sums over all accounts CHANGED.\n");
  return out;
}

}  // namespace plimsoll::cli
