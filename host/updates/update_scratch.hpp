// Finds the balances and position rows that a batch of updates will need and the book does not have yet.
#pragma once

#include <cstdint>
#include <vector>

#include "host/book/book_growth.hpp"
#include "host/memory/scratch_table.hpp"
#include "host/updates/update.hpp"

namespace plimsoll {

/// True for accounts that an update creates if they are new.
struct joining {
  bool account;
  bool to;
};
[[nodiscard]] joining joining_in(const update& one);

/// Follows sizes through the updates in order, so that it requests a row only if a fill opens a position. A book that
/// need not grow stays unchanged.
class update_scratch {
 public:
  explicit update_scratch(const book& source) : book_(source) {}

  /// Drops the previous batch.
  void clear();
  /// `accounts`: of the update. New accounts must already have their names in the book. `found`: the account's
  /// positions, if the caller looked them up before.
  void add(const update& one, const update_accounts& accounts, const update_parties* found);

  /// The rows that the book lacks, for `live_book::open`.
  [[nodiscard]] const book_growth& growth();
  /// Positions that fills will touch and that the book already has.
  struct held_position {
    std::uint32_t account;
    std::uint32_t instrument;
    position_side side;
    std::uint32_t position;
  };
  [[nodiscard]] const std::vector<held_position>& held() const { return held_; }

 private:
  /// One side of an account's position.
  struct holding {
    int128 lots = 0;     ///< |size|.
    bool place = false;  ///< A row exists, or is requested.
  };
  /// Account, then asset or segment.
  [[nodiscard]] static constexpr std::uint64_t key(std::uint32_t account, std::uint32_t other) {
    return (std::uint64_t{account} << 32U) | other;
  }

  void want_balance(std::uint32_t account, std::uint32_t asset);
  /// `lots`: from the point of view of `account`.
  void want_fill(std::uint32_t account, const update& one, std::int64_t lots, const both_sides* found);
  void follow(std::uint32_t account, std::uint32_t instrument, const both_sides* found);
  void close_all(std::uint32_t instrument);

  struct nothing {};

  const book& book_;
  book_growth growth_;
  scratch_table<std::uint64_t, nothing> balances_;
  std::vector<held_position> held_;
  scratch_table<std::uint64_t, holding> holdings_;
  scratch_table<std::uint32_t, nothing>
      settled_;  ///< Instruments in which only the positions in `holdings_` are still open.
};

}  // namespace plimsoll
