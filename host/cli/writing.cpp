#include "host/cli/writing.hpp"

#include "host/cli/loading.hpp"

namespace plimsoll::cli {

table_format format_of(const invocation& call) {
  return table_format_of(call.text("format")).value_or(table_format::csv);  // The option table allows nothing else.
}

write_options show_writing(const invocation& call, progress& bar, const std::string& name, std::uint64_t rows) {
  bar.stage("writing " + name, rows);
  write_options options;
  options.threads = threads_of(call);
  options.on_progress = [&bar, rows](double share) {
    if (rows != 0) {
      bar.set_done(static_cast<std::uint64_t>(share * static_cast<double>(rows)));
    } else {
      bar.set_share(share);
    }
  };
  return options;
}

status write_tables(const invocation& call, progress& bar, std::span<const named_table> tables,
                    const std::filesystem::path& folder) {
  for (const named_table& one : tables) {
    PLIMSOLL_TRY(write_table(*one.table, folder, one.name, format_of(call),
                             show_writing(call, bar, one.name, one.table->rows())));
  }
  return ok();
}

}  // namespace plimsoll::cli
