// `validate`: reads a book and says what it holds.
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "host/cli/grid.hpp"
#include "host/cli/loading.hpp"
#include "host/report/notes.hpp"

namespace plimsoll::cli {

int run_validate(const invocation& call, session& io) {
  progress bar(io.err().is_terminal() && !io.quiet());
  const loaded_book loaded = load_for(call, io, bar);
  if (!loaded.source) { return loaded.code; }
  const book& source = *loaded.source;
  nlohmann::ordered_json counts = {{"venue", source.reference.venue.name},
                                   {"collateral", to_string(source.reference.venue.collateral)},
                                   {"assets", source.reference.assets.size()},
                                   {"instruments", source.reference.instruments.size()},
                                   {"tier_tables", source.reference.tier_table_names.size()},
                                   {"accounts", source.accounts.size()},
                                   {"units", source.units.size()},
                                   {"positions", source.positions.size()}};
  if (!io.out().is_terminal()) {
    counts["notes"] = notes_json(io.notes());
    io.print(counts.dump(2) + "\n");
    return exit_code::done;
  }
  std::string text = fmt::format("{}: {}\n", call.operand(0), io.out().paint(accent::good, "ok"));
  grid rows;
  rows.left("").right("");
  for (const auto& [name, value] : counts.items()) {
    rows.add_row({name, value.is_number() ? grouped(value.get<std::uint64_t>()) : value.get<std::string>()});
  }
  const std::string body = rows.print(io.out());
  io.print(text + body.substr(body.find('\n') + 1));
  return exit_code::done;
}

}  // namespace plimsoll::cli
