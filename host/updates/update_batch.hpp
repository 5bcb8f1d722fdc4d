// The updates of one tick on their way into the ledger. Everything here is kept from batch to batch, for its memory.
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
  /// `file`: what refusals call the updates.
  update_batch(live_book& target, ledger& books, std::string file)
      : book_(target.columns()), live_(target), ledger_(books), file_(std::move(file)), scratch_(book_) {}

  [[nodiscard]] status run(std::span<const update> updates, std::vector<ledger_plan>& plans, refusal_list& refusals);
  [[nodiscard]] result<const ledger_plan*> run(const update& one, const update_parties& parties,
                                               refusal_list& refusals);

  [[nodiscard]] const std::vector<std::uint8_t>& delisted() const { return delisted_; }
  void restore(std::vector<std::uint8_t> delisted) { delisted_ = std::move(delisted); }

 private:
  status run(std::span<const update> updates);

  // ---- making room
  status grow(std::span<const update> updates);
  void look_up(std::span<const update> updates);
  void name_accounts(std::span<const update> updates);
  [[nodiscard]] static constexpr std::uint64_t key(std::uint32_t account, std::uint32_t other) {
    return (std::uint64_t{account} << 32U) | other;
  }
  /// Room made for a balance, or an account, is none before an update opens it.
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
  /// Legs of one account's side of a trade of `lots` worth `value` (signed like the lots of a linear contract). `side`:
  /// the one it acts on; without it, it nets.
  void add_trade(const update& one, std::uint32_t account, std::int64_t lots, std::int64_t value,
                 std::optional<position_side> side);
  /// The row that `grow` found or made; no_id: nothing is held or opened there.
  [[nodiscard]] std::uint32_t position_at(std::uint32_t account, std::uint32_t instrument, position_side side) const;
  std::uint32_t cross_unit(std::uint32_t account, std::uint32_t asset) const;
  [[nodiscard]] bool holds_position(std::uint32_t unit) const;
  /// Customers' positions in an instrument that are not closed, rising. They last until the next call.
  [[nodiscard]] const std::vector<std::uint32_t>& positions_in(std::uint32_t instrument);
  /// Money leg of an account's cross unit (`asset` may be collateral) or of a system account.
  static ledger_leg money_leg(std::uint32_t unit, std::uint32_t asset, std::int64_t amount);
  static ledger_leg system_leg(system_account account, std::uint32_t asset, std::int64_t amount);
  /// Why `amount` (> 0 takes) cannot leave a balance, if it cannot: below zero is owed only in `multi`.
  [[nodiscard]] std::optional<std::string> fault_of_taking(std::uint32_t account, std::uint32_t asset,
                                                           std::int64_t amount) const;
  /// The place of an update that a limit is told by.
  struct place {
    const char* column;
    std::string value;
  };
  /// The backstop's position: it pays funding and is settled like any other.
  [[nodiscard]] system_holdings::position backstop_holding(std::uint32_t instrument) const;
  /// Posts the legs of `plan_`. `at` makes the place, where one is needed.
  template <class Place>
  status post(const update& one, const char* cause, const Place& at);
  status refuse(const update& one, const char* column, std::string value, std::string reason);
  [[nodiscard]] std::string amount_text(const update& one, std::uint32_t asset) const;

  const book& book_;
  live_book& live_;
  ledger& ledger_;
  std::string file_;
  std::vector<std::uint8_t> delisted_;         ///< Per instrument.
  std::vector<ledger_plan>* plans_ = nullptr;  ///< Null: the one plan stays here.
  refusal_list* refusals_ = nullptr;
  ledger_plan plan_;                 ///< Being made.
  std::vector<std::uint32_t> held_;  ///< Positions of an instrument.
  bool posted_ = false;
  update_scratch scratch_;
  const update_parties* found_ = nullptr;  ///< Of the one update, where somebody has looked.
  std::vector<update_accounts> ids_;       ///< By update.
  std::vector<std::string> joining_;       ///< Accounts that are new to the book.
  std::vector<std::uint32_t> opened_;      ///< Where growth.positions stand.
  scratch_table<std::uint64_t, std::uint32_t>
      places_;  ///< (account, segment): where its row stands, open or closed in this batch.
  scratch_table<std::uint64_t, bool> balances_;  ///< (account, asset) with new room: has something opened it yet?
  scratch_table<std::uint32_t, bool> accounts_;  ///< The same of new accounts.
};

}  // namespace plimsoll
