// Where liquidation orders go: simulated depth, or the embedder's own order gateway. One interface: orders are sent,
// answers are taken in when the executor asks for them.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/book/book.hpp"
#include "host/venue/rulebook.hpp"

namespace plimsoll {

/// Names an order for good: the plan under which its unit's liquidation began, and which of the orders under that plan.
struct order_id {
  std::uint64_t plan = 0;
  std::uint32_t part = 0;
  friend auto operator<=>(const order_id&, const order_id&) = default;
};

/// A limit order. What is left of it after `order_timeout_ticks` is cancelled.
struct market_order {
  order_id id;
  std::uint32_t instrument = 0;
  std::int64_t lots = 0;         ///< > 0 buys, < 0 sells.
  std::int64_t limit_ticks = 0;  ///< Worst price.
};

enum class answer_kind : std::uint8_t {
  accepted,
  fill,
  rejected,  ///< Nothing more will be filled.
  done,      ///< Cancelled, expired or filled: nothing more will be filled.
};

/// What a market remembers from tick to tick, as a checkpoint keeps it.
struct market_state {
  std::int64_t tick = 0;
  std::vector<std::uint64_t> consumed;    ///< Lots, 2 x instrument: of the bids, then of the asks; as of `consumed_at`.
  std::vector<std::int64_t> consumed_at;  ///< The same places: the tick in which an order last traded there.
};

/// What a market says about an order.
struct market_answer {
  order_id order;
  std::uint32_t sequence = 0;  ///< 1, 2, 3, ... of the order: the same number is the same answer.
  answer_kind kind = answer_kind::accepted;
  std::uint64_t lots = 0;        ///< Of a fill.
  std::int64_t price_ticks = 0;  ///< Of a fill.
  friend bool operator==(const market_answer&, const market_answer&) = default;
};

/// A market. Called by the executor's thread alone.
class market {
 public:
  virtual ~market() = default;
  market() = default;
  market(const market&) = delete;
  market& operator=(const market&) = delete;

  /// A new tick at these marks.
  virtual void begin_tick(std::int64_t tick, std::span<const mark> marks) = 0;
  virtual void send(const market_order& order) = 0;
  /// Asks for the end of an order; fills may still come, and then `done`.
  virtual void cancel(order_id order) = 0;
  /// Appends what has been answered since the last call, in the order of its arrival.
  virtual void take_answers(std::vector<market_answer>& out) = 0;
  /// Have orders of this tick traded an instrument, so that `pushed_ticks` says where its mark is now? A market whose
  /// impact comes back with the feed, or that has none, says no.
  [[nodiscard]] virtual bool has_pushed(std::uint32_t /*instrument*/) const { return false; }
  /// Ticks from the feed's mark to where the last trade of this tick has pushed it.
  [[nodiscard]] virtual std::int64_t pushed_ticks(std::uint32_t instrument) const = 0;

  /// Of a market that remembers nothing: blank.
  [[nodiscard]] virtual market_state state() const { return {}; }
  virtual void restore(market_state /*state*/) {}
};

/// Depth around the feed's mark. Linear: the notional within a move grows with the move; square root: the move grows
/// with the square root of the notional. What orders consume comes back with the half-life: how much of it depends on
/// the time since the last trade alone, not on the ticks between. Integers throughout. Answers each order at once: its
/// fills, then `done`.
[[nodiscard]] std::unique_ptr<market> make_simulated_market(const book& source, const market_rules& rules);

}  // namespace plimsoll
