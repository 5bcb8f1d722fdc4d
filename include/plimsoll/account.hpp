// An account's margin. The figures are those of its rows in the tables `units` and `positions`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plimsoll/config.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// A position at the marks of the last tick. Its money is that of its unit's asset.
struct position_report {
  std::uint32_t instrument = no_id;
  size_lots lots{};
  money_steps value{};
  money_steps cost{};
  money_steps pnl{};  ///< value - cost.
  money_steps notional{};
  money_steps maintenance{};                       ///< Rounded up.
  money_steps initial{};                           ///< Rounded up.
  money_steps allotted{};                          ///< The position's share of the unit's equity.
  std::optional<price_ticks> bankruptcy_price{};   ///< None where no mark brings the unit's equity to zero.
  std::optional<price_ticks> liquidation_price{};  ///< First mark below maintenance if only it moves; or none.
  double score = 0;                                ///< ADL score.
  std::uint64_t ladder_place = 0;  ///< From 1; 0 if not on the ladder, or not requested (`account_options::ladders`).
  int lights = 0;                  ///< 1 to 5; 0 as above.
};

/// A balance in an asset that is not the quote. Only `multi` has such balances.
struct balance_report {
  std::uint32_t asset = no_id;
  money_steps amount{};
};

/// A risk unit at the marks of the last tick. Its money is that of `asset`.
struct unit_report {
  std::string unit;  ///< "cross:USDT", "isolated:BTCUSDT:long".
  std::uint32_t asset = no_id;
  money_steps balance{};  ///< Wallet balance, or the isolated margin; without profit.
  money_steps equity{};
  money_steps margin_equity{};         ///< Equity with haircuts on collateral.
  money_steps maintenance{};           ///< Rounded up.
  money_steps initial{};               ///< Rounded up.
  money_steps free{};                  ///< margin_equity - initial.
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
