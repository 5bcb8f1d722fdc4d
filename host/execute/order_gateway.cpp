#include "host/execute/order_gateway.hpp"

namespace plimsoll {

bool order_gateway::answer(const market_answer& one) {
  const std::lock_guard held(lock_);
  if (inbox_.size() >= inbox_max_) { return false; }
  inbox_.push_back(one);
  return true;
}

void order_gateway::take_answers(std::vector<market_answer>& out) {
  const std::lock_guard held(lock_);
  out.insert(out.end(), inbox_.begin(), inbox_.end());
  inbox_.clear();
}

}  // namespace plimsoll
