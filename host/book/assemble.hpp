// Builds a book from rows with dense ids: units, CSR, cash, the (instrument, side)-major copy.
#pragma once

#include <cstdint>
#include <vector>

#include "host/book/book.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Balances as rows. Ids are into reference_data::assets and the sorted account names.
struct balance_rows {
  std::vector<std::uint32_t> account;
  std::vector<std::uint16_t> asset;
  std::vector<std::int64_t> amount;
};

/// Positions as rows, in any order.
struct position_rows {
  std::vector<std::uint32_t> account;
  std::vector<std::uint16_t> instrument;
  std::vector<std::int64_t> lots;
  std::vector<std::int64_t> cost;
  std::vector<std::int64_t> isolated_margin;  ///< Read if `isolated`.
  std::vector<std::uint8_t> isolated;         ///< 1: the position is its own unit.
  std::vector<double> given;                  ///< Empty unless the venue's score is `given`.
};

/// A row that contradicts other rows, so that both cannot be in one book.
struct assemble_fault {
  enum class kind : std::uint8_t {
    duplicate_balance,   ///< (account, asset) occurs twice; `row` is the later one, `other` the first.
    duplicate_position,  ///< (account, instrument, side) occurs twice.
    unit_positions,      ///< The unit of `row` holds more than 2^22 positions.
    unit_cash,           ///< Balance minus costs of the unit of `row` is beyond 2^62 steps.
    open_interest,       ///< The side of `row`'s instrument holds more than 2^61 lots.
  };
  kind what;
  std::uint64_t row;    ///< 0-based, into the balance rows (duplicate_balance) or the position rows.
  std::uint64_t other;  ///< The row that it contradicts, if there is one.
};

/// Returns a book, or the faults ordered by (table, row). Runs in parallel. The result depends neither on the number of
/// threads nor on the order of the rows. `marks` has one row per instrument.
struct assemble_outcome {
  book built;
  std::vector<assemble_fault> faults;
};
[[nodiscard]] assemble_outcome assemble_book(reference_data reference, name_table accounts, balance_rows balances,
                                             position_rows positions, std::vector<mark> marks);

}  // namespace plimsoll
