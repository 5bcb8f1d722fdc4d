// A book in another shape: without what was closed, or with what was opened.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/book/book.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// The book without positions of size 0, and without isolated units that hold neither a position nor money.
[[nodiscard]] book drop_closed(book&& source);

/// What a book lacks. Accounts are ids of the old book, or its size + an index into `accounts`.
struct book_growth {
  std::vector<std::string> accounts;  ///< New names, each once, none of them in the book.
  struct balance {
    std::uint32_t account;
    std::uint16_t asset;
    std::int64_t amount;
  };
  struct position {
    std::uint32_t account;
    std::uint16_t instrument;
    std::int64_t lots;
    std::int64_t cost;
    bool isolated;
    std::int64_t isolated_margin;
    double given;
  };
  std::vector<balance> balances;
  std::vector<position> positions;
  [[nodiscard]] bool empty() const { return accounts.empty() && balances.empty() && positions.empty(); }
};

/// The book with new accounts, balances and positions; ids and places change. invariant_broken where a row stands in the
/// book already, or a limit is passed: callers check before.
[[nodiscard]] result<book> grow_book(book&& source, const book_growth& growth);

}  // namespace plimsoll
