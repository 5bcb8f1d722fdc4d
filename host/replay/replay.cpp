#include "host/replay/replay.hpp"

#include <algorithm>
#include <chrono>

#include "host/book/find.hpp"
#include "host/updates/leg_side.hpp"

namespace plimsoll {

using steady = std::chrono::steady_clock;

std::uint32_t replay_log::name_id(std::string_view text) {
  const auto found = ids_.find(text);
  if (found != ids_.end()) { return found->second; }
  names_.emplace_back(text);
  const auto id = static_cast<std::uint32_t>(names_.size() - 1);
  ids_.emplace(names_.back(), id);
  return id;
}

namespace {

void add_flows(asset_flows& sum, const asset_flows& part) {
  sum.market += part.market;
  sum.backstop += part.backstop;
  sum.surplus += part.surplus;
  sum.fees += part.fees;
  sum.fund_paid += part.fund_paid;
  sum.adl += part.adl;
  sum.adl_haircut += part.adl_haircut;
  sum.socialised += part.socialised;
}

}  // namespace

std::map<std::uint32_t, tick_row> replay_log::totals() const {
  std::map<std::uint32_t, tick_row> out;
  for (const tick_row& row : ticks) {
    tick_row& sum = out[row.asset];
    add_flows(sum.flows, row.flows);
    sum.flows.unpaid = row.flows.unpaid;
    sum.fund_balance = row.fund_balance;
    sum.demand += row.demand;
    sum.winners += row.winners;
  }
  return out;
}

held_summary replay_log::held_markets() const {
  held_summary out;
  std::map<std::uint32_t, held_mark> first;
  for (std::size_t i = 0; i < held.size(); ++i) {
    first.emplace(held[i].mark.instrument, held[i].mark);
    if (i == 0 || held[i].tick != held[i - 1].tick) { ++out.ticks; }
  }
  for (const auto& [id, one] : first) { out.markets.push_back(one); }
  std::uint64_t units = 0;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    units = ticks[i].held + (i != 0 && ticks[i].tick == ticks[i - 1].tick ? units : 0);
    out.units_max = std::max(out.units_max, units);
  }
  return out;
}

void replay_log::add_seconds(std::string_view stage, double seconds) {
  for (stage_time& one : stages) {
    if (one.stage == stage) {
      one.seconds += seconds;
      return;
    }
  }
  stages.push_back({std::string(stage), seconds});
}

replay::replay(std::unique_ptr<backend> machine, replay_options options)
    : options_(std::move(options)), ticker_(std::move(machine), [&] {
        engine_options engine;
        engine.threads = options_.threads;
        engine.for_executor = true;
        engine.answers = false;
        engine.updates_file = options_.inputs.updates;
        return engine;
      }()) {
  if (!options_.events_folder.empty()) { log_.events.store_in(options_.events_folder); }
}
replay::~replay() = default;

result<std::unique_ptr<replay>> replay::make(book start, rulebook rules, std::unique_ptr<backend> machine,
                                             replay_options options) {
  result<opened_book> opened = open_book(std::move(start));
  if (!opened) { return opened.error(); }
  return make(std::move(opened).value(), std::move(rules), std::move(machine), std::move(options));
}

result<std::unique_ptr<replay>> replay::make(opened_book start, rulebook rules, std::unique_ptr<backend> machine,
                                             replay_options options) {
  std::unique_ptr<replay> out(new replay(std::move(machine), std::move(options)));
  PLIMSOLL_TRY(out->ticker_.load(std::move(start)));
  auto market = out->options_.make_market(out->columns(), rules.market);
  out->executor_ = std::make_unique<waterfall_executor>(out->ticker_.books(), std::move(rules), std::move(market),
                                                        out->options_.order_timeout_ns);
  out->loop_ = std::make_unique<tick_loop>(out->ticker_, *out->executor_, out->options_.passes_max);
  out->opening_ = out->executor_->books().sums();
  return out;
}

result<std::unique_ptr<replay>> replay::resume(book stopped, rulebook rules, std::unique_ptr<backend> machine,
                                               replay_options options, replay_state state, replay_log log) {
  auto made = make(std::move(stopped), std::move(rules), std::move(machine), std::move(options));
  if (!made) { return made; }
  replay& out = *made.value();
  if (state.feed_ticks.size() != out.loop_->feed().size() || state.opening.money.size() != out.opening_.money.size()) {
    return error{error_code::bad_data, "the state of the replay belongs to another book"};
  }
  out.loop_->restore_feed(state.feed_ticks, state.now_ns);
  out.executor_->restore(std::move(state.engine));
  out.ticker_.restore_delisted(std::move(state.delisted));
  out.opening_ = std::move(state.opening);
  out.tick_ = state.tick;
  out.ticks_done_ = state.ticks_done;
  out.log_ = std::move(log);
  if (!out.options_.events_folder.empty()) { out.log_.events.store_in(out.options_.events_folder); }
  return made;
}

replay_state replay::save() const {
  replay_state out{tick_, loop_->now_ns(), ticks_done_, executor_->state(), opening_, ticker_.delisted(), {}};
  for (const mark& one : loop_->feed()) { out.feed_ticks.push_back(one.ticks); }
  return out;
}

namespace {

double seconds_since(steady::time_point began) { return std::chrono::duration<double>(steady::now() - began).count(); }

constexpr std::size_t no_row = SIZE_MAX;

}  // namespace

status replay::apply_updates(std::int64_t tick, std::span<const update> updates, refusal_list& refusals) {
  const auto began = steady::now();
  apply_context context;
  context.coming = new_marks_;
  context.refusals = &refusals;
  context.on_plan = [&](const ledger_plan& plan) {
    executor_->note_closings(plan);
    record(tick, plan, log_.events);
  };
  const auto applied = ticker_.apply(updates, context);
  if (!applied) { return applied.error(); }
  seconds_.updates = seconds_since(began);
  log_.add_seconds("updates", seconds_.updates);
  return ok();
}

void replay::keep_start() {
  const book& columns = ticker_.columns();
  start_.reference = columns.reference;
  start_.accounts = columns.accounts;
  start_.units = columns.units;
  start_.positions = columns.positions;
  start_.collateral = columns.collateral;
  start_.marks = columns.marks;
  start_system_ = executor_->books().state();
}

void replay::note_broken(std::int64_t tick, std::uint64_t first_event, const error& cause) {
  const ledger& books = executor_->books();
  tick_evidence& out = evidence_.emplace();
  out.tick = tick;
  out.message = cause.message;
  out.sums_start = sums_of(start_, start_system_);
  out.sums_now = books.sums();
  out.start = dense_of(std::move(start_));
  out.start_system = start_system_;
  record(tick, executor_->unfinished());
  log_.events.visit(first_event, log_.events.size(), [&](const event_row& row) { out.events.push_back(row); });
  if (books.broken_plan()) { record(tick, *books.broken_plan(), out.plan); }
}

const book& replay::state() const {
  if (state_) { return *state_; }
  start_ = {};  // Frees as much memory as the copy needs.
  state_ = ticker_.snapshot();
  return *state_;
}

status replay::step(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals) {
  if (executor_->books().poisoned()) { return error{error_code::invariant_broken, executor_->books().poison()}; }
  state_.reset();
  if (options_.keep_evidence) { keep_start(); }
  const std::uint64_t first_event = log_.events.size();
  status done = run_tick(marks, updates, refusals);
  if (!done && done.error().code == error_code::invariant_broken && options_.keep_evidence) {
    note_broken(marks.tick, first_event, done.error());
  }
  return done;
}

status replay::run_tick(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals) {
  const auto began = steady::now();
  tick_begin_ = log_.ticks.size();
  seconds_ = {};
  time_ns_ = marks.time_ns;
  traded_.assign(ticker_.columns().reference.instruments.size(), market_row{});
  new_marks_.clear();
  for (const auto& [instrument_id, changed] : marks.changed) { new_marks_.push_back({instrument_id, changed}); }
  PLIMSOLL_TRY(apply_updates(marks.tick, updates, refusals));
  PLIMSOLL_TRY(admit(marks, updates, refusals));
  std::map<std::uint32_t, asset_flows> begun;
  const result<bool> settled = loop_->run(marks.tick, new_marks_, std::nullopt, recorder(marks.tick, begun), found_);
  if (!settled) { return settled.error(); }
  if (!settled.value()) {
    log_.notes.push_back({"tick " + std::to_string(marks.tick) + ": impact still moved marks after " +
                          std::to_string(options_.passes_max) + " scans; the cascade continues in the next tick"});
  }
  for (const auto& [asset, flows] : begun) {
    if (row_of_[asset] != no_row) { add_flows(row_of(asset).flows, flows); }
  }
  seconds_.total = seconds_since(began);
  for (std::size_t i = tick_begin_; i < log_.ticks.size(); ++i) {
    log_.ticks[i].seconds = seconds_;
    log_.ticks[i].fund_balance = executor_->books().balance(system_account::fund, log_.ticks[i].asset);
  }
  note_markets(marks.tick);
  tick_ = marks.tick;
  ++ticks_done_;
  return ok();
}

status replay::admit(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals) {
  std::vector<mark> next = ticker_.columns().marks;
  for (const auto& [instrument_id, changed] : marks.changed) { next[instrument_id] = changed; }
  refusal_list perhaps;
  if (admit_tick(ticker_.columns(), next, marks, updates, options_.inputs, perhaps)) { return ok(); }
  ticker_.settle_largest();
  return admit_tick(ticker_.columns(), next, marks, updates, options_.inputs, refusals);
}

status replay::count_states(std::int64_t tick) {
  std::vector<state_counts> counts;
  PLIMSOLL_TRY(ticker_.count_by_asset(counts));
  row_of_.assign(counts.size(), no_row);
  for (std::uint32_t asset = 0; asset < counts.size(); ++asset) {
    const state_counts& one = counts[asset];
    if (one.units == 0) { continue; }
    tick_row row;
    row.tick = tick;
    row.time_ns = time_ns_;
    row.asset = asset;
    std::copy(std::begin(one.states), std::end(one.states), std::begin(row.states));
    row.held = one.held;
    row.dust = one.dust;
    row_of_[asset] = log_.ticks.size();
    log_.ticks.push_back(row);
  }
  return ok();
}

void replay::note_held(std::int64_t tick) {
  const book& columns = ticker_.columns();
  for (const held_mark& one : find_held(columns, columns.marks, {})) {
    const bool spot = columns.reference.instruments[one.instrument].kind == instrument_kind::spot;
    const std::uint64_t* lots = &columns.sides.lots[segment_of(one.instrument, position_side::long_side)];
    if (spot || lots[0] != 0 || lots[1] != 0) { log_.held.push_back({tick, one}); }
  }
}

void replay::note_markets(std::int64_t tick) {
  const book& columns = ticker_.columns();
  const std::span<const mark> feed = loop_->feed();
  for (std::uint32_t i = 0; i < traded_.size(); ++i) {
    if (columns.reference.instruments[i].kind == instrument_kind::spot) { continue; }
    market_row row = traded_[i];
    row.long_lots = columns.sides.lots[segment_of(i, position_side::long_side)];
    row.short_lots = columns.sides.lots[segment_of(i, position_side::short_side)];
    if (row.long_lots == 0 && row.short_lots == 0 && !row.has_volume()) { continue; }
    row.tick = tick;
    row.instrument = i;
    row.feed_ticks = feed[i].ticks;
    row.mark_ticks = columns.marks[i].ticks;
    log_.markets.push_back(row);
  }
}

namespace {

/// The volume in `markets` to which plans of this step count; null for a step that trades nothing.
int128* volume_of(market_row& row, ledger_step step) {
  switch (step) {
    case ledger_step::update: return &row.traded;
    case ledger_step::liquidate: return &row.liquidated;
    case ledger_step::backstop: return &row.backstop;
    case ledger_step::adl: return &row.adl;
    case ledger_step::cancel:
    case ledger_step::insurance_fund:
    case ledger_step::socialise: break;
  }
  return nullptr;
}

}  // namespace

/// Records a tick in the log, pass by pass; `begun` receives the flows of fills that returned before the first pass.
tick_steps replay::recorder(std::int64_t tick, std::map<std::uint32_t, asset_flows>& begun) {
  tick_steps out;
  out.answered = [this, tick, &begun](tick_outcome& posted) {
    begun = std::move(posted.flows);
    add_orders(log_.orders, posted.orders);
    record(tick, posted.plans);
    stage_began_ = steady::now();
  };
  out.judged = [this, tick](std::uint32_t pass, const tick_result& found) -> status {
    log_.machine_notes.insert(log_.machine_notes.end(), found.notes.begin(), found.notes.end());
    for (const stage_seconds& one : found.stages) { log_.add_seconds("scan: " + std::string(one.stage), one.seconds); }
    if (pass == 1) {
      PLIMSOLL_TRY(count_states(tick));
      note_held(tick);
    }
    const book& columns = ticker_.columns();
    for (const bankrupt_position& loser : ticker_.view().bankrupt) {
      const int128 worth = loser.closing.value;
      row_of(columns.asset_of(columns.positions.unit[loser.position])).demand += worth < 0 ? -worth : worth;
    }
    end_stage(seconds_.scan);
    return ok();
  };
  out.executed = [this, tick](std::uint32_t pass, tick_outcome& done) { record_pass(tick, pass, done); };
  return out;
}

void replay::record_pass(std::int64_t tick, std::uint32_t pass, tick_outcome& done) {
  const book& columns = ticker_.columns();
  if (options_.on_executed) { options_.on_executed(done, columns); }
  for (const feasibility& one : done.feasible) { log_.feasible.push_back({tick, pass, one}); }
  add_orders(log_.orders, done.orders);
  for (const auto& [asset, flows] : done.flows) {
    add_flows(row_of(asset).flows, flows);
    row_of(asset).flows.unpaid = flows.unpaid;  // The amount owed after the last pass, not a sum over passes.
  }
  for (const deleveraged_unit& one : done.deleveraged) {
    const std::uint32_t asset = columns.asset_of(one.unit);
    ++row_of(asset).winners;
    log_.deleveraged.push_back({tick, pass, account_name(columns.units.account[one.unit]),
                                unit_name(columns.units.code[one.unit]), asset, one.equity, one.haircut});
  }
  for (std::size_t i = tick_begin_; i < log_.ticks.size(); ++i) { ++log_.ticks[i].passes; }
  end_stage(seconds_.execute);
  for (const stage_time& one : done.times) { log_.add_seconds(one.stage, one.seconds); }
  record(tick, done.plans);
  log_.add_seconds("record", end_stage(seconds_.record));
}

double replay::end_stage(double& of) {
  const double spent = seconds_since(stage_began_);
  stage_began_ = steady::now();
  of += spent;
  return spent;
}

std::uint32_t replay::account_name(std::uint32_t account) {
  const book& columns = ticker_.columns();
  if (account >= account_names_.size()) { account_names_.resize(columns.accounts.size(), no_id); }
  // Updates that open accounts change the ids of others, so the stored name is compared.
  const std::string_view name = columns.accounts[account];
  std::uint32_t& kept = account_names_[account];
  if (kept == no_id || log_.name(kept) != name) { kept = log_.name_id(name); }
  return kept;
}

std::uint32_t replay::unit_name(unit_code code) {
  const auto [at, added] = unit_names_.try_emplace(code.bits, no_id);
  if (added) { at->second = log_.name_id(ticker_.columns().unit_name(code)); }
  return at->second;
}

void replay::record(std::int64_t tick, const ledger_plan& plan, event_rows& to) {
  const book& columns = ticker_.columns();
  const std::uint32_t cause = log_.name_id(plan.cause);
  for (const ledger_leg& leg : plan.legs) {
    event_row row;
    row.tick = tick;
    row.plan = plan.id;
    row.step = plan.step;
    row.cause = cause;
    row.instrument = leg.instrument;
    row.lots = leg.lots;
    row.cost = leg.cost;
    row.asset = leg.asset;
    row.amount = leg.amount;
    row.price_ticks = leg.price_ticks;
    if (leg.unit == no_id) {
      row.account = log_.name_id(to_string(leg.system));
    } else {
      row.account = account_name(columns.units.account[leg.unit]);
      row.unit = unit_name(columns.units.code[leg.unit]);
      if (const auto side = side_of(columns, leg)) {
        row.side = *side == position_side::long_side ? event_side::long_side : event_side::short_side;
      }
    }
    to.push_back(row);
    if (leg.instrument == no_id || leg.lots <= 0) { continue; }  // Every contract that one side gets another gives.
    if (int128* volume = volume_of(traded_[leg.instrument], plan.step)) { *volume += leg.lots; }
  }
}

}  // namespace plimsoll
