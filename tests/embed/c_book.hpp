// A book in memory through plimsoll.h, and its results as Arrow tables.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/table.h>
#include <gtest/gtest.h>

#include "plimsoll/plimsoll.h"

namespace plimsoll {

using named_csv = std::pair<std::string, std::string>;

/// Three traders, one market; ann is bankrupt at 65,000 (README, "A first scan").
[[nodiscard]] std::vector<named_csv> first_venue();
inline constexpr const char* first_toml = "name = \"first\"\nquote = \"USDT\"\n";

/// A struct with its size.
template <class Struct>
Struct sized() {
  Struct out{};
  out.struct_size = sizeof out;
  return out;
}

/// A scanner on the CPU, of one thread; closed at its own end.
class c_scanner {
 public:
  c_scanner();
  ~c_scanner();
  c_scanner(const c_scanner&) = delete;
  c_scanner& operator=(const c_scanner&) = delete;
  operator plimsoll_scanner() const { return handle_; }  // NOLINT: it stands for it.

  plimsoll_status load(const std::vector<named_csv>& tables, const char* toml = first_toml) const;

 private:
  plimsoll_scanner handle_ = 0;
};

/// A table of text cells as a stream; `released` counts its releases.
[[nodiscard]] ArrowArrayStream stream_of(const std::string& csv, int* released = nullptr);

/// All rows of a returned stream.
[[nodiscard]] std::shared_ptr<arrow::Table> table_of(ArrowArrayStream& stream);
/// A cell as text.
[[nodiscard]] std::string cell(const std::shared_ptr<arrow::Table>& table, const std::string& column, std::int64_t row);

/// This thread's last failure.
[[nodiscard]] plimsoll_error last_error();
[[nodiscard]] plimsoll_refusal last_refusal(std::uint64_t index);

}  // namespace plimsoll
