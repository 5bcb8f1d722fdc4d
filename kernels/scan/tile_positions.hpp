// The positions of a tile valued by a block: most of them as they come, the others from a queue.
#pragma once

#include <cstdint>

#include "kernels/scan/tile_parts.hpp"
#include "kernels/scan/unit_tiles.hpp"

namespace plimsoll::PLIMSOLL_DEVICE_NS {

/// Keeps nothing beside a position's parts.
struct keep_nothing {
  /// Of a position in its first band,
  __device__ void most(std::uint32_t, const position_read&, const instrument_row&) const {}
  /// and of one from the queue.
  __device__ void queued(std::uint32_t, std::uint16_t, std::uint64_t, std::int64_t) const {}
  __device__ static std::uint64_t reached(std::uint64_t notional) { return notional; }
};

/// The positions of a tile that a thread values, on their way from memory.
template <class Policy>
struct tile_reads {
  position_read each[Policy::tile_positions / Policy::block_threads];
};

template <class Policy>
__device__ inline tile_reads<Policy> read_positions(const units_view& units, std::uint32_t first, std::uint32_t count) {
  tile_reads<Policy> reads;
  const std::int64_t* const lots = units.lots.data + first + threadIdx.x;
  const std::uint16_t* const instrument = units.instrument.data + first + threadIdx.x;
  PLIMSOLL_UNROLL
  for (std::uint32_t g = 0; g < Policy::tile_positions / Policy::block_threads; ++g) {
    const std::uint32_t at = g * Policy::block_threads;
    if (threadIdx.x + at < count) { reads.each[g] = {lots[at], instrument[at]}; }  // The others are not asked for.
  }
  return reads;
}

/// Values what needs no search and no division, and puts the other positions in the queue: in a book few are special
/// and a third lies beyond the first band, but nearly every warp has one of each. Vacant places are done with. `beside`
/// keeps what else is made of a position.
template <class Policy, bool WithInitial, class Beside>
__device__ inline void value_most(const tile_reads<Policy>& reads, const tick_tables& tables, std::uint32_t count,
                                  tile_parts<Policy::tile_positions, WithInitial>& parts, Beside beside) {
  PLIMSOLL_UNROLL
  for (std::uint32_t g = 0; g < Policy::tile_positions / Policy::block_threads; ++g) {
    const std::uint32_t i = threadIdx.x + g * Policy::block_threads;
    if (i >= count) { break; }
    const position_read position = reads.each[g];
    const instrument_row& row = tables.rows[position.instrument];
    const std::int64_t value = position.lots * row.factor;
    const std::uint64_t notional = magnitude(value);
    put_value(parts, i, value, 0);
    put_maintenance(parts, i, split_in(notional, row.first_rate_ppm));
    if constexpr (WithInitial) {
      put_initial(parts, i, static_cast<uint128>(notional) * tables.bands[row.first_band].initial_ppm);
    }
    beside.most(i, position, row);
    if (Beside::reached(notional) >= row.first_below && position.lots != 0) {
      const std::uint32_t before = atomicAdd(&parts.queued[row.special], 1U);
      parts.queue[row.special != 0 ? before : Policy::tile_positions - 1 - before] =
          i | static_cast<std::uint32_t>(position.instrument) << 16;
    }
  }
}
static_assert(tile_policy::tile_positions <= 1U << 16, "A place and an instrument share a word.");

/// Puts the MM of a position in its band, and its IM.
template <std::uint32_t Count, bool WithInitial>
__device__ inline void put_required(tile_parts<Count, WithInitial>& parts, std::uint32_t i, std::uint64_t notional,
                                    std::uint64_t key, const instrument_row& row, const tick_tables& tables) {
  const tier_band& band = band_at(key, row, tables);
  put_maintenance(parts, i, split_in(notional, band.maintenance_ppm, band.amount));
  if constexpr (WithInitial) { put_initial(parts, i, static_cast<uint128>(notional) * band.initial_ppm); }
}

/// Values the positions in the queue of which something is special. The caller waits before, so that all are in it.
template <class Policy, bool WithInitial, class Beside>
__device__ inline void value_special(const units_view& units, const tick_tables& tables, std::uint32_t first,
                                     tile_parts<Policy::tile_positions, WithInitial>& parts, Beside beside) {
  for (std::uint32_t at = threadIdx.x; at < parts.queued[1]; at += Policy::block_threads) {
    const std::uint32_t i = parts.queue[at] & 0xffffU;
    const auto id = static_cast<std::uint16_t>(parts.queue[at] >> 16);
    const std::int64_t lots = units.lots[first + i];
    const instrument_row& row = tables.rows[id];
    const std::int64_t value = value_of(size_lots{lots}, row.rate).raw;
    const std::uint64_t notional = magnitude(value);
    const std::uint64_t key = tier_key(notional, magnitude(lots), (row.tier_kind & tiers_by_lots) != 0);
    put_value(parts, i, value, row.held);
    put_required(parts, i, notional, key, row, tables);
    beside.queued(i, id, notional, lots);
  }
}

/// Puts the requirements of the positions in the queue that are only beyond their first band. As value_special, and by
/// the block's last threads first, so that no warp has work of both while another has none.
template <class Policy, bool WithInitial, class Beside>
__device__ inline void require_above(const tick_tables& tables, tile_parts<Policy::tile_positions, WithInitial>& parts,
                                     Beside beside) {
  const std::uint32_t count = parts.queued[0];
  for (std::uint32_t at = Policy::block_threads - 1 - threadIdx.x; at < count; at += Policy::block_threads) {
    const std::uint32_t i = parts.queue[Policy::tile_positions - 1 - at] & 0xffffU;
    const auto id = static_cast<std::uint16_t>(parts.queue[Policy::tile_positions - 1 - at] >> 16);
    const std::uint64_t notional = magnitude(static_cast<std::int64_t>(parts.word[value_part][place_of(i)]));
    put_required(parts, i, notional, notional, tables.rows[id], tables);
    constexpr std::int64_t some = 1;  // Floors do not count its lots.
    beside.queued(i, id, notional, some);
  }
}

}  // namespace plimsoll::PLIMSOLL_DEVICE_NS
