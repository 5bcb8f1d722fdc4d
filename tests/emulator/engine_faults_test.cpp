// A device lost in the middle of a tick, at every call of it: the tick is completed on the CPU with the same bytes, the
// loss is reported, and later ticks continue.
#include <algorithm>
#include <map>
#include <string>

#include "host/backend/device_backend.hpp"
#include "host/book/find.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/execute/tick_loop.hpp"
#include "host/venue/read_rulebook.hpp"
#include "tests/emulator/support.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::emulated {
namespace {

book venue() {
  synthetic::spec wanted;
  wanted.accounts = sized(400);
  wanted.instruments = 6;
  wanted.seed = 5;
  wanted.held_share = 0;
  wanted.giant_share = 0;
  return synthetic::make_book(wanted);
}

/// The input of the engine: marks and updates of four ticks, near and far.
struct day {
  std::vector<std::vector<mark_update>> marks;
  std::vector<std::vector<update>> updates;

  static day of(const book& source) {
    day made;
    for (const double share : {0.0, 0.0005, -0.15, -0.1497}) {
      std::vector<mark_update> marks;
      for (std::uint32_t i = 0; i < source.marks.size(); ++i) {
        if (source.marks[i].ticks < 1) { continue; }
        const std::int64_t ticks = source.marks[i].ticks;
        marks.push_back(
            {i, {std::max<std::int64_t>(1, ticks + static_cast<std::int64_t>(static_cast<double>(ticks) * share))}});
      }
      made.marks.push_back(std::move(marks));
      std::vector<update> updates;
      for (std::uint32_t p = static_cast<std::uint32_t>(made.marks.size());
           p < source.positions.size() && updates.size() < 8; p += 37) {
        update one;
        one.kind = update_kind::fill;
        one.account = source.accounts[source.units.account[source.positions.unit[p]]];
        one.instrument = static_cast<std::uint32_t>((source.positions.instrument[p] + updates.size()) %
                                                    source.reference.instruments.size());
        const instrument& it = source.reference.instruments[one.instrument];
        if (it.kind == instrument_kind::spot || source.marks[one.instrument].ticks < 1) { continue; }
        one.lots = {updates.size() % 2 == 0 ? 3 : -source.positions.lots[p]};
        one.price = {static_cast<int128>(source.marks[one.instrument].ticks) * it.price_step.mantissa,
                     it.price_step.scale};
        const both_sides held = find_positions(source, source.accounts.find(one.account), one.instrument);
        if (held.of[0] != no_id && held.of[1] != no_id) { one.side = side_of(one.lots); }
        updates.push_back(std::move(one));
      }
      made.updates.push_back(std::move(updates));
    }
    return made;
  }
};

struct course {
  std::vector<std::uint64_t> digests;
  std::vector<std::size_t> flagged;
  std::uint64_t screened = 0;
  std::uint64_t listing_calls = 0;  ///< Of the device.
  std::vector<std::string> notes;
  std::string last_backend;
};

/// Lists an instrument whose name comes before all others.
void list_first(tick_engine& engine) {
  reference_data next = engine.columns().reference;
  for (asset& one : next.assets) { one.spot = no_id; }  // To be found.
  const auto like = std::find_if(next.instruments.begin(), next.instruments.end(),
                                 [](const instrument& one) { return one.kind != instrument_kind::spot; });
  instrument made = *like;
  made.name = "!first";
  next.instruments.insert(next.instruments.begin(), std::move(made));
  const auto revised = engine.revise(std::move(next));
  EXPECT_TRUE(revised) << revised.error().message;
}

course run(std::unique_ptr<backend> machine, const book& source, const day& what) {
  course out;
  tick_engine engine(std::move(machine), {.threads = 1});
  book copy = source;
  EXPECT_TRUE(engine.load(std::move(copy)));
  tick_result tick;
  for (std::size_t t = 0; t < what.marks.size(); ++t) {
    std::vector<update> updates = what.updates[t];
    std::vector<mark_update> marks = what.marks[t];
    if (t == 3) {  // Every instrument gets another id.
      const std::uint64_t before = call_count();
      list_first(engine);
      out.listing_calls = call_count() - before;
      for (update& one : updates) { ++one.instrument; }
      for (mark_update& one : marks) { ++one.instrument; }
    }
    const auto applied = engine.apply(updates);
    EXPECT_TRUE(applied) << applied.error().message;
    if (t == 2) {  // Between two ticks that follow each other closely.
      reference_data next = engine.columns().reference;
      for (tier_band& band : next.bands) { band.initial_ppm += ++band.maintenance_ppm; }
      EXPECT_TRUE(engine.revise(std::move(next)));
    }
    const status outcome = engine.tick(marks, tick);
    EXPECT_TRUE(outcome) << outcome.error().message;
    out.digests.push_back(tick.tick_digest);
    out.flagged.push_back(tick.flagged.size());
    out.screened += tick.screened ? 1 : 0;
    out.notes.insert(out.notes.end(), tick.notes.begin(), tick.notes.end());
    out.last_backend = tick.backend;
  }
  return out;
}

class engine_faults : public device_test, public ::testing::WithParamInterface<fault_kind> {};

TEST_P(engine_faults, a_device_lost_at_any_call_costs_no_byte) {
  const book source = venue();
  const day what = day::of(source);
  const course right = run(make_cpu_backend(1), source, what);
  ASSERT_GT(right.flagged.back(), 0U);
  ASSERT_GT(right.screened, 0U);

  reset_device();
  const course clean = run(std::move(make_emulated_backend()).value(), source, what);
  EXPECT_EQ(clean.digests, right.digests);
  EXPECT_TRUE(clean.notes.empty());
  EXPECT_EQ(clean.last_backend, "emulated");
  const std::uint64_t calls = call_count();
  ASSERT_GT(calls, 100U);

  std::uint64_t outcome = 0;
  // A transient fault is handled in one place, wherever it happens.
  const std::uint64_t stride = under_tsan ? 29 : GetParam() == fault_kind::lost ? 1 : 7;
  for (std::uint64_t call = 0; call < calls; call += stride) {
    reset_device();
    auto machine = make_emulated_backend();
    ASSERT_TRUE(machine);
    const std::uint64_t made = call_count();
    if (call < made) { continue; }  // If the machine itself cannot be made, there is no engine.
    inject_fault(call, GetParam());
    const course hurt = run(std::move(machine).value(), source, what);
    ASSERT_EQ(hurt.digests, right.digests) << "call " << call;
    ASSERT_EQ(hurt.flagged, right.flagged) << "call " << call;
    outcome += hurt.notes.empty() ? 0 : 1;
    ASSERT_LE(hurt.notes.size(), 1U) << "call " << call;
    if (hurt.notes.empty()) { continue; }
    // A transient fault is followed by a retry, a lost device by the CPU.
    const bool gone = GetParam() == fault_kind::lost;
    EXPECT_EQ(hurt.last_backend, gone ? "cpu" : "emulated") << "call " << call << ": " << hurt.notes[0];
    EXPECT_NE(hurt.notes[0].find(gone ? "completed on the CPU" : "the tick was repeated"), std::string::npos)
        << hurt.notes[0];
  }
  // Pinned memory has a fallback, so has a graph (recorded again for other tiers), and a load follows a failed listing.
  // So a few calls may fail unnoticed, but no others.
  ASSERT_GT(clean.listing_calls, 0U);
  EXPECT_GE(outcome * stride + 80 + clean.listing_calls, calls);
}

// ------------------------------------------------------------------------------------------------ with an executor

rulebook every_step() {
  refusal_list refusals;
  auto read = read_rulebook(
      "name = \"every_step\"\nsource = \"the test\"\n"
      "[market]\ndepth = 40000\nhalf_life = 2\npermanent = 0.5\n[liquidation]\nmode = \"fraction\"\nfraction = 0.5\n"
      "[backstop]\nenabled = true\ncapacity = 20000\n",
      "every_step.toml", refusals);
  for (const std::string& line : refusals.lines()) { ADD_FAILURE() << line; }
  return read ? read->rules : rulebook{};
}

/// An executor's work on the machine's results: every leg of every plan, and the state after each tick.
struct executed_course {
  std::vector<std::string> plans;
  std::vector<std::uint64_t> states;
  std::vector<std::string> notes;
  std::map<ledger_step, std::uint64_t> steps;
  std::uint32_t passes = 0;
  bool conserved = false;
};

executed_course execute(std::unique_ptr<backend> machine, const book& source, const day& what) {
  executed_course out;
  tick_engine engine(std::move(machine), {.threads = 1, .for_executor = true, .answers = false});
  EXPECT_TRUE(engine.load(book(source)));
  EXPECT_TRUE(engine.open_cross_units());
  rulebook rules = every_step();
  auto market = make_simulated_market(engine.columns(), rules.market);
  waterfall_executor waterfall(engine.books(), std::move(rules), std::move(market));
  tick_loop loop(engine, waterfall, 6);
  const ledger_sums opening = engine.books().sums();
  const auto add = [&](const tick_outcome& done) {
    for (const ledger_plan& plan : done.plans) {
      ++out.steps[plan.step];
      std::string text = std::to_string(plan.id) + " " + to_string(plan.step) + " " + plan.cause;
      for (const ledger_leg& leg : plan.legs) {
        text += "; " + std::to_string(leg.unit) + " " + std::to_string(leg.position) + " " + std::to_string(leg.lots) +
                " " + std::to_string(leg.cost) + " " + std::to_string(leg.amount) + " " +
                std::to_string(leg.price_ticks);
      }
      out.plans.push_back(std::move(text));
    }
  };
  tick_steps steps;
  tick_result tick;
  steps.answered = [&](const tick_outcome& done) { add(done); };
  steps.judged = [&](std::uint32_t, const tick_result& found) {
    out.notes.insert(out.notes.end(), found.notes.begin(), found.notes.end());
    return ok();
  };
  steps.executed = [&](std::uint32_t pass, const tick_outcome& done) {
    out.passes = std::max(out.passes, pass);
    add(done);
  };
  std::vector<new_mark> marks;
  for (std::size_t t = 0; t < what.marks.size(); ++t) {
    // An update may be refused because a position was liquidated, by every machine alike, or the states differ.
    static_cast<void>(
        engine.apply(what.updates[t], {.on_plan = [&](const ledger_plan& plan) { waterfall.note_closings(plan); }}));
    EXPECT_TRUE(engine.new_marks_of(what.marks[t], marks));
    const auto outcome = loop.run(static_cast<std::int64_t>(t) + 1, marks, std::nullopt, steps, tick);
    EXPECT_TRUE(outcome) << outcome.error().message;
    out.states.push_back(state_digest(engine.columns()));
  }
  out.conserved = engine.books().sums() == opening;
  return out;
}

TEST_P(engine_faults, a_device_lost_at_any_call_costs_no_plan) {
  const book source = venue();
  const day what = day::of(source);
  const executed_course right = execute(make_cpu_backend(1), source, what);
  ASSERT_TRUE(right.conserved);
  ASSERT_GT(right.passes, 1U) << "impact moves marks, so that a tick has several passes";
  for (const ledger_step step : {ledger_step::liquidate, ledger_step::backstop, ledger_step::adl}) {
    ASSERT_GT(right.steps.at(step), 0U) << to_string(step);
  }

  reset_device();
  const executed_course clean = execute(std::move(make_emulated_backend()).value(), source, what);
  ASSERT_EQ(clean.plans, right.plans);
  const std::uint64_t calls = call_count();
  ASSERT_GT(calls, 200U);

  std::uint64_t noted = 0;
  const std::uint64_t stride = under_tsan ? 97 : GetParam() == fault_kind::lost ? 5 : 17;
  for (std::uint64_t call = 0; call < calls; call += stride) {
    reset_device();
    auto machine = make_emulated_backend();
    ASSERT_TRUE(machine);
    if (call < call_count()) { continue; }
    inject_fault(call, GetParam());
    const executed_course hurt = execute(std::move(machine).value(), source, what);
    ASSERT_EQ(hurt.plans, right.plans) << "call " << call;
    ASSERT_EQ(hurt.states, right.states) << "call " << call;
    ASSERT_TRUE(hurt.conserved) << "call " << call;
    ASSERT_LE(hurt.notes.size(), 1U) << "call " << call;
    noted += hurt.notes.size();
  }
  EXPECT_GE(noted * stride + 80 + stride, calls);
}

INSTANTIATE_TEST_SUITE_P(kinds, engine_faults, ::testing::Values(fault_kind::fault, fault_kind::lost),
                         [](const auto& each) { return each.param == fault_kind::lost ? "lost" : "fault"; });

}  // namespace
}  // namespace plimsoll::emulated
