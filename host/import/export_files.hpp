// The files of an export that a pattern names, and columns that rows take over from another file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/import/export_rows.hpp"
#include "host/import/import_map.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::importing {

/// Ordered by name. Where the export is a file, that file, whatever the pattern. `X.gz` matches where `X` would.
[[nodiscard]] std::vector<std::filesystem::path> files_of(const std::filesystem::path& from,
                                                          const std::string& pattern);

/// What a folder holds, for a message: "it holds a.csv, b.csv and 3 more".
[[nodiscard]] std::string names_in(const std::filesystem::path& folder);

/// Gives `rows` the columns of another file as `as.NAME`: those of its first row with the same cell in column `on`,
/// blank where it has none; `as.@found` is "true" where it has. A column `on` that is missing on either side is
/// refused. Errors: io, bad_data.
[[nodiscard]] result<std::monostate> join_rows(export_rows& rows, const std::filesystem::path& from,
                                               const joined_file& other, refusal_list& refusals);

}  // namespace plimsoll::importing
