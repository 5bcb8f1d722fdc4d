// A tick of the engine, host to host: state resident, screened if the move allows it; after small and larger moves,
// after a gap; and updates.
#include <algorithm>

#include "bench/market_move.hpp"
#include "bench/stage.hpp"
#include "bench/variants.hpp"
#include "host/backend/choose.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/generate/random.hpp"
#include "kernels/rules/tiers.hpp"

namespace plimsoll::bench {
namespace {

std::vector<mark_update> updates_of(std::span<const mark> marks) {
  std::vector<mark_update> out;
  for (std::uint32_t i = 0; i < marks.size(); ++i) {
    if (is_marked(marks[i].ticks)) { out.push_back({i, {marks[i].ticks}}); }
  }
  return out;
}

/// Pays in the top-up of flagged units. That is the venue after its executor has done its work, as a tick engine meets
/// it.
void settle(const margin_result& margin, book& target) {
  for (const std::uint32_t unit : margin.flagged) {
    const int128 wanted = 2 * static_cast<int128>(ceil_ppm(margin.units.maintenance_ppm[unit]));
    const auto missing = static_cast<std::int64_t>(std::max<int128>(0, wanted - margin.units.margin_equity[unit]));
    target.units.balance[unit] += missing;
    target.units.cash[unit] += missing;
  }
}

/// An engine with a copy of the book on a machine of the same kind; it has had its first tick.
status make_engine(subject& on, bool screen, std::shared_ptr<tick_engine>& made) {
  if (made != nullptr) { return ok(); }
  auto machine = on.variant != nullptr ? make_variant(on.machine.name(), *on.variant)
                                       : make_backend(on.machine.name(), on.threads);
  if (!machine) { return std::move(machine).error(); }
  made = std::make_shared<tick_engine>(std::move(machine).value(),
                                       engine_options{.threads = on.threads, .screen = screen});
  book copy = on.source;
  PLIMSOLL_TRY(prepare_margin(on));
  settle(on.margin, copy);
  PLIMSOLL_TRY(made->load(std::move(copy)));
  return made->tick({}, on.tick);
}

status prepare(subject& on) { return make_engine(on, true, on.engine); }
status prepare_full(subject& on) { return make_engine(on, false, on.full_engine); }

/// A tick at the moved marks, after one at the book's own.
result<sample> run_on_engine(subject& on, const market_move& move, tick_engine& engine) {
  PLIMSOLL_TRY(engine.tick(updates_of(on.source.marks), on.tick));
  const std::vector<mark_update> marks = updates_of(moved_marks(on.source.marks, move));
  const stopwatch watch;
  PLIMSOLL_TRY(engine.tick(marks, on.tick));
  const double seconds = watch.seconds();
  on.digest = on.tick.tick_digest;
  return sample{seconds, on.tick.units * 3 + on.tick.evaluated * 64};
}

template <const market_move& Move>
result<sample> run(subject& on) {
  return run_on_engine(on, Move, *on.engine);
}
result<sample> run_full(subject& on) { return run_on_engine(on, small_move, *on.full_engine); }

/// The device's part of a tick at marks that moved by up to 0.2 %.
result<sample> run_screen(subject& on) {
  auto taken = run<small_move>(on);
  if (!taken) { return taken; }
  if (!on.tick.screened) { return error{error_code::invariant_broken, "a move of 0.2 % was not screened"}; }
  return measured(on.engine->machine(), {"screen"});
}

/// Fills of accounts in instruments that they hold, each with the market, at the mark.
result<sample> run_updates(subject& on) {
  constexpr std::size_t count = 20'000;
  std::vector<update> updates;
  const book& columns = on.source;
  random_stream random(7, 0);
  std::vector<std::int64_t> held;
  for (const std::int64_t lots : columns.positions.lots) { held.push_back(lots < 0 ? -lots : lots); }
  while (updates.size() < count) {
    const auto p =
        static_cast<std::uint32_t>(random.between(0, static_cast<std::int64_t>(columns.positions.size()) - 1));
    const instrument& it = columns.reference.instruments[columns.positions.instrument[p]];
    update one;
    one.kind = update_kind::fill;
    one.account = columns.accounts[columns.units.account[columns.positions.unit[p]]];
    one.instrument = columns.positions.instrument[p];
    one.lots = {random.between(0, 1) == 0 ? 1 : -1};
    one.side = side_of({columns.positions.lots[p]});
    // A fill closes at most the held position.
    if ((one.lots.raw > 0) != (columns.positions.lots[p] > 0) && held[p]-- <= 1) { one.lots = {-one.lots.raw}; }
    one.price = {static_cast<int128>(columns.marks[one.instrument].ticks) * it.price_step.mantissa,
                 it.price_step.scale};
    updates.push_back(std::move(one));
  }
  const stopwatch watch;
  const auto applied = on.engine->apply(updates);
  const double seconds = watch.seconds();
  if (!applied) { return applied.error(); }
  on.digest = applied.value();  // The state carries over from sample to sample.
  return sample{seconds / count, 0};
}

std::uint64_t digest(const subject& on) { return on.digest; }

}  // namespace

const stage screen_units_stage{
    "screen", "judging the candidates of a move of marks by up to 0.2 %", any_samples, prepare, run_screen, digest};
const stage engine_quiet_stage{"engine_calm",   "a tick of the engine after marks moved by up to 0.05 %, host to host",
                               any_samples,     prepare,
                               run<quiet_move>, digest};
const stage engine_small_stage{"engine_0.2", "after they moved by up to 0.2 %", any_samples, prepare, run<small_move>,
                               digest};
const stage engine_1_stage{"engine_1", "after they fell by up to 1 %", any_samples,
                           prepare,    run<move_of_1_percent>,         digest};
const stage engine_3_stage{"engine_3", "after they fell by up to 3 %", any_samples,
                           prepare,    run<move_of_3_percent>,         digest};
const stage engine_gap_stage{"engine_gap", "after they fell by a fifth", any_samples, prepare, run<gap_move>, digest};
const stage engine_full_stage{"engine_full", "after marks moved by up to 0.2 %, with every unit judged",
                              any_samples,   prepare_full,
                              run_full,      digest};
const stage engine_update_stage{
    "engine_update", "one update through apply(), of 20,000 fills", 10, prepare, run_updates, digest};

}  // namespace plimsoll::bench
