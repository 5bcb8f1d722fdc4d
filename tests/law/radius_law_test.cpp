// No marks whose moves stay below a unit's radius change its state, or take it beyond the limits. The judge is written
// from the design, in integers without a limit, and shares no rule with the product; the marks are the worst that the
// radius allows.
#include <algorithm>
#include <ostream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "host/backend/cpu/screen_units_cpu.hpp"
#include "host/engine/moves.hpp"
#include "host/engine/scan.hpp"
#include "tests/support/edge_numbers.hpp"
#include "tests/support/edge_units.hpp"

namespace plimsoll {
namespace {

using edges::cpp_int;
using edges::floor_of;
using edges::wide;

// ------------------------------------------------------------------------------------------------ the judge

cpp_int ten_to(int exponent) { return pow(cpp_int{10}, static_cast<unsigned>(exponent)); }

/// A unit as defined by the design.
struct exact_unit {
  cpp_int equity, margin_equity;
  cpp_int own;  ///< In its own asset, before the haircut.
  cpp_int maintenance_ppm, initial_ppm;
  cpp_int above_call;      ///< margin equity - call x MM, in step x 1e-12: healthy from 0 on.
  cpp_int above_required;  ///< margin equity - MM, in step x 1e-6: liquidatable below 0.
  unit_state state{};
  bool held = false;
  bool admitted = true;  ///< Nothing is beyond 2^62 steps.
};

cpp_int exact_value(const instrument& it, std::int64_t lots, std::int64_t ticks) {
  if (it.rate.inverse) { return floor_of(-wide(lots) * it.rate.a, wide(it.rate.b) * ticks); }
  return floor_of(wide(lots) * it.rate.a * ticks, wide(it.rate.b));
}

/// The band that a position lies in.
std::uint32_t band_at(const cpp_int& notional, std::int64_t lots, tier_view tiers) {
  std::uint32_t band = 0;
  const cpp_int key = tiers.by_lots ? cpp_int(abs(wide(lots))) : notional;
  while (band + 1 < tiers.count && tiers.bands[band + 1].floor <= key) { ++band; }
  return band;
}

/// The sum over bands of rate x the part of the notional that lies in the band; or the rate of the band on all of it.
cpp_int exact_maintenance(const cpp_int& notional, std::int64_t lots, tier_view tiers) {
  if (tiers.whole) { return notional * tiers.bands[band_at(notional, lots, tiers)].maintenance_ppm; }
  cpp_int sum = 0;
  for (std::uint32_t band = 0; band < tiers.count && notional > tiers.bands[band].floor; ++band) {
    cpp_int top = notional;
    if (band + 1 < tiers.count && tiers.bands[band + 1].floor < notional) { top = tiers.bands[band + 1].floor; }
    sum += (top - tiers.bands[band].floor) * tiers.bands[band].maintenance_ppm;
  }
  return sum;
}

/// A balance of another asset in steps of the quote: floor(amount x price x weight).
cpp_int exact_worth(const book& of, const std::vector<mark>& marks, const asset& it, std::int64_t amount,
                    std::uint32_t weight_ppm) {
  decimal price;
  if (it.spot != no_id) {
    const decimal step = of.reference.instruments[it.spot].price_step;
    price = {step.mantissa * marks[it.spot].ticks, step.scale};
  } else {
    price = *it.price;
  }
  const int quote_digits = of.reference.assets[of.reference.quote].digits;
  return floor_of(wide(amount) * wide(price.mantissa) * ten_to(quote_digits) * weight_ppm,
                  ten_to(price.scale + it.digits + 6));
}

bool is_stale(const mark& one) { return one.as_of_ns == edge_units::stale_ns; }

exact_unit exact(const book& of, const std::vector<mark>& marks, std::uint32_t unit) {
  const auto& reference = of.reference;
  exact_unit out;
  cpp_int own = of.units.cash[unit];
  for (std::uint32_t p = of.units.first_position[unit]; p < of.units.first_position[unit + 1]; ++p) {
    const std::uint16_t id = of.positions.instrument[p];
    const cpp_int value = exact_value(reference.instruments[id], of.positions.lots[p], marks[id].ticks);
    own += value;
    const tier_view tiers = of.tiers_of(id);
    out.maintenance_ppm += exact_maintenance(abs(value), of.positions.lots[p], tiers);
    out.initial_ppm += abs(value) * tiers.bands[band_at(abs(value), of.positions.lots[p], tiers)].initial_ppm;
    out.held = out.held || is_stale(marks[id]);
  }
  out.own = out.equity = out.margin_equity = own;
  cpp_int others, others_margin;
  if (reference.venue.collateral == collateral_mode::multi && !of.units.code[unit].is_isolated()) {
    const asset& quote = reference.assets[reference.quote];
    out.margin_equity = floor_of(own * (own > 0 ? quote.asset_weight_ppm : quote.liability_weight_ppm), 1'000'000);
    for (std::uint32_t row = of.units.first_collateral[unit]; row < of.units.first_collateral[unit + 1]; ++row) {
      const asset& it = reference.assets[of.collateral.asset[row]];
      const std::int64_t amount = of.collateral.amount[row];
      others += exact_worth(of, marks, it, amount, 1'000'000);
      others_margin += exact_worth(of, marks, it, amount, amount > 0 ? it.asset_weight_ppm : it.liability_weight_ppm);
      out.held = out.held || (amount != 0 && it.spot != no_id && is_stale(marks[it.spot]));
    }
  }
  out.equity += others;
  out.margin_equity += others_margin;
  const cpp_int limit = cpp_int{1} << 62;
  for (const cpp_int& sum : {others, others_margin, out.equity, out.margin_equity}) {
    out.admitted = out.admitted && abs(sum) <= limit;
  }
  for (const cpp_int& sum : {out.maintenance_ppm, out.initial_ppm}) {
    out.admitted = out.admitted && sum <= limit * 1'000'000;
  }
  out.above_required = out.margin_equity * 1'000'000 - out.maintenance_ppm;
  out.above_call = out.margin_equity * 1'000'000 * 1'000'000 - out.maintenance_ppm * of.reference.venue.margin_call_ppm;
  out.state = out.equity < 0           ? unit_state::bankrupt
              : out.above_required < 0 ? unit_state::liquidatable
              : out.above_call < 0     ? unit_state::margin_call
                                       : unit_state::healthy;
  return out;
}

// ---------------------------------------------------------------------------------------------- the subject

bool is_safe(unit_state state) { return state == unit_state::healthy || state == unit_state::margin_call; }

/// A book whose radii have been made at its own marks.
struct screened_book {
  book source;
  resident_cpu resident;
  tick_prices reference;
  tick_cpu tick;
  move_groups groups;
  screen_cpu screen;
  bool made = false;

  explicit screened_book(book of) : source(std::move(of)) {
    if (!prices_of(source.marks, reference)) { return; }
    make_resident(source, resident);
    prepare_tick_cpu(resident, reference, tick);
    groups = make_move_groups(source, reference);
    unit_cache cache;
    tick_judgement out;
    rebase_units(resident, tick, groups, screen, cache, out);
    made = out.over_limit == no_id;
  }
  [[nodiscard]] bool prices_of(const std::vector<mark>& marks, tick_prices& out) const {
    refusal_list refusals;
    return prepare_tick(source, marks, edge_units::as_of_ns, out, refusals).has_value();
  }
  /// True if the unit is ruled out at these marks. A refused tick rules out no unit.
  [[nodiscard]] bool rules_out(std::uint32_t unit, const std::vector<mark>& marks) const {
    tick_prices now;
    return prices_of(marks, now) &&
           moves_between(reference, now, groups).of_groups[screen.unit_groups[unit]] < screen.radius[unit];
  }
};

// -------------------------------------------------------------------------------------------- the adversary

/// Counts of cases: a law without any case has proved nothing.
struct tally {
  std::uint64_t always = 0, only_still = 0, beyond_any = 0;  ///< Radius 0, 1, the largest;
  std::uint64_t within = 0;                                  ///< any other, and of those:
  std::uint64_t healthy = 0, called = 0, tiny = 0, huge = 0, jumps = 0, debts = 0, hedges = 0, inverse = 0;
  std::uint64_t collateral_alone = 0, haircut_debt = 0, isolated = 0;
  std::uint64_t tight = 0;  ///< Less than a twentieth of the distance is left at the worst marks.
  std::uint64_t held = 0, turned = 0;
};

/// One unit against the worst marks within its radius.
class adversary {
 public:
  adversary(const screened_book& of, std::uint32_t unit, tally& seen)
      : of_(of), unit_(unit), before_(exact(of.source, of.source.marks, unit)), seen_(seen) {}

  void run() {
    ASSERT_EQ(of_.screen.verdicts[unit_].state(), before_.state);
    ASSERT_EQ(of_.screen.verdicts[unit_].held(), before_.held);
    find_prices();
    count();
    turn_marks();
    const std::uint32_t radius = of_.screen.radius[unit_];
    if (!is_safe(before_.state)) { ASSERT_EQ(radius, 0U); }
    if (radius == 0 || prices_.empty()) { return; }
    for (const std::uint32_t id : prices_) { find_marks(id); }
    if (testing::Test::HasFatalFailure()) { return; }
    const bool called = before_.state == unit_state::margin_call;
    const cpp_int left = worst([](const exact_unit& one) -> const cpp_int& { return one.above_call; }, called ? 1 : -1);
    if (called) {
      worst([](const exact_unit& one) -> const cpp_int& { return one.above_required; }, -1);
    }
    worst([](const exact_unit& one) -> const cpp_int& { return one.initial_ppm; }, 1);
    worst([](const exact_unit& one) -> const cpp_int& { return one.equity; }, 1);
    seen_.tight += radius > 1 && radius < move_code_max && abs(left) * 20 < abs(before_.above_call) ? 1 : 0;
  }

 private:
  [[nodiscard]] const book& source() const { return of_.source; }

  /// Instruments whose marks the unit's figures depend on.
  void find_prices() {
    const auto& units = source().units;
    for (std::uint32_t p = units.first_position[unit_]; p < units.first_position[unit_ + 1]; ++p) {
      prices_.push_back(source().positions.instrument[p]);
    }
    for (std::uint32_t row = first_balance(); row < last_balance(); ++row) {
      const asset& it = source().reference.assets[source().collateral.asset[row]];
      if (it.spot != no_id) { prices_.push_back(it.spot); }
    }
    std::sort(prices_.begin(), prices_.end());
    prices_.erase(std::unique(prices_.begin(), prices_.end()), prices_.end());
    marks_.resize(prices_.size());
  }
  [[nodiscard]] std::uint32_t first_balance() const {
    return source().units.first_collateral.empty() ? 0 : source().units.first_collateral[unit_];
  }
  [[nodiscard]] std::uint32_t last_balance() const {
    return source().units.first_collateral.empty() ? 0 : source().units.first_collateral[unit_ + 1];
  }

  /// A mark that turns stale, or fresh, makes the unit held or not held, so the unit is evaluated.
  void turn_marks() {
    for (const std::uint32_t id : prices_) {
      std::vector<mark> now = source().marks;
      now[id].as_of_ns = is_stale(now[id]) ? edge_units::as_of_ns : edge_units::stale_ns;
      if (exact(source(), now, unit_).held == before_.held) { continue; }
      ++seen_.turned;
      ASSERT_FALSE(of_.rules_out(unit_, now)) << "turned " << id << ": " << *this;
    }
  }

  [[nodiscard]] bool rules_out(std::uint32_t id, std::int64_t ticks) const {
    if (ticks < 1 || ticks > limits::price_ticks_max) { return false; }
    std::vector<mark> now = source().marks;
    now[id].ticks = ticks;
    return of_.rules_out(unit_, now);
  }

  /// The farthest mark of one instrument, up or down, that the radius allows: found from where it ought to be.
  [[nodiscard]] std::int64_t farthest(std::uint32_t id, int sign) const {
    const std::int64_t ticks = source().marks[id].ticks;
    const auto share = static_cast<double>(of_.screen.radius[unit_] - 1) / (1 << move_bits);
    const bool inverse = source().reference.instruments[id].rate.inverse;
    const double there =
        inverse ? static_cast<double>(ticks) / (1 - sign * share) : static_cast<double>(ticks) * (1 + sign * share);
    std::int64_t inside = ticks;
    std::int64_t outside = static_cast<std::int64_t>(there);
    const auto beyond = [sign](std::int64_t from, std::int64_t by) { return from + sign * by; };
    if (sign * (outside - ticks) > 0 && rules_out(id, outside)) { inside = outside; }
    std::int64_t step = 1;
    for (outside = beyond(inside, step); rules_out(id, outside); outside = beyond(inside, step)) {
      inside = outside;
      step *= 4;
    }
    while (sign * (outside - inside) > 1) {
      const std::int64_t middle = inside + (outside - inside) / 2;
      (rules_out(id, middle) ? inside : outside) = middle;
    }
    return inside;
  }

  /// Marks of one instrument to try: the ends, a tick from where it is, and where a notional meets a floor.
  void find_marks(std::uint32_t id) {
    const std::int64_t ticks = source().marks[id].ticks;
    const std::int64_t low = farthest(id, -1);
    const std::int64_t high = farthest(id, 1);
    const std::uint64_t codes = of_.screen.radius[unit_] - 1U;
    for (const std::int64_t end : {low, high}) {
      // No code is less than the move: |rate' - rate| <= codes / 2^20 of the rate.
      const bool inverse = source().reference.instruments[id].rate.inverse;
      const cpp_int moved = abs(wide(end) - ticks) << move_bits;
      ASSERT_LE(moved, wide(inverse ? end : ticks) * codes) << "instrument " << id << " at " << end << ": " << *this;
    }
    const auto at = static_cast<std::size_t>(std::lower_bound(prices_.begin(), prices_.end(), id) - prices_.begin());
    std::vector<std::int64_t>& tried = marks_[at];
    tried = {ticks, low, high, std::max(low, ticks - 1), std::min(high, ticks + 1)};
    for (std::uint32_t p = source().units.first_position[unit_]; p < source().units.first_position[unit_ + 1]; ++p) {
      if (source().positions.instrument[p] == id) { add_floors(id, source().positions.lots[p], low, high, tried); }
    }
    std::sort(tried.begin(), tried.end());
    tried.erase(std::unique(tried.begin(), tried.end()), tried.end());
  }

  void add_floors(std::uint32_t id, std::int64_t lots, std::int64_t low, std::int64_t high,
                  std::vector<std::int64_t>& tried) const {
    const instrument& it = source().reference.instruments[id];
    const tier_view tiers = source().tiers_of(id);
    const cpp_int size = abs(wide(lots)) * it.rate.a;
    for (std::uint32_t band = 1; band < tiers.count; ++band) {
      const cpp_int floor = tiers.bands[band].floor;
      const cpp_int there = it.rate.inverse ? cpp_int(size / (floor * it.rate.b)) : cpp_int(floor * it.rate.b / size);
      for (int beside = -1; beside <= 1; ++beside) {
        const cpp_int ticks = there + beside;
        if (ticks > low && ticks < high) { tried.push_back(static_cast<std::int64_t>(ticks)); }
      }
    }
  }

  /// Takes a figure as far up (sign 1) or down as the marks allow, and expects the state to be what it was. The figure
  /// is a sum over instruments but for the haircut, so instruments are taken one after the other, twice.
  template <class Figure>
  cpp_int worst(const Figure& figure, int sign) {
    std::vector<mark> now = source().marks;
    exact_unit found = before_;
    for (int sweep = 0; sweep < (prices_.size() > 1 ? 2 : 1); ++sweep) {
      for (std::size_t at = 0; at < prices_.size(); ++at) {
        std::int64_t best = now[prices_[at]].ticks;
        for (const std::int64_t ticks : marks_[at]) {
          now[prices_[at]].ticks = ticks;
          const exact_unit one = exact(source(), now, unit_);
          if (sign * (figure(one) - figure(found)) > 0) {
            found = one;
            best = ticks;
          }
        }
        now[prices_[at]].ticks = best;
      }
    }
    EXPECT_TRUE(of_.rules_out(unit_, now))
        << "Marks that are ruled_out one by one are not ruled_out together: " << *this;
    EXPECT_EQ(found.state, before_.state) << *this;
    EXPECT_TRUE(found.admitted) << "Beyond the limits: " << *this;
    return figure(found);
  }

  void count() {
    const auto& units = source().units;
    const std::uint32_t radius = of_.screen.radius[unit_];
    seen_.held += before_.held ? 1 : 0;
    seen_.always += radius == 0 ? 1 : 0;
    seen_.only_still += radius == 1 ? 1 : 0;
    seen_.beyond_any += radius == move_code_max ? 1 : 0;
    if (radius <= 1 || radius == move_code_max) { return; }
    ++seen_.within;
    (before_.state == unit_state::healthy ? seen_.healthy : seen_.called) += 1;
    cpp_int notional = 0;
    bool jump = false, hedge = false, inverse = false, debt = false;
    for (std::uint32_t p = units.first_position[unit_]; p < units.first_position[unit_ + 1]; ++p) {
      const std::uint16_t id = source().positions.instrument[p];
      const cpp_int own =
          abs(exact_value(source().reference.instruments[id], source().positions.lots[p], source().marks[id].ticks));
      notional += own;
      const tier_view tiers = source().tiers_of(id);
      for (std::uint32_t band = 1; band < tiers.count; ++band) {
        jump = jump || (tiers.bands[band].floor > own && tiers.bands[band].floor <= own * 17 / 16 &&
                        tiers.bands[band].maintenance_ppm > tiers.bands[band - 1].maintenance_ppm + 100'000);
      }
      hedge = hedge || (p > units.first_position[unit_] && source().positions.instrument[p - 1] == id);
      inverse = inverse || source().reference.instruments[id].rate.inverse;
    }
    for (std::uint32_t row = first_balance(); row < last_balance(); ++row) {
      debt = debt || source().collateral.amount[row] < 0;
    }
    seen_.tiny += notional < 5'000 ? 1 : 0;
    seen_.huge += notional > (cpp_int{1} << 40) ? 1 : 0;
    seen_.jumps += jump ? 1 : 0;
    seen_.hedges += hedge ? 1 : 0;
    seen_.inverse += inverse ? 1 : 0;
    seen_.debts += debt ? 1 : 0;
    seen_.haircut_debt +=
        before_.own < 0 && source().reference.assets[source().reference.quote].liability_weight_ppm > 1'000'000 ? 1 : 0;
    seen_.collateral_alone += notional == 0 ? 1 : 0;
    seen_.isolated += units.code[unit_].is_isolated() ? 1 : 0;
  }

  friend std::ostream& operator<<(std::ostream& out, const adversary& one) {
    out << "unit " << one.unit_ << ", radius " << one.of_.screen.radius[one.unit_] << ", margin equity "
        << one.before_.margin_equity << ", MM " << one.before_.maintenance_ppm << " ppm, above the call "
        << one.before_.above_call;
    return out;
  }

  const screened_book& of_;
  std::uint32_t unit_;
  exact_unit before_;
  tally& seen_;
  std::vector<std::uint32_t> prices_;
  std::vector<std::vector<std::int64_t>> marks_;  ///< Per price: those to try.
};

TEST(radius_law, no_marks_within_the_code_change_a_state) {
  tally seen;
  std::uint64_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 8'000; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const screened_book made(edge_units::make_book({.seed = seed}));
    if (!made.made) {
      ++refused;
      continue;
    }
    for (std::uint32_t unit = 0; unit < made.source.units.size(); ++unit) { adversary(made, unit, seen).run(); }
    if (HasFailure()) { return; }
  }
  EXPECT_LT(refused, 400U);
  // Units with a radius that is neither the least nor the largest, in all; and of every kind.
  EXPECT_GT(seen.within, 3'000U);
  for (const std::uint64_t kind : {seen.healthy, seen.called, seen.tiny, seen.huge, seen.jumps, seen.debts, seen.hedges,
                                   seen.inverse, seen.collateral_alone, seen.haircut_debt, seen.isolated, seen.tight}) {
    EXPECT_GT(kind, 100U);
  }
  for (const std::uint64_t kind : {seen.always, seen.only_still, seen.beyond_any, seen.held, seen.turned}) {
    EXPECT_GT(kind, 500U);
  }
}

}  // namespace
}  // namespace plimsoll
