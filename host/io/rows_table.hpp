// Converts the rows of a book in memory to the tables that a loader reads. Inside host/io only.
#pragma once

#include "host/io/table_file.hpp"
#include "plimsoll/book.hpp"

namespace plimsoll::io {

/// Table `id` of these rows; absent if the table is optional and has no row.
[[nodiscard]] table_state open_rows(const book_rows& rows, table_id id, table_data& out);

}  // namespace plimsoll::io
