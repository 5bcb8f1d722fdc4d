#include "host/book/book.hpp"

namespace plimsoll {

std::string book::unit_name(unit_code code) const {
  if (!code.is_isolated()) { return "cross:" + reference.assets[code.asset()].name; }
  return "isolated:" + reference.instruments[code.instrument()].name + ":" + to_string(code.side());
}

}  // namespace plimsoll
