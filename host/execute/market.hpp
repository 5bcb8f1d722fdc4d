// Where liquidation orders go: simulated depth, or the embedder's own order gateway.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "host/book/book.hpp"
#include "host/venue/rulebook.hpp"

namespace plimsoll {

/// An immediate-or-cancel order.
struct market_order {
  std::uint64_t id = 0;            ///< Unique; a gateway answers by it.
  std::uint32_t instrument = 0;
  std::int64_t lots = 0;           ///< > 0 buys, < 0 sells.
  std::int64_t limit_ticks = 0;    ///< Worst price.
};

struct market_fill {
  std::uint64_t lots = 0;
  std::int64_t price_ticks = 0;
};

/// What a market remembers from tick to tick, as a checkpoint keeps it.
struct market_state {
  std::int64_t tick = 0;
  bool started = false;
  std::vector<std::uint64_t> consumed;  ///< Lots, 2 x instrument: of the bids, then of the asks.
};

/// A market. Fills never pass the limit and never exceed the order.
class market {
 public:
  virtual ~market() = default;
  market() = default;
  market(const market&) = delete;
  market& operator=(const market&) = delete;

  /// A new tick at these marks.
  virtual void begin_tick(std::int64_t tick, std::span<const mark> marks) = 0;
  [[nodiscard]] virtual std::vector<market_fill> execute(const market_order& order) = 0;
  /// Where the orders of this tick have pushed a mark, in ticks to add; 0 for a market without impact.
  [[nodiscard]] virtual std::int64_t pushed_ticks(std::uint32_t instrument) const = 0;

  /// Of a market that remembers nothing: blank.
  [[nodiscard]] virtual market_state state() const { return {}; }
  virtual void restore(market_state /*state*/) {}
};

/// Depth around the mark. Linear: the notional within a move grows with the move; square root: the move grows with the
/// square root of the notional. What orders consume comes back with the half-life. Integers throughout.
[[nodiscard]] std::unique_ptr<market> make_simulated_market(const book& source, const market_rules& rules);

}  // namespace plimsoll
