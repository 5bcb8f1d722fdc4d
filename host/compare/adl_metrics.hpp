// The cost of a deleveraging and who paid it, in a few exact numbers. Sources: arXiv 2512.01112 for removed, needed,
// overshoot and haircut over equity; C. Gini's mean-difference form for the spread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "host/execute/executor.hpp"

namespace plimsoll {

/// A ratio in parts per 10^9, rounded down, at most `ratio_max`.
inline constexpr std::int64_t ratio_one = 1'000'000'000;
inline constexpr std::int64_t ratio_max = (std::int64_t{1} << 31) - 1;
inline constexpr int ratio_digits = 9;

/// floor(10^9 x max(0, haircut) / equity). The overlap check keeps it at or below one, except for the rounding of
/// values. So a unit with zero equity has `ratio_max` if it lost a step, and 0 if it lost none.
[[nodiscard]] std::int64_t haircut_ratio(int128 haircut, std::int64_t equity);

/// Gini coefficient in parts per 10^9, rounded down, of `ratios` (rising), padded with zeros to `count` values:
/// sum of (2i - count - 1) x_i over count x sum of x_i, i from 1 in rising order. 0 where all are 0. `count` < 2^32.
[[nodiscard]] std::int64_t gini_of(std::span<const std::uint32_t> ratios, std::uint64_t count);

/// Distribution of haircuts over the units that could bear them. A unit counts once per wave, that is, once for each
/// scan of a tick that the executor carries out.
struct haircut_spread {
  std::int64_t worst = 0;         ///< Largest haircut / equity; equity before the unit's first fill of the wave.
  std::int64_t mean = 0;          ///< Over deleveraged units.
  std::int64_t gini = 0;          ///< Over candidates; one that was not deleveraged counts as 0.
  std::uint64_t candidates = 0;   ///< Units on the ladders that ADL used.
  std::uint64_t deleveraged = 0;  ///< Deleveraged units.
  std::uint64_t accounts = 0;     ///< Deleveraged accounts, each counted once over all waves.
};

/// Money of one settlement asset, in its steps.
struct adl_money {
  int128 removed = 0;  ///< Sum of haircuts: value against the mark, fill by fill.
  int128 needed = 0;   ///< Shortfall against the mark of the positions that reached ADL, over all waves, met or not.
  [[nodiscard]] int128 overshoot() const { return removed - needed; }  ///< Below zero: undershoot.
};

/// Collects these figures wave by wave.
class adl_record {
 public:
  /// `state`: the book, with the ids of `outcome`.
  void add(const tick_outcome& outcome, const book& state);

  [[nodiscard]] adl_money money(std::uint32_t asset) const;
  [[nodiscard]] haircut_spread spread(std::uint32_t asset) const;
  [[nodiscard]] haircut_spread spread() const;  ///< Over all assets together.

 private:
  struct part {
    adl_money money;
    std::uint64_t candidates = 0;
    std::vector<std::uint32_t> ratios;
    std::unordered_set<std::string> accounts;
  };
  static haircut_spread spread_of(std::vector<std::uint32_t> ratios, std::uint64_t candidates, std::uint64_t accounts);

  std::map<std::uint32_t, part> parts_;  ///< By asset.
};

}  // namespace plimsoll
