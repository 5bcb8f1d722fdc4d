// Turns the updates of one tick into ledger plans. All members are kept from batch to batch, to reuse their memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "host/book/book_growth.hpp"
#include "host/memory/scratch_table.hpp"
#include "host/updates/update.hpp"
#include "host/updates/update_scratch.hpp"

namespace plimsoll {

class update_batch {
 public:
  /// `file`: the name of the updates in refusals.
  update_batch(live_book& target, ledger& books, std::string file)
      : book_(target.columns()), live_(target), ledger_(books), file_(std::move(file)), scratch_(book_) {}

  [[nodiscard]] status run(std::span<const update> updates, std::vector<ledger_plan>& plans, refusal_list& refusals);
  [[nodiscard]] result<const ledger_plan*> run(const update& one, const update_parties& parties,
                                               refusal_list& refusals);

  [[nodiscard]] const std::vector<std::uint8_t>& delisted() const { return delisted_; }
  void restore(std::vector<std::uint8_t> delisted) { delisted_ = std::move(delisted); }

 private:
  status run(std::span<const update> updates);

  // ---- opening rows
  status grow(std::span<const update> updates);
  void look_up(std::span<const update> updates);
  void name_accounts(std::span<const update> updates);
  [[nodiscard]] static constexpr std::uint64_t key(std::uint32_t account, std::uint32_t other) {
    return (std::uint64_t{account} << 32U) | other;
  }
  /// False for an account, or a balance, whose row this batch opened and which no update has used yet.
  [[nodiscard]] bool is_open(std::uint32_t account, std::uint32_t asset) const;
  [[nodiscard]] bool is_open(std::uint32_t account) const;
  void open_balance(std::uint32_t account, std::uint32_t asset);

  // ---- kinds
  status apply_one(const update& one, update_accounts of);
  status apply_fill(const update& one, update_accounts of);
  status apply_funding(const update& one);
  status apply_money(const update& one, update_accounts of);
  status apply_margin(const update& one, std::uint32_t account);
  status apply_settle(const update& one, const decimal& price, const char* cause);

  // ---- parts
  /// Adds the legs of one account's side of a trade of `lots` with value `value` (signed like the lots of a linear
  /// contract). `side`: the side it acts on. Without it the trade nets.
  void add_trade(const update& one, std::uint32_t account, std::int64_t lots, std::int64_t value,
                 std::optional<position_side> side);
  /// The row that `grow` found or opened; no_id: there is no position and none will open.
  [[nodiscard]] std::uint32_t position_at(std::uint32_t account, std::uint32_t instrument, position_side side) const;
  std::uint32_t cross_unit(std::uint32_t account, std::uint32_t asset) const;
  [[nodiscard]] bool holds_position(std::uint32_t unit) const;
  /// Customers' open positions in an instrument, rising. The list is valid until the next call.
  [[nodiscard]] const std::vector<std::uint32_t>& positions_in(std::uint32_t instrument);
  /// Money leg of an account's cross unit (`asset` may be collateral) or of a system account.
  static ledger_leg money_leg(std::uint32_t unit, std::uint32_t asset, std::int64_t amount);
  static ledger_leg system_leg(system_account account, std::uint32_t asset, std::int64_t amount);
  /// The reason why `amount` (> 0 takes) cannot leave a balance, if there is one. Only in `multi` may a balance be
  /// negative.
  [[nodiscard]] std::optional<std::string> fault_of_taking(std::uint32_t account, std::uint32_t asset,
                                                           std::int64_t amount) const;
  /// Which column of an update, with its value, a limit error names.
  struct place {
    const char* column;
    std::string value;
  };
  /// The backstop's position. It pays funding and is settled like any other position.
  [[nodiscard]] system_holdings::position backstop_holding(std::uint32_t instrument) const;
  /// Posts the legs of `plan_`. `at` makes the place if an error needs it.
  template <class Place>
  status post(const update& one, const char* cause, const Place& at);
  status refuse(const update& one, const char* column, std::string value, std::string reason);
  [[nodiscard]] std::string amount_text(const update& one, std::uint32_t asset) const;

  const book& book_;
  live_book& live_;
  ledger& ledger_;
  std::string file_;
  std::vector<std::uint8_t> delisted_;         ///< Per instrument.
  std::vector<ledger_plan>* plans_ = nullptr;  ///< Null: the caller takes the one plan from `plan_`.
  refusal_list* refusals_ = nullptr;
  ledger_plan plan_;                 ///< The plan that is being made.
  std::vector<std::uint32_t> held_;  ///< Open positions of an instrument.
  bool posted_ = false;
  update_scratch scratch_;
  const update_parties* found_ = nullptr;               ///< Look-up of the one update, if the caller passed it.
  std::vector<update_accounts> ids_;                    ///< By update.
  std::vector<std::string> joining_;                    ///< Accounts that are new to the book.
  std::vector<std::uint32_t> opened_;                   ///< Slots of growth.positions.
  scratch_table<std::uint64_t, std::uint32_t> places_;  ///< (account, segment): row, open or closed in this batch.
  scratch_table<std::uint64_t, bool> balances_;  ///< (account, asset) whose row is new: has an update used it yet?
  scratch_table<std::uint32_t, bool> accounts_;  ///< The same for new accounts.
};

}  // namespace plimsoll
