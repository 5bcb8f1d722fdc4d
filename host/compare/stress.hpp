// Shocks against sizes of the insurance fund: one fork per cell, without probabilities.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/compare/fork.hpp"
#include "host/compare/shock.hpp"

namespace plimsoll {

/// Opening balance of the fund in one column of the grid.
struct fund_size {
  std::string text;  ///< As it was requested, or "0.5 x rulebook".
  std::map<std::string, decimal>
      balance;  ///< As `fund_rules::balance`: by asset, or by instrument where that is the scope.
};

/// "0,1000000": each number opens the fund of every settlement asset (every contract where the rulebook's fund is per
/// instrument); "QUSD=1000000,SYN01=5" opens these funds so and the others as in the rulebook. Plain sizes are
/// separated by commas, named ones by semicolons, and no size may be repeated. Blank: `default_funds`. Errors are of
/// code usage and name the fault: below zero, finer than the asset's step, beyond 2^62 steps, or unknown.
[[nodiscard]] result<std::vector<fund_size>> parse_funds(std::string_view list, const book& source);

/// If the rulebook's fund has a balance: 0, 1/4, 1/2, 1, 2 and 4 times that balance, rounded down to the step.
/// Otherwise 0 and 10^4 to 10^8 of the quote; in another asset the largest power of ten that is not worth more.
[[nodiscard]] std::vector<fund_size> default_funds(const book& source);

/// One shock at one fund size.
struct stress_cell {
  fork_outcome outcome;
  [[nodiscard]] bool adequate() const;  ///< The fund covers all losses, in every asset.
};

/// Result of a stress run; reports read it.
struct stress_grid {
  reference_data reference;
  std::uint64_t accounts = 0;
  std::uint64_t positions = 0;
  bool by_beta = false;
  std::vector<market_shock> shocks;
  std::vector<fund_size> funds;
  std::vector<stress_cell> cells;  ///< By shock, then fund.
  [[nodiscard]] const stress_cell& at(std::size_t shock, std::size_t fund) const {
    return cells[shock * funds.size() + fund];
  }
  /// Without a market every bankrupt position goes to ADL, whatever the fund holds.
  [[nodiscard]] bool has_market() const;
  /// Opening balance of the fund of a column in an asset, in steps of the asset.
  [[nodiscard]] int128 opening(std::size_t fund, std::uint32_t asset) const;
  /// Column of the smallest fund that covers all losses under a shock in the asset with that index in
  /// `fork_outcome::assets`; `no_fund` if none is adequate. Smallest by opening balance, then by column.
  static constexpr std::size_t no_fund = static_cast<std::size_t>(-1);
  [[nodiscard]] std::size_t smallest_adequate(std::size_t shock, std::size_t asset_place) const;
};

/// Runs the grid, one fork after the other: one tick at the shocked marks, with the cascade to its fixed point.
[[nodiscard]] result<stress_grid> stress_book(book source, std::vector<market_shock> shocks,
                                              std::vector<fund_size> funds, const fork_options& options,
                                              refusal_list& refusals);

}  // namespace plimsoll
