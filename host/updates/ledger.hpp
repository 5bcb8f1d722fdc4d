// The double-entry ledger: every movement of money or contracts is a plan of legs that sum to zero. While an executor
// works on a book, only the ledger writes its positions and balances.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/container/flat_map.hpp>

#include "host/book/book.hpp"
#include "host/book/live_book.hpp"
#include "host/book/system_row.hpp"
#include "host/memory/scratch_table.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Steps of the waterfall, in its order, then the steps of replay. `to_string` gives the word of the `step` column.
enum class ledger_step : std::uint8_t { update, cancel, liquidate, backstop, insurance_fund, adl, socialise };
[[nodiscard]] const char* to_string(ledger_step step);

/// One side of a movement. Money is in steps of `asset`.
struct ledger_leg {
  std::uint32_t unit = no_id;  ///< The customer's unit; no_id: the leg belongs to `system`.
  system_account system = system_account::market;
  std::uint32_t position = no_id;    ///< Of a customer's leg: the position that it changes, if any.
  std::uint32_t instrument = no_id;  ///< Set if `lots` or `cost` change.
  std::int64_t lots = 0;             ///< Change of the position.
  std::int64_t cost = 0;             ///< Change of its cost.
  std::uint32_t asset = no_id;
  std::int64_t amount = 0;              ///< Change of the balance or isolated margin.
  std::int64_t price_ticks = no_ticks;  ///< Of a trade; no_ticks for other legs.
};

/// Legs that belong together. A plan is executed once, as a whole or not at all.
struct ledger_plan {
  std::uint64_t id = 0;  ///< Rises from 1 without gaps over the life of a ledger.
  ledger_step step = ledger_step::update;
  const char* cause = "";  ///< A word or two: "bankrupt", "adl_winner", "fee", ...
  std::vector<ledger_leg> legs;
};

/// A system account's money and contracts.
struct system_holdings {
  boost::container::flat_map<std::uint32_t, int128> balance;  ///< By asset.
  struct position {
    int128 lots = 0;
    int128 cost = 0;
  };
  boost::container::flat_map<std::uint32_t, position> positions;  ///< By instrument.
};

/// The ledger's own state, beside the book.
struct ledger_state {
  std::array<system_holdings, system_account_count> system;  ///< By system_account.
  /// By instrument: its part of the fund's balance, if the rulebook keeps one fund for each instrument.
  std::map<std::string, int128> fund_parts;
  std::uint64_t last_id = 0;
};

/// Sums that only deposits and withdrawals may change, over customers and system accounts: per asset, balances less
/// costs; per instrument, lots.
struct ledger_sums {
  std::vector<int128> money;  ///< By asset: sum of balances - sum of costs.
  std::vector<int128> lots;   ///< By instrument.
  friend bool operator==(const ledger_sums&, const ledger_sums&) = default;
};

/// Converts the system rows of a book to holdings, and back: the rows in the order of accounts, money before contracts.
/// A fund that was opened keeps its row, even if it is empty.
[[nodiscard]] ledger_state opened_with(std::span<const system_row> rows);
[[nodiscard]] std::vector<system_row> system_rows_of(const ledger_state& state, const reference_data& reference);

/// Sums from scratch, over a book and the ledger's own state.
[[nodiscard]] ledger_sums sums_of(const book& source, const ledger_state& system);

/// Pending changes by the customers' legs of a plan, before anything is written.
struct pending_changes {
  struct position_change {
    std::int64_t lots = 0;
    std::int64_t cost = 0;
  };
  struct unit_change {
    int128 balance = 0;
    int128 cash = 0;
  };
  scratch_table<std::uint32_t, position_change> positions;
  scratch_table<std::uint32_t, unit_change> units;
  scratch_table<std::uint32_t, int128> collateral;  ///< By row: balances of other assets in `multi`.
};

/// Sums of the legs of a plan.
struct leg_sums {
  scratch_table<std::uint32_t, int128> lots;   ///< By instrument.
  scratch_table<std::uint32_t, int128> money;  ///< By asset: amounts - costs.
};

/// Applies plans to a book and to the system accounts. A broken invariant poisons it: every later call fails.
class ledger {
 public:
  /// The book must outlive the ledger, and nothing else may write it meanwhile. A dense book keeps the rows of closed
  /// positions. The system's accounts open with the holdings in the book's rows.
  explicit ledger(book& target) : book_(target), state_(opened_with(target.system)) {}
  /// Notifies the live book of every slot that it writes; a position of size 0 frees its slot. `opening`: holdings of
  /// the system's accounts.
  explicit ledger(live_book& target, std::span<const system_row> opening = {});

  /// Id for the next plan.
  [[nodiscard]] std::uint64_t next_id() const { return state_.last_id + 1; }

  /// Checks and applies a plan. A plan that was applied before (its id is not new) changes nothing and is no error.
  /// invariant_broken: the legs do not sum to zero, an id is skipped, a position would change its side, or a limit
  /// would be exceeded. The ledger is then poisoned, and the book is as before.
  [[nodiscard]] status post(const ledger_plan& plan);

  /// The same for a plan whose figures came from outside. If it would exceed a limit, that is bad_data, and the ledger
  /// is not poisoned.
  [[nodiscard]] status try_post(const ledger_plan& plan);

  [[nodiscard]] const system_holdings& holdings(system_account account) const {
    return state_.system[static_cast<std::size_t>(account)];
  }
  [[nodiscard]] int128 balance(system_account account, std::uint32_t asset) const;

  /// Isolated units whose position was closed, or whose last money was taken, by plans since the last call; rising,
  /// each once.
  void take_emptied(std::vector<std::uint32_t>& out);
  /// Marks a unit for the next `close_emptied`.
  void close_later(std::uint32_t unit) {
    if (live_ != nullptr) { closing_.push_back(unit); }
  }
  /// In a live book, closes the marked units that have neither a position nor money. Until then plans can name them.
  /// Ids of units must not have changed since they were marked.
  void close_emptied() {
    for (const std::uint32_t unit : closing_) { live_->close_empty(unit); }
    closing_.clear();
  }
  /// By asset: sum of the customers' balances. Only a live book's ledger has them.
  [[nodiscard]] std::span<const int128> customers_money() const { return money_; }
  /// Replaces state and sums after assets got new ids.
  void renumber(ledger_state state, std::vector<int128> money) {
    state_ = std::move(state);
    money_ = std::move(money);
  }
  [[nodiscard]] const book& target() const { return book_; }
  /// Null for a dense book.
  [[nodiscard]] live_book* live() const { return live_; }

  /// Puts opening money into a system account. May be called only before the first plan.
  void open(system_account account, std::uint32_t asset, std::int64_t amount);
  /// Changes an instrument's part of the fund; the fund's balance changes with it, by payments and gains.
  void move_fund_part(const std::string& part, int128 amount) { state_.fund_parts[part] += amount; }

  [[nodiscard]] const ledger_state& state() const { return state_; }
  /// Replaces the effect of `open` and of all plans so far. The book must be of the same moment.
  void restore(ledger_state state) { state_ = std::move(state); }

  /// Sums over all accounts, from scratch: the independent half of each check.
  [[nodiscard]] ledger_sums sums() const { return sums_of(book_, state_); }

  [[nodiscard]] bool poisoned() const { return poisoned_.has_value(); }
  [[nodiscard]] const std::string& poison() const { return *poisoned_; }
  /// The plan that poisoned the ledger, if a plan did.
  [[nodiscard]] const std::optional<ledger_plan>& broken_plan() const { return broken_plan_; }
  /// Poisons the ledger for a reason outside any plan. Returns the error that every later call returns.
  status condemn(std::string why);

 private:
  status refuse(const ledger_plan& plan, const std::string& why);
  /// Reserves all memory that `write` needs, so that a plan is posted whole or not at all.
  void prepare(const ledger_plan& plan);

  void write(const ledger_plan& plan);

  book& book_;
  live_book* live_ = nullptr;
  std::vector<int128> money_;  ///< See `customers_money`.
  std::vector<std::uint32_t> emptied_;
  std::vector<std::uint32_t> closing_;
  ledger_state state_;
  pending_changes pending_;  ///< Of the present plan, as `sums_`.
  leg_sums sums_;
  std::optional<std::string> poisoned_;
  std::optional<ledger_plan> broken_plan_;
};

/// Checks that the legs of a plan sum to zero: lots per instrument, amount - cost per asset. Returns what does not.
[[nodiscard]] std::optional<std::string> imbalance_of(const ledger_plan& plan);
/// The same, with memory that is reused.
[[nodiscard]] std::optional<std::string> imbalance_of(const ledger_plan& plan, leg_sums& sums);

}  // namespace plimsoll
