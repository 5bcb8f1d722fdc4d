// `init`: an empty book with every key and column in it, to be filled in.
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "host/cli/arguments.hpp"
#include "host/cli/session.hpp"
#include "host/cli/staged_output.hpp"
#include "host/io/schema.hpp"
#include "host/venue/venue_keys.hpp"

namespace plimsoll::cli {

namespace {

constexpr std::size_t columns_max = 100;  // Of a line of venue.toml.

/// A sentence as comment lines.
std::string comment(std::string_view text) {
  return "# " + [&] {
    std::string out = wrap(text, 2, static_cast<int>(columns_max));
    for (std::size_t at = out.find("\n  "); at != std::string::npos; at = out.find("\n  ", at + 3)) {
      out.replace(at, 3, "\n# ");
    }
    return out;
  }() + "\n";
}

/// Every key: the required ones with a value, the others as comments with their defaults.
std::string venue_text() {
  std::string out = comment(
                        "A book for Plimsoll. `plimsoll validate FOLDER` lists its faults; `plimsoll help tables` "
                        "explains each column and `plimsoll help venue.toml` each key.") +
                    "\nname = \"my venue\"\nquote = \"USDT\"\n";
  std::string section;
  for (const venue_key& key : venue_keys()) {
    if (key.name == "name" || key.name == "quote" || key.name == "source") { continue; }
    const std::size_t point = key.name.rfind('.');
    const std::string_view of = point == std::string_view::npos ? std::string_view{} : key.name.substr(0, point);
    if (of != section) {
      section = of;
      out += fmt::format("\n# [{}]\n", section);
    }
    std::string meaning(key.meaning);
    if (!key.fallback.empty()) { meaning += fmt::format(" Default: {}.", key.fallback); }
    out += comment(meaning);
    out += fmt::format("# {} = {}\n", key.name.substr(point == std::string_view::npos ? 0 : point + 1), key.example);
  }
  return out;
}

/// The header of a table: all columns that a scan uses.
std::string header_of(const io::table_schema& table) {
  std::string out;
  for (const io::known_column& column : table.columns) {
    const bool unused = column.meaning.starts_with("Carried along") || column.meaning.starts_with("Of options") ||
                        column.kind == io::cell_kind::score;
    if (!unused) { out += (out.empty() ? "" : ",") + std::string(column.name); }
  }
  return out + "\n";
}

}  // namespace

int run_init(const invocation& call, session& console) {
  const std::string folder = call.operand(0);
  result<staged_output> out = staged_output::make(folder, call.flag("force"));
  if (!out) { return console.fail(out.error()); }
  status done = out.value().write_text("venue.toml", venue_text());
  for (std::size_t i = 0; i < io::table_count && done; ++i) {
    const io::table_schema& table = io::schemas()[i];
    std::string text = header_of(table);
    if (table.name == "assets") { text += "USDT,0.000001,,,\n"; }  // The quote must be listed.
    done = out.value().write_text(std::string(table.name) + ".csv", text);
  }
  if (done) { done = out.value().commit(); }
  if (!done) { return console.fail(done.error()); }
  console.note(fmt::format("{}: an empty book; fill in its tables, then: plimsoll validate {}", folder, folder));
  return exit_code::done;
}

}  // namespace plimsoll::cli
