// The public executor: the waterfall on a scanner's live book, tick by tick.
#include "plimsoll/executor.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "host/api/scanner_state.hpp"
#include "host/book/by_new_ids.hpp"
#include "host/book/check_rulebook.hpp"
#include "host/execute/executor.hpp"
#include "host/execute/gateway_market.hpp"
#include "host/execute/tick_loop.hpp"
#include "host/updates/leg_side.hpp"
#include "host/venue/read_rulebook.hpp"

namespace plimsoll {

struct [[gnu::visibility("hidden")]] executor::state {
  scanner::state* owner = nullptr;
  std::uint64_t generation = 0;  ///< See scanner::state::books.
  ledger_sums opening;
  std::unique_ptr<waterfall_executor> waterfall;
  std::unique_ptr<tick_loop> loop;
  std::vector<new_mark> marks;
  std::map<std::uint32_t, asset_flows> flows;  ///< Of the present tick.

  ~state() {
    if (owner == nullptr) { return; }
    owner->has_executor = false;
    owner->on_plan = {};
    owner->on_revised = {};
    if (owner->books == generation) { owner->engine.serve_executor(false); }
  }

  [[nodiscard]] std::function<void()> renumber(const reference_change& change, const reference_data& next);
  void add(const tick_outcome& outcome, execution& done);
  void add(const std::vector<ledger_plan>& plans, execution& done) const;
};

namespace {

constexpr const char* no_memory_text = "the executor could not get the memory it needs; the book must be loaded again";

/// The rules that the options name, or the book's own if they name none.
result<rulebook> rules_of(const executor_options& options, const book& source) {
  if (!options.rulebook.empty() && !options.rulebook_toml.empty()) {
    return error{error_code::usage, "executor_options name a rulebook and give the text of another; give one of them"};
  }
  if (options.rulebook.empty() && options.rulebook_toml.empty()) { return source.reference.venue.rules; }
  const auto shipped = rulebook_text(options.rulebook);
  if (!options.rulebook.empty() && !shipped) {
    return error{error_code::usage,
                 "unknown rulebook \"" + options.rulebook + "\"; known rulebooks: " + rulebook_words()};
  }
  const std::string file = options.rulebook.empty() ? "rulebook_toml" : options.rulebook + ".toml";
  refusal_list refusals;
  const auto read = read_rulebook(shipped ? *shipped : std::string_view(options.rulebook_toml), file, refusals);
  if (!read) { return refusals.to_error(); }
  reference_data trial = source.reference;
  trial.venue.rules = read->rules;
  check_rulebook(trial, file, refusals);
  if (!refusals.empty()) { return refusals.to_error(); }
  return read->rules;
}

void add_flows(asset_flows& sum, const asset_flows& part) {
  const int128 unpaid = part.unpaid;  // The amount owed after the last pass, not a sum over passes.
  sum.market += part.market;
  sum.backstop += part.backstop;
  sum.surplus += part.surplus;
  sum.fees += part.fees;
  sum.fund_paid += part.fund_paid;
  sum.adl += part.adl;
  sum.adl_haircut += part.adl_haircut;
  sum.socialised += part.socialised;
  sum.unpaid = unpaid;
}

}  // namespace

/// A listing changes ids of instruments and assets. The executor takes the new ids together with the engine.
std::function<void()> executor::state::renumber(const reference_change& change, const reference_data& next) {
  struct kept_by_id {
    ledger_sums opening;
    std::function<void()> loop;
  };
  auto kept = std::make_shared<kept_by_id>();
  kept->opening.money = by_new_ids(opening.money, change.asset_ids, next.assets.size());
  kept->opening.lots = by_new_ids(opening.lots, change.instrument_ids, next.instruments.size());
  kept->loop = loop->renumber(change, next);
  return [this, kept] {
    std::swap(opening, kept->opening);
    kept->loop();
  };
}

void executor::state::add(const std::vector<ledger_plan>& plans, execution& done) const {
  const book& columns = owner->engine.columns();
  const unit_names& names = owner->engine.names();
  for (const ledger_plan& from : plans) {
    plan to;
    to.id = from.id;
    to.step = static_cast<plan_step>(from.step);
    to.cause = from.cause;
    to.first_leg = done.legs.size();
    to.legs = from.legs.size();
    for (const ledger_leg& leg : from.legs) {
      plan_leg& out = done.legs.emplace_back();
      if (leg.unit == no_id) {
        out.account = to_string(leg.system);
      } else {
        out.account = columns.accounts[columns.units.account[leg.unit]];
        out.unit = names[columns.units.code[leg.unit]];
      }
      out.instrument = leg.instrument;
      out.side = side_of(columns, leg);
      out.lots = {leg.lots};
      out.cost = {leg.cost};
      out.asset = leg.asset;
      out.amount = {leg.amount};
      if (is_marked(leg.price_ticks)) { out.price = price_ticks{leg.price_ticks}; }
    }
    done.plans.push_back(to);
  }
}

void executor::state::add(const tick_outcome& outcome, execution& done) {
  add(outcome.plans, done);
  for (const auto& [asset, part] : outcome.flows) { add_flows(flows[asset], part); }
  done.liquidated += outcome.units_liquidated;
  done.bankrupt += outcome.units_bankrupt;
  done.deleveraged += outcome.deleveraged.size();
  done.orders_sent += outcome.orders.sent;
  for (const refused_answer& one : outcome.orders.refused) {
    done.notes.push_back("an answer to order " + std::to_string(one.answer.order.plan) + "/" +
                         std::to_string(one.answer.order.part) + " was refused: " + one.reason);
  }
}

executor::executor(std::unique_ptr<state> made) : state_(std::move(made)) {}
executor::executor(executor&&) noexcept = default;
executor& executor::operator=(executor&&) noexcept = default;
executor::~executor() = default;

result<executor> executor::make(scanner& scan, const executor_options& options) {
  std::unique_ptr<state> made;
  status called = call_guarded(no_memory_text, [&]() -> status {
    scanner::state& owner = *scan.state_;
    if (!owner.engine.loaded()) { return error{error_code::usage, "the executor was made before load"}; }
    if (owner.has_executor) { return error{error_code::usage, "another executor already acts on the scanner's book"}; }
    if (options.passes_max < 1) { return error{error_code::usage, "executor_options::passes_max must be above zero"}; }
    if (options.order_timeout_ns < 0 || !time_admitted(options.order_timeout_ns)) {
      return error{error_code::usage, "executor_options::order_timeout_ns must be 0 to 2^62"};
    }
    const book& columns = owner.engine.columns();
    auto rules = rules_of(options, columns);
    if (!rules) { return std::move(rules).error(); }
    std::unique_ptr<market> venue;
    if (options.gateway != nullptr) {
      venue = std::make_unique<gateway_market>(*options.gateway);
    } else {
      venue = make_simulated_market(columns, rules.value().market);
    }
    PLIMSOLL_TRY(owner.engine.open_cross_units());
    auto next = std::make_unique<state>();
    next->waterfall = std::make_unique<waterfall_executor>(owner.engine.books(), std::move(rules).value(),
                                                           std::move(venue), options.order_timeout_ns);
    next->loop = std::make_unique<tick_loop>(owner.engine, *next->waterfall, options.passes_max);
    next->opening = owner.engine.books().sums();
    next->generation = owner.books;
    owner.on_plan = [waterfall = next->waterfall.get()](const ledger_plan& posted) {
      waterfall->note_closings(posted);
    };
    owner.on_revised = [at = next.get()](const reference_change& change, const reference_data& reference) {
      return at->renumber(change, reference);
    };
    owner.engine.serve_executor(true);
    owner.has_executor = true;
    next->owner = &owner;
    made = std::move(next);
    return ok();
  });
  if (!called) { return std::move(called).error(); }
  return executor(std::move(made));
}

status executor::run(std::int64_t tick, std::span<const mark_update> marks, tick_result& found, execution& done,
                     std::optional<std::int64_t> now_ns) {
  status called = call_guarded(no_memory_text, [&]() -> status {
    scanner::state& owner = *state_->owner;
    PLIMSOLL_TRY(owner.engine.ready("executor::run"));
    if (owner.books != state_->generation) {
      return error{error_code::usage, "the scanner has loaded another book since; make a new executor"};
    }
    PLIMSOLL_TRY(admit_times(marks, now_ns));
    PLIMSOLL_TRY(owner.engine.new_marks_of(marks, state_->marks));
    const auto began = std::chrono::steady_clock::now();
    done.plans.clear();
    done.legs.clear();
    done.flows.clear();
    done.notes.clear();
    done.names.reset();
    done.liquidated = done.bankrupt = done.deleveraged = done.orders_sent = 0;
    done.passes = 0;
    state_->flows.clear();
    tick_steps steps;
    steps.answered = [&](tick_outcome& posted) { state_->add(posted, done); };
    steps.judged = [&](std::uint32_t, const tick_result&) {
      done.notes.insert(done.notes.end(), found.notes.begin(), found.notes.end());
      return ok();
    };
    steps.executed = [&](std::uint32_t pass, tick_outcome& outcome) {
      done.passes = pass;
      state_->add(outcome, done);
    };
    const auto settled = state_->loop->run(tick, state_->marks, now_ns, steps, found);
    if (!settled) { return settled.error(); }
    owner.now_ns = now_ns;
    if (!settled.value()) {
      done.notes.push_back("impact still moved marks after " + std::to_string(done.passes) +
                           " passes; the cascade continues in the next tick");
    }
    const ledger& books = state_->waterfall->books();
    for (const auto& [asset, flows] : state_->flows) {
      done.flows.push_back({.asset = asset,
                            .market = {flows.market},
                            .backstop = {flows.backstop},
                            .surplus = {flows.surplus},
                            .fees = {flows.fees},
                            .fund_paid = {flows.fund_paid},
                            .adl = {flows.adl},
                            .adl_haircut = {flows.adl_haircut},
                            .socialised = {flows.socialised},
                            .unpaid = {flows.unpaid},
                            .fund_balance = {books.balance(system_account::fund, asset)}});
    }
    done.names = owner.engine.names_of_result();
    done.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return ok();
  });
  // Each plan is posted completely, but the executor's own state may be from the middle of a tick.
  if (!called && called.error().code == error_code::out_of_memory) { state_->owner->engine.require_load(); }
  return called;
}

result<money_sum> executor::balance(std::string_view system_account, std::uint32_t asset) const {
  const auto account = system_account_named(system_account);
  if (!account) {
    return error{error_code::usage, "there is no system account " + std::string(system_account) +
                                        "; known accounts: fund, fees, market, backstop and external"};
  }
  return money_sum{state_->waterfall->books().balance(*account, asset)};
}

bool executor::conserved() const { return state_->waterfall->books().sums() == state_->opening; }

}  // namespace plimsoll
