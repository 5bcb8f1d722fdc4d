// Rows that a live book should open.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll {

/// Balances and position slots that a book lacks, of accounts that it knows.
struct book_growth {
  struct balance {
    std::uint32_t account;
    std::uint16_t asset;
    std::int64_t amount;
  };
  /// A slot for a position. Its size and cost are 0 until the ledger opens the position.
  struct position {
    std::uint32_t account;
    std::uint16_t instrument;
    position_side side;
    bool isolated = false;  ///< A unit of its own, with a margin of 0.
    friend auto operator<=>(const position&, const position&) = default;
  };
  std::vector<balance> balances;
  std::vector<position> positions;
  [[nodiscard]] bool empty() const { return balances.empty() && positions.empty(); }
};

/// Balances of 0 that accounts lack. Isolated margin comes from a cross unit and returns to it, so an account with
/// isolated units needs one. Rising by account and asset.
[[nodiscard]] std::vector<book_growth::balance> missing_cross_units(const book& source);

}  // namespace plimsoll
