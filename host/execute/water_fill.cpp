#include "host/execute/water_fill.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include <boost/multiprecision/cpp_int.hpp>

namespace plimsoll {

namespace {

using wide = boost::multiprecision::uint256_t;

wide widen(uint128 x) { return (wide(static_cast<std::uint64_t>(x >> 64)) << 64) + static_cast<std::uint64_t>(x); }

}  // namespace

std::vector<std::uint64_t> water_fill(std::uint64_t total, std::span<const uint128> weights,
                                      std::span<const std::uint64_t> caps) {
  assert(weights.size() == caps.size());
  std::vector<std::uint64_t> parts(weights.size(), 0);
  std::vector<std::uint32_t> order;
  wide weight_left = 0;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0 || caps[i] == 0) { continue; }
    order.push_back(i);
    weight_left += widen(weights[i]);
  }
  // Rising cap / weight, ties by place: who is full first.
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const wide left = widen(weights[b]) * caps[a];
    const wide right = widen(weights[a]) * caps[b];
    return left != right ? left < right : a < b;
  });
  std::size_t full = 0;
  for (; full < order.size(); ++full) {
    const std::uint32_t i = order[full];
    if (widen(weights[i]) * total < weight_left * caps[i]) { break; }
    parts[i] = caps[i];
    total -= caps[i];
    weight_left -= widen(weights[i]);
  }
  // Nobody left can be filled: shares stay strictly below the caps, so the floors' rounding cannot exceed them.
  std::sort(order.begin() + static_cast<std::ptrdiff_t>(full), order.end());
  wide running = 0;
  std::uint64_t paid = 0;
  for (std::size_t k = full; k < order.size(); ++k) {
    running += widen(weights[order[k]]);
    const auto paid_next = static_cast<std::uint64_t>(wide(running * total / weight_left));
    parts[order[k]] = paid_next - paid;
    paid = paid_next;
    assert(parts[order[k]] <= caps[order[k]]);
  }
  return parts;
}

}  // namespace plimsoll
