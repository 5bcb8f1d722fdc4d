// Converts a table to Arrow batches. Inside host/io only.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/record_batch.h>
#include <arrow/type_fwd.h>

#include "host/io/text_views.hpp"
#include "host/table/table.hpp"

namespace plimsoll::io {

/// The Arrow schema of the columns of `table`; text as `string`, or with `views` as `string_view`.
[[nodiscard]] std::shared_ptr<arrow::Schema> schema_of_table(const table_source& table, bool views = false);

/// The rows of a chunk as a record batch; the chunk must be full of rows. `views`: makes the text of a table without
/// blank texts, for a schema with views.
[[nodiscard]] arrow::Result<std::shared_ptr<arrow::RecordBatch>> batch_of(const table_source& table,
                                                                          const std::shared_ptr<arrow::Schema>& schema,
                                                                          const table_chunk& chunk, std::int64_t rows,
                                                                          const text_views* views = nullptr);

}  // namespace plimsoll::io
