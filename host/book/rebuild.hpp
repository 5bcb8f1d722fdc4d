// Rebuilds a dense book: without closed positions, or with isolated units that hold only money.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll {

/// The book without positions of size 0, vacant slots, and isolated units that have neither a position nor money.
[[nodiscard]] book drop_closed(book&& source);

/// An isolated unit without a position that owes money or still has some. The files of a book have no row for it.
struct bare_unit {
  std::uint32_t account;
  unit_code code;
  std::int64_t balance;
};
[[nodiscard]] std::vector<bare_unit> bare_units_of(const book& source);
/// Inserts bare units, given in the order of their accounts, among the others.
void add_bare_units(book& target, std::span<const bare_unit> bare);

}  // namespace plimsoll
