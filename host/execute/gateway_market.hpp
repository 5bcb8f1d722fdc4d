// Connects an order gateway to an executor as its market.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "host/execute/market.hpp"
#include "plimsoll/order_gateway.hpp"

namespace plimsoll {

/// The feed's marks already contain the impact of orders, so this market never moves them.
class gateway_market final : public market {
 public:
  /// The gateway must outlive the market.
  explicit gateway_market(order_gateway& to) : to_(to) {}
  explicit gateway_market(std::unique_ptr<order_gateway> owned) : owned_(std::move(owned)), to_(*owned_) {}

  void begin_tick(moment /*at*/, std::span<const mark> /*marks*/) override {}
  void send(const market_order& order) override { to_.send(order); }
  void cancel(order_id order) override { to_.cancel(order); }
  void take_answers(std::vector<market_answer>& out) override { to_.take_answers(out); }
  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t /*instrument*/) const override { return 0; }

 private:
  std::unique_ptr<order_gateway> owned_;
  order_gateway& to_;
};

}  // namespace plimsoll
