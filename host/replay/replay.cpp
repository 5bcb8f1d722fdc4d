#include "host/replay/replay.hpp"

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
    if (find_unit(start, start.units.account[unit], unit_code::cross(asset)) == no_id) { wanted.insert({start.units.account[unit], asset}); }
  }
  if (wanted.empty()) { return std::move(start); }
  for (const auto& [account, asset] : wanted) { growth.balances.push_back({account, static_cast<std::uint16_t>(asset), 0}); }
  result<grown_book> grown = grow_book(std::move(start), growth);
  if (!grown) { return grown.error(); }
  return std::move(grown.value().built);
}

}  // namespace

result<std::unique_ptr<replay>> replay::make(book start, rulebook rules, std::unique_ptr<backend> machine, replay_options options) {
  result<book> ready = with_cross_units(std::move(start));
  if (!ready) { return ready.error(); }
  std::unique_ptr<replay> out(new replay(std::move(ready).value(), std::move(machine), std::move(options)));
  auto market = make_simulated_market(out->book_, rules.market);
  out->executor_ = std::make_unique<executor>(out->book_, std::move(rules), std::move(market));
  out->writer_ = std::make_unique<update_writer>(out->book_, out->executor_->books());
  out->base_marks_ = out->book_.marks;
  return out;
}

status replay::step(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals) {
  const auto began = std::chrono::steady_clock::now();
  tick_begin_ = log_.ticks.size();
  std::vector<ledger_plan> plans;
  PLIMSOLL_TRY(writer_->apply(updates, plans, refusals));
  if (!plans.empty()) {
    PLIMSOLL_TRY(sweep_isolated(plans));
    record(marks.tick, plans);
    book_ = drop_closed(std::move(book_));
  }
  for (const auto& [instrument_id, changed] : marks.changed) { base_marks_[instrument_id] = changed; }
  book_.marks = base_marks_;
  result<tick_outcome> begun = executor_->begin_tick(marks.tick, base_marks_);
  if (!begun) { return begun.error(); }
  if (!begun.value().plans.empty()) {
    PLIMSOLL_TRY(sweep_isolated(begun.value().plans));
    record(marks.tick, begun.value().plans);
    book_ = drop_closed(std::move(book_));
  }

  bool again = true;
  for (int pass = 0; again && pass < options_.passes_max; ++pass) { PLIMSOLL_TRY(scan_and_execute(marks.tick, refusals, again)); }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
  for (std::size_t i = tick_begin_; i < log_.ticks.size(); ++i) {
    log_.ticks[i].seconds = spent.count();
    log_.ticks[i].fund_balance = executor_->books().balance(system_account::fund, log_.ticks[i].asset);
  }
  if (options_.on_tick) { options_.on_tick(marks.tick); }
  return ok();
}

tick_row& replay::row_of(std::int64_t tick, std::uint32_t asset) {
  for (std::size_t i = tick_begin_; i < log_.ticks.size(); ++i) {
    if (log_.ticks[i].asset == asset) { return log_.ticks[i]; }
  }
  log_.ticks.push_back({});
  log_.ticks.back().tick = tick;
  log_.ticks.back().asset = asset;
  return log_.ticks.back();
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
  sum.unpaid = part.unpaid;  // What is still owed after the last pass, not a sum over passes.
}

}  // namespace

status replay::scan_and_execute(std::int64_t tick, refusal_list& refusals, bool& again) {
  PLIMSOLL_TRY(machine_->load(book_));
  scan_options options;
  options.demanded_ladders = true;
  result<scan_result> scanned = scan_book(book_, *machine_, options, refusals);
  if (!scanned) { return scanned.error(); }
  const scan_result& scan = scanned.value();
  const bool first = tick_begin_ == log_.ticks.size();
  if (first) {
    for (std::uint32_t unit = 0; unit < book_.units.size(); ++unit) {
      tick_row& row = row_of(tick, book_.asset_of(unit));
      ++row.states[static_cast<int>(scan.margin.units.verdicts[unit].state())];
      row.held += scan.margin.units.verdicts[unit].held() ? 1 : 0;
    }
  }
  for (const bankrupt_position& loser : scan.bankrupt) {
    const int128 worth = loser.closing.value;
    row_of(tick, book_.asset_of(book_.positions.unit[loser.position])).demand += worth < 0 ? -worth : worth;
  }
  result<tick_outcome> executed = executor_->run(tick, scan);
  if (!executed) { return executed.error(); }
  tick_outcome& outcome = executed.value();
  if (!outcome.feasible.empty()) { log_.feasible = outcome.feasible; }
  for (const auto& [asset, flows] : outcome.flows) { add_flows(row_of(tick, asset).flows, flows); }
  for (std::size_t i = tick_begin_; i < log_.ticks.size(); ++i) {
    ++log_.ticks[i].passes;
    log_.ticks[i].winners += outcome.winners_touched;
  }
  PLIMSOLL_TRY(sweep_isolated(outcome.plans));
  record(tick, outcome.plans);

  // Impact moves marks: whoever it pushes under is found by another pass.
  again = false;
  std::vector<mark> pushed = base_marks_;
  for (std::uint32_t i = 0; i < pushed.size(); ++i) {
    const std::int64_t by = executor_->venue().pushed_ticks(i);
    if (by == 0 || pushed[i].ticks < 1) { continue; }
    pushed[i].ticks = std::min(std::max<std::int64_t>(1, pushed[i].ticks + by), limits::price_ticks_max);
  }
  for (std::uint32_t i = 0; i < pushed.size(); ++i) { again = again || pushed[i].ticks != book_.marks[i].ticks; }
  book_.marks = std::move(pushed);
  if (!outcome.plans.empty()) { book_ = drop_closed(std::move(book_)); }
  return ok();
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
      row.cause = plan.cause;
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
