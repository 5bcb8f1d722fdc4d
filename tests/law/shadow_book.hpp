// A replay's books kept a second time, by name and from its events alone: no function of the ledger is called.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "host/replay/replay.hpp"

namespace plimsoll {

class shadow_book {
 public:
  /// The books of a replay that has not begun.
  explicit shadow_book(const replay& of);

  /// Applies the plans recorded since the last call. Returns the first violation: legs that do not sum to zero, a
  /// position that grows or passes zero, an account that pays without cause, a fund below zero.
  [[nodiscard]] std::optional<std::string> take(const replay& of);

  /// Returns the first difference between these books and the replay's: each balance, size and cost, and the sums over
  /// all accounts against those of the opening.
  [[nodiscard]] std::optional<std::string> compare(const replay& of) const;

  /// Units (account, unit) that paid in the last `take` because others could not.
  using unit_key = std::pair<std::string, std::string>;
  [[nodiscard]] const std::set<unit_key>& winners() const { return winners_; }
  [[nodiscard]] const std::set<unit_key>& payers() const { return payers_; }
  [[nodiscard]] const std::set<std::string>& steps() const { return steps_; }

  struct position {
    int128 lots = 0;
    int128 cost = 0;
  };
  struct holding {
    std::map<std::uint32_t, int128> balance;  ///< By asset.
    std::map<std::pair<std::uint32_t, position_side>, position>
        positions;  ///< By instrument and side; system accounts hold all under long_side.
  };
  [[nodiscard]] const holding& system(const std::string& account) { return holdings_[{account, ""}]; }

 private:
  struct sums {
    std::map<std::uint32_t, int128> money;
    std::map<std::uint32_t, int128> lots;
  };
  void add_book(const book& source, std::map<unit_key, holding>& out) const;
  [[nodiscard]] sums recount(const std::map<unit_key, holding>& all, const reference_data& reference) const;
  std::optional<std::string> apply(const replay& of, std::size_t first, std::size_t last);

  std::map<unit_key, holding> holdings_;
  sums opening_;
  std::set<unit_key> flagged_;
  std::set<unit_key> winners_;
  std::set<unit_key> payers_;
  std::set<std::string> steps_;
  std::size_t taken_ = 0;
};

}  // namespace plimsoll
