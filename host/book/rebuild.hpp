// A book in another shape: without what was closed, or with what was opened.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/book/book.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// The book without positions of size 0, vacant slots, and isolated units that hold neither a position nor money.
[[nodiscard]] book drop_closed(book&& source);

/// An isolated unit that holds no position but owes money, or still has some: files of a book have no row for it.
struct bare_unit {
  std::uint32_t account;
  unit_code code;
  std::int64_t balance;
};
[[nodiscard]] std::vector<bare_unit> bare_units_of(const book& source);
/// Puts bare units, in the order of their accounts, into their places among the others.
void add_bare_units(book& target, std::span<const bare_unit> bare);

/// Old and new names, none of them twice, in one sorted table, and where each went.
struct merged_names {
  name_table table;
  std::vector<std::uint32_t> id_of;  ///< By old id, then by new name's index.
};
[[nodiscard]] merged_names merge_names(const name_table& old_names, std::span<const std::string> added);

/// What a book lacks. Accounts are ids of the old book, or its size + an index into `accounts`.
struct book_growth {
  std::vector<std::string> accounts;  ///< New names, each once, none of them in the book.
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
  [[nodiscard]] bool empty() const { return accounts.empty() && balances.empty() && positions.empty(); }
};

/// A book that has grown. Ids and places are new; `places` are the indices of growth.positions' empty positions. The
/// side-major copy does not know them before the next `drop_closed`.
struct grown_book {
  book built;
  std::vector<std::uint32_t> places;
  std::vector<std::uint32_t> accounts;  ///< New id by old id, then by index of growth.accounts.
};

/// The book with new accounts, balances and empty positions. invariant_broken where a row stands in the book
/// already: callers check before.
[[nodiscard]] result<grown_book> grow_book(book&& source, const book_growth& growth);

/// Balances of 0 that `with_cross_units` would add: of accounts that hold something isolated, the cross units that its
/// margin comes from and returns to, where they are missing.
[[nodiscard]] std::vector<book_growth::balance> missing_cross_units(const book& source);

/// Every account that holds something isolated also gets the cross unit that its margin comes from and returns to.
[[nodiscard]] result<book> with_cross_units(book&& start);

}  // namespace plimsoll
