// Updates into the book, through the ledger. docs/design.md section 7, `updates`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/book/book.hpp"
#include "host/book/find.hpp"
#include "host/book/live_book.hpp"
#include "host/text/refusal.hpp"
#include "host/updates/ledger.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll {

class update_batch;

/// Ids of the accounts that an update names; no_id: of none, or of one that the book does not know.
struct update_accounts {
  std::uint32_t account = no_id;
  std::uint32_t to = no_id;
};
/// What somebody who looked has found of an update's accounts.
struct update_parties {
  update_accounts ids;
  both_sides held;  ///< By `account`, in the instrument of a fill.
  both_sides held_by_to;
};
[[nodiscard]] update_accounts find_accounts(const book& source, const update& one);

/// Applies updates in order, through the ledger. Where rows open, ids of units and positions change.
///
/// A fill reduces the account's position on the other side first, then opens or adds on its own side; its value is
/// computed once, and what closes carries the part of it that its lots carry. Funding: everybody on the instrument pays
/// half-even(notional x rate) if long, receives it if short; the residue goes to `fees`. Settle: every position of the
/// instrument is closed against `market` at the price. Delist settles at the last mark, and further fills are refused
/// until `list`. An account's first deposit, fill or transfer creates it.
class update_writer {
 public:
  /// Opens rows in place. `target` must outlive the writer, and `books` must be its ledger. `file`: what refusals call
  /// the updates.
  update_writer(live_book& target, ledger& books, std::string file);
  ~update_writer();

  /// Applies the updates of one tick; their plans are appended to `plans`. bad_data: the refusals name the rows, and
  /// the book is as the rows before them left it. Instruments are listed until they are delisted.
  [[nodiscard]] status apply(std::span<const update> updates, std::vector<ledger_plan>& plans, refusal_list& refusals);
  /// The same for one update. Its plan lasts until the next call; null where it came to none.
  [[nodiscard]] result<const ledger_plan*> apply(const update& one, const update_parties& parties,
                                                 refusal_list& refusals);

  [[nodiscard]] const std::vector<std::uint8_t>& delisted() const;
  void restore(std::vector<std::uint8_t> delisted);

 private:
  std::unique_ptr<update_batch> batch_;
};

}  // namespace plimsoll
