// Tables that come as Arrow C streams. Inside host/io only.
#pragma once

#include <arrow/c/abi.h>
#include <arrow/type_fwd.h>

#include "host/io/table_file.hpp"

namespace plimsoll::io {

/// The known columns of `table` into `out`, checked; false where the table is refused, and said. Nothing is read
/// through its offsets before they are validated.
[[nodiscard]] arrow::Result<bool> take_known_columns(const arrow::Table& table, const table_refuser& refuse,
                                                     table_data& out);

/// The types of the columns read: floats where exact decimals belong, and nested ones, are refused here, once.
[[nodiscard]] bool admit_types(const table_refuser& refuse, const table_data& table);

/// Takes the stream over and reads all of it as table `id`, which refusals call by its name. Errors: io where the
/// stream says that it failed; out_of_memory. A stream of `ticks` or `updates` may lack the column `tick`: it is 0.
[[nodiscard]] result<table_state> open_stream(ArrowArrayStream& stream, table_id id, const import_rules& import,
                                              refusal_list& refusals, table_data& out);

}  // namespace plimsoll::io
