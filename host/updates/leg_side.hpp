// Finds the customer's position that a leg of a posted plan changed. An account in hedge mode has positions on both
// sides.
#pragma once

#include <optional>

#include "host/book/book.hpp"
#include "host/updates/ledger.hpp"

namespace plimsoll {

/// `columns`: the present ones. Nothing for legs of system accounts, and for legs that move only money.
[[nodiscard]] inline std::optional<position_side> side_of(const book& columns, const ledger_leg& leg) {
  if (leg.unit == no_id || leg.position == no_id || leg.lots == 0) { return std::nullopt; }
  const std::int64_t now = columns.positions.lots[leg.position];
  const bool is_long = now != 0 ? now > 0 : leg.lots < 0;  // A size of 0 now means that the leg closed the position.
  return is_long ? position_side::long_side : position_side::short_side;
}

}  // namespace plimsoll
