#include "host/execute/half_life.hpp"

#include <array>

#include "host/text/wide.hpp"

namespace plimsoll {

namespace {

constexpr int digits = 120;

/// 2^(-2^-i) x 2^120, rounded down, for i from 1. Each is the square root of the one before.
std::array<uint256, digits> make_roots() {
  std::array<uint256, digits> roots;
  uint256 root = uint256(1) << (digits - 1);
  for (uint256& one : roots) {
    root = boost::multiprecision::sqrt(uint256(root << digits));
    one = root;
  }
  return roots;
}

/// 2^(-part / whole) x 2^120, rounded down, for part < whole < 2^62. In binary, part / whole is a sum of powers 2^-i,
/// so the result is the product of their powers.
uint256 power_of_part(std::uint64_t part, std::uint64_t whole) {
  static const std::array<uint256, digits> roots = make_roots();
  uint256 power = uint256(1) << digits;
  for (const uint256& root : roots) {
    part *= 2;
    if (part < whole) { continue; }
    part -= whole;
    power = (power * root) >> digits;
  }
  return power;
}

}  // namespace

std::uint64_t left_after(std::uint64_t amount, std::int64_t elapsed, std::int64_t half_life) {
  if (elapsed <= 0 || amount == 0) { return amount; }
  if (half_life <= 0) { return 0; }
  const std::int64_t halvings = elapsed / half_life;
  if (halvings >= 64) { return 0; }
  const auto part = static_cast<std::uint64_t>(elapsed % half_life);
  if (part == 0) { return amount >> halvings; }
  const uint256 left =
      (uint256(amount) * power_of_part(part, static_cast<std::uint64_t>(half_life))) >> (digits + halvings);
  return static_cast<std::uint64_t>(left);
}

}  // namespace plimsoll
