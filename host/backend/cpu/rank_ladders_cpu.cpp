#include "host/backend/cpu/rank_ladders_cpu.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "host/backend/cpu/rank_lights_cpu.hpp"
#include "host/backend/cpu/rank_scores_cpu.hpp"
#include "host/backend/cpu/rank_select_cpu.hpp"
#include "host/backend/cpu/rank_sort_cpu.hpp"

namespace plimsoll {
namespace {

enum class rank_stage : std::uint8_t { scores, lights, cover, sort };
constexpr std::size_t rank_stages = 4;

/// The time that threads spent, by stage.
class stage_clocks {
 public:
  /// Adds its lifetime to one stage.
  class stage_timer {
   public:
    stage_timer(stage_clocks& clocks, rank_stage stage) : clocks_(clocks), stage_(stage) {}
    stage_timer(const stage_timer&) = delete;
    stage_timer& operator=(const stage_timer&) = delete;
    ~stage_timer() {
      const auto spent = std::chrono::steady_clock::now() - begin_;
      clocks_.spent_ns_[static_cast<std::size_t>(stage_)].fetch_add(
          std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count(), std::memory_order_relaxed);
    }

   private:
    stage_clocks& clocks_;
    rank_stage stage_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  };

  /// The stage's share of the total time.
  [[nodiscard]] double share(rank_stage stage) const {
    double all = 0;
    for (const auto& spent : spent_ns_) { all += static_cast<double>(spent.load()); }
    return all == 0 ? 0 : static_cast<double>(spent_ns_[static_cast<std::size_t>(stage)].load()) / all;
  }

 private:
  std::array<std::atomic<std::int64_t>, rank_stages> spent_ns_{};
};

/// All data that a task reads and writes.
struct rank_context {
  const resident_cpu& resident;
  const tick_cpu& tick;
  const unit_cache& cache;
  const ladder_tasks& tasks;
  const rank_request& request;
  rank_scratch& scratch;
  rank_result& out;
  std::vector<std::uint64_t>& keys;  ///< Per entry.
  stage_clocks& clocks;

  [[nodiscard]] const side_columns& sides() const { return resident.source->sides; }
  [[nodiscard]] ladder_view ladder(std::uint32_t segment) const {
    const std::uint32_t first = sides().first_entry[segment];
    return {keys.data() + first, resident.entry_lots.data() + first, sides().first_entry[segment + 1] - first};
  }
  [[nodiscard]] ladder_scratch& scratch_of(std::size_t run) const {
    return run < tasks.long_runs ? scratch.long_ladders[run] : scratch.short_ladders.mine();
  }
};

/// Calls body(segment, scratch) for each, task by task.
template <class Body>
void for_segments(const rank_context& in, const Body& body) {
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, in.tasks.runs.size(), 1),
      [&](const auto& range) {
        for (std::size_t r = range.begin(); r != range.end(); ++r) {
          for (std::uint32_t s = in.tasks.runs[r].first_segment; s < in.tasks.runs[r].last_segment; ++s) {
            body(s, in.scratch_of(r));
          }
        }
      },
      tbb::simple_partitioner());
}

/// Calls body(first, last) over [0, count) in chunks. Long ranges use all threads, which do not start other work in
/// between.
template <class Body>
void for_chunks(std::uint32_t count, const Body& body) {
  if (count <= chunk_entries) { return body(0U, count); }
  const std::uint32_t chunks = (count + chunk_entries - 1) / chunk_entries;
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::uint32_t{0}, chunks, [&](std::uint32_t chunk) {
      body(chunk * chunk_entries, std::min(count, (chunk + 1) * chunk_entries));
    });
  });
}

/// The demand on a segment, or null.
const cover_demand* demand_on(const rank_context& in, std::uint32_t segment) {
  const auto demands = in.request.demands;
  const auto found =
      std::lower_bound(demands.begin(), demands.end(), segment,
                       [](const cover_demand& one, std::uint32_t wanted) { return one.segment < wanted; });
  return found != demands.end() && found->segment == segment ? &*found : nullptr;
}

/// True if the request needs the segment's ladder.
bool wants(const rank_context& in, std::uint32_t segment) {
  return in.request.full_ladder || !in.request.prefixes_only || demand_on(in, segment) != nullptr;
}

/// Prefetches the beginning of a run. The processor predicts the rest of a column, but not where the next run starts.
void ask_for(const rank_context& in, const score_tiles::run& run) {
  constexpr std::uint32_t ahead = 64;
  constexpr std::uint32_t a_line = 8;
  for (std::uint32_t entry = run.first; entry < std::min(run.last, run.first + ahead); entry += a_line) {
    __builtin_prefetch(in.resident.entry_lots.data() + entry);
    __builtin_prefetch(in.resident.entry_cost.data() + entry);
    __builtin_prefetch(in.resident.entry_unit.data() + entry);
    __builtin_prefetch(in.keys.data() + entry, 1);
  }
}

/// Scores of the long ladders, tile by tile of units.
void score_tiled(const rank_context& in) {
  const score_tiles& tiles = in.tasks.tiles;
  tbb::parallel_for(std::uint32_t{0}, tiles.tiles, [&](std::uint32_t tile) {
    const stage_clocks::stage_timer timer(in.clocks, rank_stage::scores);
    for (std::size_t s = 0; s < tiles.segments.size(); ++s) {
      const std::uint32_t segment = tiles.segments[s];
      if (!wants(in, segment)) { continue; }
      const score_tiles::run run = tiles.run_of(in.sides(), tile, s);
      if (s + 1 < tiles.segments.size()) { ask_for(in, tiles.run_of(in.sides(), tile, s + 1)); }
      const ladder_count part =
          score_entries(in.resident, in.tick, in.cache, segment, run.first, run.last, in.keys.data());
      std::atomic_ref(in.out.totals[segment]).fetch_add(part.lots, std::memory_order_relaxed);
      std::atomic_ref(in.scratch.ladder_entries[segment]).fetch_add(part.entries, std::memory_order_relaxed);
    }
  });
}

void score_ladder(const rank_context& in, std::uint32_t segment) {
  const stage_clocks::stage_timer timer(in.clocks, rank_stage::scores);
  const std::uint32_t begin = in.sides().first_entry[segment];
  std::atomic<std::uint64_t> lots = 0;
  std::atomic<std::uint64_t> entries = 0;
  for_chunks(in.sides().first_entry[segment + 1] - begin, [&](std::uint32_t first, std::uint32_t last) {
    const ladder_count part =
        score_entries(in.resident, in.tick, in.cache, segment, begin + first, begin + last, in.keys.data());
    lots += part.lots;
    entries += part.entries;
  });
  in.out.totals[segment] = lots;
  in.scratch.ladder_entries[segment] = entries;
}

void light_ladder(const rank_context& in, std::uint32_t segment, ladder_scratch& scratch) {
  const stage_clocks::stage_timer timer(in.clocks, rank_stage::lights);
  const ladder_view ladder = in.ladder(segment);
  std::uint8_t* lights = in.out.lights.data() + in.sides().first_entry[segment];
  if (in.out.totals[segment] == 0) {  // No entry is on the ladder.
    std::fill_n(lights, ladder.count, std::uint8_t{0});
    return;
  }
  std::array<ladder_place, lights_places> places{};
  select_places(ladder, lights_targets(in.out.totals[segment]), scratch, places);
  for_chunks(ladder.count,
             [&](std::uint32_t first, std::uint32_t last) { light_entries(ladder, places, first, last, lights); });
}

void cover_ladder(const rank_context& in, const cover_demand& demand, ladder_scratch& scratch) {
  const stage_clocks::stage_timer timer(in.clocks, rank_stage::cover);
  const ladder_view ladder = in.ladder(demand.segment);
  ladder_place last = ladder_end;
  if (demand.lots < in.out.totals[demand.segment]) { select_places(ladder, {&demand.lots, 1}, scratch, {&last, 1}); }
  append_prefix(ladder, in.sides().position.data() + in.sides().first_entry[demand.segment], last,
                in.scratch.prefixes[demand.segment]);
}

void rank_ladder(const rank_context& in, std::uint32_t segment, ladder_scratch& scratch) {
  in.scratch.prefixes[segment].clear();
  if (in.sides().first_entry[segment] == in.sides().first_entry[segment + 1]) { return; }
  if (!wants(in, segment)) { return; }
  const cover_demand* const demand = in.request.full_ladder ? nullptr : demand_on(in, segment);
  if (!in.tasks.tiles.has(segment)) { score_ladder(in, segment); }
  if (in.request.lights && !in.request.prefixes_only) { light_ladder(in, segment, scratch); }
  if (demand != nullptr) { cover_ladder(in, *demand, scratch); }
}

/// Offsets of consecutive parts, and one past the last.
template <class Sizes>
void place_parts(const Sizes& size_of, std::size_t parts, rank_result& out) {
  out.first_entry.resize(parts + 1);
  out.first_entry[0] = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    out.first_entry[part + 1] = out.first_entry[part] + size_of(part);
  }
  out.entries.resize(out.first_entry[parts]);
}

/// A part of the result, for which `place_parts` has reserved memory.
std::span<ladder_entry> part_of(const rank_context& in, std::size_t part) {
  return std::span(in.out.entries)
      .subspan(in.out.first_entry[part], in.out.first_entry[part + 1] - in.out.first_entry[part]);
}

void sort_prefixes(const rank_context& in) {
  const auto demands = in.request.demands;
  place_parts([&](std::size_t p) { return in.scratch.prefixes[demands[p].segment].size(); }, demands.size(), in.out);
  for_segments(in, [&](std::uint32_t segment, ladder_scratch& scratch) {
    const cover_demand* const demand = demand_on(in, segment);
    if (demand == nullptr) { return; }
    const stage_clocks::stage_timer timer(in.clocks, rank_stage::cover);
    tbb::this_task_arena::isolate([&] {
      sort_ladder(in.scratch.prefixes[segment], scratch,
                  part_of(in, static_cast<std::size_t>(demand - demands.data())));
    });
  });
}

/// Every ladder in full.
void sort_ladders(const rank_context& in) {
  place_parts([&](std::size_t segment) { return in.scratch.ladder_entries[segment]; }, in.sides().segments(), in.out);
  for_segments(in, [&](std::uint32_t segment, ladder_scratch& scratch) {
    const stage_clocks::stage_timer timer(in.clocks, rank_stage::sort);
    huge_buffer<ladder_entry> entries;  // One ladder at a time: all at once would double the memory.
    entries.reset(in.scratch.ladder_entries[segment]);
    const ladder_view ladder = in.ladder(segment);
    const std::uint32_t* positions = in.sides().position.data() + in.sides().first_entry[segment];
    ladder_entry* next = entries.data();
    for (std::uint32_t entry = 0; entry < ladder.count; ++entry) {
      if (ladder.keys[entry] != off_ladder) { *next++ = {positions[entry], ladder.keys[entry]}; }
    }
    tbb::this_task_arena::isolate([&] { sort_ladder({entries.data(), next}, scratch, part_of(in, segment)); });
  });
}

/// Bytes that each stage must move at least: columns read, columns written.
std::uint64_t stage_bytes(rank_stage stage, const rank_context& in) {
  const std::uint64_t entries = in.keys.size();
  switch (stage) {
    case rank_stage::scores: return entries * (8 + 8 + 4 + 8 + 8);  // lots, cost, unit, its equity; key
    case rank_stage::lights: return entries * (8 + 8 + 8 + 1);      // keys twice, lots; lights
    case rank_stage::cover: {
      std::uint64_t bytes = in.out.entries.size() * 16;
      for (const cover_demand& demand : in.request.demands) {
        bytes += std::uint64_t{24} * in.ladder(demand.segment).count;
      }
      return bytes;
    }
    case rank_stage::sort: return in.out.entries.size() * (8 + 4 + 16);
  }
  return 0;
}

}  // namespace

ladder_tasks make_ladder_tasks(const resident_cpu& resident) {
  const book& source = *resident.source;
  const auto& first = source.sides.first_entry;
  const auto count = [&](std::uint32_t segment) { return first[segment + 1] - first[segment]; };
  ladder_tasks tasks;
  tasks.tiles = make_score_tiles(resident);
  std::vector<ladder_tasks::run> runs;
  std::uint32_t run_entries = 0;
  for (std::uint32_t segment = 0; segment < source.sides.segments(); ++segment) {
    if (count(segment) > chunk_entries) {
      tasks.runs.push_back({segment, segment + 1});
      continue;
    }
    if (runs.empty() || runs.back().last_segment != segment || run_entries + count(segment) > chunk_entries) {
      runs.push_back({segment, segment});
      run_entries = 0;
    }
    runs.back().last_segment = segment + 1;
    run_entries += count(segment);
  }
  std::stable_sort(tasks.runs.begin(), tasks.runs.end(),
                   [&](const auto& a, const auto& b) { return count(a.first_segment) > count(b.first_segment); });
  tasks.long_runs = tasks.runs.size();
  tasks.runs.insert(tasks.runs.end(), runs.begin(), runs.end());
  return tasks;
}

void rank_ladders(const resident_cpu& resident, const tick_cpu& tick, const unit_cache& cache,
                  const ladder_tasks& tasks, const rank_request& request, rank_scratch& scratch, rank_result& out,
                  std::vector<stage_time>& times) {
  const auto begin = std::chrono::steady_clock::now();
  const std::size_t entries = resident.source->sides.position.size();
  const std::size_t segments = resident.source->sides.segments();
  std::vector<std::uint64_t>& keys = request.prefixes_only ? scratch.keys : out.keys;
  keys.resize(entries);
  if (request.prefixes_only) { out.keys.clear(); }
  out.lights.resize(request.lights && !request.prefixes_only ? entries : 0);
  out.totals.assign(segments, 0);
  scratch.ladder_entries.assign(segments, 0);
  scratch.prefixes.resize(segments);
  scratch.long_ladders.resize(tasks.long_runs);
  scratch.short_ladders.fit([](ladder_scratch& one) { one.fit(chunk_entries); });
  stage_clocks clocks;
  const rank_context in{resident, tick, cache, tasks, request, scratch, out, keys, clocks};
  score_tiled(in);
  for_segments(in, [&](std::uint32_t segment, ladder_scratch& own) { rank_ladder(in, segment, own); });
  request.full_ladder ? sort_ladders(in) : sort_prefixes(in);

  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  const auto say = [&](const char* name, rank_stage stage) {
    times.push_back({name, spent.count() * clocks.share(stage), stage_bytes(stage, in)});
  };
  say("scores", rank_stage::scores);
  if (!out.lights.empty()) { say("lights", rank_stage::lights); }
  if (request.full_ladder) {
    say("sort", rank_stage::sort);
  } else if (!request.demands.empty()) {
    say("cover", rank_stage::cover);
  }
}

}  // namespace plimsoll
