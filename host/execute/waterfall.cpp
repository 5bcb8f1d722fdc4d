#include "host/execute/waterfall.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "host/book/by_new_ids.hpp"
#include "host/execute/ladder_supply.hpp"
#include "kernels/rules/trade.hpp"

namespace plimsoll {

namespace {

std::uint64_t magnitude_of(std::int64_t x) { return magnitude(x); }

}  // namespace

waterfall_executor::waterfall_executor(ledger& books, rulebook rules, std::unique_ptr<market> venue,
                                       std::int64_t order_timeout_ns)
    : waterfall_executor(nullptr, &books, std::move(rules), std::move(venue), order_timeout_ns) {}

waterfall_executor::waterfall_executor(book& target, rulebook rules, std::unique_ptr<market> venue,
                                       std::int64_t order_timeout_ns)
    : waterfall_executor(std::make_unique<ledger>(target), nullptr, std::move(rules), std::move(venue),
                         order_timeout_ns) {}

waterfall_executor::waterfall_executor(std::unique_ptr<ledger> own, ledger* books, rulebook rules,
                                       std::unique_ptr<market> venue, std::int64_t order_timeout_ns)
    : own_(std::move(own)),
      ledger_(own_ ? *own_ : *books),
      book_(ledger_.target()),
      rules_(std::move(rules)),
      market_(std::move(venue)),
      order_timeout_ns_(order_timeout_ns),
      returns_(ledger_),
      fund_(book_, rules_.fund, ledger_),
      sums_(ledger_.sums()) {}
waterfall_executor::~waterfall_executor() = default;

void waterfall_executor::restore(executor_state state) {
  ledger_.restore(std::move(state.ledger));
  fund_.restore(std::move(state.fund));
  market_->restore(std::move(state.market));
  orders_ = std::move(state.orders);
  backstop_used_ = std::move(state.backstop_used);
  cooling_until_ = std::move(state.cooling_until);
  gone_ = std::move(state.gone);
  sums_ = ledger_.sums();
}

namespace {

/// The parts of an executor's state that contain ids of instruments and assets.
struct kept_by_id {
  working_orders orders;
  std::map<std::uint32_t, int128> backstop_used;
  gone_results gone;
  ledger_sums sums;
  std::function<void()> market;
};

status check_sums(ledger& books, const ledger_sums& opening, moment at) {
  if (books.sums() == opening) { return ok(); }
  return books.condemn("the sums over all accounts differ from the opening sums after tick " + std::to_string(at.tick));
}

}  // namespace

std::function<void()> waterfall_executor::renumber(const reference_change& change, const reference_data& next) {
  auto kept = std::make_shared<kept_by_id>();
  kept->orders = orders_;
  const auto move_place = [&](order_place& place) {
    place.unit = by_new_ids(place.unit, change);
    place.instrument = change.instrument_ids[place.instrument];
  };
  for (auto& [id, order] : kept->orders.open) { move_place(order.place); }
  for (freed_order& freed : kept->orders.freed) { move_place(freed.place); }
  for (const auto& [asset, used] : backstop_used_) { kept->backstop_used.emplace(change.asset_ids[asset], used); }
  for (const auto& [unit, results] : gone_) {
    for (const auto& [instrument, made] : results) {
      kept->gone[unit].emplace(change.instrument_ids[instrument], made);
    }
  }
  kept->sums.money = by_new_ids(sums_.money, change.asset_ids, next.assets.size());
  kept->sums.lots = by_new_ids(sums_.lots, change.instrument_ids, next.instruments.size());
  kept->market = market_->renumber(change, next.instruments.size());
  return [this, kept] {
    std::swap(orders_, kept->orders);
    backstop_used_.swap(kept->backstop_used);
    gone_.swap(kept->gone);
    std::swap(sums_, kept->sums);
    if (kept->market) { kept->market(); }
  };
}

result<tick_outcome> waterfall_executor::begin_tick(moment at, std::span<const mark> marks) {
  if (ledger_.poisoned()) { return error{error_code::invariant_broken, ledger_.poison()}; }
  market_->begin_tick(at, marks);
  fund_.begin(at.tick);
  tick_outcome out;
  const auto post = [&](ledger_step step, const char* cause, std::vector<ledger_leg> legs) -> status {
    ledger_plan plan{ledger_.next_id(), step, cause, std::move(legs)};
    PLIMSOLL_TRY(ledger_.post(plan));
    out.plans.push_back(std::move(plan));
    return ok();
  };
  status caught_up = order_desk(*this, at, out, post).catch_up();
  if (!caught_up) {
    unfinished_ = std::move(out.plans);
    return std::move(caught_up).error();
  }
  if (remembers_results()) { add_closings(gone_, book_, out.plans, true); }
  PLIMSOLL_TRY(return_margins_of(out));
  if (!out.plans.empty()) { PLIMSOLL_TRY(check_sums(ledger_, sums_, at)); }
  return out;
}

void waterfall_executor::note_closings(const ledger_plan& plan) {
  if (remembers_results()) { add_closings(gone_, book_, {&plan, 1}, false); }
}

status waterfall_executor::return_margins_of(tick_outcome& out) {
  if (ledger_.live() == nullptr) { return ok(); }
  status returned = returns_.run([&](const ledger_plan& plan) { out.plans.push_back(plan); });
  if (!returned) { unfinished_ = std::move(out.plans); }
  return returned;
}

result<tick_outcome> waterfall_executor::run(moment at, const tick_view& view) {
  if (ledger_.poisoned()) { return error{error_code::invariant_broken, ledger_.poison()}; }
  waterfall steps(*this, at, view);
  result<tick_outcome> out = steps.run();
  if (!out) {
    unfinished_ = steps.take_plans();
    return out;
  }
  PLIMSOLL_TRY(return_margins_of(out.value()));
  return out;
}

waterfall::waterfall(waterfall_executor& owner, moment at, const tick_view& view)
    : owner_(owner),
      book_(owner.book_),
      view_(view),
      at_(at),
      equity_(owner.equities_),
      desk_(owner, at, out_, [this](ledger_step step, const char* cause, std::vector<ledger_leg> legs) {
        return post(step, cause, std::move(legs));
      }) {
  equity_.begin(book_, *view_.prices);
  for (const unit_record& one : view_.flagged) { flagged_.emplace(one.unit, &one); }
  for (const auto& [id, order] : owner.orders_.open) {
    const std::uint32_t position = order.given_up ? no_id : position_at(book_, order.place);
    if (position != no_id) { reserve(position, order.left()); }
  }
  for (const freed_order& freed : owner.orders_.freed) {
    const std::uint32_t position = position_at(book_, freed.place);
    if (position != no_id) { past_market_[position] += freed.lots; }
  }
  owner.orders_.freed.clear();
}

void waterfall::reserve(std::uint32_t position, std::uint64_t lots) {
  reserved_[position] += lots;
  waiting_units_.insert(book_.positions.unit[position]);
}

result<tick_outcome> waterfall::run() {
  using clock = std::chrono::steady_clock;
  auto began = clock::now();
  const auto step_done = [&](const char* step) {
    const auto now = clock::now();
    out_.times.push_back({step, std::chrono::duration<double>(now - began).count()});
    began = now;
  };
  owner_.fund_.begin(at_.tick);
  forget_recovered();
  report_feasibility();
  step_done("feasibility");
  for (const unit_record& one : view_.flagged) {
    PLIMSOLL_TRY(cancel_orders(one.unit));
    PLIMSOLL_TRY(close_unit(one.unit));
  }
  step_done("liquidate");
  if (owner_.rules_.adl.enabled) { PLIMSOLL_TRY(deleverage()); }
  step_done("deleverage");
  PLIMSOLL_TRY(settle_deficits());
  step_done("settle");
  // The sums are over the whole book. A pass that posted nothing and called no market cannot have changed them.
  if (!out_.plans.empty() || out_.orders.sent != 0 || !owner_.orders_.open.empty()) {
    PLIMSOLL_TRY(check_sums(owner_.ledger_, owner_.sums_, at_));
  }
  step_done("check");
  return std::move(out_);
}

void waterfall::forget_recovered() {
  const auto recovered = [&](std::uint32_t unit, bool flagged) {
    return unit == no_id || (!flagged && !is_held(book_, *view_.prices, unit));
  };
  std::erase_if(owner_.cooling_until_, [&](const auto& one) {
    const std::uint32_t unit = find_unit(book_, one.first);
    return recovered(unit, flagged_.count(unit) != 0);
  });
  std::erase_if(owner_.gone_, [&](const auto& one) {
    const std::uint32_t unit = find_unit(book_, one.first);
    return recovered(unit, is_bankrupt(unit));
  });
}

// ------------------------------------------------------------------------------------------------ posting

bool waterfall::is_bankrupt(std::uint32_t unit) const {
  const auto found = flagged_.find(unit);
  return found != flagged_.end() && found->second->outcome.state() == unit_state::bankrupt;
}

const contract_rate& waterfall::contract_of(std::uint32_t position) const {
  return book_.reference.instruments[book_.positions.instrument[position]].rate;
}

std::int64_t waterfall::value_now(std::uint32_t position) const {
  return value_of({book_.positions.lots[position]}, rate_of(book_.positions.instrument[position])).raw;
}

ledger_leg waterfall::customer_leg(std::uint32_t position, std::int64_t lots, std::int64_t cost, std::int64_t amount,
                                   std::int64_t price_ticks) const {
  ledger_leg leg;
  leg.unit = book_.positions.unit[position];
  leg.position = position;
  leg.instrument = book_.positions.instrument[position];
  leg.lots = lots;
  leg.cost = cost;
  leg.asset = book_.asset_of(leg.unit);
  leg.amount = amount;
  leg.price_ticks = price_ticks;
  return leg;
}

ledger_leg waterfall::system_leg(system_account account, std::uint32_t asset, std::int64_t amount) const {
  ledger_leg leg;
  leg.system = account;
  leg.asset = asset;
  leg.amount = amount;
  return leg;
}

status waterfall::post(ledger_step step, const char* cause, std::vector<ledger_leg> legs) {
  ledger_plan plan{owner_.ledger_.next_id(), step, cause, std::move(legs)};
  // Equity changes by the change of value. Each position counts once, however many legs change it.
  std::vector<std::pair<std::uint32_t, std::int64_t>> touched;
  for (const ledger_leg& leg : plan.legs) {
    if (leg.unit == no_id) { continue; }
    equity_.touch(leg.unit);
    if (leg.position == no_id) { continue; }
    const bool known =
        std::any_of(touched.begin(), touched.end(), [&](const auto& one) { return one.first == leg.position; });
    if (!known) { touched.emplace_back(leg.position, value_now(leg.position)); }
  }
  PLIMSOLL_TRY(owner_.ledger_.post(plan));
  for (const ledger_leg& leg : plan.legs) {
    if (leg.unit != no_id) { equity_.add(leg.unit, leg.amount - leg.cost); }
  }
  for (const auto& [position, before] : touched) {
    equity_.add(book_.positions.unit[position], value_now(position) - before);
  }
  out_.plans.push_back(std::move(plan));
  return ok();
}

// ------------------------------------------------------------------------------------------------ the fund

ledger_leg waterfall::fund_pays(std::uint32_t unit, std::uint32_t instrument, std::int64_t amount) {
  const std::uint32_t asset = book_.asset_of(unit);
  owner_.fund_.paid(unit, instrument, amount);
  out_.flows[asset].fund_paid += amount;
  return system_leg(system_account::fund, asset, -amount);
}

void waterfall::report_feasibility() {
  std::map<std::pair<std::uint32_t, position_side>, feasibility> sides;
  for (const bankrupt_position& loser : view_.bankrupt) {
    const std::uint32_t instrument_id = book_.positions.instrument[loser.position];
    const position_side side = side_of({book_.positions.lots[loser.position]});
    feasibility& one = sides[{instrument_id, side}];
    one.instrument = instrument_id;
    one.losers = side;
    one.demand += magnitude_of(book_.positions.lots[loser.position]);
    one.deficit += magnitude_of(loser.allotted);
  }
  if (sides.empty()) { return; }
  std::vector<std::uint8_t> asked(book_.sides.segments(), 0);
  for (const auto& [key, one] : sides) { asked[segment_of(one.instrument, opposite(one.losers))] = 1; }
  const std::vector<ladder_supply> supply = supply_of(view_, asked);
  for (auto& [key, one] : sides) {
    const std::uint32_t asset = book_.reference.instruments[one.instrument].settle;
    const ladder_supply& ladder = supply[segment_of(one.instrument, opposite(one.losers))];
    one.ladder_lots = ladder.lots;
    one.winners_profit = ladder.profit;
    one.fund = owner_.ledger_.balance(system_account::fund, asset);
    one.lots_left_over = one.demand > one.ladder_lots ? one.demand - one.ladder_lots : 0;
    out_.feasible.push_back(one);
  }
}

// ------------------------------------------------------------------------------- orders, market, backstop

status waterfall::cancel_orders(std::uint32_t unit) {
  // An instruction to the venue. It names the unit and moves nothing.
  ledger_leg leg;
  leg.unit = unit;
  leg.asset = book_.asset_of(unit);
  last_order_ = {owner_.ledger_.next_id(), 0};
  return post(ledger_step::cancel, "flagged", {leg});
}

waterfall::unit_closing waterfall::make_closing(std::uint32_t unit) const {
  unit_closing out;
  out.unit = unit;
  out.bankrupt = is_bankrupt(unit);
  const std::uint32_t first = book_.units.first_position[unit];
  const std::uint32_t last = book_.units.first_position[unit + 1];
  const std::vector<std::int64_t> allotted = allot_equity(book_, *view_.prices, unit, equity_[unit]);
  std::vector<std::uint32_t> order;
  for (std::uint32_t p = first; p < last; ++p) {
    if (book_.positions.lots[p] != 0) { order.push_back(p); }
  }
  const auto by = [&](auto key) {
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  };
  switch (owner_.rules_.liquidation.order) {
    case position_order::instrument: break;
    case position_order::loss: by([&](std::uint32_t p) { return value_now(p) - book_.positions.cost[p]; }); break;
    case position_order::maintenance:
      by([&](std::uint32_t p) {
        return -static_cast<int128>(figures_of(book_, *view_.prices, p).required.maintenance_ppm);
      });
      break;
  }
  for (const std::uint32_t p : order) {
    const size_lots size{book_.positions.lots[p]};
    const bankruptcy closing = bankruptcy_of(size, {value_now(p)}, allotted[p - first], contract_of(p));
    out.positions.emplace_back(book_, bankrupt_position{p, allotted[p - first], closing, {}});
  }
  return out;
}

status waterfall::close_unit(std::uint32_t unit) {
  unit_closing closing = make_closing(unit);
  if (!closing.bankrupt) {
    if (unit_waits(unit)) { return ok(); }
    bool gone_on = false;
    PLIMSOLL_TRY(go_on(closing, gone_on));
    if (gone_on) { return ok(); }
  }
  if (takes_first(closing)) {
    ++out_.units_liquidated;
    for (closing_position& position : closing.positions) {
      PLIMSOLL_TRY(close_to_backstop(position, position.left()));
      PLIMSOLL_TRY(close_on_market(position, position.left()));
    }
    return ok();
  }
  if (closing.bankrupt) {
    ++out_.units_bankrupt;
    bankrupt_units_.push_back(unit);
    note_results(unit);
  } else {
    const auto cooling = owner_.cooling_until_.find(unit_key(book_, unit));
    if (cooling != owner_.cooling_until_.end() && at_.now_ns < cooling->second) { return ok(); }
    ++out_.units_liquidated;
  }
  const std::vector<std::uint64_t> lots = lots_to_close(closing);
  const bool backstop_last = takes_the_rest(closing);
  for (std::size_t i = 0; i < closing.positions.size(); ++i) {
    closing_position& position = closing.positions[i];
    if (waits(position.position())) { continue; }
    const std::uint64_t keep = position.left() - lots[i];
    PLIMSOLL_TRY(close_on_market(position, lots[i]));
    if (waits(position.position())) { continue; }
    if (backstop_last) { PLIMSOLL_TRY(close_to_backstop(position, position.left() - keep)); }
    if (closing.bankrupt && position.left() > 0) { left_over_.push_back(position); }
  }
  return ok();
}

status waterfall::go_on(unit_closing& closing, bool& gone_on) {
  for (closing_position& position : closing.positions) {
    const auto past = past_market_.find(position.position());
    if (past == past_market_.end()) { continue; }
    gone_on = true;
    if (takes_the_rest(closing)) { PLIMSOLL_TRY(close_to_backstop(position, std::min(past->second, position.left()))); }
  }
  return ok();
}

bool waterfall::takes_first(const unit_closing& unit) const {
  const backstop_rules& rules = owner_.rules_.backstop;
  if (!rules.enabled || unit.bankrupt || !rules.below_health_ppm) { return false; }
  const unit_record& found = *flagged_.at(unit.unit);
  const int128 margin_ppm = static_cast<int128>(found.margin_equity) * limits::ppm;
  return margin_ppm * limits::ppm < static_cast<int128>(found.maintenance_ppm) * *rules.below_health_ppm;
}

bool waterfall::takes_the_rest(const unit_closing& unit) const {
  const backstop_rules& rules = owner_.rules_.backstop;
  return rules.enabled && (unit.bankrupt ? rules.takes_bankrupt : !rules.below_health_ppm);
}

status waterfall::close_on_market(closing_position& closing, std::uint64_t lots) {
  const std::uint32_t position = closing.position();
  if (lots == 0 || past_market_.count(position) != 0) { return ok(); }
  const std::uint32_t unit = book_.positions.unit[position];
  const bool bankrupt = is_bankrupt(unit);
  // The limit: bankruptcy value, less the amount that the fund may still pay if the unit is bankrupt.
  const std::int64_t budget = bankrupt ? owner_.fund_.available(unit, book_.positions.instrument[position]) : 0;
  const int128 worst = static_cast<int128>(closing.value_left()) - budget;
  const contract_rate& contract = contract_of(position);
  // If prices cannot be below zero, any price reaches a value of zero or less.
  const bool any_price = closing.is_long() != contract.inverse && !contract.below_zero && worst <= 0;
  const price_ticks limit = any_price
                                ? price_ticks{closing.is_long() ? 1 : limits::price_ticks_max}
                                : bankruptcy_price({closing.signed_lots(closing.left())}, worst, contract_of(position));
  ++last_order_.part;
  PLIMSOLL_TRY(desk_.send(closing, last_order_, lots, limit.raw, any_price ? closing.value_left() : budget));
  if (const std::uint64_t at_work = desk_.lots_at_work(last_order_); at_work > 0) { reserve(position, at_work); }
  return ok();
}

status waterfall::close_to_backstop(closing_position& closing, std::uint64_t lots) {
  const std::uint32_t position = closing.position();
  const std::uint32_t asset = book_.asset_of(book_.positions.unit[position]);
  int128& used = owner_.backstop_used_[asset];
  if (owner_.rules_.backstop.capacity) {
    const int128 headroom =
        to_units(*owner_.rules_.backstop.capacity, book_.reference.assets[asset].digits).value_or(0) - used;
    if (headroom <= 0) { return ok(); }
    // The most lots whose unrounded part of BV fits.
    const std::uint64_t worth = magnitude(closing.value());
    if (headroom < static_cast<int128>(worth)) {
      lots = std::min(lots, multiply_divide(closing.lots(), static_cast<uint128>(headroom), worth));
    }
  }
  if (lots == 0) { return ok(); }
  const std::int64_t signed_lots = closing.signed_lots(lots);
  const std::int64_t released =
      released_cost(book_.positions.cost[position], lots, magnitude(book_.positions.lots[position]));
  const std::int64_t part = closing.take(lots);
  used += static_cast<int128>(magnitude_of(part));
  out_.flows[asset].backstop += magnitude_of(part);
  ledger_leg taker = system_leg(system_account::backstop, asset, 0);
  taker.instrument = book_.positions.instrument[position];
  taker.lots = signed_lots;
  taker.cost = part;
  return post(ledger_step::backstop, "taken over",
              {customer_leg(position, -signed_lots, -released, part - released, no_ticks), taker});
}

// ------------------------------------------------------------------------------------------ what is owed

status waterfall::pay_from_part(std::uint32_t unit, std::uint32_t instrument) {
  const std::int64_t paid = std::min(deficit_of(equity_[unit]), owner_.fund_.available(unit, instrument));
  if (paid == 0) { return ok(); }
  ledger_leg leg;
  leg.unit = unit;
  leg.asset = book_.asset_of(unit);
  leg.amount = paid;
  return post(ledger_step::insurance_fund, "deficit", {leg, fund_pays(unit, instrument, paid)});
}

void waterfall::note_results(std::uint32_t unit) {
  if (!owner_.remembers_results() || book_.units.code[unit].is_isolated()) { return; }
  std::map<std::uint32_t, int128>& results = results_[unit];
  const auto gone = owner_.gone_.find(unit_key(book_, unit));
  if (gone != owner_.gone_.end()) { results = gone->second; }
  for (const auto& [instrument, result] : open_results(unit)) { results[instrument] += result; }
}

std::map<std::uint32_t, int128> waterfall::open_results(std::uint32_t unit) const {
  std::map<std::uint32_t, int128> results;
  for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
    if (book_.positions.lots[p] == 0) { continue; }
    results[book_.positions.instrument[p]] += value_now(p) - book_.positions.cost[p];
  }
  return results;
}

void waterfall::keep_results(std::uint32_t unit) {
  const auto found = results_.find(unit);
  if (found == results_.end()) { return; }
  if (equity_[unit] >= 0) {
    owner_.gone_.erase(unit_key(book_, unit));
    return;
  }
  // Positions closed in this pass count at the marks, because their bankruptcy value contains a share of the unit's
  // debt.
  std::map<std::uint32_t, int128> gone = found->second;
  for (const auto& [instrument, result] : open_results(unit)) { gone[instrument] -= result; }
  std::erase_if(gone, [](const auto& one) { return one.second == 0; });
  if (!gone.empty()) { owner_.gone_[unit_key(book_, unit)] = std::move(gone); }
}

status waterfall::pay_from_fund(std::uint32_t unit) {
  if (owner_.rules_.fund.scope == fund_scope::asset) { return pay_from_part(unit, no_id); }
  if (book_.units.code[unit].is_isolated()) { return pay_from_part(unit, book_.units.code[unit].instrument()); }
  for (const auto& [instrument, result] : results_[unit]) {
    if (result < 0) { PLIMSOLL_TRY(pay_from_part(unit, instrument)); }
  }
  return ok();
}

status waterfall::settle_deficits() {
  std::map<std::uint32_t, std::vector<std::uint32_t>> owing;
  for (const std::uint32_t unit : bankrupt_units_) {
    if (equity_[unit] >= 0 || unit_waits(unit)) { continue; }
    PLIMSOLL_TRY(pay_from_fund(unit));
    if (equity_[unit] < 0) { owing[book_.asset_of(unit)].push_back(unit); }
  }
  for (auto& [asset, units] : owing) {
    std::sort(units.begin(), units.end());
    if (owner_.rules_.socialise.enabled) { PLIMSOLL_TRY(socialise(asset, units)); }
    for (const std::uint32_t unit : units) { out_.flows[asset].unpaid += deficit_of(equity_[unit]); }
  }
  for (const std::uint32_t unit : bankrupt_units_) { keep_results(unit); }
  return ok();
}

}  // namespace plimsoll
