// The liquidation rules of a venue as data: steps and parameters of the waterfall. read_rulebook reads them from TOML,
// key by key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/text/decimal.hpp"
#include "host/venue/adl_policy.hpp"

namespace plimsoll {

/// The part of a liquidatable unit that is closed in one tick. Bankrupt units are always closed completely.
enum class liquidation_mode : std::uint8_t {
  whole,          ///< Every position.
  fraction,       ///< A share of every position, rounded up to the lot; then a cooldown; then the rest.
  tier_down,      ///< Each position down to just below the floor of its risk tier.
  target_health,  ///< Positions in order, each by the fewest lots that bring the unit to the target health.
};

/// Order in which the positions of a unit are closed.
enum class position_order : std::uint8_t {
  instrument,   ///< By instrument, long before short.
  maintenance,  ///< Largest MM first, ties by instrument.
  loss,         ///< Worst pnl first, ties by instrument.
};

/// Scope of an insurance fund.
enum class fund_scope : std::uint8_t { asset, instrument };

/// Accounts that share a loss which no step could cover.
enum class socialise_by : std::uint8_t { profit, open_interest, equity };

/// Price at which a winner is deleveraged.
enum class adl_price : std::uint8_t {
  bankruptcy,  ///< The loser's bankruptcy value.
  mark,        ///< The mark, as long as the fund may pay the difference; else the bankruptcy value.
};

struct liquidation_rules {
  liquidation_mode mode = liquidation_mode::whole;
  std::uint32_t fraction_ppm = 200'000;
  std::int64_t cooldown_ns = 1'000'000'000;
  std::optional<decimal> whole_below;  ///< If less notional than this would remain, the unit is closed completely.
  std::uint32_t target_health_ppm = 1'250'000;
  position_order order = position_order::instrument;
  std::uint32_t fee_ppm = 0;        ///< Share of the traded value, paid out of the surplus over BV.
  bool fee_to_fund = false;         ///< Else to `fees`.
  bool surplus_to_account = false;  ///< Else to the fund.
  friend bool operator==(const liquidation_rules&, const liquidation_rules&) = default;
};

struct market_rules {
  enum class impact : std::uint8_t { none, linear, square_root };
  impact shape = impact::linear;
  /// Notional within `depth_move` of the mark, by settlement asset ("": the quote); 0: no market. The table `depths`
  /// has depths by instrument.
  std::map<std::string, decimal> depth;
  std::uint32_t depth_move_ppm = 10'000;
  std::int64_t half_life_ns = 5'000'000'000;  ///< Half-life of consumed depth.
  std::uint32_t permanent_ppm = 0;            ///< Part of the impact that stays in the mark.
  /// True if the rulebook has a market. The table `depths` may define another.
  [[nodiscard]] bool exists() const {
    return shape != impact::none &&
           std::any_of(depth.begin(), depth.end(), [](const auto& one) { return one.second.mantissa > 0; });
  }
  friend bool operator==(const market_rules&, const market_rules&) = default;
};

struct backstop_rules {
  bool enabled = false;
  std::optional<decimal> capacity;  ///< Notional that it takes over in total, per settlement asset; blank: unlimited.
  /// If set, a liquidatable unit with a lower health goes to the backstop completely, without the market, and a unit
  /// with a higher health never does.
  std::optional<std::uint32_t> below_health_ppm;
  bool takes_bankrupt = true;  ///< Else bankrupt units do not go to it.
  friend bool operator==(const backstop_rules&, const backstop_rules&) = default;
};

struct fund_rules {
  fund_scope scope = fund_scope::asset;
  std::map<std::string, decimal> balance;  ///< Opening balance by asset.
  decimal floor{};                         ///< The balance never falls below this.
  std::optional<decimal> account_limit;    ///< Largest payment for one account in one tick.
  std::optional<decimal> tick_limit;       ///< Largest payment in one tick.
  /// Drawdown trigger: once the balance has fallen by this share of its peak, losses go to ADL until it has recovered
  /// to `recovery_ppm` of the peak.
  std::optional<std::uint32_t> drawdown_stop_ppm;
  std::uint32_t recovery_ppm = 1'000'000;
  friend bool operator==(const fund_rules&, const fund_rules&) = default;
};

struct adl_rules {
  bool enabled = true;
  adl_policy policy{};
  adl_price price = adl_price::bankruptcy;
  friend bool operator==(const adl_rules&, const adl_rules&) = default;
};

struct socialise_rules {
  bool enabled = true;
  socialise_by by = socialise_by::profit;
  friend bool operator==(const socialise_rules&, const socialise_rules&) = default;
};

/// The steps of a venue from flagged to settled.
struct rulebook {
  std::string name = "default";
  std::string source;        ///< Publication of the rules.
  bool whole_tiers = false;  ///< The venue applies a tier's rate to the whole position. In a book its own tiers decide
                             ///< this.
  liquidation_rules liquidation;
  market_rules market;
  backstop_rules backstop;
  fund_rules fund;
  adl_rules adl;
  socialise_rules socialise;
};

}  // namespace plimsoll
