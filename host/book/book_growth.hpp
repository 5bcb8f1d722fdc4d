// Rows that a live book is to open.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll {

/// Balances and places for positions that a book lacks, of accounts that have a name.
struct book_growth {
  struct balance {
    std::uint32_t account;
    std::uint16_t asset;
    std::int64_t amount;
  };
  /// A place for a position, still empty: size and cost 0, until the ledger opens it.
  struct position {
    std::uint32_t account;
    std::uint16_t instrument;
    position_side side;
    bool isolated = false;  ///< Its own unit, with a margin of 0.
    friend auto operator<=>(const position&, const position&) = default;
  };
  std::vector<balance> balances;
  std::vector<position> positions;
  [[nodiscard]] bool empty() const { return balances.empty() && positions.empty(); }
};

/// Balances of 0 for the cross units that isolated margin comes from and returns to, where an account that holds
/// something isolated lacks one. Rising by account and asset.
[[nodiscard]] std::vector<book_growth::balance> missing_cross_units(const book& source);

}  // namespace plimsoll
