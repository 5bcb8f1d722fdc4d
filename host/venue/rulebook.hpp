// How a venue liquidates: the waterfall's steps and parameters, as data. Read from TOML by read_rulebook, key by key.
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

/// How much of a liquidatable unit is closed in one tick. Bankrupt units are always closed whole.
enum class liquidation_mode : std::uint8_t {
  whole,          ///< Every position.
  fraction,       ///< A share of every position, rounded up to the lot; then a cooldown; then whole.
  tier_down,      ///< Each position down to just below the floor of its risk tier.
  target_health,  ///< Positions in order, each by the fewest lots that bring the unit to the target health.
};

/// In which order a unit's positions are closed.
enum class position_order : std::uint8_t {
  instrument,   ///< By instrument, long before short.
  maintenance,  ///< Largest MM first, ties by instrument.
  loss,         ///< Worst pnl first, ties by instrument.
};

/// Whose money the insurance fund is.
enum class fund_scope : std::uint8_t { asset, instrument };

/// Who bears what nobody could take.
enum class socialise_by : std::uint8_t { profit, open_interest, equity };

/// At what price a winner is deleveraged.
enum class adl_price : std::uint8_t {
  bankruptcy,  ///< The loser's bankruptcy value.
  mark,        ///< The mark, as long as the fund may pay the difference; else the above.
};

struct liquidation_rules {
  liquidation_mode mode = liquidation_mode::whole;
  std::uint32_t fraction_ppm = 200'000;
  std::int64_t cooldown_ns = 1'000'000'000;
  std::optional<decimal> whole_below;  ///< Where less notional than this would remain, a unit is closed whole.
  std::uint32_t target_health_ppm = 1'250'000;
  position_order order = position_order::instrument;
  std::uint32_t fee_ppm = 0;        ///< Of the traded value, out of the surplus over BV.
  bool fee_to_fund = false;         ///< Else to `fees`.
  bool surplus_to_account = false;  ///< Else to the fund.
  friend bool operator==(const liquidation_rules&, const liquidation_rules&) = default;
};

struct market_rules {
  enum class impact : std::uint8_t { none, linear, square_root };
  impact shape = impact::linear;
  /// Notional within `depth_move` of the mark, by settlement asset ("": of the quote); 0: no market. The table `depths`
  /// has it by instrument.
  std::map<std::string, decimal> depth;
  std::uint32_t depth_move_ppm = 10'000;
  std::int64_t half_life_ns = 5'000'000'000;  ///< Of what was consumed.
  std::uint32_t permanent_ppm = 0;            ///< Part of the impact that the mark keeps.
  /// Is there one to sell to, as far as the rulebook says? The table `depths` may make one of its own.
  [[nodiscard]] bool exists() const {
    return shape != impact::none &&
           std::any_of(depth.begin(), depth.end(), [](const auto& one) { return one.second.mantissa > 0; });
  }
  friend bool operator==(const market_rules&, const market_rules&) = default;
};

struct backstop_rules {
  bool enabled = false;
  std::optional<decimal> capacity;  ///< Notional it takes over its life, per settlement asset; blank: without bound.
  /// Set: a liquidatable unit of lower health goes to it whole, past the market, and one of higher health never does.
  std::optional<std::uint32_t> below_health_ppm;
  bool takes_bankrupt = true;  ///< Else a bankrupt unit passes it by.
  friend bool operator==(const backstop_rules&, const backstop_rules&) = default;
};

struct fund_rules {
  fund_scope scope = fund_scope::asset;
  std::map<std::string, decimal> balance;  ///< Opening balance by asset.
  decimal floor{};                         ///< Never below.
  std::optional<decimal> account_limit;    ///< Most it pays for one account in one tick.
  std::optional<decimal> tick_limit;       ///< Most it pays in one tick.
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

/// A venue's way from flagged to settled.
struct rulebook {
  std::string name = "default";
  std::string source;        ///< Where the rules are published.
  bool whole_tiers = false;  ///< A rate of the venue's tiers is that of the whole position. The book's own decide here.
  liquidation_rules liquidation;
  market_rules market;
  backstop_rules backstop;
  fund_rules fund;
  adl_rules adl;
  socialise_rules socialise;
};

}  // namespace plimsoll
