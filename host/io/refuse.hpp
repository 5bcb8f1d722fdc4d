// Refusals of one table. Rows are counted as the user counts them: the header is row 1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "host/io/text.hpp"
#include "host/text/refusal.hpp"

namespace plimsoll::io {

/// Reports the faults of a table. May be used from any thread. `row` is 0-based among the data rows.
class table_refuser {
 public:
  table_refuser(refusal_list& list, std::string file) : list_(&list), file_(std::move(file)) {}

  [[nodiscard]] const std::string& file() const { return file_; }

  /// A fault of the table as a whole.
  void table(std::string reason) const { list_->add({file_, 0, "", "", std::move(reason)}); }
  /// A fault of a column as a whole; its place is the header.
  void column(std::string_view name, std::string_view value, std::string reason) const {
    list_->add({file_, 1, shown(name), shown(value), std::move(reason)});
  }
  void row(std::int64_t row, std::string_view value, std::string reason) const {
    list_->add({file_, row_in_file(row), "", shown(value), std::move(reason)});
  }
  void cell(std::int64_t row, std::string_view name, std::string_view value, std::string reason) const {
    list_->add({file_, row_in_file(row), std::string(name), shown(value), std::move(reason)});
  }
  void note(std::string text, std::uint64_t count = 1) const { list_->note(file_ + ": " + std::move(text), count); }

  [[nodiscard]] static std::int64_t row_in_file(std::int64_t row) { return row + 2; }

 private:
  refusal_list* list_;
  std::string file_;
};

}  // namespace plimsoll::io
