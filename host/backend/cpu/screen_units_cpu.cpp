#include "host/backend/cpu/screen_units_cpu.hpp"

#include <algorithm>
#include <functional>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include "host/backend/cpu/scattered_units_cpu.hpp"
#include "host/backend/cpu/unit_sums_cpu.hpp"
#include "kernels/rules/screen.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t rebase_block = 16'384;   ///< Units of a task that computes radii.
constexpr std::uint32_t search_block = 131'072;  ///< Units of a task that searches: their least radii are 4 KiB.
constexpr std::uint32_t judge_block = 256;       ///< Units a task evaluates.
static_assert(rebase_block % radius_block == 0 && search_block % radius_block == 0,
              "A block of radii belongs to one task.");

bool is_safe(verdict outcome) { return static_cast<int>(outcome.state()) <= static_cast<int>(unit_state::margin_call); }

/// Adds a safe unit to the sums, or subtracts it with `sign` -1.
void add_safe(verdict outcome, std::uint64_t call_hash, std::uint64_t sign, safe_sums& sums) {
  if (!is_safe(outcome)) { return; }
  const bool called = outcome.state() == unit_state::margin_call;
  (called ? sums.margin_call : sums.healthy) += sign;
  sums.held += outcome.held() ? sign : 0;
  sums.call_hashes += called ? sign * call_hash : 0;
}

safe_sums operator+(const safe_sums& a, const safe_sums& b) {
  return {a.healthy + b.healthy, a.margin_call + b.margin_call, a.held + b.held, a.call_hashes + b.call_hashes};
}
safe_sums operator-(const safe_sums& a, const safe_sums& b) {
  return {a.healthy - b.healthy, a.margin_call - b.margin_call, a.held - b.held, a.call_hashes - b.call_hashes};
}

/// Sums over the evaluated units: those that were safe at the reference, and those that are safe now.
struct screened_sums {
  safe_sums were;
  safe_sums are;
};

std::uint64_t call_hash_of(const book& source, std::uint32_t unit) {
  return source.units.call_hash.empty() ? 0 : source.units.call_hash[unit];
}

/// Evaluates one unit at the reference and stores the inputs of screens.
judged_unit rebase_unit(const resident_cpu& resident, screen_cpu& screen, std::uint32_t unit) {
  const exposed_unit one = judge_exposure(resident, screen.reference, screen.groups, unit);
  const bool isolated = resident.source->units.code[unit].is_isolated();
  screen.radius[unit] = safety_radius(one.judged, one.exposure, isolated ? screen.isolated_rules : screen.rules);
  screen.unit_groups[unit] = one.groups;
  screen.verdicts[unit] = one.judged.outcome;
  screen.call_hash[unit] = call_hash_of(*resident.source, unit);
  return one.judged;
}

/// Adds a unit's part of a judgement that is not in safe_sums.
void add_unsafe(std::uint32_t unit, const judged_unit& one, tick_judgement& out) {
  if (!one.admitted) { out.over_limit = std::min(out.over_limit, unit); }
  if (is_safe(one.outcome)) { return; }
  ++out.counts[static_cast<int>(one.outcome.state())];
  out.held += one.outcome.held() ? 1 : 0;
  out.records.push_back({unit, one.outcome, one.equity, one.margin_equity, one.maintenance_ppm});
}

void add_safe_sums(const safe_sums& sums, tick_judgement& out) {
  out.counts[static_cast<int>(unit_state::healthy)] += sums.healthy;
  out.counts[static_cast<int>(unit_state::margin_call)] += sums.margin_call;
  out.held += sums.held;
  out.call_hashes += sums.call_hashes;
}

void clear(tick_judgement& out) {
  std::fill(std::begin(out.counts), std::end(out.counts), 0);
  out.held = 0;
  out.call_hashes = 0;
  out.records.clear();
  out.over_limit = no_id;
  out.evaluated = 0;
}

/// Units of a task whose radius does not rule out a change at these moves.
void find_candidates(const screen_cpu& screen, const tick_moves& moves, std::uint16_t move_max, std::uint32_t first,
                     std::uint32_t last, std::vector<std::uint32_t>& out) {
  const std::uint16_t* radius = screen.radius.data();
  out.clear();
  for (std::uint32_t begin = first; begin < last; begin += radius_block) {
    if (screen.least[begin / radius_block] > move_max) { continue; }
    for (std::uint32_t unit = begin; unit < std::min(last, begin + radius_block); ++unit) {
      if (radius[unit] <= move_max && moves.of_groups[screen.unit_groups[unit]] >= radius[unit]) {
        out.push_back(unit);
      }
    }
  }
}

void find_least(screen_cpu& screen, std::uint32_t block) {
  const std::uint16_t* const begin = screen.radius.data() + std::size_t{block} * radius_block;
  const std::uint16_t* const end =
      begin + std::min<std::size_t>(radius_block, screen.radius.size() - std::size_t{block} * radius_block);
  screen.least[block] = *std::min_element(begin, end);
}

}  // namespace

void rebase_units(const resident_cpu& resident, const tick_cpu& tick, const move_groups& groups, screen_cpu& screen,
                  unit_cache& cache, tick_judgement& out) {
  const book& source = *resident.source;
  const auto count = static_cast<std::uint32_t>(source.units.size());
  const quote_weights weights =
      source.reference.venue.collateral == collateral_mode::multi
          ? quote_weights{source.reference.assets[source.reference.quote].asset_weight_ppm,
                          source.reference.assets[source.reference.quote].liability_weight_ppm}
          : quote_weights{};
  screen.made = false;
  screen.reference = tick;
  screen.groups = groups;
  screen.isolated_rules = {source.reference.venue.margin_call_ppm, static_cast<std::uint32_t>(limits::ppm)};
  screen.rules = {source.reference.venue.margin_call_ppm, std::max(weights.asset_ppm, weights.liability_ppm)};
  screen.radius.reset(count);
  screen.least.reset((count + radius_block - 1) / radius_block);
  screen.unit_groups.reset(count);
  screen.verdicts.reset(count);
  screen.call_hash.reset(count);
  make_cache(source, cache);
  clear(out);
  const std::uint32_t tasks = (count + rebase_block - 1) / rebase_block;
  screen.parts.resize(tasks);
  screen.safe_parts.assign(tasks, {});
  tbb::parallel_for(std::uint32_t{0}, tasks, [&](std::uint32_t task) {
    const std::uint32_t last = std::min(count, (task + 1) * rebase_block);
    clear(screen.parts[task]);
    for (std::uint32_t unit = task * rebase_block; unit < last; ++unit) {
      const judged_unit judged = rebase_unit(resident, screen, unit);
      cache.ladder_equity[unit] = ladder_equity_of(judged.outcome, judged.equity);
      add_safe(judged.outcome, screen.call_hash[unit], 1, screen.safe_parts[task]);
      add_unsafe(unit, judged, screen.parts[task]);
    }
    for (std::uint32_t unit = task * rebase_block; unit < last; unit += radius_block) {
      find_least(screen, unit / radius_block);
    }
  });
  screen.safe = {};
  for (std::uint32_t task = 0; task < tasks; ++task) {
    const tick_judgement& part = screen.parts[task];
    screen.safe = screen.safe + screen.safe_parts[task];
    for (int state = 0; state < 4; ++state) { out.counts[state] += part.counts[state]; }
    out.held += part.held;
    out.records.insert(out.records.end(), part.records.begin(), part.records.end());
    out.over_limit = std::min(out.over_limit, part.over_limit);
  }
  add_safe_sums(screen.safe, out);
  out.evaluated = count;
  screen.made = true;
}

void rebase_changed(const resident_cpu& resident, std::span<const std::uint32_t> units, screen_cpu& screen) {
  if (!screen.made) { return; }
  const safe_sums change = tbb::parallel_reduce(
      tbb::blocked_range<std::size_t>(0, units.size(), judge_block), safe_sums{},
      [&](const auto& range, safe_sums sums) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) {
          const std::uint32_t unit = units[i];
          add_safe(screen.verdicts[unit], screen.call_hash[unit], ~std::uint64_t{0}, sums);
          const verdict outcome = rebase_unit(resident, screen, unit).outcome;  // Also stores the new hash.
          add_safe(outcome, screen.call_hash[unit], 1, sums);
        }
        return sums;
      },
      [](const safe_sums& a, const safe_sums& b) { return a + b; });
  screen.safe = screen.safe + change;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::uint32_t block = units[i] / radius_block;
    if (i == 0 || block != units[i - 1] / radius_block) { find_least(screen, block); }
  }
}

void retier_reference(const resident_cpu& resident, screen_cpu& screen) {
  if (!screen.made) { return; }
  retier_tick_cpu(resident, screen.reference);
}

std::uint64_t find_screen_candidates(const tick_moves& moves, screen_cpu& screen) {
  const auto count = static_cast<std::uint32_t>(screen.radius.size());
  const std::uint32_t tasks = (count + search_block - 1) / search_block;
  const std::uint16_t move_max = *std::max_element(moves.of_groups.begin(), moves.of_groups.end());
  screen.found.resize(tasks);
  tbb::parallel_for(std::uint32_t{0}, tasks, [&](std::uint32_t task) {
    find_candidates(screen, moves, move_max, task * search_block, std::min(count, (task + 1) * search_block),
                    screen.found[task]);
  });
  std::uint64_t count_found = 0;
  for (const auto& part : screen.found) { count_found += part.size(); }
  return count_found;
}

bool screen_units(const resident_cpu& resident, const tick_cpu& tick, const tick_moves& moves, screen_cpu& screen,
                  tick_judgement& out) {
  if (find_screen_candidates(moves, screen) > moves.evaluated_max) { return false; }
  screen.candidates.clear();
  for (const auto& part : screen.found) { screen.candidates.insert(screen.candidates.end(), part.begin(), part.end()); }
  screen.judged.resize(screen.candidates.size());
  const auto unit_at = [&](std::size_t i) { return screen.candidates[i]; };
  const screened_sums sums = tbb::parallel_reduce(
      tbb::blocked_range<std::size_t>(0, screen.candidates.size(), judge_block), screened_sums{},
      [&](const auto& range, screened_sums part) {
        for_scattered(*resident.source, unit_at, range.begin(), range.end(), [&](std::size_t i) {
          const std::uint32_t unit = screen.candidates[i];
          screen.judged[i] = judge_unit(resident, tick, unit);
          add_safe(screen.verdicts[unit], screen.call_hash[unit], 1, part.were);
          add_safe(screen.judged[i].outcome, screen.call_hash[unit], 1, part.are);
        });
        return part;
      },
      [](const screened_sums& a, const screened_sums& b) { return screened_sums{a.were + b.were, a.are + b.are}; });
  clear(out);
  for (std::size_t i = 0; i < screen.candidates.size(); ++i) {
    add_unsafe(screen.candidates[i], screen.judged[i], out);
  }
  add_safe_sums(screen.safe - sums.were + sums.are, out);
  out.evaluated = screen.candidates.size();
  return true;
}

void judge_scanned(const resident_cpu& resident, const tick_cpu& tick, std::vector<tile_summary>& tiles,
                   const margin_result& scanned, tick_judgement& out) {
  const book& source = *resident.source;
  const auto count = static_cast<std::uint32_t>(source.units.size());
  clear(out);
  std::copy(std::begin(scanned.counts), std::end(scanned.counts), std::begin(out.counts));
  out.held = scanned.held;
  out.over_limit = scanned.over_limit;
  out.evaluated = count;
  out.records.resize(list_tiles(tiles, [](const tile_summary& tile) {
    return tile.counts[static_cast<int>(unit_state::liquidatable)] +
           tile.counts[static_cast<int>(unit_state::bankrupt)];
  }));
  const bool hashes = !source.units.call_hash.empty();
  out.call_hashes = tbb::parallel_reduce(
      tbb::blocked_range<std::size_t>(0, tiles.size(), 64), std::uint64_t{0},
      [&](const auto& range, std::uint64_t sum) {
        for (std::size_t t = range.begin(); t != range.end(); ++t) {
          std::size_t next = tiles[t].first_listed;
          for (std::uint32_t unit = resident.tiles[t].first_unit; unit < resident.tiles[t].last_unit; ++unit) {
            const verdict outcome = scanned.units.verdicts[unit];
            if (hashes && outcome.state() == unit_state::margin_call) { sum += source.units.call_hash[unit]; }
            if (is_safe(outcome)) { continue; }
            const judged_unit one = judge_unit(resident, tick, unit);
            out.records[next++] = {unit, one.outcome, one.equity, one.margin_equity, one.maintenance_ppm};
          }
        }
        return sum;
      },
      std::plus<>());
}

}  // namespace plimsoll
