#include "host/backend/screen_units_cpu.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>

#include "host/backend/unit_sums_cpu.hpp"
#include "kernels/rules/screen.hpp"

namespace plimsoll {
namespace {

constexpr std::uint32_t screen_block = 16'384;  ///< Units a task looks at.
constexpr std::uint32_t judge_block = 64;       ///< Units a task evaluates.

bool is_calm(verdict said) { return static_cast<int>(said.state()) <= static_cast<int>(unit_state::margin_call); }

/// Adds a calm unit's part, or takes it off with `sign` -1.
void add_calm(verdict said, std::uint64_t call_hash, std::uint64_t sign, calm_sums& sums) {
  if (!is_calm(said)) { return; }
  const bool called = said.state() == unit_state::margin_call;
  (called ? sums.margin_call : sums.healthy) += sign;
  sums.held += said.held() ? sign : 0;
  sums.call_hashes += called ? sign * call_hash : 0;
}

calm_sums operator+(const calm_sums& a, const calm_sums& b) {
  return {a.healthy + b.healthy, a.margin_call + b.margin_call, a.held + b.held, a.call_hashes + b.call_hashes};
}

std::uint64_t call_hash_of(const book& source, std::uint32_t unit) { return source.units.call_hash.empty() ? 0 : source.units.call_hash[unit]; }

/// Judges one unit at the reference and keeps what screens read of it.
judged_unit rebase_unit(const resident_cpu& resident, screen_cpu& screen, std::uint32_t unit) {
  const reaching_unit one = judge_reach(resident, screen.reference, screen.groups, unit);
  const bool isolated = resident.source->units.code[unit].is_isolated();
  screen.radius[unit] = safety_radius(one.judged, one.reach, isolated ? screen.isolated_rules : screen.rules);
  screen.unit_groups[unit] = one.groups;
  screen.said[unit] = one.judged.said;
  screen.call_hash[unit] = call_hash_of(*resident.source, unit);
  return one.judged;
}

/// Adds an evaluated unit to a judgement.
void add_judged(std::uint32_t unit, const judged_unit& one, std::uint64_t call_hash, tick_judgement& out) {
  ++out.counts[static_cast<int>(one.said.state())];
  out.held += one.said.held() ? 1 : 0;
  if (one.said.state() == unit_state::margin_call) { out.call_hashes += call_hash; }
  if (!is_calm(one.said)) { out.records.push_back({unit, one.said, one.equity, one.margin_equity, one.maintenance_ppm}); }
  if (!one.admitted) { out.over_limit = std::min(out.over_limit, unit); }
}

void clear(tick_judgement& out) {
  std::fill(std::begin(out.counts), std::end(out.counts), 0);
  out.held = 0;
  out.call_hashes = 0;
  out.records.clear();
  out.over_limit = no_id;
  out.evaluated = 0;
}

/// Units of a block that a move reaches. Most blocks have none, which a few vector compares tell.
void find_candidates(const screen_cpu& screen, const tick_moves& moves, std::uint16_t move_max, std::uint32_t first, std::uint32_t last,
                     std::vector<std::uint32_t>& out) {
  constexpr std::uint32_t step = 64;
  const std::uint16_t* radius = screen.radius.data();
  out.clear();
  for (std::uint32_t begin = first; begin < last; begin += step) {
    const std::uint32_t end = std::min(last, begin + step);
    std::uint16_t least = 0xffffU;
    for (std::uint32_t unit = begin; unit < end; ++unit) { least = std::min(least, radius[unit]); }
    if (least > move_max) { continue; }
    for (std::uint32_t unit = begin; unit < end; ++unit) {
      if (radius[unit] <= move_max && moves.of_groups[screen.unit_groups[unit]] >= radius[unit]) { out.push_back(unit); }
    }
  }
}

}  // namespace

void rebase_units(const resident_cpu& resident, const tick_cpu& tick, const move_groups& groups, screen_cpu& screen, tick_judgement& out) {
  const book& source = *resident.source;
  const auto count = static_cast<std::uint32_t>(source.units.size());
  const quote_weights weights = source.reference.venue.collateral == collateral_mode::multi
                                    ? quote_weights{source.reference.assets[source.reference.quote].asset_weight_ppm,
                                                    source.reference.assets[source.reference.quote].liability_weight_ppm}
                                    : quote_weights{};
  screen.made = false;
  screen.reference = tick;
  screen.groups = groups;
  screen.isolated_rules = {source.reference.venue.margin_call_ppm, static_cast<std::uint32_t>(limits::ppm)};
  screen.rules = {source.reference.venue.margin_call_ppm, std::max(weights.asset_ppm, weights.liability_ppm)};
  screen.radius.reset(count);
  screen.unit_groups.reset(count);
  screen.said.reset(count);
  screen.call_hash.reset(count);
  clear(out);
  const std::uint32_t tasks = (count + screen_block - 1) / screen_block;
  std::vector<tick_judgement> parts(tasks);
  std::vector<calm_sums> calm(tasks);
  tbb::parallel_for(std::uint32_t{0}, tasks, [&](std::uint32_t task) {
    for (std::uint32_t unit = task * screen_block; unit < std::min(count, (task + 1) * screen_block); ++unit) {
      const judged_unit judged = rebase_unit(resident, screen, unit);
      add_calm(judged.said, screen.call_hash[unit], 1, calm[task]);
      add_judged(unit, judged, screen.call_hash[unit], parts[task]);
    }
  });
  screen.calm = {};
  for (std::uint32_t task = 0; task < tasks; ++task) {
    const tick_judgement& part = parts[task];
    screen.calm = screen.calm + calm[task];
    for (int state = 0; state < 4; ++state) { out.counts[state] += part.counts[state]; }
    out.held += part.held;
    out.call_hashes += part.call_hashes;
    out.records.insert(out.records.end(), part.records.begin(), part.records.end());
    out.over_limit = std::min(out.over_limit, part.over_limit);
  }
  out.evaluated = count;
  screen.made = true;
}

void rebase_changed(const resident_cpu& resident, std::span<const std::uint32_t> units, screen_cpu& screen) {
  if (!screen.made) { return; }
  const calm_sums change = tbb::parallel_reduce(
      tbb::blocked_range<std::size_t>(0, units.size(), judge_block), calm_sums{},
      [&](const auto& range, calm_sums sums) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) {
          const std::uint32_t unit = units[i];
          add_calm(screen.said[unit], screen.call_hash[unit], ~std::uint64_t{0}, sums);
          const verdict said = rebase_unit(resident, screen, unit).said;  // Takes the new hash, too.
          add_calm(said, screen.call_hash[unit], 1, sums);
        }
        return sums;
      },
      [](const calm_sums& a, const calm_sums& b) { return a + b; });
  screen.calm = screen.calm + change;
}

bool screen_units(const resident_cpu& resident, const tick_cpu& tick, const tick_moves& moves, screen_cpu& screen, tick_judgement& out) {
  const auto count = static_cast<std::uint32_t>(screen.radius.size());
  const std::uint32_t tasks = (count + screen_block - 1) / screen_block;
  const std::uint16_t move_max = *std::max_element(moves.of_groups.begin(), moves.of_groups.end());
  screen.found.resize(tasks);
  tbb::parallel_for(std::uint32_t{0}, tasks, [&](std::uint32_t task) {
    find_candidates(screen, moves, move_max, task * screen_block, std::min(count, (task + 1) * screen_block), screen.found[task]);
  });
  screen.candidates.clear();
  for (const auto& part : screen.found) { screen.candidates.insert(screen.candidates.end(), part.begin(), part.end()); }
  if (screen.candidates.size() > moves.evaluated_max) { return false; }

  screen.judged.resize(screen.candidates.size());
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, screen.candidates.size(), judge_block), [&](const auto& range) {
    for (std::size_t i = range.begin(); i != range.end(); ++i) { screen.judged[i] = judge_unit(resident, tick, screen.candidates[i]); }
  });
  clear(out);
  calm_sums others = screen.calm;
  for (std::size_t i = 0; i < screen.candidates.size(); ++i) {
    const std::uint32_t unit = screen.candidates[i];
    add_calm(screen.said[unit], screen.call_hash[unit], ~std::uint64_t{0}, others);
    add_judged(unit, screen.judged[i], screen.call_hash[unit], out);
  }
  out.counts[static_cast<int>(unit_state::healthy)] += others.healthy;
  out.counts[static_cast<int>(unit_state::margin_call)] += others.margin_call;
  out.held += others.held;
  out.call_hashes += others.call_hashes;
  out.evaluated = screen.candidates.size();
  return true;
}

}  // namespace plimsoll
