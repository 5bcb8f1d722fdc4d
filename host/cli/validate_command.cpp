// `validate`: reads a book and prints its contents.
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "host/cli/grid.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/summary_form.hpp"
#include "host/cli/tick_files.hpp"
#include "host/report/notes.hpp"

namespace plimsoll::cli {

int run_validate(const invocation& call, session& io) {
  progress bar(io.err().is_terminal() && !io.quiet());
  const loaded_book loaded = load_for(call, io, bar);
  if (!loaded.source) { return loaded.code; }
  const book& source = *loaded.source;
  const result<tick_files> files = tick_files::make(call);
  if (!files) { return io.fail(files.error()); }
  std::vector<tick_inputs> ticks;
  if (call.given("ticks") || call.given("updates")) {
    refusal_list refusals;
    result<std::vector<tick_inputs>> read = files.value().load(source, bar, refusals);
    if (!read) { return refusals.empty() ? io.fail(read.error()) : io.refuse("the replay", refusals); }
    ticks = std::move(read).value();
    io.add_notes(refusals.notes());
  }
  nlohmann::ordered_json counts = {{"venue", source.reference.venue.name},
                                   {"collateral", to_string(source.reference.venue.collateral)},
                                   {"assets", source.reference.assets.size()},
                                   {"instruments", source.reference.instruments.size()},
                                   {"tier_tables", source.reference.tier_table_names.size()},
                                   {"accounts", source.accounts.size()},
                                   {"units", source.units.size()},
                                   {"positions", source.positions.size()}};
  if (call.given("ticks") || call.given("updates")) {
    std::size_t marks = 0, updates = 0;
    for (const tick_inputs& one : ticks) {
      marks += one.marks.changed.size();
      updates += one.updates.size();
    }
    counts["ticks"] = ticks.size();
    counts["marks"] = marks;
    counts["updates"] = updates;
  }
  nlohmann::ordered_json summary = counts;
  summary["notes"] = notes_json(io.notes());
  print_summary(call, io, summary.dump(2) + "\n", [&](const terminal& screen) {
    grid rows;
    rows.left("").right("");
    for (const auto& [name, value] : counts.items()) {
      rows.add_row({name, value.is_number() ? grouped(value.get<std::uint64_t>()) : value.get<std::string>()});
    }
    const std::string body = rows.print(screen);  // The titles are blank, so the first line is blank.
    return fmt::format("{}: {}\n", call.operand(0), screen.paint(accent::good, "ok")) +
           (screen.is_markdown() ? body : body.substr(body.find('\n') + 1));
  });
  return exit_code::done;
}

}  // namespace plimsoll::cli
