// Look-ups in a book by key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll {

/// Id of an asset or instrument by name, or no_id. Both lists are sorted by name.
template <class Named>
[[nodiscard]] std::uint32_t find_named(const std::vector<Named>& sorted, std::string_view name) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), name,
                                      [](const Named& one, std::string_view wanted) { return one.name < wanted; });
  return found != sorted.end() && found->name == name ? static_cast<std::uint32_t>(found - sorted.begin()) : no_id;
}

/// Units of an account: [first, last), by binary search.
struct unit_range {
  std::uint32_t first;
  std::uint32_t last;
};
[[nodiscard]] unit_range units_of_account(const book& source, std::uint32_t account);

/// The same for the account of a unit, from the unit's neighbours.
[[nodiscard]] unit_range units_beside(const book& source, std::uint32_t unit);

/// The account's unit of that name, or no_id.
[[nodiscard]] std::uint32_t find_unit(const book& source, std::uint32_t account, unit_code code);

/// The account's open position in an instrument and side, cross or isolated, or no_id.
[[nodiscard]] std::uint32_t find_position(const book& source, std::uint32_t account, std::uint32_t instrument,
                                          position_side side);
[[nodiscard]] std::uint32_t find_position(const book& source, unit_range units, std::uint32_t instrument,
                                          position_side side);

/// The account's positions of both sides of an instrument.
struct both_sides {
  std::uint32_t of[2] = {no_id, no_id};  ///< By position_side.
  [[nodiscard]] std::uint32_t operator[](position_side side) const { return of[static_cast<std::size_t>(side)]; }
};
[[nodiscard]] both_sides find_positions(const book& source, std::uint32_t account, std::uint32_t instrument);
[[nodiscard]] both_sides find_positions(const book& source, unit_range units, std::uint32_t instrument);

/// Row of a cross unit's balance in an asset that is not its own (`multi`), or no_id.
[[nodiscard]] std::uint32_t find_collateral(const book& source, std::uint32_t unit, std::uint32_t asset);

/// True if no balance is in this row of book::collateral. A vacant row has amount 0 and names the quote, which no other
/// row does.
[[nodiscard]] inline bool is_vacant_collateral(const book& source, std::uint32_t row) {
  return source.collateral.asset[row] == source.reference.quote;
}

}  // namespace plimsoll
