// A book in memory whose tables are Arrow C streams. It does not need the Arrow library: a stream is a struct that
// every library of the field can produce and consume (https://arrow.apache.org/docs/format/CStreamInterface.html).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct ArrowArrayStream;  // Arrow's struct. The producer's header declares it, and so does plimsoll.h.

namespace plimsoll {

/// The text of an exported table.
enum class text_form : std::uint8_t {
  copied,  ///< `string`: every text is copied.
  views,   ///< `string_view`: texts refer to the scanner's own names, which the table keeps.
};

/// Columns have the names and types of the tables of a book folder (`plimsoll help tables`). `load` takes over every
/// stream and releases it, whether the call succeeds or fails.
struct book_streams {
  struct table {
    std::string name;  ///< "positions", "balances", ...
    ArrowArrayStream* rows = nullptr;
  };
  std::string venue_toml;  ///< As `book_rows::venue_toml`.
  std::vector<table> tables;
};

}  // namespace plimsoll
