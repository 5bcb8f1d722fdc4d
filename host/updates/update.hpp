// Applies updates to the book through the ledger. docs/design.md section 7, `updates`.
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

/// Ids of the accounts that an update names; no_id: the update names none, or the book does not know it.
struct update_accounts {
  std::uint32_t account = no_id;
  std::uint32_t to = no_id;
};
/// The result of an earlier look-up of an update's accounts, which saves a second one.
struct update_parties {
  update_accounts ids;
  both_sides held;  ///< Of `account`, in the instrument of a fill.
  both_sides held_by_to;
};
[[nodiscard]] update_accounts find_accounts(const book& source, const update& one);

/// Applies updates in order, through the ledger. Ids of units and positions change if rows open.
///
/// A fill reduces the account's position on the other side first, then opens or adds on its own side. Its value is
/// computed once, and the lots that close carry their share of it. Funding: each long on the instrument pays
/// half-even(notional x rate), each short receives it; the residue goes to `fees`. Settle: every position of the
/// instrument is closed against `market` at the price. Delist settles at the last mark, and further fills are refused
/// until `list`. An account's first deposit, fill or transfer creates it.
class update_writer {
 public:
  /// Opens rows in place. `target` must outlive the writer, and `books` must be its ledger. `file`: the name of the
  /// updates in refusals.
  update_writer(live_book& target, ledger& books, std::string file);
  ~update_writer();

  /// Applies the updates of one tick and appends their plans to `plans`. bad_data: the refusals name the rows, and the
  /// book contains the updates before them. Instruments count as listed until they are delisted.
  [[nodiscard]] status apply(std::span<const update> updates, std::vector<ledger_plan>& plans, refusal_list& refusals);
  /// The same for one update. Its plan is valid until the next call; null if the update needs none.
  [[nodiscard]] result<const ledger_plan*> apply(const update& one, const update_parties& parties,
                                                 refusal_list& refusals);

  [[nodiscard]] const std::vector<std::uint8_t>& delisted() const;
  void restore(std::vector<std::uint8_t> delisted);

 private:
  std::unique_ptr<update_batch> batch_;
};

}  // namespace plimsoll
