// There are two paths through a tile, with one result. The narrow one sums in 64-bit words by running sums over the
// whole tile: a unit's sum is the difference of two of them, so no loop runs over a unit's few positions and no branch
// depends on their number. States are judged in binary64, which proves nearly all of them; the others exactly. If the
// tile's own values do not prove that 64 bits suffice, or a unit is too long, the wide path sums in 128 bits.
//
// Compiled once for each vector target. Without vectors the narrow path sums in the same words and judges exactly.
#include "host/backend/cpu/scan_tiles_cpu.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "host/backend/cpu/unit_sums_cpu.hpp"
#include "host/backend/cpu/vector_build.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/narrow.hpp"
#include "kernels/rules/value.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/backend/cpu/scan_tiles_cpu.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Vectors are stored whole, up to so many elements past the end.
constexpr std::uint32_t spare = 8;

/// A word for each position.
using position_words = std::uint64_t[tile_positions + spare];
/// The running sum before each position and after the last one. Words wrap, but the differences of sums are exact.
using running_sums = std::uint64_t[tile_positions + 1 + spare];
/// Running sums before each unit's first position and after the last unit's last one.
using unit_words = std::uint64_t[tile_units + 1 + spare];

/// The working set of a tile, in L1.
struct tile_sums {
  alignas(64) position_words value;
  position_words notional;
  position_words rates;                    ///< Of the position's band in ppm: MM in the low half, IM in the high one.
  position_words amount_low, amount_high;  ///< The amount of its band, in the words of split_maintenance.
  std::uint32_t beyond[tile_positions];    ///< Positions that may lie beyond their first band.
  std::uint32_t special[tile_positions];   ///< Those that need more work before.
  std::uint8_t unit_held[tile_units];      ///< Only if some unit is held.
  running_sums values, maintenance_low, maintenance_high, initial_low, initial_high;
};

/// The running sums at the units of a tile. A unit's sum is the difference of its own and the next.
struct unit_rows {
  alignas(64) unit_words value;
  unit_words maintenance_low, maintenance_high, initial_low, initial_high;

  [[nodiscard]] std::int64_t value_of(std::uint32_t u) const {
    return static_cast<std::int64_t>(value[u + 1] - value[u]);
  }
  [[nodiscard]] split_maintenance maintenance_of(std::uint32_t u) const {
    return {static_cast<std::int64_t>(maintenance_low[u + 1] - maintenance_low[u]),
            static_cast<std::int64_t>(maintenance_high[u + 1] - maintenance_high[u])};
  }
  [[nodiscard]] split_maintenance initial_of(std::uint32_t u) const {
    return {static_cast<std::int64_t>(initial_low[u + 1] - initial_low[u]),
            static_cast<std::int64_t>(initial_high[u + 1] - initial_high[u])};
  }
};

/// The columns that a pass over a tile needs.
enum class tile_part : std::uint8_t { values, lean, published };

/// All data that a pass reads and writes.
struct scan_context {
  const resident_cpu& resident;
  const tick_cpu& tick;
  unit_cache& cache;
  unit_figures& figures;

  [[nodiscard]] const book& source() const { return *resident.source; }
};

// ------------------------------------------------------------------------------------------------------ positions

/// A tile's own columns, and what its positions need of their instruments.
struct tile_view {
  std::uint32_t begin = 0;
  std::uint32_t count = 0;
  const std::uint16_t* ids = nullptr;
  const std::int64_t* lots = nullptr;
  const instrument_tick* instruments = nullptr;
};

/// How many positions wait for their band, and how many for their value as well.
struct queue_lengths {
  std::uint32_t beyond = 0;
  std::uint32_t special = 0;
};

/// Values as if no position were special, and the queues of those that are or lie beyond their first band.
queue_lengths value_most(const tile_view& tile, tile_sums& sums) {
  queue_lengths queued;
  std::fill_n(sums.amount_low, tile.count, std::uint64_t{0});
  std::fill_n(sums.amount_high, tile.count, std::uint64_t{0});
  for (std::uint32_t i = 0; i < tile.count; ++i) {
    const instrument_tick& it = tile.instruments[tile.ids[i]];
    const std::int64_t value = tile.lots[i] * it.factor;
    const std::uint64_t notional = magnitude(value);
    sums.value[i] = static_cast<std::uint64_t>(value);
    sums.notional[i] = notional;
    sums.rates[i] = it.first_rates;
    sums.special[queued.special] = i;
    queued.special += it.special;
    sums.beyond[queued.beyond] = i;
    queued.beyond += notional >= it.first_below ? 1 : 0;
  }
  return queued;
}

/// Values of special positions, which then wait for their band, and the marks of units with a held instrument. Returns
/// whether there is such a unit.
bool value_special(const tick_cpu& tick, const std::uint32_t* unit_of, std::uint32_t first_unit, const tile_view& tile,
                   queue_lengths& queued, tile_sums& sums) {
  bool any_held = false;
  for (std::uint32_t k = 0; k < queued.special; ++k) {
    const std::uint32_t i = sums.special[k];
    const std::uint16_t id = tile.ids[i];
    const std::int64_t value = value_of({tile.lots[i]}, tick.rates[id]).raw;
    sums.value[i] = static_cast<std::uint64_t>(value);
    sums.notional[i] = magnitude(value);
    sums.beyond[queued.beyond++] = i;
    if (!tick.any_held || tick.held[id] == 0 || tile.lots[i] == 0) { continue; }  // A vacant slot holds no unit.
    if (!any_held) { std::fill_n(sums.unit_held, tile_units, std::uint8_t{0}); }
    sums.unit_held[unit_of[i] - first_unit] = 1;
    any_held = true;
  }
  return any_held;
}

/// The band of a key among those of the table that starts at `first`. `Bands`: how many a table has; 0: any number.
template <std::uint32_t Bands>
std::uint32_t band_at(const band_tables& tiers, std::uint32_t first, std::uint64_t key) {
#if HWY_CAP_GE512
  if constexpr (Bands != 0) {
    // All floors at once: those of padding are above every key.
    const hn::ScalableTag<std::uint64_t> words;
    const auto wanted = hn::Set(words, key);
    std::uint32_t above = 0;
    for (std::uint32_t k = 0; k < Bands; k += static_cast<std::uint32_t>(hn::MaxLanes(words))) {
      above += static_cast<std::uint32_t>(
          hn::CountTrue(words, hn::Lt(wanted, hn::LoadU(words, tiers.floors.data() + first + k))));
    }
    return first + Bands - 1 - above;
  }
#endif
  return tiers.band_at(first, key);
}

/// Rates and amounts of the positions that may lie beyond their first band.
template <std::uint32_t Bands>
void band_queued(const band_tables& tiers, const tile_view& tile, std::uint32_t count, tile_sums& sums) {
  for (std::uint32_t k = 0; k < count; ++k) {
    const std::uint32_t i = sums.beyond[k];
    const std::uint16_t id = tile.ids[i];
    std::uint64_t key = sums.notional[i];
    if (tiers.any_by_lots) { key = tier_key(key, magnitude(tile.lots[i]), tiers.by_lots[id] != 0); }
    const narrow_band& band = tiers.narrow[band_at<Bands>(tiers, tile.instruments[id].first_band, key)];
    sums.rates[i] = band.rates;
    sums.amount_low[i] = band.amount_low;
    sums.amount_high[i] = band.amount_high;
  }
}
void band_queued(const band_tables& tiers, const tile_view& tile, std::uint32_t count, tile_sums& sums) {
  switch (tiers.padded_count) {
    case 8: return band_queued<8>(tiers, tile, count, sums);
    case 16: return band_queued<16>(tiers, tile, count, sums);
    default: return band_queued<0>(tiers, tile, count, sums);
  }
}

#if HWY_TARGET != HWY_SCALAR
/// A running sum over lanes, and what it has come to, in every lane.
template <class D>
class lane_sums {
 public:
  explicit lane_sums(D words) : words_(words), reached_(hn::Zero(words)) {}

  /// Adds the lanes of `own`, and stores the sum after each of them.
  HWY_INLINE void add(hn::Vec<D> own, std::uint64_t* after) {
    constexpr std::size_t lanes = hn::MaxLanes(D());
    auto sums = own;
    if constexpr (lanes > 1) { sums = sums + up<1>(sums); }
    if constexpr (lanes > 2) { sums = sums + up<2>(sums); }
    if constexpr (lanes > 4) { sums = sums + up<4>(sums); }
    static_assert(lanes <= 8);
    sums = sums + reached_;
    hn::StoreU(sums, words_, after);
    reached_ = hn::TableLookupLanes(sums, hn::SetTableIndices(words_, last_lane()));
  }

 private:
  /// The lanes, moved up by so many; zeros come in.
  template <int Lanes>
  HWY_INLINE hn::Vec<D> up(hn::Vec<D> own) const {
    alignas(64) static constexpr std::uint64_t all[] = {0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7};
    return hn::IfThenZeroElse(hn::FirstN(words_, Lanes),
                              hn::TableLookupLanes(own, hn::SetTableIndices(words_, all + 4 - Lanes)));
  }
  static const std::uint64_t* last_lane() {
    constexpr std::uint64_t last = hn::MaxLanes(D()) - 1;
    alignas(64) static constexpr std::uint64_t all[] = {last, last, last, last, last, last, last, last};
    return all;
  }

  D words_;
  hn::Vec<D> reached_;
};
#endif

/// Running sums of values, of MM and of IM. Returns the bitwise or of the notionals, which bounds each.
template <tile_part Part>
std::uint64_t sum_positions_of(std::uint32_t count, tile_sums& sums) {
  constexpr bool required = Part != tile_part::values;
  constexpr bool published = Part == tile_part::published;
  std::uint64_t any = 0;
  std::uint32_t i = 0;
  sums.values[0] = sums.maintenance_low[0] = sums.maintenance_high[0] = sums.initial_low[0] = sums.initial_high[0] = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<std::uint64_t> words;
  const hn::Repartition<std::uint32_t, decltype(words)> halves;
  constexpr auto lanes = static_cast<std::uint32_t>(hn::MaxLanes(words));
  lane_sums values(words), maintenance_low(words), maintenance_high(words), initial_low(words), initial_high(words);
  auto bits = hn::Zero(words);
  for (; i + lanes <= count; i += lanes) {
    values.add(hn::Load(words, sums.value + i), sums.values + i + 1);
    const auto notional = hn::Load(words, sums.notional + i);
    bits = hn::Or(bits, notional);
    if constexpr (required) {
      // As split_in: products of the notional's halves, which are the even lanes.
      const auto low = hn::BitCast(halves, notional);
      const auto high = hn::BitCast(halves, hn::ShiftRight<32>(notional));
      const auto rates = hn::Load(words, sums.rates + i);
      const auto maintenance = hn::BitCast(halves, rates);
      maintenance_low.add(hn::MulEven(low, maintenance) - hn::Load(words, sums.amount_low + i),
                          sums.maintenance_low + i + 1);
      maintenance_high.add(hn::MulEven(high, maintenance) - hn::Load(words, sums.amount_high + i),
                           sums.maintenance_high + i + 1);
      if constexpr (published) {
        const auto initial = hn::BitCast(halves, hn::ShiftRight<32>(rates));
        initial_low.add(hn::MulEven(low, initial), sums.initial_low + i + 1);
        initial_high.add(hn::MulEven(high, initial), sums.initial_high + i + 1);
      }
    }
  }
  alignas(64) std::uint64_t each[lanes];
  hn::Store(bits, words, each);
  for (const std::uint64_t one : each) { any |= one; }
#endif
  for (; i < count; ++i) {
    sums.values[i + 1] = sums.values[i] + sums.value[i];
    any |= sums.notional[i];
    if constexpr (required) {
      const split_maintenance own = split_in(sums.notional[i], static_cast<std::uint32_t>(sums.rates[i]));
      sums.maintenance_low[i + 1] = sums.maintenance_low[i] + static_cast<std::uint64_t>(own.low) - sums.amount_low[i];
      sums.maintenance_high[i + 1] =
          sums.maintenance_high[i] + static_cast<std::uint64_t>(own.high) - sums.amount_high[i];
    }
    if constexpr (published) {
      const split_maintenance own = split_in(sums.notional[i], static_cast<std::uint32_t>(sums.rates[i] >> 32));
      sums.initial_low[i + 1] = sums.initial_low[i] + static_cast<std::uint64_t>(own.low);
      sums.initial_high[i + 1] = sums.initial_high[i] + static_cast<std::uint64_t>(own.high);
    }
  }
  return any;
}

/// True if 64 bits hold every sum of the tile, and no requirement is beyond the limits. `any_bit` bounds each value.
bool tile_proven(const resident_cpu& resident, const unit_tile& tile, std::uint64_t any_bit) {
  const std::uint32_t rate_max = resident.tiers.rate_ppm_max;
  // Values, and requirements of up to ten times as much, are at most 2^61; with cash (2^62) the sum fits 64 bits.
  const std::uint32_t rate_whole = (rate_max + limits::ppm - 1) / limits::ppm;
  const int positions = std::bit_width(tile.positions_max);
  // The low words of split_maintenance are below 2^32 x the rate; the high ones are then smaller.
  return std::bit_width(any_bit) + positions + std::bit_width(rate_whole) <= 61 &&
         32 + std::bit_width(rate_max) + positions <= 63;
}

/// Picks the running sums at the first positions of units, and at the end of the last one.
void pick_rows(const std::uint64_t* sums, const std::uint32_t* first, std::uint32_t units, std::uint64_t* rows) {
  for (std::uint32_t u = 0; u <= units; ++u) { rows[u] = sums[first[u] - first[0]]; }
}

/// A tile whose positions are summed.
struct summed_tile {
  bool narrow = false;    ///< False: the wide path must be taken, and nothing else here counts.
  bool any_held = false;  ///< Some of its units are held.
};

/// Sums the units of a tile.
template <tile_part Part>
summed_tile sum_tile(const resident_cpu& resident, const tick_cpu& tick, const unit_tile& tile, tile_sums& sums,
                     unit_rows& rows) {
  const book& source = *resident.source;
  const std::uint32_t* const first = source.units.first_position.data() + tile.first_unit;
  const std::uint32_t units = tile.last_unit - tile.first_unit;
  const tile_view view{first[0], first[units] - first[0], source.positions.instrument.data() + first[0],
                       source.positions.lots.data() + first[0], tick.instruments.data()};
  summed_tile out;
  if (view.count > tile_positions) { return out; }
  queue_lengths queued = value_most(view, sums);
  if (queued.special != 0) {
    out.any_held = value_special(tick, source.positions.unit.data() + first[0], tile.first_unit, view, queued, sums);
  }
  if constexpr (Part != tile_part::values) { band_queued(resident.tiers, view, queued.beyond, sums); }
  out.narrow = tile_proven(resident, tile, sum_positions_of<Part>(view.count, sums));
  pick_rows(sums.values, first, units, rows.value);
  if constexpr (Part != tile_part::values) {
    pick_rows(sums.maintenance_low, first, units, rows.maintenance_low);
    pick_rows(sums.maintenance_high, first, units, rows.maintenance_high);
  }
  if constexpr (Part == tile_part::published) {
    pick_rows(sums.initial_low, first, units, rows.initial_low);
    pick_rows(sums.initial_high, first, units, rows.initial_high);
  }
  return out;
}

// ---------------------------------------------------------------------------------------------------------- units

/// Computes equity, state and outputs of one unit from its sums, and adds it to its tile.
template <bool Publish, bool Multi>
void finish_unit(const scan_context& in, std::uint32_t unit, position_sums sums, tile_summary& tile) {
  const book& source = in.source();
  int128 base_equity = 0;
  int128 base_margin = 0;
  bool admitted = true;
  quote_weights weights;
  if constexpr (Multi) {
    weights = source.weights_of(unit);
    const collateral_worth worth = worth_of_collateral(in.resident, in.tick, unit);
    admitted = collateral_admitted(worth.sum);
    if (admitted) {
      base_equity = worth.sum.equity;
      base_margin = worth.sum.margin_equity;
    }
    sums.held = sums.held || worth.held;
  }
  const equity_pair wide = equity_of(source.units.cash[unit] + sums.value, static_cast<std::int64_t>(base_equity),
                                     static_cast<std::int64_t>(base_margin), weights);
  admitted = admitted && money_admitted(wide.equity) && money_admitted(wide.margin_equity) &&
             requirement_admitted(sums.maintenance_ppm) && requirement_admitted(sums.initial_ppm);
  const auto equity = static_cast<std::int64_t>(wide.equity);
  const auto margin_equity = static_cast<std::int64_t>(wide.margin_equity);
  // A unit beyond the limits fails the tick. Its state does not matter, but computing it must not trap.
  const uint128 maintenance_ppm = admitted ? sums.maintenance_ppm : 0;
  const verdict found =
      make_verdict(classify(equity, margin_equity, maintenance_ppm, source.reference.venue.margin_call_ppm), sums.held);
  in.figures.verdicts[unit] = found;
  if (in.cache.maintenance.size() == 0) {
    in.cache.ladder_equity[unit] = ladder_equity_of(found, equity);
  } else {
    keep_score_inputs(unit, score_inputs_of(found, equity, maintenance_ppm, source.units.balance[unit], base_equity),
                      in.cache);
  }
  if constexpr (Publish) {
    in.figures.equity[unit] = equity;
    in.figures.margin_equity[unit] = margin_equity;
    in.figures.maintenance_ppm[unit] = sums.maintenance_ppm;
    in.figures.initial_ppm[unit] = sums.initial_ppm;
  }
  ++tile.counts[static_cast<int>(found.state())];
  tile.held += found.held() ? 1 : 0;
  tile.flagged += found.flagged() ? 1 : 0;
  if (!admitted) { tile.over_limit = std::min(tile.over_limit, unit); }
}

/// Evaluates units one by one, in 128 bits.
template <bool Publish, bool Multi>
void scan_tile_wide(const scan_context& in, const unit_tile& tile, tile_summary& summary) {
  const auto& first = in.source().units.first_position;
  for (std::uint32_t unit = tile.first_unit; unit < tile.last_unit; ++unit) {
    finish_unit<Publish, Multi>(in, unit, sum_positions(in.resident, in.tick, first[unit], first[unit + 1]), summary);
  }
}

/// Evaluates units of a tile exactly, from `done` on, by the sums of their rows.
template <bool Publish, bool Multi>
void finish_rows(const scan_context& in, const unit_tile& tile, std::uint32_t done, const std::uint8_t* held,
                 const unit_rows& rows, tile_summary& summary) {
  for (std::uint32_t u = done; u < tile.last_unit - tile.first_unit; ++u) {
    position_sums own;
    own.value = rows.value_of(u);
    own.maintenance_ppm = joined(rows.maintenance_of(u));
    if constexpr (Publish) { own.initial_ppm = joined(rows.initial_of(u)); }
    own.held = held != nullptr && held[u] != 0;
    finish_unit<Publish, Multi>(in, tile.first_unit + u, own, summary);
  }
}

#if HWY_TARGET == HWY_SCALAR
template <bool Publish>
std::uint32_t judge_rows(const scan_context&, const unit_tile&, const unit_rows&, tile_summary&) {
  return 0;
}
#else
template <class D>
HWY_INLINE hn::Vec<D> difference(D words, const std::uint64_t* row) {
  return hn::LoadU(words, row + 1) - hn::LoadU(words, row);
}

/// Stores joined(low, high) of each lane.
template <class D>
HWY_INLINE void store_joined(D words, hn::Vec<D> low, hn::Vec<D> high, uint128* to) {
  const hn::RebindToSigned<D> numbers;
  const auto sum = hn::ShiftLeft<32>(high) + low;
  const auto carry = hn::VecFromMask(words, hn::Lt(sum, low));  // All bits: -1.
  const auto signs = hn::ShiftRight<32>(hn::BitCast(numbers, high)) + hn::ShiftRight<63>(hn::BitCast(numbers, low));
  hn::StoreInterleaved2(sum, hn::BitCast(words, signs) - carry, words, reinterpret_cast<std::uint64_t*>(to));
}

/// The doubt of classify_nearly. The assertion below pins it: that rule is sure just beyond it, and not within it.
constexpr double judged_doubt = 1.0 / static_cast<double>(std::uint64_t{1} << 46);
constexpr nearly_classified by_doubts(double doubts) {
  // 2^44 steps, whose distance from the requirement is so many doubts of the sum of both.
  constexpr std::int64_t money = std::int64_t{1} << 44;
  constexpr double size = static_cast<double>(money) * 1e6;
  return classify_nearly(money, money, size * (1 - 2 * doubts * judged_doubt), 1'000'000);
}
static_assert(by_doubts(1.01).sure && !by_doubts(0.99).sure);

/// Evaluates units that have one balance and are not held, by binary64: as classify_nearly, vector by vector, until a
/// state is not proven or an equity is beyond the limits. Returns how many units are done.
template <bool Publish>
std::uint32_t judge_rows(const scan_context& in, const unit_tile& tile, const unit_rows& rows, tile_summary& summary) {
  const hn::ScalableTag<std::uint64_t> words;
  const hn::ScalableTag<std::int64_t> numbers;
  const hn::ScalableTag<double> reals;
  const hn::Rebind<std::uint8_t, decltype(words)> bytes;
  constexpr auto lanes = static_cast<std::uint32_t>(hn::MaxLanes(words));
  const auto state_of = [&](unit_state state) { return hn::Set(words, static_cast<std::uint64_t>(state)); };
  const auto call_share = hn::Set(reals, static_cast<double>(in.source().reference.venue.margin_call_ppm) * 1e-6);
  const auto doubt = hn::Set(reals, judged_doubt);
  const auto least = hn::Zero(reals);
  const std::uint32_t count = tile.last_unit - tile.first_unit;
  const std::int64_t* const cash = in.source().units.cash.data() + tile.first_unit;
  std::uint64_t bankrupts = 0, liquidatables = 0, called_ones = 0;
  std::uint32_t u = 0;
  for (; u + lanes <= count; u += lanes) {
    // Proven sums are within 2^61, so that with cash they stay within 64 bits.
    const auto equity = hn::LoadU(numbers, cash + u) + hn::BitCast(numbers, difference(words, rows.value + u));
    const auto low = difference(words, rows.maintenance_low + u);
    const auto high = difference(words, rows.maintenance_high + u);
    const auto carried = hn::BitCast(numbers, high) + hn::ShiftRight<32>(hn::BitCast(numbers, low));
    const auto rest = hn::BitCast(numbers, hn::And(low, hn::Set(words, 0xffffffffU)));
    const auto required = hn::ConvertTo(reals, carried) * hn::Set(reals, 4294967296.0) + hn::ConvertTo(reals, rest);
    const auto have = hn::ConvertTo(reals, equity) * hn::Set(reals, 1e6);
    const auto size = hn::Abs(have);
    const auto call = required * call_share;
    const auto above = have - required;
    const auto above_call = have - call;
    const auto doubt_above = (size + required) * doubt;
    const auto doubt_call = (size + call) * doubt;
    const auto bankrupt = hn::Lt(equity, hn::Zero(numbers));
    const auto healthy = hn::Ge(above_call, doubt_call);
    const auto liquidatable = hn::Ge(least - above, doubt_above);
    const auto called = hn::And(hn::Ge(above, doubt_above), hn::Ge(least - above_call, doubt_call));
    const auto sure = hn::Or(hn::RebindMask(numbers, hn::Or(hn::Or(healthy, liquidatable), called)), bankrupt);
    const auto beyond = hn::Lt(hn::Set(numbers, limits::money_steps_max), hn::Abs(equity));
    if (!hn::AllTrue(numbers, hn::AndNot(beyond, sure))) { break; }
    const auto ruined = hn::RebindMask(reals, bankrupt);
    bankrupts += hn::CountTrue(numbers, bankrupt);
    // All three hold if requirement and equity are 0: such a unit is healthy.
    const auto neither = hn::Or(ruined, healthy);
    liquidatables += hn::CountTrue(reals, hn::AndNot(neither, liquidatable));
    called_ones += hn::CountTrue(reals, hn::AndNot(neither, called));
    const auto solvent =
        hn::IfThenElse(hn::RebindMask(words, healthy), state_of(unit_state::healthy),
                       hn::IfThenElse(hn::RebindMask(words, liquidatable), state_of(unit_state::liquidatable),
                                      state_of(unit_state::margin_call)));
    const auto state = hn::IfThenElse(hn::RebindMask(words, bankrupt), state_of(unit_state::bankrupt), solvent);
    const std::uint32_t unit = tile.first_unit + u;
    hn::StoreU(hn::TruncateTo(bytes, state), bytes, &in.figures.verdicts[unit].bits);
    const auto on_ladder = hn::Lt(hn::BitCast(numbers, state), hn::Set(numbers, std::int64_t{2}));
    hn::StoreU(hn::IfThenElse(on_ladder, equity, hn::Set(numbers, off_ladder_equity)), numbers,
               &in.cache.ladder_equity[unit]);
    if constexpr (Publish) {
      hn::StoreU(equity, numbers, &in.figures.equity[unit]);
      hn::StoreU(equity, numbers, &in.figures.margin_equity[unit]);
      store_joined(words, low, high, &in.figures.maintenance_ppm[unit]);
      store_joined(words, difference(words, rows.initial_low + u), difference(words, rows.initial_high + u),
                   &in.figures.initial_ppm[unit]);
    }
  }
  summary.counts[static_cast<int>(unit_state::bankrupt)] += static_cast<std::uint32_t>(bankrupts);
  summary.counts[static_cast<int>(unit_state::liquidatable)] += static_cast<std::uint32_t>(liquidatables);
  summary.counts[static_cast<int>(unit_state::margin_call)] += static_cast<std::uint32_t>(called_ones);
  summary.counts[static_cast<int>(unit_state::healthy)] +=
      u - static_cast<std::uint32_t>(bankrupts + liquidatables + called_ones);
  summary.flagged += static_cast<std::uint32_t>(bankrupts + liquidatables);
  return u;
}
static_assert(static_cast<int>(unit_state::margin_call) == 1 && static_cast<int>(unit_state::liquidatable) == 2 &&
              !verdict{2}.on_ladder() && verdict{1}.on_ladder());
#endif

template <bool Publish, bool Multi>
void scan_tile(const scan_context& in, const unit_tile& tile, tile_summary& summary) {
  tile_sums sums;
  unit_rows rows;
  const summed_tile summed =
      sum_tile<Publish ? tile_part::published : tile_part::lean>(in.resident, in.tick, tile, sums, rows);
  if (!summed.narrow) { return scan_tile_wide<Publish, Multi>(in, tile, summary); }
  const bool plain = !Multi && in.cache.maintenance.size() == 0 && !summed.any_held;
  const std::uint32_t done = plain ? judge_rows<Publish>(in, tile, rows, summary) : 0;
  finish_rows<Publish, Multi>(in, tile, done, summed.any_held ? sums.unit_held : nullptr, rows, summary);
}

template <bool Publish, bool Multi>
void scan_tiles(const scan_context& in, std::uint32_t first, std::uint32_t last, std::span<tile_summary> summaries) {
  for (std::uint32_t t = first; t < last; ++t) {
    summaries[t] = {};
    scan_tile<Publish, Multi>(in, in.resident.tiles[t], summaries[t]);
  }
}

/// Computes only the equities of a tile's units.
void scan_equities_of(const resident_cpu& resident, const tick_cpu& tick, const unit_tile& tile,
                      const verdict* verdicts, std::int64_t* ladder_equity) {
  const unit_columns& units = resident.source->units;
  const std::uint32_t* const first = units.first_position.data();
  tile_sums sums;
  unit_rows rows;
  if (!sum_tile<tile_part::values>(resident, tick, tile, sums, rows).narrow || !units.first_collateral.empty()) {
    for (std::uint32_t unit = tile.first_unit; unit < tile.last_unit; ++unit) {
      const int128 value = sum_values(resident, tick, first[unit], first[unit + 1]);
      ladder_equity[unit] = ladder_equity_of(verdicts[unit], equity_of_unit(resident, tick, unit, value));
    }
    return;
  }
  for (std::uint32_t unit = tile.first_unit; unit < tile.last_unit; ++unit) {
    ladder_equity[unit] = ladder_equity_of(verdicts[unit], units.cash[unit] + rows.value_of(unit - tile.first_unit));
  }
}

}  // namespace

void scan_tiles(const resident_cpu& resident, const tick_cpu& tick, bool publish, unit_cache& cache,
                unit_figures& figures, std::uint32_t first, std::uint32_t last, std::span<tile_summary> summaries) {
  const scan_context in{resident, tick, cache, figures};
  if (resident.source->reference.venue.collateral == collateral_mode::multi) {
    publish ? scan_tiles<true, true>(in, first, last, summaries) : scan_tiles<false, true>(in, first, last, summaries);
  } else {
    publish ? scan_tiles<true, false>(in, first, last, summaries)
            : scan_tiles<false, false>(in, first, last, summaries);
  }
}

void scan_tile_equities(const resident_cpu& resident, const tick_cpu& tick, const verdict* verdicts,
                        std::int64_t* ladder_equity, std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t t = first; t < last; ++t) {
    scan_equities_of(resident, tick, resident.tiles[t], verdicts, ladder_equity);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace plimsoll
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plimsoll {
HWY_EXPORT(scan_tiles);
HWY_EXPORT(scan_tile_equities);

void scan_tiles(const resident_cpu& resident, const tick_cpu& tick, bool publish, unit_cache& cache,
                unit_figures& figures, std::uint32_t first, std::uint32_t last, std::span<tile_summary> summaries) {
  HWY_DYNAMIC_DISPATCH(scan_tiles)(resident, tick, publish, cache, figures, first, last, summaries);
}

void scan_tile_equities(const resident_cpu& resident, const tick_cpu& tick, const verdict* verdicts,
                        std::int64_t* ladder_equity, std::uint32_t first, std::uint32_t last) {
  HWY_DYNAMIC_DISPATCH(scan_tile_equities)(resident, tick, verdicts, ladder_equity, first, last);
}

}  // namespace plimsoll
#endif
