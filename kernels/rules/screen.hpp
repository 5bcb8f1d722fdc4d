// Rules out units whose state a tick cannot have changed: the size of a move of marks, and the largest move that leaves
// a unit's state certain.
//
// The claim. Let every rate (the worth of a lot) of a unit's instruments, and every price of its balances, be within a
// share k / 2^20 of the reference, k < 2^16. Then
// * a value floor(x) becomes floor(x') with |x' - x| <= |x| k / 2^20 and |x| <= |floor(x)| + 1, so it moves by at most
//   D = (|value| + 1) k / 2^20 + 1;
// * notional = |value| moves by at most D, and MM, where it is convex and continuous in the notional, by at most D x
//   the maintenance rate of the band at the largest notional within range;
// * where MM jumps at floors (a rate of the whole position), a move that passes a floor is at least as large as the
//   distance to it, so the jump, rise x floor, is at most the move x jump / distance: the rate above grows by that much
//   for each floor within range, on either side;
// * where floors count lots, no move passes one, and MM moves with the rate of the band;
// * margin equity = weighted(own) + worth of other balances: `weighted` moves by at most its larger weight x the move
// of own,
//   plus 1 for its floor; each balance's worth by at most its own D.
// So margin equity x 10^12 - MM x call moves by at most slope x k / 2^20 + fixed, which `safety_radius` solves for k.
// Equity is never below margin equity, so a unit that is not liquidatable is not bankrupt. docs/design.md section 6
// gives the idea.
//
// The bound is wider than the claim needs in four places: roundings count twice, and those of MM at the highest rate
// that is admitted; the largest notional within range is a few steps too large; and units are ruled out only below
// their radius, a code less than the bound allows. The rounding errors of binary64 are far smaller than that code.
#pragma once

#include <cstdint>

#include "kernels/rules/margin.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

/// Moves and radii are counted in 2^-20 of the reference. The largest code, a sixteenth, also means any larger move.
inline constexpr int move_bits = 20;
inline constexpr std::uint32_t move_code_max = 0xffffU;

/// Code of a move of |ratio - 1|, rounded up; `ratio` is the new worth of a lot over the old one, within a few units in
/// the last place.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint16_t move_code(double ratio) {
  const double move = ratio < 1 ? 1 - ratio : ratio - 1;
  // A ratio of two quotients of int64 is within 2^-49 of the exact one: a 2^-24th of a code is ample.
  constexpr double slack = 1.0 / (1 << 24);
  const double codes = move * (1 << move_bits) + slack;
  if (!(codes < move_code_max)) { return static_cast<std::uint16_t>(move_code_max); }
  const auto whole = static_cast<std::uint32_t>(codes);
  return static_cast<std::uint16_t>(static_cast<double>(whole) < codes ? whole + 1 : whole);
}

/// The distance of one instrument's rate from its reference; 0 only if they are equal.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint16_t move_of(const value_rate& reference, const value_rate& now) {
  const bool same_sign = reference.negative == now.negative;
  if (reference.num == now.num && reference.den == now.den && (same_sign || now.num == 0)) { return 0; }
  // At zero and across it a move is not a share of the old rate.
  if (reference.num == 0 || now.num == 0 || !same_sign) { return static_cast<std::uint16_t>(move_code_max); }
  const double before = static_cast<double>(reference.num) / static_cast<double>(reference.den);
  const double after = static_cast<double>(now.num) / static_cast<double>(now.den);
  return move_code(after / before);
}

/// The most that a unit could lose within a move: sums over its positions and its other balances.
struct exposure_sums {
  uint128 notional = 0;    ///< Sum of |value| + 1.
  uint128 slope_ppm = 0;   ///< Sum of (|value| + 1) x the maintenance rate at the largest notional within range.
  std::uint32_t rows = 0;  ///< Positions.
  uint128 collateral = 0;  ///< Sum of |worth with haircut| + 1 of other balances.
  std::uint32_t collateral_rows = 0;
};

/// The largest notional that a move can bring one to: a sixteenth more, and the floors.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t notional_within_range(std::uint64_t notional) {
  return notional + (notional >> 4) + 4;
}

/// The smallest notional that a move can bring one to.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint64_t notional_least(std::uint64_t notional) {
  const std::uint64_t down = (notional >> 4) + 4;
  return notional > down ? notional - down : 0;
}

/// A rate beyond any that is admitted: no move is safe.
inline constexpr std::uint32_t rate_ppm_unbounded = (1U << limits::rate_ppm_bits_max) - 2;
static_assert(limits::rate_ppm_max < rate_ppm_unbounded);

/// `rate_ppm` and what a jump of MM by `rise_ppm` x floor adds to it, at a floor that `notional` may pass in either
/// direction. Rounded up far beyond the errors of binary64; unbounded if it would be more than the highest rate.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint32_t rate_with_jump(std::uint32_t rate_ppm, std::uint64_t notional,
                                                                 std::uint64_t floor, std::uint32_t rise_ppm) {
  constexpr double up = 1.0 + 1.0 / (1 << 30);
  const std::uint64_t distance = floor > notional ? floor - notional : notional - floor + 1;
  const double jump = static_cast<double>(rise_ppm) * static_cast<double>(floor) / static_cast<double>(distance);
  const double rate = (static_cast<double>(rate_ppm) + jump) * up + 1;
  return rate < static_cast<double>(limits::rate_ppm_max) ? static_cast<std::uint32_t>(rate) : rate_ppm_unbounded;
}

/// The highest rate at which MM of a position in band `at` of `count` bands can move. `floor_of` and `rate_of` return a
/// band's floor and rate by its index. `by_lots`, `whole`: as in tier_view.
template <class FloorOf, class RateOf>
[[nodiscard]] PLIMSOLL_HD constexpr std::uint32_t rate_within_range(std::uint64_t notional, std::uint32_t at,
                                                                    std::uint32_t count, bool by_lots, bool whole,
                                                                    const FloorOf& floor_of, const RateOf& rate_of) {
  if (by_lots) { return rate_of(at); }
  std::uint32_t last = at;
  for (const std::uint64_t reached = notional_within_range(notional);
       last + 1 < count && floor_of(last + 1) <= reached;) {
    ++last;
  }
  std::uint32_t rate = rate_of(last);
  if (!whole) { return rate; }
  std::uint32_t first = at;
  for (const std::uint64_t least = notional_least(notional); first > 0 && floor_of(first) > least;) { --first; }
  for (std::uint32_t band = first + 1; band <= last; ++band) {
    rate = rate_with_jump(rate, notional, floor_of(band), rate_of(band) - rate_of(band - 1));
  }
  return rate;
}

/// Adds a position of that notional whose `rate_within_range` is given.
PLIMSOLL_HD constexpr void add_exposure(exposure_sums& sums, std::uint64_t notional, std::uint32_t rate_ppm) {
  // More than any radius allows: the unit is then evaluated in every tick.
  if (rate_ppm == rate_ppm_unbounded) { sums.notional += static_cast<uint128>(1) << 58; }
  sums.notional += notional + 1;
  sums.slope_ppm += static_cast<uint128>(notional + 1) * rate_ppm;
  ++sums.rows;
}

/// Adds another balance, with its price and its worth after haircuts.
PLIMSOLL_HD constexpr void add_exposure(exposure_sums& sums, std::int64_t amount, const price_rate& plain,
                                        const price_rate& as_asset, const price_rate& as_liability) {
  const std::uint64_t size = magnitude(amount);
  // A unit beyond the limits is never ruled out, and its worth is not read.
  if (!value_admitted(size, plain) || !value_admitted(size, as_liability)) { return; }
  sums.collateral += magnitude(value_of({amount}, amount < 0 ? as_liability : as_asset).raw) + 1;
  ++sums.collateral_rows;
}

/// The figures of a unit at the reference prices on which its state depends.
struct judged_unit {
  std::int64_t equity = 0;
  std::int64_t margin_equity = 0;
  uint128 maintenance_ppm = 0;
  verdict outcome{};
  bool admitted = true;  ///< Nothing is beyond 2^62 steps.
};

/// Rules of the venue that a radius depends on.
struct screen_rules {
  std::uint32_t call_ppm = 1'000'000;
  std::uint32_t weight_ppm_max = 1'000'000;  ///< The larger haircut of the unit's own asset.
};

/// A wide sum as binary64, within 2^-52 of it.
[[nodiscard]] PLIMSOLL_HD constexpr double nearly(uint128 sum) {
  constexpr double two_to_64 = 18446744073709551616.0;
  return static_cast<double>(static_cast<std::uint64_t>(sum >> 64)) * two_to_64 +
         static_cast<double>(static_cast<std::uint64_t>(sum));
}

/// The largest code r such that a unit's state is certain while every move is below r. 0: the unit must be evaluated at
/// every tick, as each liquidatable or bankrupt unit must; 1: it is certain only while none of its own prices moves.
[[nodiscard]] PLIMSOLL_HD constexpr std::uint16_t safety_radius(const judged_unit& unit, const exposure_sums& exposure,
                                                                screen_rules rules) {
  const bool safe = unit.outcome.state() == unit_state::healthy || unit.outcome.state() == unit_state::margin_call;
  if (!safe || !unit.admitted) { return 0; }
  if (exposure.rows == 0 && exposure.collateral_rows == 0) { return static_cast<std::uint16_t>(move_code_max); }
  // Within these bounds no figure passes 2^62 steps at any move that has a code.
  constexpr std::int64_t equity_max = std::int64_t{1} << 60;
  constexpr uint128 worth_max = static_cast<uint128>(1) << 57;
  if (unit.equity > equity_max || unit.margin_equity > equity_max || exposure.notional > worth_max ||
      exposure.collateral > worth_max) {
    return 0;
  }

  // In binary64, whose errors are a few 2^-53 of each term; the margins below are far larger than the sum of these
  // errors.
  constexpr double cancelled = 1.0 / (std::uint64_t{1} << 44);
  constexpr double margin = 1.0 / (1 << 30);
  constexpr double ppm = 1e6;
  const double equity = static_cast<double>(unit.margin_equity) * (ppm * ppm);
  const double required = nearly(unit.maintenance_ppm) * ppm;
  const double call = nearly(unit.maintenance_ppm) * static_cast<double>(rules.call_ppm);
  const double lost = ((equity < 0 ? -equity : equity) + call) * cancelled;
  const bool healthy = unit.outcome.state() == unit_state::healthy;
  const double above = equity - (healthy ? call : required) - lost;
  const double below = call - equity - lost;  // Margin-called: the distance until it is healthy again.
  const double slack = healthy || above < below ? above : below;
  // Floors of values, of requirements in range (rates are at most 10), of the weighted balance, of worths.
  const double weight = static_cast<double>(rules.weight_ppm_max) * ppm;
  const double fixed = (static_cast<double>(exposure.rows) * 2 *
                            (weight + static_cast<double>(rules.call_ppm) * static_cast<double>(limits::rate_ppm_max)) +
                        ppm * ppm * (2 * static_cast<double>(exposure.collateral_rows) + 2)) *
                       (1 + margin);
  if (slack <= fixed) { return 1; }
  const double headroom = (slack - fixed) * (1 - margin) * (1 << move_bits);
  const double slope =
      (nearly(exposure.notional) * weight + nearly(exposure.slope_ppm) * static_cast<double>(rules.call_ppm) +
       nearly(exposure.collateral) * (ppm * ppm)) *
      (1 + margin);
  const double moves = headroom / slope;
  if (!(moves < move_code_max)) { return static_cast<std::uint16_t>(move_code_max); }
  const auto whole = static_cast<std::uint32_t>(moves);
  return static_cast<std::uint16_t>(whole < 1 ? 1 : whole);
}

}  // namespace plimsoll
