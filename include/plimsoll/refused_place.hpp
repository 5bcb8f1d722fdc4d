// A place of the input that breaks a rule of the format: file, row, column, value and reason.
#pragma once

#include <cstdint>
#include <string>

namespace plimsoll {

struct refused_place {
  std::string file;      ///< File or table: "positions.csv", "positions".
  std::int64_t row = 0;  ///< 1 is the header, 2 the first row; 0 for the whole table.
  std::string column;    ///< Blank for a whole row.
  std::string value;     ///< As the file has it, cut to a readable length.
  std::string reason;    ///< A sentence's predicate: "is not a multiple of the price step 0.1".
};

}  // namespace plimsoll
