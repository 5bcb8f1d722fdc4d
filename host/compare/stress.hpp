// Shocks against sizes of the insurance fund: a fork a cell, no probabilities.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/compare/fork.hpp"
#include "host/compare/shock.hpp"

namespace plimsoll {

/// What the fund opens with in one column of the grid.
struct fund_size {
  std::string text;  ///< As it was asked for, or "0.5 x rulebook".
  std::map<std::string, decimal>
      balance;  ///< As `fund_rules::balance`: by asset, or by instrument where that is the scope.
};

/// "0,1000000": each number opens the fund of every settlement asset (every contract where the rulebook's fund is per
/// instrument); "QUSD=1000000,SYN01=5": these, the others as in the rulebook. Plain sizes stand between commas, named
/// ones between semicolons; none twice. Blank: `default_funds`. Usage errors name what is wrong: below zero, finer than
/// the asset's step, beyond 2^62 steps, unknown.
[[nodiscard]] result<std::vector<fund_size>> parse_funds(std::string_view list, const book& source);

/// Where the rulebook's fund has a balance: 0, 1/4, 1/2, 1, 2 and 4 times it, rounded down to the step; else 0 and ten
/// to the fourth to the eighth of the quote, and in other assets the power of ten that is worth no more.
[[nodiscard]] std::vector<fund_size> default_funds(const book& source);

/// One shock at one fund size.
struct stress_cell {
  fork_outcome outcome;
  [[nodiscard]] bool adequate() const;  ///< Nothing goes beyond the fund, in no asset.
};

/// What a stress run found; reports read it.
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
  /// Without a market all that is bankrupt goes to ADL, whatever the fund holds.
  [[nodiscard]] bool has_market() const;
  /// What the fund of a column opens with in an asset, in its steps.
  [[nodiscard]] int128 opening(std::size_t fund, std::uint32_t asset) const;
  /// Column of the smallest fund at which, under a shock, nothing in the asset at that place of `fork_outcome::assets`
  /// goes beyond the fund; `no_fund` where none is adequate. Smallest by opening balance, then by column.
  static constexpr std::size_t no_fund = static_cast<std::size_t>(-1);
  [[nodiscard]] std::size_t smallest_adequate(std::size_t shock, std::size_t asset_place) const;
};

/// Runs the grid, one fork after the other: one tick at the shocked marks, with the cascade to its fixed point.
[[nodiscard]] result<stress_grid> stress_book(book source, std::vector<market_shock> shocks,
                                              std::vector<fund_size> funds, const fork_options& options,
                                              refusal_list& refusals);

}  // namespace plimsoll
