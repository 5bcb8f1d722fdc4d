// Where liquidation orders go: simulated depth, or the embedder's own order gateway. One interface: orders are sent,
// answers are taken in when the executor asks for them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "host/book/book.hpp"
#include "host/book/revision.hpp"
#include "host/execute/moment.hpp"
#include "host/venue/rulebook.hpp"
#include "plimsoll/order_gateway.hpp"

namespace plimsoll {

/// What a market remembers from tick to tick, as a checkpoint keeps it.
struct market_state {
  std::int64_t now_ns = 0;
  std::vector<std::uint64_t> consumed;    ///< Lots, 2 x instrument: of the bids, then of the asks; as of `consumed_at`.
  std::vector<std::int64_t> consumed_at;  ///< The same places: when an order last traded there.
};

/// A market. Called by the executor's thread alone.
class market {
 public:
  virtual ~market() = default;
  market() = default;
  market(const market&) = delete;
  market& operator=(const market&) = delete;

  /// A new tick at these marks.
  virtual void begin_tick(moment at, std::span<const mark> marks) = 0;
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

  /// Gets ready for other ids of instruments; `instruments`: how many there will be. Returns what puts them in place,
  /// which cannot fail; blank for a market that keeps none.
  [[nodiscard]] virtual std::function<void()> renumber(const reference_change& /*change*/,
                                                       std::size_t /*instruments*/) {
    return {};
  }
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
