#include "host/io/write_table.hpp"

#include <exception>
#include <new>
#include <string>

#include "host/io/write_formats.hpp"

namespace plimsoll {

status write_table(const table_source& table, const std::filesystem::path& folder, std::string_view name,
                   table_format format, const write_options& options) {
  const auto path = folder / (std::string(name) + "." + to_string(format));
  try {
    auto opened = io::file_writer::create(path);
    if (!opened) { return std::move(opened).error(); }
    io::file_writer& file = opened.value();
    switch (format) {
      case table_format::csv: PLIMSOLL_TRY(io::write_csv(table, file, options)); break;
      case table_format::parquet: PLIMSOLL_TRY(io::write_parquet(table, file, options)); break;
      case table_format::arrow: PLIMSOLL_TRY(io::write_arrow(table, file, options)); break;
    }
    return file.close();
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, path.string() + ": not enough memory"};
  } catch (const std::exception& failure) {
    return error{error_code::invariant_broken, path.string() + ": " + failure.what()};
  }
}

}  // namespace plimsoll
