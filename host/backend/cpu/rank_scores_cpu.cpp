// A segment has one instrument, so its rate, asset and direction are constants of the loop. The rest is a gather of the
// unit's equity and a few operations that the compiler turns into vectors, once for each vector target. Compiled with
// -fno-trapping-math, which changes no value but allows a division to be computed and not used.
#include "host/backend/cpu/rank_scores_cpu.hpp"

#include <algorithm>
#include <bit>

#include "host/backend/cpu/vector_build.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/score.hpp"
#include "kernels/rules/value.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/backend/cpu/rank_scores_cpu.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll {
namespace HWY_NAMESPACE {
namespace {

constexpr std::uint32_t block_entries = 256;

/// A segment's constants.
struct segment_tick {
  value_rate rate;
  std::int64_t factor = 0;
  double whole_unit = 1;
  double size_step = 1;
  bool inverse = false;
  bool below_zero = false;
};

segment_tick make_segment_tick(const resident_cpu& resident, const tick_cpu& tick, std::uint32_t segment) {
  const auto& reference = resident.source->reference;
  const instrument& it = reference.instruments[segment / 2];
  segment_tick out;
  out.rate = tick.rates[segment / 2];
  out.factor = tick.instruments[segment / 2].factor;
  out.whole_unit = static_cast<double>(power_of_ten(reference.assets[it.settle].digits));
  out.size_step = to_double(it.size_step);
  out.inverse = it.kind == instrument_kind::inverse;
  out.below_zero = !out.inverse && out.rate.negative != 0;
  return out;
}

/// Values gathered for a block of entries before their scores are computed.
struct score_block {
  std::int64_t value[block_entries];
  std::int64_t equity[block_entries];
  std::int64_t maintenance[block_entries];
  std::int64_t balance[block_entries];
};

void value_block(const segment_tick& constants, const std::int64_t* lots, std::uint32_t count, score_block& block) {
  if (constants.rate.den == 1) {
    for (std::uint32_t i = 0; i < count; ++i) { block.value[i] = lots[i] * constants.factor; }
  } else {
    for (std::uint32_t i = 0; i < count; ++i) { block.value[i] = value_of({lots[i]}, constants.rate).raw; }
  }
}

/// One load after the other. This is faster than the processor's own gather, which the compiler would use otherwise.
__attribute__((optimize("no-tree-vectorize"), noinline)) void gather(const std::int64_t* from, const std::uint32_t* at,
                                                                     std::uint32_t count, std::int64_t* out) {
  for (std::uint32_t i = 0; i < count; ++i) { out[i] = from[at[i]]; }
}

template <score_kind Kind>
void gather_block(const unit_cache& cache, const std::uint32_t* units, std::uint32_t count, score_block& block) {
  gather(cache.ladder_equity.data(), units, count, block.equity);
  if constexpr (reads(Kind, score_reads::requirements)) {
    gather(cache.maintenance.data(), units, count, block.maintenance);
    gather(cache.balance.data(), units, count, block.balance);
  }
}

/// Keys of one block.
template <score_kind Kind>
void key_block(const segment_tick& constants, const std::int64_t* lots, const std::int64_t* cost, const double* given,
               const score_block& block, std::uint32_t count, std::uint64_t* keys) {
  for (std::uint32_t i = 0; i < count; ++i) {
    score_input in;
    // Wraps only if both are at the limit with opposite signs. The equity of an accepted unit cannot be so large.
    in.pnl =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(block.value[i]) - static_cast<std::uint64_t>(cost[i]));
    in.cost = magnitude(cost[i]);
    in.notional = magnitude(block.value[i]);
    in.lots = lots[i];
    in.equity = block.equity[i];
    if constexpr (reads(Kind, score_reads::requirements)) {
      in.maintenance = block.maintenance[i];
      in.balance = block.balance[i];
    }
    in.whole_unit = constants.whole_unit;
    in.size_step = constants.size_step;
    in.inverse = constants.inverse;
    in.below_zero = constants.below_zero;
    if constexpr (reads(Kind, score_reads::given)) { in.given = given[i]; }
    const std::uint64_t key = ladder_key(std::bit_cast<std::uint64_t>(score_of(Kind, in)));
    // A vacant entry has no lots.
    keys[i] = in.equity != off_ladder_equity && lots[i] != 0 ? key : off_ladder;
  }
}

/// Lots and entries of one block on the ladder. Lots of one side have one sign, and their sum fits 64 bits.
ladder_count count_block(const std::int64_t* lots, const std::uint64_t* keys, std::uint32_t count) {
  std::uint64_t on_lots = 0;
  std::uint64_t on_entries = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t on_ladder = keys[i] != off_ladder ? 1 : 0;
    on_lots += static_cast<std::uint64_t>(lots[i]) & (std::uint64_t{0} - on_ladder);
    on_entries += on_ladder;
  }
  return {magnitude(static_cast<std::int64_t>(on_lots)), on_entries};
}

template <score_kind Kind>
ladder_count score_run(const resident_cpu& resident, const unit_cache& cache, const segment_tick& constants,
                       std::uint32_t first, std::uint32_t last, std::uint64_t* keys) {
  ladder_count total;
  score_block block;
  for (std::uint32_t begin = first; begin < last; begin += block_entries) {
    const std::uint32_t count = std::min(block_entries, last - begin);
    const std::int64_t* lots = resident.entry_lots.data() + begin;
    const double* given = reads(Kind, score_reads::given) ? resident.entry_given.data() + begin : nullptr;
    value_block(constants, lots, count, block);
    gather_block<Kind>(cache, resident.entry_unit.data() + begin, count, block);
    key_block<Kind>(constants, lots, resident.entry_cost.data() + begin, given, block, count, keys + begin);
    const ladder_count part = count_block(lots, keys + begin, count);
    total.lots += part.lots;
    total.entries += part.entries;
  }
  return total;
}

}  // namespace

ladder_count score_entries(const resident_cpu& resident, const tick_cpu& tick, const unit_cache& cache,
                           std::uint32_t segment, std::uint32_t first, std::uint32_t last, std::uint64_t* keys) {
  const segment_tick constants = make_segment_tick(resident, tick, segment);
  return with_score(resident.source->reference.venue.adl_score,
                    [&]<score_kind Kind>() { return score_run<Kind>(resident, cache, constants, first, last, keys); });
}

}  // namespace HWY_NAMESPACE
}  // namespace plimsoll
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plimsoll {
HWY_EXPORT(score_entries);

ladder_count score_entries(const resident_cpu& resident, const tick_cpu& tick, const unit_cache& cache,
                           std::uint32_t segment, std::uint32_t first, std::uint32_t last, std::uint64_t* keys) {
  return HWY_DYNAMIC_DISPATCH(score_entries)(resident, tick, cache, segment, first, last, keys);
}

}  // namespace plimsoll
#endif
