// ADL scores: IEEE binary64 of + - x / alone, order only, never money. docs/design.md section 3, "Scores".
// Every operation rounds on its own: contraction must be off in every compiler that sees this file.
#pragma once

#include <cstdint>
#include <limits>

#include "plimsoll/config.hpp"
#include "plimsoll/scores.hpp"

namespace plimsoll {

/// The inputs of a score. Money is in steps of the unit's asset.
struct score_input {
  std::int64_t pnl = 0;
  std::uint64_t cost = 0;  ///< |cost|.
  std::uint64_t notional = 0;
  std::int64_t lots = 0;         ///< Signed.
  std::int64_t equity = 0;       ///< Of the unit.
  std::int64_t maintenance = 0;  ///< MM of the unit as reported, rounded up; read by `binance` only.
  std::int64_t balance = 0;      ///< Of the unit, without pnl; read by `binance` only.
  double whole_unit = 1;         ///< 10^digits: steps in one whole unit of the asset.
  double size_step = 1;          ///< The instrument's size step, correctly rounded; read by `size` only.
  bool inverse = false;
  bool below_zero = false;  ///< The mark is; read by `hyperliquid` only.
  double given = 0;         ///< Column `adl_score`; read by `given` only.
};

/// The formulas, each named as its row of PLIMSOLL_SCORES, and their parts.
namespace scores {

/// pnl / |cost|: the return of the position. Cost 0: +inf, 0 or -inf by the sign of pnl.
[[nodiscard]] PLIMSOLL_HD constexpr double return_on_cost(const score_input& in) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (in.cost == 0) { return in.pnl > 0 ? infinity : (in.pnl < 0 ? -infinity : 0.0); }
  return static_cast<double>(in.pnl) / static_cast<double>(in.cost);
}

/// notional / equity: effective leverage. Equity <= 0: +inf.
[[nodiscard]] PLIMSOLL_HD constexpr double leverage(const score_input& in) {
  if (in.equity <= 0) { return std::numeric_limits<double>::infinity(); }
  return static_cast<double>(in.notional) / static_cast<double>(in.equity);
}

/// r x l for winners, r / l for losers (source: BitMEX). r = 0: 0; r < 0: 0 where l = +inf, -inf where l = 0.
[[nodiscard]] PLIMSOLL_HD constexpr double pnl_leverage(double r, double l) {
  // Both are computed and one is taken, so that the compiler can make vectors of it.
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double gain = l == 0 ? 0 : r * l;
  const double loss = l == infinity ? 0 : (l == 0 ? -infinity : r / l);
  return r == 0 ? 0 : (r > 0 ? gain : loss);
}

/// A position's gain as a ratio: notional / cost for a linear long or an inverse short, cost / notional for the other
/// two (source: Hyperliquid). At a mark below zero neither ratio is a gain, so there it is 1 + r, at least 0.
[[nodiscard]] PLIMSOLL_HD constexpr double gain(const score_input& in) {
  if (in.notional == 0 || in.cost == 0) { return 0; }
  if (in.below_zero) {
    const double g = 1.0 + return_on_cost(in);
    return g > 0 ? g : 0.0;
  }
  const auto n = static_cast<double>(in.notional);
  const auto c = static_cast<double>(in.cost);
  const bool rises = (in.lots > 0) != in.inverse;
  return rises ? n / c : c / n;
}

[[nodiscard]] PLIMSOLL_HD constexpr double pnl_leverage(const score_input& in) {
  return pnl_leverage(return_on_cost(in), leverage(in));
}

[[nodiscard]] PLIMSOLL_HD constexpr double hyperliquid(const score_input& in) {
  const double g = gain(in);
  return g > 0 ? g * leverage(in) : 0.0;
}

/// max(0, pnl) / max(one whole unit, balance) x (MM / equity); equity <= 0: 0 (source: Binance).
[[nodiscard]] PLIMSOLL_HD constexpr double binance(const score_input& in) {
  if (in.equity <= 0 || in.pnl <= 0) { return 0; }
  const auto balance = static_cast<double>(in.balance);
  const double wallet = balance > in.whole_unit ? balance : in.whole_unit;
  return static_cast<double>(in.pnl) / wallet * (static_cast<double>(in.maintenance) / static_cast<double>(in.equity));
}

[[nodiscard]] PLIMSOLL_HD constexpr double pnl(const score_input& in) {
  return static_cast<double>(in.pnl) / in.whole_unit;
}

[[nodiscard]] PLIMSOLL_HD constexpr double size(const score_input& in) {
  return static_cast<double>(in.lots < 0 ? -in.lots : in.lots) * in.size_step;
}

[[nodiscard]] PLIMSOLL_HD constexpr double given(const score_input& in) { return in.given; }

}  // namespace scores

/// The score; larger is closed first. Never NaN, never -0.
[[nodiscard]] PLIMSOLL_HD constexpr double score_of(score_kind kind, const score_input& in) {
  double score = 0;
  switch (kind) {
#define PLIMSOLL_SCORE_ROW(name, ...) \
  case score_kind::name: score = scores::name(in); break;
    PLIMSOLL_SCORES(PLIMSOLL_SCORE_ROW)
#undef PLIMSOLL_SCORE_ROW
  }
  return score == 0 ? 0.0 : score;  // -0 becomes +0.
}

}  // namespace plimsoll
