// The market that gets liquidation orders: simulated depth, or the embedder's own order gateway. The executor sends
// orders and then fetches the answers.
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

/// The market's state from tick to tick, as a checkpoint stores it.
struct market_state {
  std::int64_t now_ns = 0;
  std::vector<std::uint64_t> consumed;    ///< Lots by 2 x instrument (bids), + 1 (asks), at `consumed_at`.
  std::vector<std::int64_t> consumed_at;  ///< With the same index: time of the last trade there.
};

/// A market. Only the executor's thread calls it.
class market {
 public:
  virtual ~market() = default;
  market() = default;
  market(const market&) = delete;
  market& operator=(const market&) = delete;

  /// Begins a new tick at these marks.
  virtual void begin_tick(moment at, std::span<const mark> marks) = 0;
  virtual void send(const market_order& order) = 0;
  /// Requests the end of an order. Fills may still arrive before `done`.
  virtual void cancel(order_id order) = 0;
  /// Appends the answers that arrived since the last call, in order of arrival.
  virtual void take_answers(std::vector<market_answer>& out) = 0;
  /// True if orders of this tick have traded the instrument, so that `pushed_ticks` gives the move of its mark. False
  /// for a market without impact, and for one whose impact arrives with the feed.
  [[nodiscard]] virtual bool has_pushed(std::uint32_t /*instrument*/) const { return false; }
  /// Ticks between the feed's mark and the mark that the last trade of this tick made.
  [[nodiscard]] virtual std::int64_t pushed_ticks(std::uint32_t instrument) const = 0;

  /// Prepares for other ids of instruments, of which there will be `instruments`. Returns a function that puts the new
  /// ids in place and cannot fail; blank for a market that stores no ids.
  [[nodiscard]] virtual std::function<void()> renumber(const reference_change& /*change*/,
                                                       std::size_t /*instruments*/) {
    return {};
  }
  /// Blank for a market without state.
  [[nodiscard]] virtual market_state state() const { return {}; }
  virtual void restore(market_state /*state*/) {}
};

/// Depth around the feed's mark. Linear: the notional within a move grows with the move. Square root: the move grows
/// with the square root of the notional. Consumed depth recovers with the half-life. The recovery depends only on the
/// time since the last trade, not on the ticks between. All arithmetic is in integers. Answers each order at once: its
/// fills, then `done`.
[[nodiscard]] std::unique_ptr<market> make_simulated_market(const book& source, const market_rules& rules);

}  // namespace plimsoll
