// The executor's side of the market: sends orders, takes in answers, cancels overdue orders, settles fills.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/execute/executor.hpp"

namespace plimsoll {

/// Works on the executor's `working_orders` during one call of the executor.
///
/// Every answer is applied once and in the sequence of its order. A repeated answer is counted and not applied. An
/// answer that cannot be true (a gap in the sequence, an order that is not open, more lots than ordered, a price beyond
/// the limit) is reported and not applied, and the right answer may still come with its sequence number.
class order_desk {
 public:
  using poster = std::function<status(ledger_step, const char* cause, std::vector<ledger_leg>)>;

  order_desk(waterfall_executor& owner, moment at, tick_outcome& out, poster post);

  /// Before a tick's scan: takes in the answers since the last call, then cancels each overdue order, which frees its
  /// lots.
  [[nodiscard]] status catch_up();

  /// Sends an order for the next `lots` of a position, and takes in the market's immediate answers. `closing` counts
  /// the filled lots as closed. `fund_held`: the amount that the fund would pay for fills at the limit.
  [[nodiscard]] status send(closing_position& closing, order_id id, std::uint64_t lots, std::int64_t limit_ticks,
                            std::int64_t fund_held);

  /// Lots of an order that are still working.
  [[nodiscard]] std::uint64_t lots_at_work(order_id id) const {
    const auto found = orders_.open.find(id);
    return found == orders_.open.end() ? 0 : found->second.left();
  }

 private:
  [[nodiscard]] status take_in(const std::vector<market_answer>& answers);
  [[nodiscard]] status take_in(const market_answer& one);
  /// The reason why a fill cannot be one of the order's, if there is one.
  [[nodiscard]] std::optional<std::string> fault_of(const working_order& order, const market_answer& fill) const;
  [[nodiscard]] status settle(working_order& order, const market_answer& fill);
  [[nodiscard]] status settle_with_unit(working_order& order, std::uint32_t position, std::int64_t lots,
                                        std::int64_t value, std::int64_t price_ticks);
  [[nodiscard]] status settle_late(const working_order& order, std::int64_t lots, std::int64_t value,
                                   std::int64_t price_ticks);
  void end(order_id id, const working_order& order);
  void hold_fund(working_order& order, std::int64_t amount);
  void refuse(const market_answer& one, std::string reason);

  waterfall_executor& owner_;
  const book& book_;
  working_orders& orders_;
  std::int64_t now_ns_;
  tick_outcome& out_;
  poster post_;
  bool catching_up_ = false;
  std::uint64_t filled_ = 0;  ///< Since the last order was sent.
};

}  // namespace plimsoll
