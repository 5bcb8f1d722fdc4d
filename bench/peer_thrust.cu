// Plain Thrust, with two obvious additions: columns made resident once, and temporary memory kept for the next call.
// Compiled by nvcc for a GPU; by g++ with Thrust's sequential system for the test of its answers.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <utility>

#include <thrust/copy.h>
#include <thrust/device_free.h>
#include <thrust/device_malloc.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/gather.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/sequence.h>
#include <thrust/sort.h>
#include <thrust/system_error.h>

#include "bench/peer_thrust.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/margin.hpp"
#include "kernels/rules/score.hpp"
#include "kernels/rules/tiers.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll::bench {
namespace {

template <class T>
using column = thrust::device_vector<T>;

template <class T>
T* raw(column<T>& from) {
  return thrust::raw_pointer_cast(from.data());
}

/// Temporary memory of the algorithms, kept for the next call of the same size.
class kept_memory {
 public:
  using value_type = char;
  kept_memory() = default;
  kept_memory(const kept_memory&) = delete;
  kept_memory& operator=(const kept_memory&) = delete;
  ~kept_memory() {
    for (const auto& [bytes, block] : free_) { thrust::device_free(thrust::device_pointer_cast(block)); }
  }

  char* allocate(std::ptrdiff_t bytes) {
    const auto kept = free_.find(bytes);
    if (kept != free_.end()) { return free_.extract(kept).mapped(); }
    return thrust::raw_pointer_cast(thrust::device_malloc<char>(static_cast<std::size_t>(bytes)));
  }
  void deallocate(char* block, std::size_t bytes) { free_.emplace(static_cast<std::ptrdiff_t>(bytes), block); }

 private:
  std::multimap<std::ptrdiff_t, char*> free_;
};

/// The part that a position adds to its unit. Values wrap, and the sum is exact, because an admitted unit's equity fits
/// 62 bits.
struct unit_sum {
  std::uint64_t value = 0;
  uint128 maintenance_ppm = 0;
};

struct add_sums {
  PLIMSOLL_HD unit_sum operator()(const unit_sum& a, const unit_sum& b) const {
    return {a.value + b.value, a.maintenance_ppm + b.maintenance_ppm};
  }
};

/// The arrays that the bodies of all loops read and write.
struct columns_view {
  const value_rate* rates;
  const std::uint32_t* first_band;
  const std::uint32_t* band_count;
  const tier_band* bands;
  const std::uint16_t* instrument;
  const std::int64_t* lots;
  const std::int64_t* cash;
  std::uint32_t margin_call_ppm;
  const std::uint32_t* summed_unit;
  const unit_sum* partial;
  unit_sum* sums;
  verdict* verdicts;
  std::int64_t* equity;
  const std::uint32_t* entry_unit;
  const std::int64_t* entry_lots;
  const std::int64_t* entry_cost;
  const std::uint32_t* entry_segment;
  const std::uint32_t* first_entry;
  std::uint64_t* keys;
  std::uint64_t* falling_keys;
  std::uint32_t* order;
  std::uint32_t* segment;
  std::uint64_t* running;
  std::uint8_t* lights;
};

struct position_sum {
  columns_view in;
  PLIMSOLL_HD unit_sum operator()(std::uint32_t position) const {
    const std::uint16_t id = in.instrument[position];
    const std::int64_t value = value_of({in.lots[position]}, in.rates[id]).raw;
    const tier_view tiers{in.bands + in.first_band[id], in.band_count[id]};
    return {static_cast<std::uint64_t>(value), requirement_of(magnitude(value), 0, tiers).maintenance_ppm};
  }
};

struct place_sum {
  columns_view in;
  PLIMSOLL_HD void operator()(std::uint32_t i) const { in.sums[in.summed_unit[i]] = in.partial[i]; }
};

struct judge_unit {
  columns_view in;
  PLIMSOLL_HD void operator()(std::uint32_t unit) const {
    const auto equity = static_cast<std::int64_t>(static_cast<std::uint64_t>(in.cash[unit]) + in.sums[unit].value);
    in.equity[unit] = equity;
    in.verdicts[unit] =
        make_verdict(classify(equity, equity, in.sums[unit].maintenance_ppm, in.margin_call_ppm), false);
  }
};

struct score_entry {
  columns_view in;
  PLIMSOLL_HD void operator()(std::uint32_t entry) const {
    const std::uint32_t unit = in.entry_unit[entry];
    std::uint64_t key = off_ladder;
    if (in.verdicts[unit].on_ladder()) {
      const std::int64_t value = value_of({in.entry_lots[entry]}, in.rates[in.entry_segment[entry] / 2]).raw;
      score_input score;
      score.pnl = value - in.entry_cost[entry];
      score.cost = magnitude(in.entry_cost[entry]);
      score.notional = magnitude(value);
      score.lots = in.entry_lots[entry];
      score.equity = in.equity[unit];
      key = ladder_key(bits_of(score_of(score_kind::pnl_leverage, score)));
    }
    in.keys[entry] = key;
  }

  PLIMSOLL_HD static std::uint64_t bits_of(double score) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &score, sizeof bits);
    return bits;
  }
};

struct falling_key {
  columns_view in;
  PLIMSOLL_HD void operator()(std::uint32_t entry) const { in.falling_keys[entry] = ~in.keys[entry]; }
};

struct ladder_lots {
  columns_view in;
  PLIMSOLL_HD std::uint64_t operator()(std::uint32_t place) const {
    const std::uint32_t entry = in.order[place];
    return in.keys[entry] == off_ladder ? 0 : magnitude(in.entry_lots[entry]);
  }
};

struct light_entry {
  columns_view in;
  PLIMSOLL_HD void operator()(std::uint32_t place) const {
    const std::uint32_t entry = in.order[place];
    if (in.keys[entry] == off_ladder) {
      in.lights[entry] = 0;
      return;
    }
    const std::uint64_t total = in.running[in.first_entry[in.segment[place] + 1] - 1];
    in.lights[entry] = lights_of(in.running[place] - magnitude(in.entry_lots[entry]), total);
  }
};

class peer final : public thrust_peer {
  /// The device system, with memory that is reused.
  auto memory() { return thrust::device(kept_); }

 public:
  peer(const book& source, const tick_prices& prices)
      : source_(source),
        units_(static_cast<std::uint32_t>(source.units.size())),
        entries_(static_cast<std::uint32_t>(source.positions.size())),
        rates_(prices.rates.begin(), prices.rates.end()),
        bands_(source.reference.bands.begin(), source.reference.bands.end()),
        instrument_(source.positions.instrument.begin(), source.positions.instrument.end()),
        lots_(source.positions.lots.begin(), source.positions.lots.end()),
        unit_(source.positions.unit.begin(), source.positions.unit.end()),
        cash_(source.units.cash.begin(), source.units.cash.end()),
        first_entry_(source.sides.first_entry.begin(), source.sides.first_entry.end()) {
    upload_tiers();
    upload_entries();
    make_room();
  }

  result<double> margin() override {
    return timed([&] {
      const auto positions = thrust::make_transform_iterator(thrust::make_counting_iterator(0U), position_sum{view()});
      const auto ends = thrust::reduce_by_key(memory(), unit_.begin(), unit_.end(), positions, summed_unit_.begin(),
                                              partial_.begin(), thrust::equal_to<std::uint32_t>(), add_sums());
      each(static_cast<std::uint32_t>(ends.first - summed_unit_.begin()), place_sum{view()});
      each(units_, judge_unit{view()});
    });
  }

  result<double> lights() override {
    return timed([&] {
      each(entries_, score_entry{view()});
      sort_entries();
      const auto lots = thrust::make_transform_iterator(thrust::make_counting_iterator(0U), ladder_lots{view()});
      thrust::inclusive_scan_by_key(memory(), segment_.begin(), segment_.end(), lots, running_.begin());
      each(entries_, light_entry{view()});
    });
  }

  result<double> sort() override {
    return timed([&] { sort_entries(); });
  }

  [[nodiscard]] std::vector<verdict> verdicts() const override { return host_of(verdicts_); }
  [[nodiscard]] std::vector<std::uint8_t> entry_lights() const override { return host_of(lights_); }

  void ladders(rank_result& out) const override {
    const std::vector<std::uint32_t> order = host_of(order_);
    const std::vector<std::uint64_t> keys = host_of(keys_);
    out.entries.clear();
    out.first_entry.assign(1, 0);
    for (std::size_t segment = 0; segment < source_.sides.segments(); ++segment) {
      for (std::uint32_t place = source_.sides.first_entry[segment]; place < source_.sides.first_entry[segment + 1];
           ++place) {
        const std::uint32_t entry = order[place];
        if (keys[entry] != off_ladder) { out.entries.push_back({source_.sides.position[entry], keys[entry]}); }
      }
      out.first_entry.push_back(out.entries.size());
    }
  }

 private:
  template <class Body>
  void each(std::uint32_t count, const Body& body) {
    thrust::for_each(memory(), thrust::make_counting_iterator(0U), thrust::make_counting_iterator(count), body);
  }

  /// Thrust's calls return when their work is done, so the host's clock sees all of it.
  template <class Work>
  static result<double> timed(const Work& work) {
    try {
      const auto begin = std::chrono::steady_clock::now();
      work();
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    } catch (const std::bad_alloc& cause) {  // Its text names the driver's reason, for example a missing device.
      return error{error_code::device_memory, std::string("Thrust: ") + cause.what()};
    } catch (const thrust::system_error& cause) { return error{error_code::device_fault, cause.what()}; }
  }

  template <class T>
  static std::vector<T> host_of(const column<T>& from) {
    std::vector<T> out(from.size());
    thrust::copy(from.begin(), from.end(), out.begin());
    return out;
  }

  void upload_tiers() {
    std::vector<std::uint32_t> first, count;
    for (const plimsoll::instrument& it : source_.reference.instruments) {
      first.push_back(it.first_band);
      count.push_back(it.band_count);
    }
    first_band_ = first;
    band_count_ = count;
  }

  void upload_entries() {
    std::vector<std::uint32_t> unit(entries_), segment(entries_);
    std::vector<std::int64_t> lots(entries_), cost(entries_);
    for (std::uint32_t s = 0; s < source_.sides.segments(); ++s) {
      for (std::uint32_t e = source_.sides.first_entry[s]; e < source_.sides.first_entry[s + 1]; ++e) {
        const std::uint32_t position = source_.sides.position[e];
        unit[e] = source_.positions.unit[position];
        segment[e] = s;
        lots[e] = source_.positions.lots[position];
        cost[e] = source_.positions.cost[position];
      }
    }
    entry_unit_ = unit;
    entry_segment_ = segment;
    entry_lots_ = lots;
    entry_cost_ = cost;
  }

  void make_room() {
    summed_unit_.resize(units_);
    partial_.resize(units_);
    sums_.resize(units_);
    verdicts_.resize(units_);
    equity_.resize(units_);
    keys_.resize(entries_);
    falling_keys_.resize(entries_);
    order_.resize(entries_);
    segment_.resize(entries_);
    running_.resize(entries_);
    lights_.resize(entries_);
  }

  /// Order of entries by (segment, key descending, position): two stable radix sorts, the least significant first.
  void sort_entries() {
    each(entries_, falling_key{view()});
    thrust::sequence(memory(), order_.begin(), order_.end());
    thrust::stable_sort_by_key(memory(), falling_keys_.begin(), falling_keys_.end(), order_.begin());
    thrust::gather(memory(), order_.begin(), order_.end(), entry_segment_.begin(), segment_.begin());
    thrust::stable_sort_by_key(memory(), segment_.begin(), segment_.end(), order_.begin());
  }

  columns_view view() {
    return {raw(rates_),         raw(first_band_),  raw(band_count_), raw(bands_),
            raw(instrument_),    raw(lots_),        raw(cash_),       source_.reference.venue.margin_call_ppm,
            raw(summed_unit_),   raw(partial_),     raw(sums_),       raw(verdicts_),
            raw(equity_),        raw(entry_unit_),  raw(entry_lots_), raw(entry_cost_),
            raw(entry_segment_), raw(first_entry_), raw(keys_),       raw(falling_keys_),
            raw(order_),         raw(segment_),     raw(running_),    raw(lights_)};
  }

  const book& source_;
  std::uint32_t units_;
  std::uint32_t entries_;
  kept_memory kept_;
  column<value_rate> rates_;
  column<tier_band> bands_;
  column<std::uint32_t> first_band_, band_count_;
  column<std::uint16_t> instrument_;
  column<std::int64_t> lots_;
  column<std::uint32_t> unit_;
  column<std::int64_t> cash_;
  column<std::uint32_t> summed_unit_;
  column<unit_sum> partial_, sums_;
  column<verdict> verdicts_;
  column<std::int64_t> equity_;
  column<std::uint32_t> entry_unit_, entry_segment_, first_entry_;
  column<std::int64_t> entry_lots_, entry_cost_;
  column<std::uint64_t> keys_, falling_keys_;
  column<std::uint32_t> order_, segment_;
  column<std::uint64_t> running_;
  column<std::uint8_t> lights_;
};

}  // namespace

result<std::unique_ptr<thrust_peer>> make_thrust_peer(const book& source, const tick_prices& prices) {
  const venue_config& venue = source.reference.venue;
  if (venue.collateral != collateral_mode::single || venue.adl_score != score_kind::pnl_leverage ||
      std::find(prices.held.begin(), prices.held.end(), 1) != prices.held.end()) {
    return error{error_code::not_supported,
                 "the Thrust peer knows single collateral, the default score and fresh marks"};
  }
  try {
    return std::unique_ptr<thrust_peer>(std::make_unique<peer>(source, prices));
  } catch (const std::bad_alloc& cause) {
    return error{error_code::device_memory, std::string("Thrust: ") + cause.what()};
  } catch (const thrust::system_error& cause) { return error{error_code::device_fault, cause.what()}; }
}

}  // namespace plimsoll::bench
