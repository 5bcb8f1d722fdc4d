// The interface through which an embedder connects a real market. Derive from `order_gateway`, send and cancel orders
// as your venue requires, and pass its answers in from any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "plimsoll/units.hpp"

namespace plimsoll {

/// The permanent name of an order: the plan that began its unit's liquidation, and the order's number under that plan.
struct order_id {
  std::uint64_t plan = 0;
  std::uint32_t part = 0;
  friend auto operator<=>(const order_id&, const order_id&) = default;
};

/// A limit order. After the executor's order timeout its unfilled rest is cancelled.
struct market_order {
  order_id id;
  std::uint32_t instrument = 0;
  size_lots lots{};     ///< > 0 buys, < 0 sells.
  price_ticks limit{};  ///< Worst price.
};

enum class answer_kind : std::uint8_t {
  accepted,
  fill,
  rejected,  ///< Nothing more will be filled.
  done,      ///< Cancelled, expired or filled: nothing more will be filled.
};

/// A report of the market about an order.
struct market_answer {
  order_id order;
  std::uint32_t sequence = 0;  ///< 1, 2, 3, ... within the order. An answer with a number already seen is a repeat.
  answer_kind kind = answer_kind::accepted;
  size_lots lots{};     ///< Of a fill: > 0, of a buy as of a sale.
  price_ticks price{};  ///< Of a fill.
  friend bool operator==(const market_answer&, const market_answer&) = default;
};

/// The executor calls `send` and `cancel` on its own thread. Answers wait in a bounded inbox. The executor takes them
/// out when a tick begins and after each order that it sends.
class order_gateway {
 public:
  explicit order_gateway(std::size_t inbox_max = 65'536) : inbox_max_(inbox_max) {}
  virtual ~order_gateway() = default;
  order_gateway(const order_gateway&) = delete;
  order_gateway& operator=(const order_gateway&) = delete;

  virtual void send(const market_order& order) = 0;
  /// Requests the end of an order. Fills may still arrive before `done`.
  virtual void cancel(order_id order) = 0;

  /// Puts an answer into the inbox. May be called from any thread and never waits for the executor. Returns false if
  /// the inbox is full: the answer was not stored, so pass it again after the next tick has begun.
  [[nodiscard]] bool answer(const market_answer& one) {
    const std::lock_guard held(lock_);
    if (inbox_.size() >= inbox_max_) { return false; }
    inbox_.push_back(one);
    return true;
  }

  /// For the executor: appends the answers that arrived since the last call, in order of arrival.
  void take_answers(std::vector<market_answer>& out) {
    const std::lock_guard held(lock_);
    out.insert(out.end(), inbox_.begin(), inbox_.end());
    inbox_.clear();
  }

 private:
  const std::size_t inbox_max_;
  std::mutex lock_;
  std::vector<market_answer> inbox_;
};

}  // namespace plimsoll
