// A large table that is decoded while its rows are read, so that it is never in memory completely. Inside host/io only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/status.h>
#include <oneapi/tbb/parallel_for.h>

#include "host/io/table_file.hpp"

namespace plimsoll::io {

/// Batches that are decoded on demand, a group at a time. May be used from any thread.
class batch_source {
 public:
  virtual ~batch_source() = default;
  [[nodiscard]] virtual std::size_t groups() const = 0;
  /// Decodes a group: calls `take` with each of its batches and the batch's number, rising.
  using taker = std::function<void(std::size_t number, std::shared_ptr<arrow::RecordBatch> batch)>;
  [[nodiscard]] virtual arrow::Status read(std::size_t group, const taker& take) const = 0;
  /// Type of a column of the batches.
  [[nodiscard]] virtual const arrow::DataType& type(int place) const = 0;
};
/// Null: the batches of the table are in memory already.
using batch_source_ptr = std::shared_ptr<const batch_source>;

/// As `open_table`, but if it sets `source`, the batches of `out` are null and `read_batches` decodes them.
[[nodiscard]] result<table_state> open_table_by_groups(const std::filesystem::path& folder, table_id id,
                                                       const import_rules& import, refusal_list& refusals,
                                                       table_data& out, batch_source_ptr& source);

/// As `read_parquet`, with the same difference.
[[nodiscard]] result<bool> read_parquet_by_groups(const std::filesystem::path& path, const table_refuser& refuse,
                                                  table_data& out, batch_source_ptr& source);

/// Reason in the refusal of a file whose content is invalid.
[[nodiscard]] std::string fault_of_content(const char* format, const arrow::Status& outcome);

/// Calls `read(batch)` for each batch of a table, in parallel, and frees the batch. Decodes it first if the table has a
/// source, which is freed as well. Returns false if a batch could not be decoded; that is then refused.
template <class Read>
[[nodiscard]] bool read_batches(table_data& table, batch_source_ptr source, const table_refuser& refuse,
                                const Read& read) {
  if (source == nullptr) {
    oneapi::tbb::parallel_for(std::size_t{0}, table.batches.size(), [&](std::size_t batch) {
      read(batch);
      table.batches[batch] = nullptr;
    });
    return true;
  }
  std::vector<arrow::Status> outcomes(source->groups());
  oneapi::tbb::parallel_for(std::size_t{0}, outcomes.size(), [&](std::size_t group) {
    outcomes[group] = source->read(group, [&](std::size_t batch, std::shared_ptr<arrow::RecordBatch> decoded) {
      table.batches[batch] = std::move(decoded);
      read(batch);
      table.batches[batch] = nullptr;
    });
  });
  for (const arrow::Status& one : outcomes) {
    if (one.IsOutOfMemory()) { throw std::bad_alloc(); }
    if (one.ok()) { continue; }
    refuse.table(fault_of_content("Parquet", one));
    return false;
  }
  return true;
}

}  // namespace plimsoll::io
