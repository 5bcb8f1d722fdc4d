// The executor's state of its orders from tick to tick: plain data by name, because ids change with the book.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/execute/closing.hpp"
#include "host/execute/market.hpp"

namespace plimsoll {

/// A position by keys that do not change: accounts' ids do, ids of instruments and assets do not.
struct order_place {
  std::string account;
  unit_code unit;
  std::uint32_t instrument = no_id;
  position_side side = position_side::long_side;
  friend bool operator==(const order_place&, const order_place&) = default;
};
[[nodiscard]] order_place place_of(const book& source, std::uint32_t position);
/// Id of the open position, or no_id.
[[nodiscard]] std::uint32_t position_at(const book& source, const order_place& place);

struct working_order {
  order_place place;
  std::uint64_t lots = 0;
  std::uint64_t filled = 0;
  std::int64_t limit_ticks = 0;
  std::int64_t sent_ns = 0;
  std::uint32_t answers = 0;   ///< Sequence of the last answer taken in.
  bool given_up = false;       ///< Overdue: a cancel was sent, and its lots have gone on down the waterfall.
  closing_share share;         ///< Bankruptcy value when sent, at which its fills settle whenever they come.
  std::string fund_part;       ///< Part of the fund that holds `fund_held` back.
  std::int64_t fund_held = 0;  ///< The most that the fund still owes to its fills.
  [[nodiscard]] std::uint64_t left() const { return lots - filled; }
};

/// An order that has ended. It is kept as long as repeated answers may come.
struct ended_order {
  std::uint32_t answers = 0;
  std::int64_t ended_ns = 0;
};

/// An order that ended since the last pass without filling all: the position is past the market step.
struct freed_order {
  order_place place;
  std::uint64_t lots = 0;  ///< Lots that the market left unfilled.
};

/// Empty between calls of an executor whose market answers at once.
struct working_orders {
  std::map<order_id, working_order> open;
  std::map<order_id, ended_order> ended;
  std::vector<market_answer> unread;  ///< Answers to other orders that came while an order was being sent.
  std::vector<freed_order> freed;
};

/// An answer that was not applied, and the reason.
struct refused_answer {
  market_answer answer;
  std::string reason;
};

/// Fate of orders in one tick.
struct order_report {
  std::uint64_t sent = 0;
  std::uint64_t rejected = 0;
  std::uint64_t overdue = 0;
  std::uint64_t duplicates = 0;  ///< Repeated answers.
  std::uint64_t late_lots = 0;   ///< Filled after the position no longer had them; taken by the backstop.
  std::vector<refused_answer> refused;
};
void add_orders(order_report& sum, const order_report& part);

}  // namespace plimsoll
