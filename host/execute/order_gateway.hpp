// An embedder's way to a real market: derive from it, send and cancel as your venue does, hand its answers in from any
// thread.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "host/execute/market.hpp"

namespace plimsoll {

/// A market whose answers come when they come. They wait in a bounded inbox until the executor takes them in: at the
/// start of a tick, and after each order that it sends.
class order_gateway : public market {
 public:
  explicit order_gateway(std::size_t inbox_max = 65'536) : inbox_max_(inbox_max) {}

  /// Puts an answer into the inbox; from any thread, never waits for the executor. False: the inbox is full, nothing
  /// was kept, hand it in again after the next tick has begun.
  [[nodiscard]] bool answer(const market_answer& one);

  void begin_tick(std::int64_t, std::span<const mark>) override {}
  void take_answers(std::vector<market_answer>& out) final;
  /// The feed's marks have the impact in them.
  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t) const final { return 0; }

 private:
  const std::size_t inbox_max_;
  std::mutex lock_;
  std::vector<market_answer> inbox_;
};

}  // namespace plimsoll
