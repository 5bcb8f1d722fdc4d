// The rows of a book in memory as the tables that a loader reads. Inside host/io only.
#pragma once

#include "host/io/table_file.hpp"
#include "plimsoll/book.hpp"

namespace plimsoll::io {

/// Table `id` of these rows; absent where a book need not have it and there is none.
[[nodiscard]] table_state open_rows(const book_rows& rows, table_id id, table_data& out);

}  // namespace plimsoll::io
