#include "host/engine/scan.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_sort.h>

#include "host/engine/cover.hpp"
#include "host/engine/digest.hpp"
#include "host/engine/dust.hpp"

namespace plimsoll {

namespace {

using record_runs = oneapi::tbb::blocked_range<std::size_t>;
constexpr std::size_t record_grain = 512;

/// Reports the start of a host stage, and adds its seconds to the result when it goes out of scope.
class stage_clock {
 public:
  stage_clock(scan_result& out, const scan_options& options, const char* stage) : out_(out), stage_(stage) {
    if (options.on_stage) { options.on_stage(stage); }
  }
  stage_clock(const stage_clock&) = delete;
  stage_clock& operator=(const stage_clock&) = delete;
  ~stage_clock() {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
    out_.times.push_back({stage_, spent.count(), 0});
  }

 private:
  scan_result& out_;
  const char* stage_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Per side: open interest, demand, cover found. Per instrument: the deficit of its bankrupt positions.
void sum_segments(scan_result& out) {
  const book& source = *out.source;
  out.segments.assign(source.sides.segments(), {});
  out.instrument_deficit.assign(source.reference.instruments.size(), 0);
  for (std::uint32_t s = 0; s < out.segments.size(); ++s) {
    out.segments[s].positions = source.sides.first_entry[s + 1] - source.sides.first_entry[s];
    out.segments[s].lots = source.sides.lots[s];
    out.segments[s].ladder_lots = out.ladder.totals[s];
  }
  const auto winners_of = [&](std::uint32_t loser) {
    return segment_of(source.positions.instrument[loser], opposite(side_of({source.positions.lots[loser]})));
  };
  for (const bankrupt_position& loser : out.bankrupt) {
    out.segments[winners_of(loser.position)].demand += magnitude(source.positions.lots[loser.position]);
    out.instrument_deficit[source.positions.instrument[loser.position]] += magnitude(loser.allotted);
  }
  for (const cover_fill& fill : out.cover) {
    out.segments[winners_of(fill.loser)].covered += static_cast<std::uint64_t>(fill.lots);
  }
}

/// Cuts every prefix after its last entry with a fill, and removes those without one.
void trim_prefixes(scan_result& out) {
  const book& source = *out.source;
  std::vector<std::uint64_t> keep(out.ladder_segments.size(), 0);
  std::vector<std::uint32_t> prefix_of(source.sides.segments(), no_id);
  for (std::uint32_t p = 0; p < out.ladder_segments.size(); ++p) { prefix_of[out.ladder_segments[p]] = p; }
  for (const cover_fill& fill : out.cover) {
    const std::uint32_t segment =
        segment_of(source.positions.instrument[fill.winner], side_of({source.positions.lots[fill.winner]}));
    std::uint64_t& kept = keep[prefix_of[segment]];
    kept = std::max<std::uint64_t>(kept, fill.place + 1);
  }
  rank_result& ladder = out.ladder;
  std::vector<std::uint64_t> first{0};
  std::vector<std::uint32_t> segments;
  std::uint64_t end = 0;
  for (std::uint32_t p = 0; p < keep.size(); ++p) {
    if (keep[p] == 0) { continue; }
    std::copy_n(ladder.entries.begin() + static_cast<std::ptrdiff_t>(ladder.first_entry[p]), keep[p],
                ladder.entries.begin() + static_cast<std::ptrdiff_t>(end));
    end += keep[p];
    first.push_back(end);
    segments.push_back(out.ladder_segments[p]);
  }
  ladder.entries.resize(end);
  ladder.first_entry = std::move(first);
  out.ladder_segments = std::move(segments);
}

/// Requests ladders, and merges the losers into them.
status rank_and_cover(const book& source, backend& machine, const scan_options& options, cover_finder& finder,
                      scan_result& out) {
  std::vector<cover_demand> demands;
  finder.find_demands(source, out.bankrupt, demands);
  const bool for_executor = options.ladders == ladder_extent::demanded;
  const bool full = options.ladders == ladder_extent::full;
  if (for_executor) {
    for (cover_demand& demand : demands) { demand.lots = source.sides.lots[demand.segment]; }
  }
  rank_request request;
  request.full_ladder = full;
  request.lights = !for_executor;
  request.prefixes_only = for_executor;
  request.demands = demands;
  if (options.on_stage) { options.on_stage("rank"); }
  PLIMSOLL_TRY(machine.rank(request, out.ladder));
  out.ladder_segments.clear();
  if (full) {
    for (std::uint32_t s = 0; s < source.sides.segments(); ++s) { out.ladder_segments.push_back(s); }
  } else {
    for (const cover_demand& demand : demands) { out.ladder_segments.push_back(demand.segment); }
  }
  if (for_executor) { return ok(); }
  const stage_clock clock(out, options, "merge");
  finder.merge(source, out.bankrupt, out.ladder, out.ladder_segments, out.cover);
  sum_segments(out);
  if (!full) { trim_prefixes(out); }
  return ok();
}

}  // namespace

refusal over_limit_refusal(const book& source, std::uint32_t unit) {
  const std::string& asset_name = source.reference.assets[source.asset_of(unit)].name;
  return {"positions", 0, "account",
          std::string(source.accounts[source.units.account[unit]]) + " " + source.unit_name(source.units.code[unit]),
          "has equity or a requirement beyond 2^62 steps of " + asset_name + "; choose a coarser assets.step for " +
              asset_name};
}

void flagged_order::sort(std::vector<unit_record>& records) {
  keys_.resize(records.size());
  oneapi::tbb::parallel_for(record_runs(0, records.size(), record_grain), [&](const record_runs& run) {
    for (std::size_t i = run.begin(); i != run.end(); ++i) {
      const unit_record& one = records[i];
      keys_[i] = {one.maintenance_ppm != 0 ? health_factor_ppm(one.margin_equity, one.maintenance_ppm) : int128{0},
                  static_cast<std::uint32_t>(i), one.unit, one.outcome.state(), one.maintenance_ppm != 0};
    }
  });
  const auto before = [](const key& a, const key& b) {
    if (a.state != b.state) { return a.state > b.state; }
    if (a.has_health != b.has_health) { return !a.has_health; }
    return a.health_ppm != b.health_ppm ? a.health_ppm < b.health_ppm : a.unit < b.unit;
  };
  oneapi::tbb::parallel_sort(keys_.begin(), keys_.end(), before);  // No two are equal, so the order is unique.
  sorted_.resize(records.size());
  oneapi::tbb::parallel_for(record_runs(0, records.size(), record_grain), [&](const record_runs& run) {
    for (std::size_t i = run.begin(); i != run.end(); ++i) { sorted_[i] = records[keys_[i].place]; }
  });
  records.swap(sorted_);
}

result<scan_result> scan_book(const book& source, backend& machine, const scan_options& options,
                              refusal_list& refusals) {
  scan_result out;
  out.source = &source;
  out.backend_name = machine.name();
  out.backend_device = machine.device();
  {
    const stage_clock clock(out, options, "prepare");
    PLIMSOLL_TRY(prepare_tick(source, source.marks, options.as_of_ns, out.prices, refusals));
    out.as_of_ns = time_of_marks(source.marks, options.as_of_ns);
    out.held = find_held(source, source.marks, options.as_of_ns);
    if (!options.as_of_ns) { out.ahead = find_clocks_ahead(source, source.marks); }
  }
  if (options.on_stage) { options.on_stage("margin"); }
  PLIMSOLL_TRY(machine.margin(out.prices, true, out.margin));
  if (out.margin.over_limit != no_id) {
    refusals.add(over_limit_refusal(source, out.margin.over_limit));
    return refusals.to_error();
  }
  cover_finder finder;
  {
    const stage_clock clock(out, options, "allot");
    const unit_figures& units = out.margin.units;
    std::vector<unit_record> records;
    records.reserve(out.margin.flagged.size());
    for (const std::uint32_t unit : out.margin.flagged) {
      records.push_back(
          {unit, units.verdicts[unit], units.equity[unit], units.margin_equity[unit], units.maintenance_ppm[unit]});
    }
    flagged_order().sort(records);
    dust_limits limits;
    limits.set(source.reference);
    const auto is_dust = [&](const unit_record& one) { return limits.is_dust(source, one); };
    std::copy_if(records.begin(), records.end(), std::back_inserter(out.dust), is_dust);
    if (!out.dust.empty()) { std::erase_if(records, is_dust); }
    for (const unit_record& one : records) { out.flagged.push_back(one.unit); }
    out.flagged_records = std::move(records);
    finder.find_bankrupt(source, out.prices, bankrupt_units(out.margin), out.bankrupt);
  }
  PLIMSOLL_TRY(rank_and_cover(source, machine, options, finder, out));
  if (options.ladders != ladder_extent::demanded) {
    const stage_clock clock(out, options, "digest");
    const tick_digests digests = digests_of(out);
    out.tick_digest = digests.tick;
    out.full_digest = digests.full;
  }
  const auto spent = machine.times();
  out.times.insert(out.times.end(), spent.begin(), spent.end());
  return out;
}

result<scan_result> scan_with_fallback(const book& source, std::unique_ptr<backend>& machine, int threads,
                                       const scan_options& options, refusal_list& refusals) {
  std::string failure;
  const auto load_and_scan = [&](backend& on) -> result<scan_result> {
    if (options.on_stage) { options.on_stage("load"); }
    if (auto loaded = on.load(source); !loaded) { return loaded.error(); }
    return scan_book(source, on, options, refusals);
  };
  result<scan_result> first = load_and_scan(*machine);
  if (first || !is_device_failure(first.error().code)) { return first; }
  failure = std::string(machine->name()) + " backend failed (" + to_string(first.error().code) + ": " +
            first.error().message + "); the scan was completed on the CPU";
  machine = make_cpu_backend(threads);
  result<scan_result> second = load_and_scan(*machine);
  if (second) { second.value().events.push_back(std::move(failure)); }
  return second;
}

}  // namespace plimsoll
