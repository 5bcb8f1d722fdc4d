// Ticks, and executors that act on them.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "host/api/c/arguments.hpp"
#include "host/api/c/sessions.hpp"
#include "host/api/c/streams.hpp"
#include "plimsoll/limits.hpp"

using namespace plimsoll::c;

namespace {

/// The new marks of a tick. Their table is moved from at once, even if the call has other faults.
class marks_request {
 public:
  explicit marks_request(const plimsoll_marks* from) noexcept : from_(from) {
    if (is_sized(from)) { rows_.take(from->table); }
  }

  void check() {
    if (from_ == nullptr) { return; }
    const plimsoll_marks given = take(from_, "marks");
    if (given.table != nullptr && !rows_.there()) {
      fail(PLIMSOLL_BAD_ARGUMENT, "the table of marks is a stream that was consumed before");
    }
    if (flag_of(given.has_now, "has_now")) { now_ns_ = given.now_ns; }
    if (given.count == 0) { return; }
    (void)needed(given.marks, "the array of marks");
    if (given.count > static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(plimsoll_mark)) {
      fail(PLIMSOLL_BAD_ARGUMENT, std::to_string(given.count) + " marks are too many");
    }
    for (const plimsoll_mark* one = given.marks; one != given.marks + given.count; ++one) {
      plimsoll::mark_update& next = marks_.emplace_back();
      next.instrument = one->instrument;
      next.price = {one->ticks};
      if (flag_of(one->has_time, "has_time of a mark")) { next.as_of_ns = one->as_of_ns; }
    }
  }

  /// All marks, those of the table last.
  [[nodiscard]] const std::vector<plimsoll::mark_update>& read(plimsoll::scanner& scan) {
    if (!rows_.there()) { return marks_; }
    const auto more = scan.read_marks(rows_.get());
    must_read(more, scan);
    marks_.insert(marks_.end(), more.value().begin(), more.value().end());
    return marks_;
  }
  [[nodiscard]] std::optional<std::int64_t> now_ns() const { return now_ns_; }

 private:
  const plimsoll_marks* from_;
  std::vector<plimsoll::mark_update> marks_;
  std::optional<std::int64_t> now_ns_;
  taken_stream rows_;
};

plimsoll::text_form text_form_of(std::int32_t views) {
  return flag_of(views, "text_views") ? plimsoll::text_form::views : plimsoll::text_form::copied;
}

/// Copies the result of a tick to the caller, as far as it is requested.
class tick_answer {
 public:
  explicit tick_answer(plimsoll_tick* to) noexcept : tick_answer(to, fields_of(to)) {}

  void check(const char* what) {
    if (to_ != nullptr) { outcome_ = take(to_, what); }
    text_ = text_form_of(outcome_.text_views);
  }
  void fill(const plimsoll::scanner& scan, const plimsoll::tick_result& found) {
    outcome_.screened = found.screened ? 1 : 0;
    outcome_.sequence = found.sequence;
    outcome_.updates = found.updates;
    outcome_.units = found.units;
    std::copy(std::begin(found.counts), std::end(found.counts), std::begin(outcome_.counts));
    outcome_.held = found.held;
    outcome_.dust = found.dust;
    outcome_.flagged_rows = found.flagged.size();
    outcome_.cover_rows = found.cover.size();
    outcome_.digest = found.tick_digest;
    outcome_.evaluated = found.evaluated;
    outcome_.notes_count = found.notes.size();
    outcome_.seconds = found.seconds;
    outcome_.demand_rows = found.demand.size();
    outcome_.totals_rows = found.totals.size();
    outcome_.held_instruments = found.held_instruments;
    if (flagged.wanted()) { must(plimsoll::scanner::export_flagged(found, flagged.made(), text_)); }
    if (cover.wanted()) { must(plimsoll::scanner::export_cover(found, cover.made(), text_)); }
    if (demand.wanted()) { must(plimsoll::scanner::export_demand(found, demand.made())); }
    if (totals.wanted()) { must(plimsoll::scanner::export_totals(found, totals.made())); }
    if (held.wanted()) { must(scan.export_held(found, held.made())); }
    if (notes.wanted()) { export_notes(found.notes, notes.made()); }
  }
  void give() noexcept {
    if (to_ == nullptr) { return; }
    for (given_stream* one : {&flagged, &cover, &demand, &totals, &held, &notes}) { one->give(); }
    plimsoll::c::give(to_, outcome_);
  }

  given_stream flagged;
  given_stream cover;
  given_stream demand;
  given_stream totals;
  given_stream held;
  given_stream notes;

 private:
  tick_answer(plimsoll_tick* to, const plimsoll_tick& wanted) noexcept
      : flagged(wanted.flagged),
        cover(wanted.cover),
        demand(wanted.demand),
        totals(wanted.totals),
        held(wanted.held_table),
        notes(wanted.notes),
        to_(to) {}

  plimsoll_tick* to_;
  plimsoll_tick outcome_{};
  plimsoll::text_form text_ = plimsoll::text_form::copied;
};

/// Does the same for the result of an executor.
class run_answer {
 public:
  explicit run_answer(plimsoll_execution* to) noexcept : run_answer(to, fields_of(to)) {}

  void check(const char* what) {
    if (to_ != nullptr) { outcome_ = take(to_, what); }
    text_ = text_form_of(outcome_.text_views);
  }
  void fill(const plimsoll::execution& done) {
    outcome_.passes = done.passes;
    outcome_.plans = done.plans.size();
    outcome_.legs = done.legs.size();
    outcome_.liquidated = done.liquidated;
    outcome_.bankrupt = done.bankrupt;
    outcome_.deleveraged = done.deleveraged;
    outcome_.orders_sent = done.orders_sent;
    outcome_.seconds = done.seconds;
    outcome_.flows_rows = done.flows.size();
    if (events.wanted()) { must(plimsoll::executor::export_events(done, events.made(), text_)); }
    if (flows.wanted()) { must(plimsoll::executor::export_flows(done, flows.made())); }
    if (notes.wanted()) { export_notes(done.notes, notes.made()); }
  }
  void give() noexcept {
    if (to_ == nullptr) { return; }
    for (given_stream* one : {&events, &flows, &notes}) { one->give(); }
    plimsoll::c::give(to_, outcome_);
  }

  given_stream events;
  given_stream flows;
  given_stream notes;

 private:
  run_answer(plimsoll_execution* to, const plimsoll_execution& wanted) noexcept
      : events(wanted.events), flows(wanted.flows), notes(wanted.notes), to_(to) {}

  plimsoll_execution* to_;
  plimsoll_execution outcome_{};
  plimsoll::text_form text_ = plimsoll::text_form::copied;
};

plimsoll::executor_options options_of(const plimsoll_executor_options& given) {
  plimsoll::executor_options out;
  out.rulebook = optional_text(given.rulebook, "rulebook");
  out.rulebook_toml = optional_text(given.rulebook_toml, "rulebook_toml");
  if (given.passes_max < 0) { fail(PLIMSOLL_BAD_ARGUMENT, "passes_max is below 0"); }
  if (given.order_timeout_ns < 0) { fail(PLIMSOLL_BAD_ARGUMENT, "order_timeout_ns is below 0"); }
  if (given.passes_max != 0) { out.passes_max = given.passes_max; }
  if (given.order_timeout_ns != 0) { out.order_timeout_ns = given.order_timeout_ns; }
  return out;
}

}  // namespace

plimsoll_status plimsoll_scanner_tick(plimsoll_scanner scanner, const plimsoll_marks* marks, plimsoll_tick* out) {
  marks_request wanted(marks);
  tick_answer answer(out);
  return call(__func__, [&] {
    wanted.check();
    answer.check("out");
    check_apart({&answer.flagged, &answer.cover, &answer.demand, &answer.totals, &answer.held, &answer.notes});
    scanner_turn at(scanner);
    plimsoll::tick_result& found = at.of().found;
    must(at->tick(wanted.read(*at), found, wanted.now_ns()));
    answer.fill(*at, found);
    answer.give();
  });
}

// --------------------------------------------------------------------------------------------------------- executor
plimsoll_status plimsoll_executor_open(plimsoll_scanner scanner, const plimsoll_executor_options* options,
                                       plimsoll_executor* out) {
  return call(__func__, [&] {
    plimsoll_executor& handle = needed(out, "out");
    const scanner_ref of = find_scanner(scanner);
    plimsoll_executor_options given{};
    if (options != nullptr) { given = take(options, "options"); }
    plimsoll::executor_options wanted = options_of(given);
    scanner_turn at(scanner);
    const auto made = std::make_shared<open_executor>();
    made->of = of;
    if (given.gateway != nullptr) {
      const plimsoll_gateway market = take(given.gateway, "gateway");
      if (market.send == nullptr || market.cancel == nullptr) {
        fail(PLIMSOLL_BAD_ARGUMENT, "a gateway needs both send and cancel");
      }
      constexpr std::size_t inbox_usual = 65'536;
      wanted.gateway = &made->market.emplace(market, market.inbox_max == 0 ? inbox_usual : market.inbox_max);
    }
    made->acting.emplace(value_of(plimsoll::executor::make(*at, wanted)));
    handle = keep(made);
  });
}

plimsoll_status plimsoll_executor_close(plimsoll_executor executor) {
  return call(__func__, [&] {
    executor_turn at(executor);
    forget(executor);
    at.of().acting.reset();
  });
}

plimsoll_status plimsoll_executor_run(plimsoll_executor executor, int64_t tick, const plimsoll_marks* marks,
                                      plimsoll_tick* found, plimsoll_execution* done) {
  marks_request wanted(marks);
  tick_answer judged(found);
  run_answer ran(done);
  return call(__func__, [&] {
    wanted.check();
    judged.check("found");
    ran.check("done");
    check_apart({&judged.flagged, &judged.cover, &judged.demand, &judged.totals, &judged.held, &judged.notes,
                 &ran.events, &ran.flows, &ran.notes});
    executor_turn at(executor);
    open_executor& of = at.of();
    if (of.last_tick && tick <= *of.last_tick) {
      fail(PLIMSOLL_USAGE, "tick " + std::to_string(tick) + " does not follow tick " + std::to_string(*of.last_tick));
    }
    plimsoll::scanner& scan = of.of->scan;
    plimsoll::tick_result& seen = of.of->found;
    must(at->run(tick, wanted.read(scan), seen, of.done, wanted.now_ns()));
    of.last_tick = tick;
    if (of.market && of.market->take_thrown()) {
      of.done.notes.push_back(
          "a function of the gateway threw an exception; an order that it did not pass on will time out");
    }
    judged.fill(scan, seen);
    ran.fill(of.done);
    judged.give();
    ran.give();
  });
}

plimsoll_status plimsoll_executor_answer(plimsoll_executor executor, const plimsoll_answer* answer, int32_t* taken) {
  return call(__func__, [&] {
    const plimsoll_answer given = take(answer, "answer");
    std::int32_t& kept = needed(taken, "taken");
    plimsoll::market_answer one;
    one.order = {given.order.plan, given.order.part};
    one.sequence = given.sequence;
    one.kind = choice_of(given.kind, plimsoll::answer_kind::done, "kind of an answer");
    if (given.lots > static_cast<std::uint64_t>(plimsoll::limits::size_lots_max)) {
      fail(PLIMSOLL_BAD_ARGUMENT,
           "lots of an answer are " + std::to_string(given.lots) + ", but no order has more than 2^61");
    }
    one.lots = {static_cast<std::int64_t>(given.lots)};
    one.price = {given.price_ticks};
    const executor_ref at = find_executor(executor);
    if (!at->market) { fail(PLIMSOLL_USAGE, "the executor has no gateway, so it does not expect answers"); }
    kept = at->market->answer(one) ? 1 : 0;
  });
}

plimsoll_status plimsoll_executor_balance(plimsoll_executor executor, const char* system_account, uint32_t asset,
                                          plimsoll_int128* out) {
  return call(__func__, [&] {
    const std::string_view account = text_of(system_account, "system_account");
    plimsoll_int128& amount = needed(out, "out");
    executor_turn at(executor);
    if (asset >= at.of().of->scan.assets()) { fail(PLIMSOLL_USAGE, "the book has no asset with this id"); }
    amount = to_c(value_of(at->balance(account, asset)).raw);
  });
}

plimsoll_status plimsoll_executor_conserved(plimsoll_executor executor, int32_t* out) {
  return call(__func__, [&] {
    std::int32_t& outcome = needed(out, "out");
    executor_turn at(executor);
    outcome = at->conserved() ? 1 : 0;
  });
}
