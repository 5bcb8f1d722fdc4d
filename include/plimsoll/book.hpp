// A book in memory, row by row, as the tables of a book folder would give it. `docs` and `plimsoll help` say what each
// column means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plimsoll/decimal.hpp"

namespace plimsoll {

/// Numbers are exact decimals, names are text. What is absent has the default of its column. Refusals count rows as
/// files do: row 2 is the first.
struct book_rows {
  struct asset {
    std::string name;
    std::optional<decimal> step{};   ///< A power of ten, at most 1; absent: the finest that amounts need, or 10^-8.
    std::optional<decimal> price{};  ///< In the quote; `multi` alone.
    std::optional<decimal> asset_weight{};      ///< 0 to 1; `multi` alone.
    std::optional<decimal> liability_weight{};  ///< 1 to 10; `multi` alone.
  };
  struct instrument {
    std::string name;
    std::string kind = "linear";  ///< "linear", "inverse" or "spot".
    std::string base;
    std::string settle;
    std::optional<decimal> contract_size{};  ///< Not of spot.
    decimal price_step{1, 0};
    std::optional<decimal> size_step{};  ///< Not of spot.
    std::string tier_table{};            ///< Not of spot.
  };
  struct tier {
    std::string table;
    decimal floor{};  ///< Notional from which the band holds, in the settlement asset.
    decimal maintenance_rate{};
    std::optional<decimal> initial_rate{};  ///< This, or the next.
    std::optional<decimal> max_leverage{};
  };
  struct balance {
    std::string account;
    std::string asset;
    decimal amount{};
  };
  struct position {
    std::string account;
    std::string instrument;
    decimal size{};                            ///< Signed: long > 0.
    std::optional<decimal> entry_price{};      ///< This, or the next.
    std::optional<decimal> entry_value{};      ///< Cost, signed as the value is.
    std::optional<decimal> isolated_margin{};  ///< Without profit; present: the position is its own unit.
    std::optional<double> adl_score{};         ///< Where the score is `given`.
  };
  struct mark {
    std::string instrument;
    decimal price{};
    std::optional<std::int64_t> as_of_ns{};  ///< UTC nanoseconds since 1970.
  };

  std::string venue_toml;  ///< The text of a venue.toml; its `rulebook` names one that comes with Plimsoll.
  std::vector<asset> assets;
  std::vector<instrument> instruments;
  std::vector<tier> tiers;
  std::vector<balance> balances;
  std::vector<position> positions;
  std::vector<mark> marks;
};

}  // namespace plimsoll
