// Exact splitting of a total among weights. docs/design.md section 3, "Splitting".
#pragma once

#include <cstdint>

#include "kernels/rules/divide.hpp"

namespace plimsoll {

/// Splits `total` in proportion to weights given one after the other; the parts always sum to `total`.
///
/// Part i is floor(total x C[i] / W) - floor(total x C[i-1] / W), C the running sum of the weights and W its last
/// value. The floors telescope, so nothing is made or lost; weight 0 gets 0; while total <= W no part exceeds its
/// weight. With W = 0 the caller splits by ones instead.
class exact_split {
 public:
  /// `weight_sum` > 0 and below 2^126; the weights passed to `next` must not sum to more.
  PLIMSOLL_HD constexpr exact_split(std::uint64_t total, uint128 weight_sum) : total_(total), weight_sum_(weight_sum) {}

  /// The part of the next weight.
  PLIMSOLL_HD constexpr std::uint64_t next(uint128 weight) {
    const std::uint64_t part = peek(weight);
    running_ += weight;
    paid_ += part;
    return part;
  }

  /// The part that `next(weight)` would return, without advancing.
  [[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t peek(uint128 weight) const {
    return multiply_divide(total_, running_ + weight, weight_sum_) - paid_;
  }

 private:
  std::uint64_t total_;
  uint128 weight_sum_;
  uint128 running_ = 0;
  std::uint64_t paid_ = 0;
};

}  // namespace plimsoll
