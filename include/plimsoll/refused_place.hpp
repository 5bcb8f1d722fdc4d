// A place of the input that breaks a rule of the format.
#pragma once

#include <cstdint>
#include <string>

namespace plimsoll {

struct refused_place {
  std::string file;      ///< Or table: "positions.csv", "positions".
  std::int64_t row = 0;  ///< 1 is the header, 2 the first row; 0 where the whole table is meant.
  std::string column;    ///< Blank where a whole row is meant.
  std::string value;     ///< As it stands there, cut to a readable length.
  std::string reason;    ///< A sentence's predicate: "is not a multiple of the price step 0.1".
};

}  // namespace plimsoll
