// Converts a generated venue to the tables and the venue.toml of a book folder.
#pragma once

#include <string>
#include <vector>

#include "host/generate/generate.hpp"
#include "host/table/table.hpp"

namespace plimsoll {

/// assets, instruments, tiers, balances, positions, marks. They refer to `made`, which must outlive them.
[[nodiscard]] std::vector<named_table> make_book_tables(const generated_rows& made);

/// The text of venue.toml.
[[nodiscard]] std::string venue_toml_of(const venue_config& venue);

}  // namespace plimsoll
