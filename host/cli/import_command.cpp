// `import`: turns an export of a venue, or of pandas, into a book by a map.
#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/cli/loading.hpp"
#include "host/cli/staged_output.hpp"
#include "host/cli/writing.hpp"
#include "host/import/import_map.hpp"
#include "host/import/make_tables.hpp"
#include "host/io/file_writer.hpp"
#include "host/io/load_book.hpp"
#include "host/io/write_book.hpp"
#include "host/report/replay_tables.hpp"

namespace plimsoll::cli {

namespace {

namespace fs = std::filesystem;

/// The map of --map or --preset. Its faults are in `refusals`, or are the error.
result<importing::import_map> map_of(const invocation& call, refusal_list& refusals) {
  if (call.given("map") == call.given("preset")) {
    std::string known;
    for (const std::string_view name : importing::known_presets()) {
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    return error{error_code::usage, "import needs one of --map FILE and --preset NAME; presets: " + known};
  }
  std::string text;
  std::string file;
  if (call.given("map")) {
    const result<fs::path> named = file_named(call, "map");
    if (!named) { return named.error(); }
    file = named.value().string();
    auto read = importing::read_map_file(file);
    if (!read) { return std::move(read).error(); }
    text = std::move(read).value();
  } else {
    file = call.text("preset") + ".toml";
    text = importing::preset_text(call.text("preset")).value_or("");
  }
  auto map = importing::read_import_map(text, file, refusals);
  if (!map) { return refusals.to_error(); }
  if (call.given("quote")) { map->quote = call.text("quote"); }
  return std::move(*map);
}

std::string venue_text(const importing::import_map& map) {
  std::string out = "# Made by plimsoll import of " + map.name + ".\n";
  out += fmt::format("name = \"{}\"\nquote = \"{}\"\n", map.name, map.quote);
  return out + map.venue;
}

}  // namespace

int run_import(const invocation& call, session& io) {
  if (!call.given("out")) {
    return io.fail({error_code::usage, "import needs --out DIR\nTry: plimsoll import --help"});
  }
  const fs::path from = call.operand(0);
  std::error_code failure;
  if (!fs::exists(from, failure)) {
    return io.fail({error_code::usage, fmt::format("{}: no such file or folder", from.string())});
  }
  refusal_list refusals;
  const auto map = map_of(call, refusals);
  if (!map) { return refusals.empty() ? io.fail(map.error()) : io.refuse(call.text("map"), refusals); }
  if (map.value().quote.empty()) {
    return io.fail(
        {error_code::usage, "the map names no quote; give --quote ASSET, the asset in which profits are counted"});
  }
  progress bar(io.err().is_terminal() && !io.quiet());
  result<staged_output> out = staged_output::make(call.text("out"), call.flag("force"), from);
  if (!out) { return io.fail(out.error()); }
  const auto tables = importing::make_tables(from, map.value(), refusals);
  if (!tables) { return refusals.empty() ? io.fail(tables.error()) : io.refuse(from.string(), refusals); }

  // The tables are a complete book, so the loader of every book reads them.
  const fs::path parts = out.value().path() / "parts";
  fs::create_directory(parts, failure);
  status done = io::write_file(parts / "venue.toml", venue_text(map.value()));
  for (const importing::text_cells& table : tables.value()) {
    if (done && !table.columns.empty()) {
      done = io::write_file(parts / (table.name + ".csv"), importing::csv_of(table));
    }
  }
  if (!done) { return io.fail(done.error()); }
  load_options options;
  options.threads = threads_of(call);
  options.round = rounding_in(call);
  const auto book = load_book(parts, options, refusals);
  if (!book && refusals.empty()) { return io.fail(book.error()); }
  if (!book) {
    const int code = io.refuse(from.string(), refusals);
    for (const std::string& line : importing::origins_of(tables.value(), refusals)) { io.warn(line); }
    return code;
  }
  fs::remove_all(parts, failure);
  const auto format = format_of(call);
  done = write_book(out.value().path(), {venue_text(map.value())}, make_book_tables(book.value()), format,
                    show_writing(call, bar, call.text("out"), 0));
  if (!done) { return io.fail(done.error()); }
  io.add_notes(refusals.notes());
  done = out.value().commit();
  if (!done) { return io.fail(done.error()); }
  io.note(fmt::format("{}: wrote the book in {} as {}: {} accounts, {} positions, {} instruments", call.text("out"),
                      from.string(), call.text("format"), book.value().accounts.size(), book.value().positions.size(),
                      book.value().reference.instruments.size()));
  return exit_code::done;
}

}  // namespace plimsoll::cli
