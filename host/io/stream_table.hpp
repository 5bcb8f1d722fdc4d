// Reads tables from Arrow C streams. Inside host/io only.
#pragma once

#include <arrow/c/abi.h>
#include <arrow/type_fwd.h>

#include "host/io/table_file.hpp"

namespace plimsoll::io {

/// Copies the known columns of `table` to `out` and checks them; false if the table is refused. Its offsets are
/// validated before they are used.
[[nodiscard]] arrow::Result<bool> take_known_columns(const arrow::Table& table, const table_refuser& refuse,
                                                     table_data& out);

/// Checks the types of the columns: refuses, once, floats in a column of exact decimals and nested types.
[[nodiscard]] bool admit_types(const table_refuser& refuse, const table_data& table);

/// Moves from the stream and reads all of it as table `id`, whose name refusals use. Errors: io if the stream reports a
/// failure; out_of_memory. A stream of `ticks` or `updates` may lack the column `tick`, which is then 0.
[[nodiscard]] result<table_state> open_stream(ArrowArrayStream& stream, table_id id, const import_rules& import,
                                              refusal_list& refusals, table_data& out);

}  // namespace plimsoll::io
