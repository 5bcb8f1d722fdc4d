#include "tests/law/small_venue.hpp"

#include <algorithm>
#include <utility>

#include <rapidcheck.h>

namespace plimsoll::small_venue {

// ------------------------------------------------------------------------------------------------------ books

namespace {

template <class T>
T between(T first, T last) {
  return *rc::gen::inRange<T>(first, last + 1);
}

std::vector<small_band> draw_bands(bool margined) {
  std::vector<small_band> bands;
  std::uint64_t floor = 0;
  std::uint32_t rate = margined ? between(1'000U, 100'000U) : 0U;
  const int count = between(1, 3);
  const std::uint64_t widest = *rc::gen::element<std::uint64_t>(40, 2'000, 100'000);
  for (int band = 0; band < count; ++band) {
    bands.push_back({floor, rate, std::max(rate, 1U)});
    floor += between<std::uint64_t>(1, widest);
    if (margined) { rate += between(0U, 200'000U); }
  }
  return bands;
}

}  // namespace

bool draw_half() { return *rc::gen::arbitrary<bool>(); }

std::int64_t draw_lots() { return between<std::int64_t>(1, *rc::gen::element<std::int64_t>(5, 40)); }

drawn_venue draw_venue(const contract_kinds& kinds, const std::string& venue_lines) {
  constexpr int digits = 2;
  drawn_venue out{small_book(digits, venue_lines), {}, {}};
  const int count = between(1, kinds.count_max);
  for (int i = 0; i < count; ++i) {
    const std::string name(1, static_cast<char>('A' + i));
    const bool inverse = kinds.inverse && between(0, 3) == 0;
    const int lot_digits = between(0, kinds.rounded ? 2 : 1);
    const int tick_digits = between(0, kinds.rounded ? 2 : 1);
    const std::int64_t mark = between<std::int64_t>(1, *rc::gen::element<std::int64_t>(10, 120));
    out.made.contract(name, lot_digits, tick_digits, mark, draw_bands(kinds.margined),
                      inverse ? instrument_kind::inverse : instrument_kind::linear);
    out.contracts.push_back(name);
    out.marks.push_back(mark);
  }
  return out;
}

void draw_positions(drawn_venue& venue, const std::string& account, int positions_max, bool hedged) {
  std::vector<std::string> left = venue.contracts;
  const int most = std::min(positions_max, static_cast<int>(left.size()));
  for (int count = between(1, most); count > 0; --count) {
    const auto which = between<std::size_t>(0, left.size() - 1);
    const bool is_long = draw_half();
    const auto cost = [] { return between<std::int64_t>(-3'000, 3'000); };
    venue.made.position(account, left[which], is_long ? draw_lots() : -draw_lots(), cost());
    if (hedged && between(0, 3) == 0) {
      venue.made.position(account, left[which], is_long ? -draw_lots() : draw_lots(), cost());
    }
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(which));
  }
}

void set_equity(book& source, std::uint32_t unit, whole equity) {
  const auto more = static_cast<std::int64_t>(equity - judge::equity(source, unit));
  source.units.balance[unit] += more;
  source.units.cash[unit] += more;
}

whole liquidatable_at_most(const book& source, std::uint32_t unit) {
  return judge::ceiling_of(judge::unit_maintenance_ppm(source, unit), 1'000'000) - 1;
}

void make_liquidatable(book& source, std::uint32_t unit) {
  const auto most = static_cast<std::int64_t>(liquidatable_at_most(source, unit));
  RC_PRE(most >= 0);
  const std::int64_t any = between<std::int64_t>(0, most);
  set_equity(source, unit, *rc::gen::element<std::int64_t>(0, any, any, any, most));
}

// -------------------------------------------------------------------------------------------------- execution

namespace {

class scripted_market final : public market {
 public:
  scripted_market(const answer_rule& answers, std::vector<market_order>& sent) : answers_by_(answers), sent_(sent) {}
  void begin_tick(moment, std::span<const mark>) override {}
  void send(const market_order& order) override {
    sent_.push_back(order);
    std::uint32_t sequence = 0;
    for (const order_fill& fill : answers_by_(order)) {
      answers_.push_back(
          {order.id, ++sequence, answer_kind::fill, {static_cast<std::int64_t>(fill.lots)}, {fill.price_ticks}});
    }
    answers_.push_back({order.id, ++sequence, answer_kind::done, {}, {}});
  }
  void cancel(order_id) override {}
  void take_answers(std::vector<market_answer>& out) override {
    out.insert(out.end(), answers_.begin(), answers_.end());
    answers_.clear();
  }
  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t) const override { return 0; }

 private:
  const answer_rule& answers_by_;
  std::vector<market_order>& sent_;
  std::vector<market_answer> answers_;
};

}  // namespace

std::vector<order_fill> no_fills(const market_order&) { return {}; }

course::course(book opening, rulebook rules, answer_rule answers)
    : now(std::move(opening)), rules_(std::move(rules)), answers_(std::move(answers)) {
  start();
}

void course::start() {
  engine_ = std::make_unique<waterfall_executor>(now, rules_, std::make_unique<scripted_market>(answers_, orders));
}

void course::resume() {
  executor_state kept = engine_->state();
  start();
  engine_->restore(std::move(kept));
}

const tick_outcome& course::pass(std::int64_t tick) {
  orders.clear();
  const ledger_sums sums = engine_->books().sums();
  if (tick != tick_) { RC_ASSERT(engine_->begin_tick(tick, now.marks).has_value()); }
  tick_ = tick;
  before = now;
  const scan_result scan = scan_for(now);
  flagged = scan.flagged;
  auto ran = engine_->run(tick, view_of(scan));
  if (!ran) { RC_LOG() << ran.error().message; }
  RC_ASSERT(ran.has_value());
  outcome = std::move(ran).value();
  RC_ASSERT(outcome.orders.refused.empty());
  RC_ASSERT(engine_->books().sums() == sums);
  return outcome;
}

void course::post(std::vector<ledger_leg> legs) {
  RC_ASSERT(
      engine_->books().post({engine_->books().next_id(), ledger_step::update, "law", std::move(legs)}).has_value());
}

void course::deposit(std::uint32_t unit, std::int64_t amount) {
  ledger_leg in;
  in.unit = unit;
  in.asset = 0;
  in.amount = amount;
  ledger_leg out;
  out.system = system_account::external;
  out.asset = 0;
  out.amount = -amount;
  post({in, out});
}

void course::deposit_to_fund(std::int64_t amount) {
  ledger_leg in;
  in.system = system_account::fund;
  in.asset = 0;
  in.amount = amount;
  ledger_leg out;
  out.system = system_account::external;
  out.asset = 0;
  out.amount = -amount;
  post({in, out});
}

std::vector<ledger_plan> course::plans(ledger_step step) const {
  std::vector<ledger_plan> out;
  for (const ledger_plan& plan : outcome.plans) {
    if (plan.step == step) { out.push_back(plan); }
  }
  return out;
}

}  // namespace plimsoll::small_venue
