// An account's margin. The figures are those of its rows in the tables `units` and `positions`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plimsoll/config.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// A position at the marks of the last tick. Money in steps of its unit's asset, prices in price steps.
struct position_report {
  std::uint32_t instrument = no_id;
  std::int64_t lots = 0;  ///< Signed: long > 0.
  std::int64_t value = 0;
  std::int64_t cost = 0;
  std::int64_t pnl = 0;  ///< value - cost.
  std::uint64_t notional = 0;
  std::int64_t maintenance = 0;                     ///< Rounded up.
  std::int64_t initial = 0;                         ///< Rounded up.
  std::int64_t allotted = 0;                        ///< The position's share of the unit's equity.
  std::optional<std::int64_t> bankruptcy_price{};   ///< None where no mark brings the unit's equity to zero.
  std::optional<std::int64_t> liquidation_price{};  ///< First mark below maintenance if only it moves; or none.
  double score = 0;                                 ///< ADL score.
  std::uint64_t ladder_place = 0;  ///< From 1; 0 if not on the ladder, or not requested (`account_options::ladders`).
  int lights = 0;                  ///< 1 to 5; 0 as above.
};

/// A balance in an asset that is not the quote. Only `multi` has such balances.
struct balance_report {
  std::uint32_t asset = no_id;
  std::int64_t amount = 0;
};

/// A risk unit at the marks of the last tick. Money in steps of `asset`.
struct unit_report {
  std::string unit;  ///< "cross:USDT", "isolated:BTCUSDT:long".
  std::uint32_t asset = no_id;
  std::int64_t balance = 0;  ///< Wallet balance, or the isolated margin; without profit.
  std::int64_t equity = 0;
  std::int64_t margin_equity = 0;      ///< Equity with haircuts on collateral.
  std::int64_t maintenance = 0;        ///< Rounded up.
  std::int64_t initial = 0;            ///< Rounded up.
  int128 free = 0;                     ///< margin_equity - initial.
  std::optional<int128> health_ppm{};  ///< Health factor in millionths, rounded down; none if maintenance is 0.
  unit_state state = unit_state::healthy;
  bool held = false;                     ///< A mark that the unit needs is stale, so nothing is done to the unit.
  std::vector<balance_report> balances;  ///< Balances of a cross unit in other assets, in `multi`.
  std::vector<position_report> positions;
};

struct account_report {
  std::string account;
  std::vector<unit_report> units;  ///< Cross before isolated, by name.
};

struct account_options {
  /// Requests ladder places and lights as well. The first such request after a tick ranks every ladder, which takes
  /// about as long as the `lights` stage of a scan.
  bool ladders = false;
};

}  // namespace plimsoll
