// The updates of one tick on their way into the ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/book/rebuild.hpp"
#include "host/replay/update.hpp"

namespace plimsoll {

class update_batch {
 public:
  /// `file`: what refusals call the updates.
  /// `live`: the live book whose columns `target` are, or null.
  update_batch(book& target, live_book* live, ledger& books, std::vector<std::uint8_t>& delisted, const std::string& file,
               std::vector<ledger_plan>& plans, refusal_list& refusals)
      : book_(target), live_(live), ledger_(books), delisted_(delisted), file_(file), plans_(plans), refusals_(refusals) {}

  [[nodiscard]] status run(std::span<const update> updates);

 private:
  /// (account, instrument, side): where its row stands, open or closed in this batch.
  struct place_key {
    std::uint32_t account;
    std::uint32_t segment;
    friend bool operator==(const place_key&, const place_key&) = default;
  };
  struct place_hash {
    std::size_t operator()(const place_key& key) const { return (std::uint64_t{key.account} << 20U) * 0x9e3779b97f4a7c15ULL + key.segment; }
  };

  // ---- making room
  status grow(std::span<const update> updates);
  status open_rows(const book_growth& growth, std::vector<std::uint32_t>& places, std::vector<std::uint32_t>& id_of);
  /// Room made for a balance is none before an update opens it.
  [[nodiscard]] bool is_open(std::uint32_t account, std::uint32_t asset) const { return unopened_.count({account, asset}) == 0; }
  void open_balance(std::uint32_t account, std::uint32_t asset);

  // ---- kinds
  status apply_one(const update& one);
  status apply_fill(const update& one);
  status apply_funding(const update& one);
  status apply_money(const update& one);
  status apply_margin(const update& one);
  status apply_settle(const update& one, const decimal& price, const char* cause);

  // ---- parts
  /// Legs of one account's side of a trade of `lots` worth `value` (signed like the lots of a linear contract).
  void add_trade(const update& one, std::uint32_t account, std::int64_t lots, std::int64_t value, std::vector<ledger_leg>& legs);
  /// The row that `grow` found or made; no_id: nothing is held or opened there.
  [[nodiscard]] std::uint32_t position_at(std::uint32_t account, std::uint32_t instrument, position_side side) const;
  std::uint32_t cross_unit(std::uint32_t account, std::uint32_t asset) const;
  [[nodiscard]] bool holds_position(std::uint32_t unit) const;
  /// Money leg of an account's cross unit (`asset` may be collateral) or of a system account.
  ledger_leg money_leg(std::uint32_t unit, std::uint32_t asset, std::int64_t amount) const;
  static ledger_leg system_leg(system_account account, std::uint32_t asset, std::int64_t amount);
  /// Why `amount` (> 0 takes) cannot leave a balance, if it cannot: below zero is owed only in `multi`.
  [[nodiscard]] std::optional<std::string> fault_of_taking(std::uint32_t account, std::uint32_t asset, std::int64_t amount) const;
  /// The place of an update that a limit is told by.
  struct place {
    const char* column;
    std::string value;
  };
  /// The backstop's position: it pays funding and is settled like any other.
  [[nodiscard]] system_holdings::position backstop_holding(std::uint32_t instrument) const;
  status post(const update& one, const char* cause, const place& at, std::vector<ledger_leg> legs);
  status refuse(const update& one, const char* column, std::string value, std::string reason);
  [[nodiscard]] std::string amount_text(const update& one, std::uint32_t asset) const;

  book& book_;
  live_book* live_;
  ledger& ledger_;
  std::vector<std::uint8_t>& delisted_;
  const std::string& file_;
  std::vector<ledger_plan>& plans_;
  refusal_list& refusals_;
  book_growth growth_;             ///< What this batch opened in a live book.
  live_book::opened opened_;
  std::unordered_map<place_key, std::uint32_t, place_hash> places_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> unopened_;   ///< (account, asset) with room that nothing has opened yet.
  std::set<std::uint32_t> unopened_accounts_;
};

}  // namespace plimsoll
