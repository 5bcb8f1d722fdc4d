#include "kernels/device/block.hpp"
#include "kernels/device/in_flight.hpp"
#include "kernels/rank/rank_tiles.hpp"
#include "kernels/rank/score_entries.hpp"
#include "kernels/rules/score.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {
namespace {

struct score_policy : rank_policy {
  static constexpr int entries_in_flight = 4;
  static constexpr int blocks_per_multiprocessor = 3;  ///< Leaves 80 registers: gathers in flight, no spills.
};

/// An entry's inputs; only those that the kind of score reads are loaded.
struct entry_read {
  std::int64_t lots;
  std::int64_t equity;
  std::int64_t cost;
  double given;
  std::uint32_t unit;
};
template <score_kind Kind>
__device__ inline entry_read read_entry(const entries_view& entries, const score_source& from, std::uint32_t at) {
  entry_read entry{};
  entry.unit = entries.unit[at];
  entry.lots = entries.lots[at];
  if constexpr (reads(Kind, score_reads::given)) { entry.given = entries.given[at]; }
  if constexpr (reads(Kind, score_reads::cost)) { entry.cost = entries.cost[at]; }
  entry.equity = from.equity[entry.unit];
  return entry;
}

/// The key of an entry whose unit is on the ladder.
template <score_kind Kind>
__device__ inline std::uint64_t key_of(const score_source& from, const entry_read& entry, const value_rate& rate,
                                       const score_row& row) {
  score_input in;
  in.lots = entry.lots;
  in.equity = entry.equity;
  in.whole_unit = row.whole_unit;
  in.size_step = row.size_step;
  in.inverse = row.inverse != 0;
  in.below_zero = row.inverse == 0 && rate.negative != 0;
  if constexpr (reads(Kind, score_reads::given)) { in.given = entry.given; }
  if constexpr (reads(Kind, score_reads::cost)) {
    const std::int64_t value = value_of(size_lots{entry.lots}, rate).raw;
    in.notional = magnitude(value);
    in.cost = magnitude(entry.cost);
    // It would wrap only if both were at the very limit with opposite signs, which no admitted unit's equity allows.
    in.pnl = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(entry.cost));
  }
  if constexpr (reads(Kind, score_reads::requirements)) {
    in.maintenance = from.maintenance[entry.unit];
    in.balance = from.balance[entry.unit];
  }
  return ladder_key(__builtin_bit_cast(std::uint64_t, score_of(Kind, in)));
}

template <class Policy, score_kind Kind>
__global__ __launch_bounds__(Policy::block_threads, Policy::blocks_per_multiprocessor) void score_tile(
    entries_view entries, score_source from, device_view<const std::uint64_t> demands, keys_view out) {
  const rank_tile tile = entries.tiles[entries.by_unit.count != 0 ? entries.by_unit[blockIdx.x] : blockIdx.x];
  if (demands.count != 0 && demands[tile.segment] == 0) { return; }  // Not requested: the whole block returns.
  const value_rate rate = from.instruments[tile.segment / 2].rate;
  const score_row row = from.rows[tile.segment / 2];
  std::uint64_t lots_on = 0;
  const auto load = [&](std::uint32_t i) { return read_entry<Kind>(entries, from, tile.first_entry + i); };
  walk_in_flight<Policy::block_threads, Policy::entries_in_flight>(
      tile.entry_count, load, [&](std::uint32_t i, const entry_read& entry) {
        const bool on = entry.equity != off_ladder_equity && entry.lots != 0;  // Vacant entries have no size.
        out.keys[tile.first_entry + i] = on ? key_of<Kind>(from, entry, rate, row) : off_ladder;
        lots_on += on ? magnitude(entry.lots) : 0;
      });
  const std::uint64_t sum = block_sum<Policy::block_threads>(lots_on);
  if (threadIdx.x == 0 && sum != 0) {
    atomicAdd(reinterpret_cast<unsigned long long*>(&out.totals[tile.segment]), static_cast<unsigned long long>(sum));
  }
}

template <score_kind Kind>
status score_as(const entries_view& entries, const score_source& from, device_view<const std::uint64_t> demands,
                const keys_view& out, const stream& on) {
  return launch(&score_tile<score_policy, Kind>, entries.tiles.count, score_policy::block_threads, 0, on, entries, from,
                demands, out);
}

}  // namespace

status score_entries(const entries_view& entries, const score_source& from, score_kind kind,
                     device_view<const std::uint64_t> demands, const keys_view& out, const stream& on) {
  return with_score(kind, [&]<score_kind Kind>() { return score_as<Kind>(entries, from, demands, out, on); });
}

std::uint64_t score_entries_bytes(std::uint64_t entries, score_kind kind) {
  std::uint64_t per_entry = sizeof(std::uint32_t) + 3 * sizeof(std::int64_t);  // unit, lots, unit's equity, key
  if (reads(kind, score_reads::requirements)) { per_entry += 2 * sizeof(std::int64_t); }
  if (reads(kind, score_reads::cost)) { per_entry += sizeof(std::int64_t); }
  if (reads(kind, score_reads::given)) { per_entry += sizeof(double); }
  return entries * per_entry;
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
