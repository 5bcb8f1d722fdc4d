// What a batch of updates will need that the book does not have yet: accounts, balances, places for positions.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/book/rebuild.hpp"
#include "host/replay/update.hpp"

namespace plimsoll {

/// Follows sizes through the updates in order, so that a place is asked for only where a fill opens a position: a book that need
/// not grow stays as it is.
class update_room {
 public:
  explicit update_room(const book& source) : book_(source) {}

  void add(const update& one);

  /// What the book lacks, for `grow_book`.
  [[nodiscard]] book_growth growth() const;
  /// Positions that fills will touch and the book holds already.
  [[nodiscard]] const std::vector<book_growth::position>& held() const { return held_; }

 private:
  /// One side of an account's position.
  struct holding {
    int128 lots = 0;    ///< |size|.
    bool place = false;  ///< Is there a row for it, or asked for?
  };
  using key = std::pair<std::uint32_t, std::uint32_t>;  ///< Account, then asset or segment.
  struct key_hash {
    std::size_t operator()(const key& k) const { return (std::uint64_t{k.first} << 20U) * 0x9e3779b97f4a7c15ULL + k.second; }
  };

  std::uint32_t account_id(const std::string& name);
  void want_balance(std::uint32_t account, std::uint32_t asset);
  void want_fill(const std::string& name, std::uint32_t instrument, std::int64_t lots);
  holding& holding_of(std::uint32_t account, std::uint32_t instrument, position_side side);
  void close_all(std::uint32_t instrument);

  const book& book_;
  std::vector<std::string> accounts_;
  std::unordered_map<std::string, std::uint32_t> new_ids_;
  std::set<key> balances_;
  std::vector<book_growth::position> positions_;
  std::vector<book_growth::position> held_;
  std::unordered_map<key, holding, key_hash> holdings_;
  std::set<std::uint32_t> settled_;  ///< Instruments in which nothing is held any more but what stands in `holdings_`.
};

}  // namespace plimsoll
