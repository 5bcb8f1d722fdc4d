#include "host/io/side_words.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace plimsoll::io {

namespace {

/// The text in lower case and without separators between words.
std::string plain(std::string_view text) {
  std::string out;
  for (const char each : text) {
    if (each != '_' && each != '-' && each != ' ' && each != '.') {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    }
  }
  return out;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char one, char other) { return std::tolower(static_cast<unsigned char>(one)) == other; });
}

constexpr std::string_view names_of_side[] = {
    "dir", "longshort", "longorshort", "islong",  "isshort",  "positionidx",  "buysell", "buyorsell",
    "bs",  "isbuy",     "issell",      "isbuyer", "isseller", "isbuyermaker", "action",
};

/// takerSide, side_of_order, posDirection, ...: all of them say it.
bool names_a_side(std::string_view name) {
  return name.starts_with("side") || name.ends_with("side") || name.find("direction") != std::string_view::npos ||
         std::find(std::begin(names_of_side), std::end(names_of_side), name) != std::end(names_of_side);
}
constexpr std::string_view names_of_mode[] = {
    "marginmode", "margintype", "mgnmode", "isisolated", "isolated", "iscross", "crossed", "positionmarginmode",
};

}  // namespace

std::optional<position_side> side_of_word(std::string_view word) {
  if (same_word(word, "long")) { return position_side::long_side; }
  if (same_word(word, "short")) { return position_side::short_side; }
  return std::nullopt;
}

std::optional<margin_mode> mode_of_word(std::string_view word) {
  if (same_word(word, "cross")) { return margin_mode::cross; }
  if (same_word(word, "isolated")) { return margin_mode::isolated; }
  return std::nullopt;
}

std::string fault_of_other_name(table_id table, std::string_view column) {
  if (table != table_id::positions && table != table_id::updates) { return ""; }
  const std::string name = plain(column);
  const char* const begin = "changes the meaning of the rows, and is not read under this name: ";
  if (names_a_side(name) && table == table_id::updates) {
    return begin +
           std::string(
               "write a sale with a size below zero; if the column is the position on which a fill acts, name it "
               "side (long, short)");
  }
  if (names_a_side(name)) {
    return begin + std::string("name it side (long, short), or read the file with plimsoll import");
  }
  if (std::find(std::begin(names_of_mode), std::end(names_of_mode), name) != std::end(names_of_mode)) {
    return begin + std::string("name it margin_mode (cross, isolated), or read the file with plimsoll import");
  }
  if (table == table_id::positions && name == "isolatedmargin") {
    return begin + std::string("name it isolated_margin");
  }
  if (table == table_id::positions && name.starts_with("isolated")) {
    return begin + std::string("name the margin without profit isolated_margin, or read the file with plimsoll import");
  }
  return "";
}

}  // namespace plimsoll::io
