// What is not wrong with a book but worth saying before anyone believes its figures. Inside host/io only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "host/io/load_rows.hpp"

namespace plimsoll::io {

/// Accounts with cross positions and without any row in `balances`: how many, the first and its row. After the rows
/// were settled.
void note_missing_balances(const table_data& balances, const table_data& positions, const name_table& accounts,
                           const loading_rows& rows, refusal_list& refusals);

/// Names of `what` ("accounts") that are others only by the case of their letters, or by a ".0" at the end: names are
/// compared byte by byte, so these are different ones.
void note_like_names(std::string_view what, const name_table& names, refusal_list& refusals);
void note_like_names(std::string_view what, const std::vector<std::string_view>& names, refusal_list& refusals);

/// Instruments whose longs and shorts are not equally many, with both sums.
void note_one_sided(const std::string& file, const book& source, refusal_list& refusals);

/// Files of a folder that may have been meant as a table of a book: another ending, another case, a slip, a copy.
struct near_file {
  std::string name;
  table_id meant;
  std::string way_out;  ///< "name it positions.arrow".
};
/// What to do about a file of another ending; blank where nothing is known about it.
[[nodiscard]] std::string way_out_of_ending(const std::string& table, std::string_view ending);
[[nodiscard]] std::vector<near_file> find_near_files(const std::filesystem::path& folder);

}  // namespace plimsoll::io
