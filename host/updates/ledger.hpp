// The double-entry ledger: every movement of money or contracts is a plan of legs that sum to nothing.
// The only writer of a book's positions and balances while an executor works on it.
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

/// Steps of the waterfall, in its order, then what replay moves. `to_string` gives the word of the `step` column.
enum class ledger_step : std::uint8_t { update, cancel, liquidate, backstop, insurance_fund, adl, socialise };
[[nodiscard]] const char* to_string(ledger_step step);

/// One side of a movement. Money in steps of `asset`.
struct ledger_leg {
  std::uint32_t unit = no_id;  ///< The customer's unit, or no_id: then `system` is meant.
  system_account system = system_account::market;
  std::uint32_t position = no_id;    ///< Book position of a customer's leg that changes one.
  std::uint32_t instrument = no_id;  ///< Where `lots` or `cost` change.
  std::int64_t lots = 0;             ///< Change of the position.
  std::int64_t cost = 0;             ///< Change of its cost.
  std::uint32_t asset = no_id;
  std::int64_t amount = 0;              ///< Change of the balance or isolated margin.
  std::int64_t price_ticks = no_ticks;  ///< Of a trade; no_ticks: none.
};

/// What belongs together: executed whole or not at all, once.
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

/// What a ledger holds beyond the book.
struct ledger_state {
  std::array<system_holdings, system_account_count> system;  ///< By system_account.
  /// By instrument: whose money the fund's balance is, where the rulebook keeps one fund for each instrument.
  std::map<std::string, int128> fund_parts;
  std::uint64_t last_id = 0;
};

/// What must never change but by deposits and withdrawals: per asset the sum of balances less costs, per instrument the
/// sum of lots, over customers and system accounts.
struct ledger_sums {
  std::vector<int128> money;  ///< By asset: sum of balances - sum of costs.
  std::vector<int128> lots;   ///< By instrument.
  friend bool operator==(const ledger_sums&, const ledger_sums&) = default;
};

/// What the rows of a book come to, and back: the rows in the order of accounts, money before contracts. A fund that
/// was opened keeps its row, empty or not.
[[nodiscard]] ledger_state opened_with(std::span<const system_row> rows);
[[nodiscard]] std::vector<system_row> system_rows_of(const ledger_state& state, const reference_data& reference);

/// From scratch, over a book and what the system holds beside it.
[[nodiscard]] ledger_sums sums_of(const book& source, const ledger_state& system);

/// What the customers' legs of a plan come to, before anything is written.
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

/// What the legs of a plan come to.
struct leg_sums {
  scratch_table<std::uint32_t, int128> lots;   ///< By instrument.
  scratch_table<std::uint32_t, int128> money;  ///< By asset: amounts - costs.
};

/// Applies plans to a book and to the system accounts. A broken invariant poisons it: every later call fails.
class ledger {
 public:
  /// The book must outlive the ledger; nobody else writes it meanwhile. Of a dense book rows stay, closed or not.
  /// The system's accounts open as the book's rows say.
  explicit ledger(book& target) : book_(target), state_(opened_with(target.system)) {}
  /// A live book learns of every slot that is written; a position of size 0 gives up its own.
  /// `opening`: what the system's accounts hold.
  explicit ledger(live_book& target, std::span<const system_row> opening = {});

  /// Id for the next plan.
  [[nodiscard]] std::uint64_t next_id() const { return state_.last_id + 1; }

  /// Checks and applies a plan. One that was applied already (its id is not new) changes nothing and is no error.
  /// invariant_broken: the legs do not sum to nothing, an id is skipped, a position would change its side, a limit
  /// would be passed; the ledger is then poisoned, the book is as before.
  [[nodiscard]] status post(const ledger_plan& plan);

  /// The same for a plan whose figures came from outside: where it would pass a limit that is bad_data, and nothing is
  /// poisoned.
  [[nodiscard]] status try_post(const ledger_plan& plan);

  [[nodiscard]] const system_holdings& holdings(system_account account) const {
    return state_.system[static_cast<std::size_t>(account)];
  }
  [[nodiscard]] int128 balance(system_account account, std::uint32_t asset) const;

  /// Isolated units of which plans closed a position, or took the last money, since the last call; rising, each once.
  void take_emptied(std::vector<std::uint32_t>& out);
  /// A unit that `close_emptied` is to look at.
  void close_later(std::uint32_t unit) {
    if (live_ != nullptr) { closing_.push_back(unit); }
  }
  /// A live book closes these units where they hold neither a position nor money. Until then plans can name them. Ids
  /// of units must not have changed since.
  void close_emptied() {
    for (const std::uint32_t unit : closing_) { live_->close_empty(unit); }
    closing_.clear();
  }
  /// By asset: sum of the customers' balances. Of a live book's ledger alone.
  [[nodiscard]] std::span<const int128> customers_money() const { return money_; }
  /// Assets have other ids.
  void renumber(ledger_state state, std::vector<int128> money) {
    state_ = std::move(state);
    money_ = std::move(money);
  }
  [[nodiscard]] const book& target() const { return book_; }
  /// Null: the book is a dense one.
  [[nodiscard]] live_book* live() const { return live_; }

  /// Puts opening money into a system account: before the first plan only.
  void open(system_account account, std::uint32_t asset, std::int64_t amount);
  /// A part of the fund, by instrument; it changes with the fund's balance, by payments and gains.
  void move_fund_part(const std::string& part, int128 amount) { state_.fund_parts[part] += amount; }

  [[nodiscard]] const ledger_state& state() const { return state_; }
  /// In place of what `open` and the plans did so far; the book must be of the same moment.
  void restore(ledger_state state) { state_ = std::move(state); }

  /// Sums over everybody, from scratch: the independent half of each check.
  [[nodiscard]] ledger_sums sums() const { return sums_of(book_, state_); }

  [[nodiscard]] bool poisoned() const { return poisoned_.has_value(); }
  [[nodiscard]] const std::string& poison() const { return *poisoned_; }
  /// The plan that poisoned it, if one did.
  [[nodiscard]] const std::optional<ledger_plan>& broken_plan() const { return broken_plan_; }
  /// Poisons it for what no plan shows. The error that every later call gives.
  status condemn(std::string why);

 private:
  status refuse(const ledger_plan& plan, const std::string& why);
  /// Gets all memory that `write` needs, so that a plan is posted whole or not at all.
  void prepare(const ledger_plan& plan);

  void write(const ledger_plan& plan);

  book& book_;
  live_book* live_ = nullptr;
  std::vector<int128> money_;  ///< See `customers_money`.
  std::vector<std::uint32_t> emptied_;
  std::vector<std::uint32_t> closing_;
  ledger_state state_;
  pending_changes pending_;  ///< Of the plan at hand, as are these.
  leg_sums sums_;
  std::optional<std::string> poisoned_;
  std::optional<ledger_plan> broken_plan_;
};

/// Do the legs of a plan sum to nothing: lots per instrument, amount - cost per asset? Else what does not.
[[nodiscard]] std::optional<std::string> imbalance_of(const ledger_plan& plan);
/// The same, in memory that is kept.
[[nodiscard]] std::optional<std::string> imbalance_of(const ledger_plan& plan, leg_sums& sums);

}  // namespace plimsoll
