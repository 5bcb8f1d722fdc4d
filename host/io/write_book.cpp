#include "host/io/write_book.hpp"

#include "host/io/file_writer.hpp"
#include "host/io/table_file.hpp"
#include "host/venue/read_venue.hpp"

namespace plimsoll {

result<venue_files> read_venue_files(const std::filesystem::path& folder) {
  auto toml = io::read_file(folder / "venue.toml");
  if (!toml) { return std::move(toml).error(); }
  venue_files out{std::move(toml).value()};
  const auto path = rulebook_path(out.venue_toml);
  if (!path) { return out; }
  auto rulebook = io::read_file(folder / *path);
  if (!rulebook) { return std::move(rulebook).error(); }
  out.rulebook_path = *path;
  out.rulebook = std::move(rulebook).value();
  return out;
}

status write_book(const std::filesystem::path& folder, const venue_files& venue, std::span<const named_table> tables,
                  table_format format, const write_options& options) {
  PLIMSOLL_TRY(io::write_file(folder / "venue.toml", venue.venue_toml));
  if (!venue.rulebook_path.empty()) {
    std::error_code cause;
    std::filesystem::create_directories((folder / venue.rulebook_path).parent_path(),
                                        cause);  // A failure here also makes the write fail.
    PLIMSOLL_TRY(io::write_file(folder / venue.rulebook_path, venue.rulebook));
  }
  double rows_all = 0;
  for (const named_table& table : tables) { rows_all += static_cast<double>(table.table->rows()) + 1; }
  double rows_done = 0;
  for (const named_table& table : tables) {
    const double rows = static_cast<double>(table.table->rows()) + 1;
    write_options own = options;
    if (options.on_progress) {
      own.on_progress = [&](double fraction) { options.on_progress((rows_done + fraction * rows) / rows_all); };
    }
    PLIMSOLL_TRY(write_table(*table.table, folder, table.name, format, own));
    rows_done += rows;
  }
  return ok();
}

}  // namespace plimsoll
