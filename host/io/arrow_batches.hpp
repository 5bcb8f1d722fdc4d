// Converts a table to Arrow batches. Inside host/io only.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/record_batch.h>
#include <arrow/type_fwd.h>

#include "host/table/table.hpp"

namespace plimsoll::io {

/// The Arrow schema of the columns of `table`.
[[nodiscard]] std::shared_ptr<arrow::Schema> schema_of_table(const table_source& table);

/// The rows of a chunk as a record batch; the chunk must be full of rows.
[[nodiscard]] arrow::Result<std::shared_ptr<arrow::RecordBatch>> batch_of(const table_source& table,
                                                                          const std::shared_ptr<arrow::Schema>& schema,
                                                                          const table_chunk& chunk, std::int64_t rows);

}  // namespace plimsoll::io
