#include "host/io/write_book.hpp"

#include "host/io/file_writer.hpp"

namespace plimsoll {

status write_book(const std::filesystem::path& folder, std::string_view venue_toml, std::span<const book_table> tables,
                  table_format format, const write_options& options) {
  PLIMSOLL_TRY(io::write_file(folder / "venue.toml", venue_toml));
  double rows_all = 0;
  for (const book_table& table : tables) { rows_all += static_cast<double>(table.rows->rows()) + 1; }
  double rows_done = 0;
  for (const book_table& table : tables) {
    const double rows = static_cast<double>(table.rows->rows()) + 1;
    write_options own = options;
    if (options.on_progress) {
      own.on_progress = [&](double fraction) { options.on_progress((rows_done + fraction * rows) / rows_all); };
    }
    PLIMSOLL_TRY(write_table(*table.rows, folder, table.name, format, own));
    rows_done += rows;
  }
  return ok();
}

}  // namespace plimsoll
