// A book whose tables are Arrow C streams, in memory. Nothing of Arrow is needed for it: a stream is a struct that each
// library of the field can make and take (https://arrow.apache.org/docs/format/CStreamInterface.html).
#pragma once

#include <string>
#include <vector>

struct ArrowArrayStream;  // Arrow's; the producer's header declares it, and plimsoll.h does.

namespace plimsoll {

/// Columns have the names and types of the tables of a book folder (`plimsoll help tables`). Every stream is taken
/// over: `load` releases it whatever comes of the call.
struct book_streams {
  struct table {
    std::string name;  ///< "positions", "balances", ...
    ArrowArrayStream* rows = nullptr;
  };
  std::string venue_toml;  ///< As `book_rows::venue_toml`.
  std::vector<table> tables;
};

}  // namespace plimsoll
