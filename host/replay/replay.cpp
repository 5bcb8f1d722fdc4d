#include "host/replay/replay.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "host/book/find.hpp"
#include "host/book/rebuild.hpp"

namespace plimsoll {

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

void replay_log::add_seconds(std::string_view stage, double seconds) {
  for (stage_time& one : stages) {
    if (one.stage == stage) {
      one.seconds += seconds;
      return;
    }
  }
  stages.push_back({std::string(stage), seconds});
}

replay::replay(book start, std::unique_ptr<backend> machine, replay_options options)
    : book_(std::move(start)), machine_(std::move(machine)), options_(std::move(options)) {}
replay::~replay() = default;

namespace {

/// Every account that holds something isolated also gets the cross unit that its margin comes from and returns to.
result<book> with_cross_units(book&& start) {
  const bool multi = start.reference.venue.collateral == collateral_mode::multi;
  book_growth growth;
  std::set<std::pair<std::uint32_t, std::uint32_t>> wanted;
  for (std::uint32_t unit = 0; unit < start.units.size(); ++unit) {
    const unit_code code = start.units.code[unit];
    if (!code.is_isolated()) { continue; }
    const std::uint32_t asset = multi ? start.reference.quote : start.reference.instruments[code.instrument()].settle;
    if (find_unit(start, start.units.account[unit], unit_code::cross(asset)) == no_id) {
      wanted.insert({start.units.account[unit], asset});
    }
  }
  if (wanted.empty()) { return std::move(start); }
  for (const auto& [account, asset] : wanted) {
    growth.balances.push_back({account, static_cast<std::uint16_t>(asset), 0});
  }
  result<grown_book> grown = grow_book(std::move(start), growth);
  if (!grown) { return grown.error(); }
  return std::move(grown.value().built);
}

}  // namespace

result<std::unique_ptr<replay>> replay::make(book start, rulebook rules, std::unique_ptr<backend> machine,
                                             replay_options options) {
  result<book> ready = with_cross_units(std::move(start));
  if (!ready) { return ready.error(); }
  std::unique_ptr<replay> out(new replay(std::move(ready).value(), std::move(machine), std::move(options)));
  auto market = out->options_.make_market(out->book_, rules.market);
  out->executor_ =
      std::make_unique<executor>(out->book_, std::move(rules), std::move(market), out->options_.order_timeout_ticks);
  out->writer_ = std::make_unique<update_writer>(out->book_, out->executor_->books(), out->options_.inputs.updates);
  out->base_marks_ = out->book_.marks;
  out->opening_ = out->executor_->books().sums();
  return out;
}

result<std::unique_ptr<replay>> replay::resume(book stopped, rulebook rules, std::unique_ptr<backend> machine,
                                               replay_options options, replay_state state, replay_log log) {
  std::vector<bare_unit> debts;
  for (const replay_state::debt& one : state.debts) {
    debts.push_back({stopped.accounts.find(one.account), one.unit, one.balance});
    if (debts.back().account == no_id) {
      return error{error_code::bad_data, "the state of the replay names an account that its book has not"};
    }
  }
  add_bare_units(stopped, debts);
  auto made = make(std::move(stopped), std::move(rules), std::move(machine), std::move(options));
  if (!made) { return made; }
  replay& out = *made.value();
  if (state.feed_ticks.size() != out.base_marks_.size() || state.opening.money.size() != out.opening_.money.size()) {
    return error{error_code::bad_data, "the state of the replay is of another book"};
  }
  for (std::size_t i = 0; i < state.feed_ticks.size(); ++i) { out.base_marks_[i].ticks = state.feed_ticks[i]; }
  out.executor_->restore(std::move(state.engine));
  out.writer_->restore(std::move(state.delisted));
  out.opening_ = std::move(state.opening);
  out.tick_ = state.tick;
  out.ticks_done_ = state.ticks_done;
  out.log_ = std::move(log);
  return made;
}

replay_state replay::save() const {
  replay_state out{tick_, ticks_done_, executor_->state(), opening_, writer_->delisted(), {}, {}};
  for (const mark& one : base_marks_) { out.feed_ticks.push_back(one.ticks); }
  for (const bare_unit& one : bare_units_of(book_)) {
    out.debts.push_back({std::string(book_.accounts[one.account]), one.code, one.balance});
  }
  return out;
}

namespace {

using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point began) { return std::chrono::duration<double>(steady::now() - began).count(); }

constexpr std::size_t no_row = SIZE_MAX;

}  // namespace

status replay::apply_updates(std::int64_t tick, std::span<const update> updates, refusal_list& refusals) {
  const auto began = steady::now();
  std::vector<ledger_plan> plans;
  PLIMSOLL_TRY(writer_->apply(updates, plans, refusals));
  if (!plans.empty()) {
    executor_->note_closings(plans);
    PLIMSOLL_TRY(sweep_isolated(plans));
    record(tick, plans);
    book_ = drop_closed(std::move(book_));
  }
  seconds_.updates = seconds_since(began);
  log_.add_seconds("updates", seconds_.updates);
  return ok();
}

void replay::keep_start() {
  start_.reference = book_.reference;
  start_.accounts = book_.accounts;
  start_.units = book_.units;
  start_.positions = book_.positions;
  start_.collateral = book_.collateral;
  start_.marks = book_.marks;
  start_system_ = executor_->books().state();
}

void replay::note_broken(std::int64_t tick, std::size_t first_event, const error& cause) {
  const ledger& books = executor_->books();
  tick_evidence& out = evidence_.emplace();
  out.tick = tick;
  out.message = cause.message;
  out.sums_start = sums_of(start_, start_system_);
  out.sums_now = books.sums();
  out.start = std::move(start_);
  out.start_system = start_system_;
  record(tick, executor_->unfinished());
  const auto begin = [&](std::size_t row) { return log_.events.begin() + static_cast<std::ptrdiff_t>(row); };
  out.events.assign(begin(first_event), log_.events.end());
  if (!books.broken_plan()) { return; }
  const std::size_t posted = log_.events.size();
  record(tick, {*books.broken_plan()});
  out.plan.assign(begin(posted), log_.events.end());
  log_.events.resize(posted);
}

status replay::step(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals) {
  if (executor_->books().poisoned()) { return error{error_code::invariant_broken, executor_->books().poison()}; }
  if (options_.keep_evidence) { keep_start(); }
  const std::size_t first_event = log_.events.size();
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
  PLIMSOLL_TRY(apply_updates(marks.tick, updates, refusals));
  // Where orders have pushed a mark it stays until the feed sends it again.
  for (const auto& [instrument_id, changed] : marks.changed) {
    base_marks_[instrument_id] = changed;
    book_.marks[instrument_id] = changed;
  }
  PLIMSOLL_TRY(admit_tick(book_, marks, updates, options_.inputs, refusals));
  tick_outcome begun;
  PLIMSOLL_TRY(take_answers(marks.tick, begun));

  bool again = true;
  for (int pass = 1; again && pass <= options_.passes_max; ++pass) {
    PLIMSOLL_TRY(scan_and_execute(marks.tick, static_cast<std::uint32_t>(pass), refusals, again));
  }
  if (again) {
    log_.notes.push_back("tick " + std::to_string(marks.tick) + ": impact still moved marks after " +
                         std::to_string(options_.passes_max) + " scans; the cascade goes on in the next tick");
  }
  for (const auto& [asset, flows] : begun.flows) {
    if (row_of_[asset] != no_row) { add_flows(row_of(asset).flows, flows); }
  }
  seconds_.total = seconds_since(began);
  for (std::size_t i = tick_begin_; i < log_.ticks.size(); ++i) {
    log_.ticks[i].seconds = seconds_;
    log_.ticks[i].fund_balance = executor_->books().balance(system_account::fund, log_.ticks[i].asset);
  }
  tick_ = marks.tick;
  ++ticks_done_;
  return ok();
}

void replay::count_states(std::int64_t tick, const scan_result& scan) {
  std::vector<tick_row> rows(book_.reference.assets.size());
  std::vector<std::uint8_t> known(rows.size(), 0);
  for (std::uint32_t unit = 0; unit < book_.units.size(); ++unit) {
    const std::uint32_t asset = book_.asset_of(unit);
    known[asset] = 1;
    ++rows[asset].states[static_cast<int>(scan.margin.units.verdicts[unit].state())];
    rows[asset].held += scan.margin.units.verdicts[unit].held() ? 1 : 0;
  }
  row_of_.assign(rows.size(), no_row);
  for (std::uint32_t asset = 0; asset < rows.size(); ++asset) {
    if (known[asset] == 0) { continue; }
    rows[asset].tick = tick;
    rows[asset].asset = asset;
    row_of_[asset] = log_.ticks.size();
    log_.ticks.push_back(rows[asset]);
  }
}

status replay::take_answers(std::int64_t tick, tick_outcome& begun) {
  result<tick_outcome> answered = executor_->begin_tick(tick, base_marks_);
  if (!answered) { return answered.error(); }
  begun = std::move(answered).value();
  add_orders(log_.orders, begun.orders);
  if (begun.plans.empty()) { return ok(); }
  PLIMSOLL_TRY(sweep_isolated(begun.plans));
  record(tick, begun.plans);
  book_ = drop_closed(std::move(book_));
  return ok();
}

status replay::scan_and_execute(std::int64_t tick, std::uint32_t pass, refusal_list& refusals, bool& again) {
  auto began = steady::now();
  const auto lap = [&](double& of) {
    const double spent = seconds_since(began);
    began = steady::now();
    of += spent;
    return spent;
  };
  scan_options options;
  options.ladders = ladder_extent::demanded;
  result<scan_result> scanned = scan_with_fallback(book_, machine_, options_.threads, options, refusals);
  if (!scanned) { return scanned.error(); }
  const scan_result& scan = scanned.value();
  log_.notes.insert(log_.notes.end(), scan.events.begin(), scan.events.end());
  if (pass == 1) { count_states(tick, scan); }
  for (const bankrupt_position& loser : scan.bankrupt) {
    const int128 worth = loser.closing.value;
    row_of(book_.asset_of(book_.positions.unit[loser.position])).demand += worth < 0 ? -worth : worth;
  }
  lap(seconds_.scan);
  for (const stage_time& one : scan.times) { log_.add_seconds("scan: " + one.stage, one.seconds); }

  result<tick_outcome> executed = executor_->run(tick, view_of(scan));
  if (!executed) { return executed.error(); }
  tick_outcome& outcome = executed.value();
  if (options_.on_executed) { options_.on_executed(outcome, book_); }
  for (const feasibility& one : outcome.feasible) { log_.feasible.push_back({tick, pass, one}); }
  add_orders(log_.orders, outcome.orders);
  for (const auto& [asset, flows] : outcome.flows) {
    add_flows(row_of(asset).flows, flows);
    row_of(asset).flows.unpaid = flows.unpaid;  // What is still owed after the last pass, not a sum over passes.
  }
  for (const deleveraged_unit& one : outcome.deleveraged) { ++row_of(book_.asset_of(one.unit)).winners; }
  for (std::size_t i = tick_begin_; i < log_.ticks.size(); ++i) { ++log_.ticks[i].passes; }
  lap(seconds_.execute);
  for (const stage_time& one : outcome.times) { log_.add_seconds(one.stage, one.seconds); }
  PLIMSOLL_TRY(sweep_isolated(outcome.plans));
  record(tick, outcome.plans);

  again = push_marks();
  if (!outcome.plans.empty()) { book_ = drop_closed(std::move(book_)); }
  log_.add_seconds("record", lap(seconds_.record));
  return ok();
}

bool replay::push_marks() {
  // Impact moves marks: whoever it pushes under is found by another pass.
  bool moved = false;
  for (std::uint32_t i = 0; i < book_.marks.size(); ++i) {
    if (!executor_->venue().has_pushed(i) || base_marks_[i].ticks < 1) { continue; }
    const std::int64_t pushed =
        std::clamp<std::int64_t>(base_marks_[i].ticks + executor_->venue().pushed_ticks(i), 1, limits::price_ticks_max);
    moved = moved || pushed != book_.marks[i].ticks;
    book_.marks[i].ticks = pushed;
  }
  return moved;
}

status replay::sweep_isolated(std::vector<ledger_plan>& plans) {
  // Margin of an isolated position that is gone goes home.
  for (std::uint32_t unit = 0; unit < book_.units.size(); ++unit) {
    if (!book_.units.code[unit].is_isolated() || book_.units.balance[unit] <= 0) { continue; }
    bool open = false;
    for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
      open = open || book_.positions.lots[p] != 0;
    }
    if (open) { continue; }
    const std::uint32_t asset = book_.asset_of(unit);
    const std::uint32_t cross = find_unit(book_, book_.units.account[unit], unit_code::cross(asset));
    ledger_leg out;
    out.unit = unit;
    out.asset = asset;
    out.amount = -book_.units.balance[unit];
    ledger_leg in = out;
    in.unit = cross;
    in.amount = -out.amount;
    ledger_plan plan{executor_->books().next_id(), ledger_step::update, "margin returned", {out, in}};
    PLIMSOLL_TRY(executor_->books().post(plan));
    plans.push_back(std::move(plan));
  }
  return ok();
}

void replay::record(std::int64_t tick, const std::vector<ledger_plan>& plans) {
  for (const ledger_plan& plan : plans) {
    for (const ledger_leg& leg : plan.legs) {
      event_row row;
      row.tick = tick;
      row.plan = plan.id;
      row.step = plan.step;
      row.cause = log_.name_id(plan.cause);
      row.instrument = leg.instrument;
      row.lots = leg.lots;
      row.cost = leg.cost;
      row.asset = leg.asset;
      row.amount = leg.amount;
      row.price_ticks = leg.price_ticks;
      if (leg.unit == no_id) {
        row.account = log_.name_id(to_string(leg.system));
      } else {
        row.account = log_.name_id(book_.accounts[book_.units.account[leg.unit]]);
        row.unit = log_.name_id(book_.unit_name(book_.units.code[leg.unit]));
      }
      log_.events.push_back(row);
    }
  }
}

}  // namespace plimsoll
