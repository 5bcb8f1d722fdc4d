// Finds the files of an export that match a pattern, and adds columns from another file to rows.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/import/export_rows.hpp"
#include "host/import/import_map.hpp"
#include "host/text/refusal.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::importing {

/// Returns the files in order of names. If the export is a file, returns that file, whatever the pattern. `X.gz`
/// matches if `X` would.
[[nodiscard]] std::vector<std::filesystem::path> files_of(const std::filesystem::path& from,
                                                          const std::string& pattern);

/// Contents of a folder, for a message: "it holds a.csv, b.csv and 3 more".
[[nodiscard]] std::string names_in(const std::filesystem::path& folder);

/// Adds to `rows` the columns of another file as `as.NAME`, from its first row with the same cell in column `on`. They
/// are blank if there is no such row; `as.@found` is "true" if there is one. A column `on` that is missing on either
/// side is refused. Errors: io, bad_data.
[[nodiscard]] result<std::monostate> join_rows(export_rows& rows, const std::filesystem::path& from,
                                               const joined_file& other, refusal_list& refusals);

}  // namespace plimsoll::importing
