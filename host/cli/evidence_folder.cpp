#include "host/cli/evidence_folder.hpp"

#include <string>
#include <system_error>
#include <vector>

#include "host/io/output_folder.hpp"
#include "host/report/evidence_summary.hpp"
#include "host/report/replay_tables.hpp"

namespace plimsoll::cli {

result<std::filesystem::path> write_evidence(const replay& engine, const std::filesystem::path& out,
                                             const venue_files& venue, table_format format) {
  const tick_evidence& what = *engine.evidence();
  // A folder's name may end in a slash.
  const std::filesystem::path base = out.has_filename() ? out : out.parent_path();
  std::filesystem::path target = base.string() + ".evidence";
  for (int number = 2; std::filesystem::exists(target); ++number) {
    target = base.string() + ".evidence." + std::to_string(number);
  }
  result<output_folder> folder = output_folder::make(target, false);
  if (!folder) { return folder.error(); }
  const std::filesystem::path& path = folder.value().path();
  for (const auto& [name, rows] : {std::pair{"plan", &what.plan}, std::pair{"events", &what.events}}) {
    const named_table one = make_events_table(name, *rows, engine.log(), what.start);
    PLIMSOLL_TRY(write_table(*one.table, path, one.name, format));
  }
  std::error_code cause;
  if (!std::filesystem::create_directory(path / "book", cause)) {
    return error{error_code::io, (path / "book").string() + ": " + cause.message()};
  }
  PLIMSOLL_TRY(write_book(path / "book", venue, make_book_tables(what.start), format));
  PLIMSOLL_TRY(folder.value().write_text("evidence.json", evidence_json(engine)));
  PLIMSOLL_TRY(folder.value().commit());
  return target;
}

}  // namespace plimsoll::cli
