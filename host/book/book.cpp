#include "host/book/book.hpp"

namespace plimsoll {

std::uint32_t name_table::find(std::string_view name) const {
  std::uint32_t low = 0;
  std::uint32_t high = size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if ((*this)[middle] < name) { low = middle + 1; } else { high = middle; }
  }
  return low < size() && (*this)[low] == name ? low : no_id;
}

std::string book::unit_name(unit_code code) const {
  if (!code.is_isolated()) { return "cross:" + reference.assets[code.asset()].name; }
  return "isolated:" + reference.instruments[code.instrument()].name + ":" + to_string(code.side());
}

}  // namespace plimsoll
