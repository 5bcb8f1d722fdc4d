// Text columns whose cells refer to names in memory. Inside host/io only.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/result.h>

#include "host/book/name_chars.hpp"
#include "host/table/table.hpp"

namespace plimsoll::io {

/// Makes arrays of the type `string_view` whose texts stay where they are, in kept characters. Texts of at most 12
/// bytes stand in the cell itself, as Arrow requires it. Other texts (names of instruments, units and assets) are
/// stored once per column, not per row.
class text_views {
 public:
  explicit text_views(const kept_chars& kept);
  [[nodiscard]] arrow::Result<std::shared_ptr<arrow::Array>> array_of(const column_cells& cells,
                                                                      std::int64_t rows) const;

 private:
  kept_chars kept_;
  arrow::BufferVector blocks_;  ///< Of the kept characters.
};

}  // namespace plimsoll::io
