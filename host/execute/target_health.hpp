// Fewest lots of a unit's positions, one position after the other, that bring the unit to a target health.
#pragma once

#include <cstdint>

#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {

/// Follows a unit while its positions close at the mark: each lot frees its requirement and costs the fee.
///
/// The target is met if margin equity less fees >= target x MM. The fee of a position is half-even(|closed value| x
/// fee). It may cost more than a lot frees, so more lots need not be better. The search returns the smallest number of
/// lots that meets the target; if none does, the whole position is closed.
class target_health_search {
 public:
  /// `maintenance_ppm`: MM of all of the unit's positions, those included for which `close` is called.
  target_health_search(std::int64_t margin_equity, uint128 maintenance_ppm, std::uint32_t fee_ppm,
                       std::uint32_t target_ppm)
      : margin_equity_(margin_equity), maintenance_ppm_(maintenance_ppm), fee_ppm_(fee_ppm), target_ppm_(target_ppm) {}

  /// Lots of the next position to close, which then count as closed. 0 once the target is met.
  std::uint64_t close(size_lots size, const value_rate& rate, tier_view tiers);

 private:
  struct position {
    std::int64_t lots;
    std::int64_t value;
    value_rate rate;
    tier_view tiers;
  };
  /// A range of closed lots, both ends included, and the gap to the target at each end.
  struct range {
    std::uint64_t first, last;
    int128 first_gap, last_gap;
  };

  [[nodiscard]] std::int64_t kept_value(const position& of, std::uint64_t closed) const;
  [[nodiscard]] uint128 required_of(const position& of, std::uint64_t closed) const;
  [[nodiscard]] std::int64_t fee_of(std::uint64_t closed_value) const;
  /// target x MM - margin equity after closing some lots, in step x 10^-12: met where it is <= 0.
  [[nodiscard]] int128 gap_after(const position& of, std::uint64_t closed) const;
  [[nodiscard]] std::uint64_t first_met(const position& of) const;

  int128 margin_equity_;
  uint128 maintenance_ppm_;  ///< Of the lots that are not closed.
  std::uint32_t fee_ppm_;
  std::uint32_t target_ppm_;
};

}  // namespace plimsoll
