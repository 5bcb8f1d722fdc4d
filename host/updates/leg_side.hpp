// Which of a customer's positions a leg of a posted plan changed: an account in hedge mode holds both sides.
#pragma once

#include <optional>

#include "host/book/book.hpp"
#include "host/updates/ledger.hpp"

namespace plimsoll {

/// `columns`: as they are now. Nothing for legs of system accounts, and of money alone.
[[nodiscard]] inline std::optional<position_side> side_of(const book& columns, const ledger_leg& leg) {
  if (leg.unit == no_id || leg.position == no_id || leg.lots == 0) { return std::nullopt; }
  const std::int64_t now = columns.positions.lots[leg.position];
  const bool is_long = now != 0 ? now > 0 : leg.lots < 0;  // Where nothing is left, it has been closed.
  return is_long ? position_side::long_side : position_side::short_side;
}

}  // namespace plimsoll
