// One tick of a scanner: its input and its result.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/config.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// A sum of money of one asset over many units, in its value steps: more than `money_steps` may hold.
struct money_sum {
  int128 raw;
  friend constexpr bool operator==(money_sum, money_sum) = default;
};

/// A new mark.
struct mark_update {
  std::uint32_t instrument = no_id;
  price_ticks price{};                     ///< 1 to 2^40 steps. Linear: from 0, or from -2^40 with `negative_marks`.
  std::optional<std::int64_t> as_of_ns{};  ///< UTC nanoseconds since 1970.
};

struct result_names;  ///< The names in a result, wherever they are stored.

/// A liquidatable or bankrupt unit. Its money is that of `asset`. `tick_result::names` keeps its names.
struct flagged_unit {
  std::string_view account;
  std::string_view unit;  ///< "cross:USDT", "isolated:BTCUSDT:long".
  std::uint32_t asset = no_id;
  unit_state state = unit_state::liquidatable;
  money_steps equity{};
  money_steps margin_equity{};
  money_steps maintenance{};           ///< Rounded up.
  std::optional<int128> health_ppm{};  ///< Health factor in millionths, rounded down; none if MM is 0.
  money_steps deficit{};               ///< max(0, -equity).
};

/// One fill of the cover: who would close a bankrupt position. `tick_result::names` keeps its names.
struct cover_line {
  std::uint32_t instrument = no_id;
  position_side loser_side = position_side::long_side;
  std::string_view loser;
  std::string_view loser_unit;
  std::string_view winner;
  std::string_view winner_unit;
  size_lots lots{};     ///< > 0
  price_ticks price{};  ///< Bankruptcy price of the loser.
  money_sum value{};    ///< Part of |bankruptcy value|, which may be 2^63 steps of the settlement asset.
};

/// The demand of one instrument's bankrupt positions, and the cover that was found. Only instruments with a demand.
struct market_demand {
  std::uint32_t instrument = no_id;
  size_lots demand_long{}, demand_short{};  ///< Demanded from that side.
  size_lots cover_long{}, cover_short{};    ///< Found.
  money_sum deficit{};  ///< Allotted to the instrument's bankrupt positions, in its settlement asset.
};

/// Totals of one asset that units settle in or hold.
struct asset_total {
  std::uint32_t asset = no_id;
  money_sum balances{};  ///< Of all units, isolated margins included.
  money_sum deficit{};   ///< Of the bankrupt units counted in this asset, held ones included.
};

struct stage_seconds {
  std::string_view stage;
  double seconds = 0;
};

/// The result of a tick. The caller owns it; its memory is reused from tick to tick. A copy stays valid, whatever the
/// scanner does afterwards.
struct tick_result {
  std::uint64_t sequence = 0;  ///< Ticks answered since load, this one included.
  std::uint64_t updates = 0;   ///< Updates applied since load, all of which this tick includes.
  std::uint64_t units = 0;
  std::uint64_t counts[4] = {0, 0, 0, 0};  ///< By unit_state, held ones included.
  std::uint64_t held = 0;                  ///< Units that a stale mark keeps out of `flagged`, demand and ladders.
  std::uint64_t dust = 0;             ///< Units that owe less than `[margin] dust`: not counted by state, not flagged.
  std::vector<flagged_unit> flagged;  ///< Worst state first, then printed health factor, account, unit.
  std::vector<cover_line> cover;      ///< By instrument, long losers first, then fill order.
  std::vector<market_demand> demand;  ///< By instrument.
  std::vector<asset_total> totals;    ///< By asset.
  std::shared_ptr<const result_names> names{};  ///< Keeps the names of the rows. Rows that are moved elsewhere need it.
  std::uint64_t tick_digest = 0;                ///< Equal to that of a batch scan of the same state.
  // How the result was computed. These figures may differ between machines.
  bool screened = false;          ///< Most units were ruled out by their safety radius.
  std::string_view full_because;  ///< Why the tick was not screened, if so: "marks moved too far for the screen", ...
  std::uint64_t evaluated = 0;    ///< Units whose positions were read.
  std::string_view backend;       ///< "cpu", "cuda", "emulated".
  std::optional<std::int64_t> newest_mark_ns{};
  std::uint32_t held_instruments = 0;
  std::vector<stage_seconds> stages;  ///< Of this tick.
  double seconds = 0;                 ///< Host to host.
  std::vector<std::string> notes;     ///< Notes for a reader: a lost device, ...
};

}  // namespace plimsoll
