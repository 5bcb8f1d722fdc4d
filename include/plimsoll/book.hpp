// A book in memory, row by row, as the tables of a book folder would hold it. `docs` and `plimsoll help` describe each
// column.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plimsoll/decimal.hpp"

namespace plimsoll {

/// Numbers are exact decimals, names are text. An absent value takes the default of its column. Refusals count rows as
/// files do: row 2 is the first.
struct book_rows {
  struct asset {
    std::string name;
    std::optional<decimal> step{};   ///< A power of ten, at most 1. Absent: the finest that amounts need, or 10^-8.
    std::optional<decimal> price{};  ///< In the quote; only in `multi`.
    std::optional<decimal> asset_weight{};      ///< 0 to 1; only in `multi`.
    std::optional<decimal> liability_weight{};  ///< 1 to 10; only in `multi`.
  };
  struct instrument {
    std::string name;
    std::string kind = "linear";  ///< "linear", "inverse" or "spot".
    std::string base;
    std::string settle;
    std::optional<decimal> contract_size{};  ///< Absent for spot.
    decimal price_step{1, 0};
    std::optional<decimal> size_step{};  ///< Absent for spot.
    std::string tier_table{};            ///< Blank for spot.
  };
  struct tier {
    std::string table;
    decimal floor{};  ///< Notional at which the band begins, in the settlement asset.
    decimal maintenance_rate{};
    std::optional<decimal> initial_rate{};  ///< Either this or the next.
    std::optional<decimal> max_leverage{};
    std::string applies_to{};  ///< "band", or "whole": the band's rates hold for the whole position.
    std::string floor_in{};    ///< "notional" or "contracts".
  };
  /// Market depth of an instrument.
  struct depth {
    std::string instrument;
    decimal amount{};                    ///< Notional that moves the instrument's price by [market] depth_move.
    std::optional<decimal> half_life{};  ///< Seconds.
  };
  struct account {
    std::string name;
    std::string margin_mode{};  ///< "cross", or blank.
  };
  struct balance {
    std::string account;
    std::string asset;
    decimal amount{};
  };
  struct position {
    std::string account;
    std::string instrument;
    decimal size{};                            ///< Signed: long > 0. If `side` is given, it may be a magnitude.
    std::optional<decimal> entry_price{};      ///< Either this or the next.
    std::optional<decimal> entry_value{};      ///< Cost, with the sign of the value.
    std::optional<decimal> isolated_margin{};  ///< Without profit. If present, the position is a unit of its own.
    std::optional<double> adl_score{};         ///< Read if the venue's score is `given`.
    std::string side{};                        ///< "long" or "short"; blank: the sign of the size.
    std::string margin_mode{};                 ///< "cross" or "isolated"; blank: isolated if a margin is given.
  };
  struct mark {
    std::string instrument;
    decimal price{};
    std::optional<std::int64_t> as_of_ns{};  ///< UTC nanoseconds since 1970.
  };

  /// Money or debt of an isolated unit that has no position.
  struct bare_unit {
    std::string account;
    std::string unit;  ///< "isolated:BTCUSDT:long".
    decimal balance{};
  };
  /// Holding of a system account at the start: money, or contracts with their cost.
  struct system_holding {
    std::string account;  ///< "fund", "fees", "market", "backstop" or "external".
    std::string asset{};
    std::optional<decimal> amount{};
    std::string instrument{};
    std::optional<decimal> size{};
    std::optional<decimal> entry_value{};
    std::string unit{};  ///< Of fund money: the instrument that this part of the fund is for.
  };

  std::string venue_toml;  ///< The text of a venue.toml. Its `rulebook` names one that comes with Plimsoll.
  std::vector<asset> assets;
  std::vector<instrument> instruments;
  std::vector<tier> tiers;
  std::vector<balance> balances;
  std::vector<position> positions;
  std::vector<mark> marks;
  std::vector<depth> depths{};
  std::vector<account> accounts{};  ///< Needed only for accounts that have neither a balance nor a position.
  std::vector<bare_unit> units{};
  std::vector<system_holding> system{};
};

}  // namespace plimsoll
