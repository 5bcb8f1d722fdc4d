#include "host/cli/writing.hpp"

#include <string>
#include <utility>
#include <vector>

#include "host/cli/loading.hpp"
#include "host/report/output_columns.hpp"
#include "plimsoll/config.hpp"

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

namespace {

/// The description in a result file: the words of `help outputs`.
std::vector<std::pair<std::string, std::string>> facts_of(const invocation& call, const std::string& table) {
  for (const output_table& one : output_tables()) {
    if (one.command != call.command().name || one.name != table) { continue; }
    std::vector<std::pair<std::string, std::string>> out = {{"plimsoll.version", PLIMSOLL_VERSION},
                                                            {"plimsoll.command", std::string(one.command)},
                                                            {"plimsoll.table", table},
                                                            {"plimsoll.rows", std::string(one.about)}};
    for (const output_column& column : one.columns) {
      if (!column.unit.empty()) { out.emplace_back(std::string(column.name) + ".unit", column.unit); }
      out.emplace_back(std::string(column.name) + ".meaning", column.meaning);
    }
    return out;
  }
  return {};
}

}  // namespace

status write_tables(const invocation& call, progress& bar, std::span<const named_table> tables,
                    const std::filesystem::path& folder) {
  for (const named_table& one : tables) {
    write_options options = show_writing(call, bar, one.name, one.table->rows());
    options.facts = facts_of(call, one.name);
    PLIMSOLL_TRY(write_table(*one.table, folder, one.name, format_of(call), options));
  }
  return ok();
}

}  // namespace plimsoll::cli
