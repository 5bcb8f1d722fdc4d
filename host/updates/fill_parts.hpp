// Splits a fill between the two sides of an account in its instrument, and finds fills that contradict the positions.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "host/book/book.hpp"
#include "host/book/find.hpp"
#include "kernels/rules/divide.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll {

/// Lots of a fill that reduce one side, and lots that open or add on the other.
struct fill_parts {
  position_side closes;
  std::uint64_t closed;
  position_side opens;
  std::uint64_t opened;
};

/// `lots`: bought > 0. `side`: the side that the fill acts on. Without it the fill first reduces the other side, which
/// holds `against` lots.
[[nodiscard]] inline fill_parts parts_of_fill(std::int64_t lots, std::optional<position_side> side, uint128 against) {
  const position_side own = side_of({lots});
  const std::uint64_t traded = magnitude(lots);
  const std::uint64_t closed =
      side ? (*side == own ? 0 : traded) : static_cast<std::uint64_t>(std::min(static_cast<uint128>(traded), against));
  return {opposite(own), closed, own, traded - closed};
}

/// Why a fill contradicts the account's positions: the column, its value, the reason.
struct fill_fault {
  const char* column;
  std::string value;
  std::string reason;
};
/// `held`: positions of the fill's account. `held_by_to`: positions of the account that takes the other leg.
[[nodiscard]] std::optional<fill_fault> fault_of_sides(const book& source, const update& one, const both_sides& held,
                                                       const both_sides& held_by_to);

}  // namespace plimsoll
