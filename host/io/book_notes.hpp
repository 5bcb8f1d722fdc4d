// Notes on things that are allowed in a book but may make its figures wrong. Inside host/io only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "host/io/load_rows.hpp"

namespace plimsoll::io {

/// Notes accounts with cross positions and without any row in `balances`: their number, the first one and its row. Call
/// it after the rows were settled.
void note_missing_balances(const table_data& balances, const table_data& positions, const name_table& accounts,
                           const loading_rows& rows, refusal_list& refusals);

/// Notes names such as "1.23E+11", to which a spreadsheet has cut long numbers.
void note_shortened_names(std::string_view what, const name_table& names, refusal_list& refusals);

/// Notes names of `what` ("accounts") that differ only in the case of letters or by a ".0" at the end. Names are
/// compared byte by byte, so these are different names.
void note_like_names(std::string_view what, const name_table& names, refusal_list& refusals);
void note_like_names(std::string_view what, const std::vector<std::string_view>& names, refusal_list& refusals);

/// Notes instruments whose long and short contracts do not sum to zero, with both sums.
void note_one_sided(const std::string& file, const book& source, refusal_list& refusals);

/// Files of a folder that may be meant as a table of a book: another ending, another case, a misspelling, a copy.
struct near_file {
  std::string name;
  table_id meant;
  std::string way_out;  ///< "name it positions.arrow".
};
/// Advice for a file with another ending; blank if there is none.
[[nodiscard]] std::string way_out_of_ending(const std::string& table, std::string_view ending);
[[nodiscard]] std::vector<near_file> find_near_files(const std::filesystem::path& folder);

/// True if a file of this name may be meant as venue.toml: Venue.toml, venue.toml.txt, vneue.toml.
[[nodiscard]] bool is_near_venue(const std::string& name);

}  // namespace plimsoll::io
