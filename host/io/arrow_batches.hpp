// A table on its way out as Arrow batches. Inside host/io only.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/record_batch.h>
#include <arrow/type_fwd.h>

#include "host/table/table.hpp"

namespace plimsoll::io {

/// The columns of `table` as Arrow has them.
[[nodiscard]] std::shared_ptr<arrow::Schema> schema_of_table(const table_source& table);

/// The rows of a chunk, all of which are filled.
[[nodiscard]] arrow::Result<std::shared_ptr<arrow::RecordBatch>> batch_of(const table_source& table,
                                                                          const std::shared_ptr<arrow::Schema>& schema,
                                                                          const table_chunk& chunk, std::int64_t rows);

}  // namespace plimsoll::io
