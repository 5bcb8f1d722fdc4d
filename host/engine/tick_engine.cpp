#include "host/engine/tick_engine.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "host/book/find.hpp"
#include "host/memory/guarded.hpp"

namespace plimsoll {

namespace {

/// If a larger share of the units must be evaluated, one pass over all of them in order is cheaper than single
/// look-ups.
constexpr std::uint64_t evaluated_share = 20;

/// Adds a host stage's seconds to a tick's result when it goes out of scope.
class stage_timer {
 public:
  /// Reserves the memory for its end now, because a destructor must not fail.
  stage_timer(tick_result& out, const char* stage) : out_(out), stage_(stage) {
    out.stages.reserve(out.stages.size() + 1);
  }
  stage_timer(const stage_timer&) = delete;
  stage_timer& operator=(const stage_timer&) = delete;
  ~stage_timer() {
    out_.stages.push_back({stage_, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count()});
  }

 private:
  tick_result& out_;
  const char* stage_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Opens the missing cross units to which isolated positions would return their margin.
void open_missing(live_book& live) {
  book_growth growth;
  growth.balances = missing_cross_units(live.columns());
  std::vector<std::uint32_t> places;
  if (!growth.balances.empty()) { live.open(growth, places); }
}

constexpr std::string_view book_laid_out = "first tick since the book was laid out";
constexpr const char* load_again = "the tick engine could not get the memory it needs; load the book again";

[[nodiscard]] bool no_memory(const status& outcome) {
  return !outcome && outcome.error().code == error_code::out_of_memory;
}

}  // namespace

// --------------------------------------------------------------------------------------------------- load

result<opened_book> open_book(book&& dense, const engine_options& options) {
  std::optional<opened_book> out;
  status outcome = guarded("there is not enough memory to lay the book out", [&]() -> status {
    std::vector<system_row> opening = std::move(dense.system);
    dense.system.clear();
    out.emplace(opened_book{live_book(std::move(dense), options.spare_share, options.shift_limit), std::move(opening)});
    open_missing(out->live);
    return ok();
  });
  if (!outcome) { return std::move(outcome).error(); }
  return std::move(*out);
}

status tick_engine::load(book&& dense) {
  bool replacing = false;
  status outcome = guarded("the tick engine could not get the memory it needs to load a book", [&]() -> status {
    refusal_list refusals;
    tick_prices prices;
    PLIMSOLL_TRY(prepare_tick(dense, dense.marks, std::nullopt, prices, refusals));
    replacing = true;
    const std::vector<system_row> opening = std::move(dense.system);
    dense.system.clear();
    live_.emplace(std::move(dense), options_.spare_share, options_.shift_limit);
    begin_book(opening, std::move(prices));
    return ok();
  });
  if (!outcome && replacing) { drop_book(); }
  return outcome;
}

status tick_engine::load(opened_book&& opened) {
  bool replacing = false;
  status outcome = guarded("the tick engine could not get the memory it needs to load a book", [&]() -> status {
    refusal_list refusals;
    tick_prices prices;
    const book& columns = opened.live.columns();
    PLIMSOLL_TRY(prepare_tick(columns, columns.marks, std::nullopt, prices, refusals));
    replacing = true;
    live_.emplace(std::move(opened.live));
    begin_book(opened.opening, std::move(prices));
    return ok();
  });
  if (!outcome && replacing) { drop_book(); }
  return outcome;
}

/// Sets up everything except the live book.
void tick_engine::begin_book(std::span<const system_row> opening, tick_prices&& prices) {
  const book& columns = live_->columns();
  ledger_.emplace(*live_, opening);
  writer_.emplace(*live_, *ledger_, options_.updates_file);
  returns_.emplace(*ledger_);
  poisoned_.reset();
  prices_ = std::move(prices);
  loaded_on_machine_ = based_ = unpriced_ = false;
  updates_ = sequence_ = 0;
  not_based_because_ = book_laid_out;
  dust_limits_.set(columns.reference);
  names_ = std::make_shared<const named_book>(columns);
}

void tick_engine::drop_book() {
  returns_.reset();
  writer_.reset();
  ledger_.reset();
  live_.reset();
}

book tick_engine::snapshot() const {
  book out = live_->dense();
  out.system = system_rows_of(ledger_->state(), out.reference);
  return out;
}

status tick_engine::ready(const char* call) const {
  if (poisoned_ && poisoned_->code == error_code::out_of_memory) {
    return error{error_code::out_of_memory, load_again};
  }
  if (poisoned_) { return *poisoned_; }
  if (!live_) { return error{error_code::usage, std::string(call) + " was called before load"}; }
  return ok();
}

void tick_engine::require_load() { poisoned_ = out_of_memory(load_again); }

status tick_engine::broken(const status& why) {
  if (why.error().code == error_code::invariant_broken) { poisoned_ = why.error(); }
  return why;
}

// -------------------------------------------------------------------------------------------------- marks

status tick_engine::price(std::optional<std::int64_t> now_ns, refusal_list& refusals) {
  const book& columns = live_->columns();
  refusal_list perhaps;
  if (refresh_tick(columns, columns.marks, changed_, now_ns, live_->largest_balances(), prices_, perhaps)) {
    return ok();
  }
  // While sizes and balances shrink, their largest values are only upper bounds. Only the exact ones may refuse.
  live_->settle_largest();
  return refresh_tick(columns, columns.marks, changed_, now_ns, live_->largest_balances(), prices_, refusals);
}

void tick_engine::give_back_marks() {
  for (auto one = marks_before_.rbegin(); one != marks_before_.rend(); ++one) {
    live_->columns().marks[one->instrument] = one->before;
  }
  marks_before_.clear();
  unpriced_ = true;
}

status tick_engine::admit_marks(std::span<const mark_update> marks) const {
  const book& columns = live_->columns();
  refusal_list refusals;
  for (const mark_update& one : marks) {
    const auto row = static_cast<std::int64_t>(&one - marks.data()) + 1;
    if (one.instrument >= columns.reference.instruments.size()) {
      refusals.add({"marks", row, "instrument", "", "is not an instrument in this book"});
      continue;
    }
    const instrument& it = columns.reference.instruments[one.instrument];
    const bool spot = it.kind == instrument_kind::spot;
    if (!price_admitted(it.rate, one.price.raw) || (spot && one.price.raw < 1)) {
      refusals.add({"marks", row, "mark", it.name,
                    it.rate.below_zero        ? "must be -2^40 to 2^40 price steps"
                    : spot || it.rate.inverse ? "must be 1 to 2^40 price steps"
                                              : "must be 0 to 2^40 price steps"});
    }
  }
  return refusals.empty() ? ok() : refusals.to_error();
}

status tick_engine::take_marks(std::span<const new_mark> marks, std::optional<std::int64_t> now_ns) {
  book& columns = live_->columns();
  refusal_list refusals;
  changed_.clear();
  for (const new_mark& one : marks) {
    mark& now = columns.marks[one.instrument];
    marks_before_.push_back({one.instrument, now});
    now = one.over(now);
    changed_.push_back(one.instrument);
  }
  if (unpriced_) {
    changed_.resize(columns.marks.size());
    std::iota(changed_.begin(), changed_.end(), 0U);
  }
  PLIMSOLL_TRY(price(now_ns, refusals));
  unpriced_ = false;
  return ok();
}

// -------------------------------------------------------------------------------------------------- ticks

/// Brings the backend's copy up to the host book.
status tick_engine::bring_up_to_date(tick_result& out) {
  if (loaded_on_machine_ && !live_->relaid() && !live_->changed_much() && tiers_stale_) {
    const stage_timer timer(out, "tiers");
    const auto taken = machine_->retier();
    if (!taken) { return taken.error(); }
    loaded_on_machine_ = taken.value();
    tiers_stale_ = false;
  }
  if (!loaded_on_machine_ || live_->relaid() || live_->changed_much()) {
    if (based_) { not_based_because_ = live_->relaid() ? book_laid_out : "much of the book has changed"; }
    based_ = false;
    loaded_on_machine_ = false;
    const stage_timer timer(out, "load");
    PLIMSOLL_TRY(machine_->load(live_->columns()));
    loaded_on_machine_ = true;
    tiers_stale_ = false;
    live_->forget_changes();
    return ok();
  }
  const live_book::change_lists& changed = live_->changes();
  const book_changes changes{changed.units,   changed.rows,       changed.positions,
                             changed.entries, changed.collateral, changed.segments};
  if (changes.empty()) { return ok(); }
  const stage_timer timer(out, "apply");
  PLIMSOLL_TRY(machine_->apply(changes));
  live_->forget_changes();
  return ok();
}

status tick_engine::make_room() {
  return guarded("the tick engine could not get the memory it needs to rebuild the book", [&]() -> status {
    PLIMSOLL_TRY(ready("make_room"));
    ledger_->close_emptied();
    live_->make_room();
    if (!loaded_on_machine_) { return ok(); }
    // Loads the backend too, so that the next tick finds it ready. If that fails, the next tick loads it and reports
    // any error.
    const bool based = std::exchange(based_, false);
    loaded_on_machine_ = false;
    not_based_because_ = book_laid_out;
    if (!machine_->load(live_->columns())) { return ok(); }
    loaded_on_machine_ = true;
    tiers_stale_ = false;
    live_->forget_changes();
    based_ = based && machine_->rebase(reference_, groups_, judgement_).has_value();
    return ok();
  });
}

/// An instrument that no unit holds affects no safety radius. So its reference price can be set to the current one when
/// it gets its first mark or its mark turns stale or fresh.
status tick_engine::price_unheld() {
  const side_columns& sides = live_->columns().sides;
  bool repriced = false;
  for (std::uint32_t i = 0; i < prices_.rates.size(); ++i) {
    const bool same =
        reference_.held[i] == prices_.held[i] && (reference_.rates[i].num == 0) == (prices_.rates[i].num == 0);
    if (same || sides.lots[segment_of(i, position_side::long_side)] != 0 ||
        sides.lots[segment_of(i, position_side::short_side)] != 0) {
      continue;
    }
    reference_.rates[i] = prices_.rates[i];
    reference_.held[i] = prices_.held[i];
    repriced = true;
  }
  if (!repriced) { return ok(); }
  const auto taken = machine_->reprice(reference_);
  if (!taken) { return taken.error(); }
  based_ = taken.value();
  if (!based_) { not_based_because_ = "an instrument has its first mark"; }
  return ok();
}

status tick_engine::judge(tick_result& out) {
  PLIMSOLL_TRY(bring_up_to_date(out));
  if (based_) { PLIMSOLL_TRY(price_unheld()); }
  out.full_because = !options_.screen ? "screening is off" : !based_ ? not_based_because_ : "";
  if (based_ && options_.screen) {
    tick_moves moves = moves_between(reference_, prices_, groups_);
    moves.evaluated_max =
        std::max<std::uint64_t>(options_.evaluated_least, live_->columns().units.size() / evaluated_share);
    auto screened = machine_->screen(prices_, moves, judgement_);
    if (!screened) { return screened.error(); }
    out.screened = screened.value();
    if (out.screened) { return ok(); }
    out.full_because = "marks moved too far for the screen";
    // New radii cost several times as much as a pass without. They pay only if the next move, assuming it equals the
    // last one, could be screened.
    const auto reached = machine_->reached(moves_between(last_, prices_, groups_));
    if (!reached) { return reached.error(); }
    if (reached.value() > moves.evaluated_max) {
      out.full_because = "marks moved too far for new radii to be useful next tick";
      return machine_->judge(prices_, judgement_);
    }
  }
  if (!options_.screen) { return machine_->judge(prices_, judgement_); }
  grouping_.make(live_->columns(), prices_, groups_);
  based_ = false;
  PLIMSOLL_TRY(machine_->rebase(prices_, groups_, judgement_));
  reference_ = prices_;
  based_ = true;
  not_based_because_ = book_laid_out;
  return ok();
}

status tick_engine::find_cover(tick_result& out) {
  const book& columns = live_->columns();
  bankrupt_.clear();
  cover_.clear();
  demands_.clear();
  segments_.clear();
  if (bankrupt_units_.empty()) { return ok(); }
  {
    const stage_timer timer(out, "allot");
    finder_.find_bankrupt(columns, prices_, bankrupt_units_, bankrupt_);
    if (bankrupt_.empty()) { return ok(); }
    finder_.find_demands(columns, bankrupt_, demands_);
  }
  rank_request request;
  request.lights = false;
  request.prefixes_only = true;
  if (options_.for_executor) {
    for (cover_demand& one : demands_) { one.lots = UINT64_MAX; }  // ADL may go down a ladder to its end.
  }
  request.demands = demands_;
  for (const cover_demand& one : demands_) { segments_.push_back(one.segment); }
  PLIMSOLL_TRY(machine_->rank(request, ladder_));
  if (!options_.answers) { return ok(); }
  const stage_timer timer(out, "merge");
  finder_.merge(columns, bankrupt_, ladder_, segments_, cover_);
  return ok();
}

/// The part of a tick that uses the backend, with the host work between.
status tick_engine::judge_and_cover(tick_result& out) {
  out.screened = false;
  out.stages.clear();
  PLIMSOLL_TRY(judge(out));
  last_ = prices_;
  flagged_.clear();
  dust_.clear();
  bankrupt_units_.clear();
  if (judgement_.over_limit != no_id) { return ok(); }
  for (const unit_record& one : judgement_.records) {
    if (!one.outcome.flagged()) { continue; }
    if (dust_limits_.is_dust(live_->columns(), one)) {
      dust_.push_back(one);
      continue;
    }
    flagged_.push_back(one);
    if (one.outcome.state() == unit_state::bankrupt) { bankrupt_units_.push_back({one.unit, one.equity}); }
  }
  order_.sort(flagged_);
  return find_cover(out);
}

status tick_engine::open_cross_units() {
  return guarded("the tick engine could not get the memory it needs for an executor", [&]() -> status {
    PLIMSOLL_TRY(ready("executor"));
    ledger_->close_emptied();
    open_missing(*live_);
    return ok();
  });
}

result<const rank_result*> tick_engine::ladders() {
  status made = guarded("the tick engine could not get the memory it needs to rank ladders", [&]() -> status {
    PLIMSOLL_TRY(ready("ladders"));
    const live_book::change_lists& changed = live_->changes();
    const bool is_same = changed.units.empty() && changed.positions.empty() && changed.entries.empty() &&
                         changed.rows.empty() && changed.collateral.empty() && !changed.segments;
    if (!loaded_on_machine_ || live_->relaid() || unpriced_ || !is_same) {
      ranked_ = false;
      return error{error_code::usage, "the book has changed since the last tick; run a tick before ladders"};
    }
    if (ranked_) { return ok(); }
    PLIMSOLL_TRY(machine_->rank({}, ladders_));
    ranked_ = true;
    return ok();
  });
  if (!made) { return std::move(made).error(); }
  return &ladders_;
}

status tick_engine::count_by_asset(std::vector<state_counts>& out) {
  const book& columns = live_->columns();
  out.assign(columns.reference.assets.size(), {});
  for (std::uint32_t unit = 0; unit < columns.units.size(); ++unit) {
    if (!columns.units.code[unit].is_vacant()) { ++out[columns.asset_of(unit)].units; }
  }
  const auto lone = [](const state_counts& one) { return one.units != 0; };
  const auto set_dust_apart = [&] {
    for (const unit_record& one : dust_) {
      state_counts& of = out[columns.asset_of(one.unit)];
      --of.states[static_cast<int>(unit_state::bankrupt)];
      ++of.dust;
    }
  };
  if (std::count_if(out.begin(), out.end(), lone) < 2) {
    for (state_counts& one : out) {
      if (one.units == 0) { continue; }
      std::copy(std::begin(judgement_.counts), std::end(judgement_.counts), std::begin(one.states));
      one.states[static_cast<int>(unit_state::healthy)] -= live_->vacant_units();
      one.held = judgement_.held;
    }
    set_dust_apart();
    return ok();
  }
  margin_result margin;
  PLIMSOLL_TRY(machine_->margin(prices_, false, margin));
  for (std::uint32_t unit = 0; unit < columns.units.size(); ++unit) {
    if (columns.units.code[unit].is_vacant()) { continue; }
    state_counts& one = out[columns.asset_of(unit)];
    const verdict outcome = margin.units.verdicts[unit];
    ++one.states[static_cast<int>(outcome.state())];
    one.held += outcome.held() ? 1 : 0;
  }
  set_dust_apart();
  return ok();
}

status tick_engine::new_marks_of(std::span<const mark_update> marks, std::vector<new_mark>& out) const {
  PLIMSOLL_TRY(ready("tick"));
  PLIMSOLL_TRY(admit_marks(marks));
  out.clear();
  for (const mark_update& one : marks) {
    new_mark& next = out.emplace_back();
    next.instrument = one.instrument;
    next.to.ticks = one.price.raw;
    next.to.as_of_ns = one.as_of_ns;
    next.keeps_rest = true;
  }
  return ok();
}

status tick_engine::tick(std::span<const mark_update> marks, tick_result& out, std::optional<std::int64_t> now_ns) {
  return guarded("the tick engine could not get the memory it needs for a tick; no mark was taken", [&]() -> status {
    PLIMSOLL_TRY(new_marks_of(marks, marks_));
    return run_tick(marks_, out, now_ns);
  });
}

status tick_engine::tick_at(std::span<const new_mark> marks, tick_result& out, std::optional<std::int64_t> now_ns) {
  return run_tick(marks, out, now_ns);
}

status tick_engine::run_tick(std::span<const new_mark> marks, tick_result& out, std::optional<std::int64_t> now_ns) {
  marks_before_.clear();
  ranked_ = false;
  const auto begin = std::chrono::steady_clock::now();
  const status outcome =
      guarded("the tick engine could not get the memory it needs for a tick; no mark was taken", [&]() -> status {
        PLIMSOLL_TRY(ready("tick"));
        out.notes.clear();
        ledger_->close_emptied();
        PLIMSOLL_TRY(take_marks(marks, now_ns));
        status judged = judge_and_cover(out);
        if (!judged && judged.error().code == error_code::device_fault) {
          // A transient fault: the whole tick is repeated on the same device, from the host's book.
          out.notes.push_back(std::string(machine_->name()) + " backend failed (" + judged.error().message +
                              "); the tick was repeated");
          loaded_on_machine_ = based_ = false;
          judged = judge_and_cover(out);
        }
        if (!judged && is_device_failure(judged.error().code)) {
          out.notes.push_back(std::string(machine_->name()) + " backend failed (" + to_string(judged.error().code) +
                              ": " + judged.error().message +
                              "); this tick was completed on the CPU, and later ticks run on the CPU");
          machine_ = make_cpu_backend(options_.threads);
          loaded_on_machine_ = based_ = false;
          judged = judge_and_cover(out);
        }
        if (judged && judgement_.over_limit != no_id) {
          refusal_list refusals;
          refusals.add(over_limit_refusal(live_->columns(), judgement_.over_limit));
          judged = refusals.to_error();
        }
        if (!judged) {
          based_ = false;
          return judged;
        }
        if (options_.answers) {
          const stage_timer timer(out, "answer");
          answer(out);
        }
        for (const stage_time& one : machine_->times()) {
          // These may be times of an earlier tick, and this tick's were already added above.
          if (one.stage != "load" && one.stage != "apply" && one.stage != "tiers") {
            out.stages.push_back({one.stage, one.seconds});
          }
        }
        ++sequence_;
        out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        return ok();
      });
  if (!outcome) { give_back_marks(); }
  if (no_memory(outcome)) { loaded_on_machine_ = based_ = false; }  // Only a part of the changes may have arrived.
  return outcome;
}

void tick_engine::answer(tick_result& out) {
  const book& columns = live_->columns();
  out.sequence = sequence_ + 1;
  out.updates = updates_;
  out.backend = machine_->name();
  out.held_instruments = static_cast<std::uint32_t>(std::count(prices_.held.begin(), prices_.held.end(), 1));
  out.newest_mark_ns.reset();
  for (const mark& one : columns.marks) {
    if (one.as_of_ns && (!out.newest_mark_ns || *one.as_of_ns > *out.newest_mark_ns)) {
      out.newest_mark_ns = one.as_of_ns;
    }
  }
  out.totals.clear();
  const std::span<const int128> money = ledger_->customers_money();
  for (std::uint32_t a = 0; a < money.size(); ++a) { out.totals.push_back({a, {money[a]}, {}}); }
  out.names = names_of_result();
  write_findings(*live_, names(), {judgement_, flagged_, dust_, bankrupt_, cover_}, out);
}

std::shared_ptr<const result_names> tick_engine::names_of_result() {
  kept_chars accounts = live_->columns().accounts.keep();
  if (!result_names_ || result_names_->of_book != names_ || result_names_->accounts.owner != accounts.owner ||
      result_names_->accounts.chars.size() != accounts.chars.size()) {
    result_names_ = std::make_shared<const result_names>(result_names{names_, std::move(accounts)});
  }
  return result_names_;
}

}  // namespace plimsoll
