#include "host/execute/water_fill.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "host/text/wide.hpp"

namespace plimsoll {

std::vector<std::uint64_t> water_fill(std::uint64_t total, std::span<const uint128> weights,
                                      std::span<const std::uint64_t> caps) {
  assert(weights.size() == caps.size());
  std::vector<std::uint64_t> parts(weights.size(), 0);
  std::vector<std::uint32_t> order;
  uint256 weight_left = 0;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0 || caps[i] == 0) { continue; }
    order.push_back(i);
    weight_left += to_uint256(weights[i]);
  }
  // Rising cap / weight, ties by index: the order in which parts become full.
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const uint256 left = to_uint256(weights[b]) * caps[a];
    const uint256 right = to_uint256(weights[a]) * caps[b];
    return left != right ? left < right : a < b;
  });
  std::size_t full = 0;
  for (; full < order.size(); ++full) {
    const std::uint32_t i = order[full];
    if (to_uint256(weights[i]) * total < weight_left * caps[i]) { break; }
    parts[i] = caps[i];
    total -= caps[i];
    weight_left -= to_uint256(weights[i]);
  }
  // No remaining part can become full: shares stay strictly below the caps, so the floors' rounding cannot exceed them.
  std::sort(order.begin() + static_cast<std::ptrdiff_t>(full), order.end());
  uint256 running = 0;
  std::uint64_t paid = 0;
  for (std::size_t k = full; k < order.size(); ++k) {
    running += to_uint256(weights[order[k]]);
    const auto paid_next = static_cast<std::uint64_t>(uint256(running * total / weight_left));
    parts[order[k]] = paid_next - paid;
    paid = paid_next;
    assert(parts[order[k]] <= caps[order[k]]);
  }
  return parts;
}

}  // namespace plimsoll
