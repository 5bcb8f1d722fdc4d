#include "host/execute/half_life.hpp"

#include <array>

#include <boost/multiprecision/cpp_int.hpp>

namespace plimsoll {

namespace {

using wide = boost::multiprecision::uint256_t;

constexpr int digits = 120;

/// 2^(-2^-i) x 2^120, rounded down, for i from 1: each is the square root of the one before.
std::array<wide, digits> make_roots() {
  std::array<wide, digits> roots;
  wide root = wide(1) << (digits - 1);
  for (wide& one : roots) {
    root = boost::multiprecision::sqrt(wide(root << digits));
    one = root;
  }
  return roots;
}

/// 2^(-part / whole) x 2^120, rounded down, for part < whole < 2^62: part / whole in binary is a sum of 2^-i, so its
/// power is the product of theirs.
wide power_of_part(std::uint64_t part, std::uint64_t whole) {
  static const std::array<wide, digits> roots = make_roots();
  wide power = wide(1) << digits;
  for (const wide& root : roots) {
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
  const wide left = (wide(amount) * power_of_part(part, static_cast<std::uint64_t>(half_life))) >> (digits + halvings);
  return static_cast<std::uint64_t>(left);
}

}  // namespace plimsoll
