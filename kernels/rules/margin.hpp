// State of a risk unit from its sums. docs/design.md section 3, "State of a unit" and "Collateral".
#pragma once

#include <cstdint>

#include "kernels/rules/divide.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/limits.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// Haircuts of the quote's own balance in `multi`, in ppm; both 1,000,000 if the weights are not known.
struct quote_weights {
  std::uint32_t asset_ppm = 1'000'000;
  std::uint32_t liability_ppm = 1'000'000;
};

/// Equity with and without haircuts, not yet narrowed: both must be admitted (<= 2^62).
struct equity_pair {
  int128 equity = 0;
  int128 margin_equity = 0;
};

/// Equity of a unit: `own` = cash + sum of values in the unit's asset; the bases are the worth of the other assets'
/// balances without and with haircut (0 in `single` and for isolated units).
[[nodiscard]] PLIMSOLL_HD constexpr equity_pair equity_of(int128 own, std::int64_t base_equity,
                                                          std::int64_t base_margin, quote_weights weights) {
  const std::uint32_t weight = own > 0 ? weights.asset_ppm : weights.liability_ppm;
  const int128 weighted = weight == limits::ppm ? own : floor_divide(own * weight, limits::ppm);
  return {own + base_equity, weighted + base_margin};
}

/// Worst state that holds. Equality is safe.
[[nodiscard]] PLIMSOLL_HD constexpr unit_state classify(std::int64_t equity, std::int64_t margin_equity,
                                                        uint128 maintenance_ppm, std::uint32_t call_ppm) {
  if (equity < 0) { return unit_state::bankrupt; }
  const int128 margin_ppm = static_cast<int128>(margin_equity) * limits::ppm;
  const auto required_ppm = static_cast<int128>(maintenance_ppm);
  if (margin_ppm < required_ppm) { return unit_state::liquidatable; }
  // margin equity < call x MM; both sides times 1e6. margin_ppm < 2^83 x 1e6 and MM x call < 2^113: in range.
  if (margin_ppm * limits::ppm < required_ppm * call_ppm) { return unit_state::margin_call; }
  return unit_state::healthy;
}

/// Is a sum within the limit of 2^62 steps?
[[nodiscard]] PLIMSOLL_HD constexpr bool money_admitted(int128 sum) {
  return sum <= limits::money_steps_max && sum >= -static_cast<int128>(limits::money_steps_max);
}

[[nodiscard]] PLIMSOLL_HD constexpr bool money_admitted(std::int64_t sum) {
  return sum <= limits::money_steps_max && sum >= -limits::money_steps_max;
}

/// Is a requirement in step x 1e-6 within 2^62 steps?
[[nodiscard]] PLIMSOLL_HD constexpr bool requirement_admitted(uint128 required_ppm) {
  return required_ppm <= static_cast<uint128>(limits::money_steps_max) * static_cast<uint128>(limits::ppm);
}

/// The worth in the quote of a cross unit's balances in other assets, without and with haircut.
struct collateral_sum {
  int128 equity = 0;
  int128 margin_equity = 0;
  bool admitted = true;  ///< False: a term or a sum is beyond 2^62 steps, so the unit is over the limit.
};

/// Adds one balance: `plain` without haircut, `weighted` with the one of its sign.
PLIMSOLL_HD constexpr void add_collateral(collateral_sum& sum, std::int64_t amount, const price_rate& plain,
                                          const price_rate& weighted) {
  const std::uint64_t size = magnitude(amount);
  if (!value_admitted(size, plain) || !value_admitted(size, weighted)) {
    sum.admitted = false;
    return;
  }
  sum.equity += value_of({amount}, plain).raw;
  sum.margin_equity += value_of({amount}, weighted).raw;
}

/// True if the sum may serve as the bases of `equity_of`. Call it after the last balance: intermediate sums may be
/// larger.
[[nodiscard]] PLIMSOLL_HD constexpr bool collateral_admitted(const collateral_sum& sum) {
  return sum.admitted && money_admitted(sum.equity) && money_admitted(sum.margin_equity);
}

/// A unit's state with the `held` flag, in one byte: bits 0-1 the state, bit 2 held.
struct verdict {
  std::uint8_t bits = 0;
  [[nodiscard]] PLIMSOLL_HD constexpr unit_state state() const { return static_cast<unit_state>(bits & 3U); }
  [[nodiscard]] PLIMSOLL_HD constexpr bool held() const { return (bits & 4U) != 0; }
  /// Goes to the executor: liquidatable or bankrupt, and not held.
  [[nodiscard]] PLIMSOLL_HD constexpr bool flagged() const {
    return !held() && static_cast<int>(state()) >= static_cast<int>(unit_state::liquidatable);
  }
  /// Its positions are on the ladder: healthy or margin-called, and not held.
  [[nodiscard]] PLIMSOLL_HD constexpr bool on_ladder() const {
    return !held() && static_cast<int>(state()) <= static_cast<int>(unit_state::margin_call);
  }
};
[[nodiscard]] PLIMSOLL_HD constexpr verdict make_verdict(unit_state state, bool held) {
  return {static_cast<std::uint8_t>(static_cast<unsigned>(state) | (held ? 4U : 0U))};
}

/// The deficit of a unit: max(0, -equity).
[[nodiscard]] PLIMSOLL_HD constexpr std::int64_t deficit_of(std::int64_t equity) { return equity < 0 ? -equity : 0; }

/// Health factor in millionths, rounded down: floor(margin equity x 1e12 / MM in step x 1e-6). MM must be > 0.
[[nodiscard]] PLIMSOLL_HD constexpr int128 health_factor_ppm(std::int64_t margin_equity, uint128 maintenance_ppm) {
  return floor_divide(static_cast<int128>(margin_equity) * limits::ppm * limits::ppm,
                      static_cast<int128>(maintenance_ppm));
}

}  // namespace plimsoll
