// Tick after tick: updates, marks, scan, execute, until nothing more is flagged. docs/design.md section 7, `replay`.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/engine/held.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/execute/executor.hpp"
#include "host/execute/tick_loop.hpp"
#include "host/replay/admission.hpp"
#include "host/replay/event_rows.hpp"
#include "host/updates/update.hpp"

namespace plimsoll {

/// New marks of one tick: only what changed.
struct tick_marks {
  std::int64_t tick = 0;
  std::vector<std::pair<std::uint32_t, mark>> changed{};  ///< Instrument, its new mark.
  std::vector<std::int64_t> rows{};                       ///< Of `changed` in the file, for refusals; may be empty.
  std::int64_t time_ns = no_time;                         ///< See `time_ticks`.
};

/// Seconds of one tick, by what they went into.
struct tick_seconds {
  double total = 0;
  double updates = 0;
  double scan = 0;     ///< Ticks of the engine, all passes.
  double execute = 0;  ///< The waterfall.
  double record = 0;   ///< Event rows.
};

/// One tick and settlement asset as `ticks` shows it.
struct tick_row {
  std::int64_t tick = 0;
  std::int64_t time_ns = no_time;
  std::uint32_t asset = 0;
  std::uint64_t states[4] = {0, 0, 0, 0};  ///< Units of the asset, at the tick's first scan.
  std::uint64_t held = 0;
  std::uint64_t dust = 0;  ///< Not among the bankrupt.
  int128 demand = 0;       ///< |bankruptcy value| of bankrupt positions, all passes.
  asset_flows flows;
  int128 fund_balance = 0;    ///< After the tick.
  std::uint64_t winners = 0;  ///< Units deleveraged.
  std::uint32_t passes = 0;   ///< Scans until nothing new was flagged.
  tick_seconds seconds;       ///< Of the whole tick, the same in each of its rows.
};

/// What could be done about one side before a pass acted, as `feasibility` shows it.
struct feasibility_row {
  std::int64_t tick = 0;
  std::uint32_t pass = 0;  ///< From 1.
  feasibility before;
};

/// A mark that held what is valued by it in a tick, as `held` shows it.
struct held_row {
  std::int64_t tick = 0;
  held_mark mark;
};

/// What was held over all ticks.
struct held_summary {
  std::vector<held_mark> markets;  ///< Each once, rising, as it was when it was first held.
  std::uint64_t units_max = 0;     ///< Most units held in a tick.
  std::uint64_t ticks = 0;         ///< In which something was held.
};

/// Everything a replay leaves behind.
class replay_log {
 public:
  event_rows events;
  std::vector<tick_row> ticks;
  std::vector<feasibility_row> feasible;
  std::vector<held_row> held;              ///< Of instruments that somebody holds, and of prices of collateral.
  order_report orders;                     ///< Of all ticks.
  std::vector<stage_time> stages;          ///< Seconds of the whole run by stage.
  std::vector<note> notes;                 ///< Of the ticks themselves: the same on every machine.
  std::vector<std::string> machine_notes;  ///< A lost device, ...
  [[nodiscard]] std::string_view name(std::uint32_t id) const { return names_[id]; }
  [[nodiscard]] std::size_t names() const { return names_.size(); }
  [[nodiscard]] std::uint32_t name_id(std::string_view text);
  void add_seconds(std::string_view stage, double seconds);
  /// Rows of `ticks` summed by asset; unpaid and the fund's balance are those of the last tick.
  [[nodiscard]] std::map<std::uint32_t, tick_row> totals() const;
  [[nodiscard]] held_summary held_markets() const;

 private:
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

/// What is known of a tick in which an invariant broke.
struct tick_evidence {
  std::int64_t tick = 0;
  std::string message;
  book start;                 ///< Of the tick's start, without its side-major copy.
  ledger_state start_system;  ///< What the system's accounts held then.
  ledger_sums sums_start;
  ledger_sums sums_now;
  event_rows plan;    ///< Legs of the plan that was refused, if one was.
  event_rows events;  ///< Of the tick, up to it.
};

/// What a replay between two ticks is, beside its book and its log.
struct replay_state {
  std::int64_t tick = -1;   ///< The last whole one,
  std::int64_t now_ns = 0;  ///< and its time.
  std::uint64_t ticks_done = 0;
  executor_state engine;
  ledger_sums opening;
  std::vector<std::uint8_t> delisted;    ///< Per instrument.
  std::vector<std::int64_t> feed_ticks;  ///< Per instrument: the mark of the feed, before impact.
};

/// Makes the place where orders go, for a replay's own book.
using market_maker = std::function<std::unique_ptr<market>(const book&, const market_rules&)>;

struct replay_options {
  int passes_max = 16;  ///< Bound of the cascade within a tick.
  /// Where orders go; an embedder's gateway in place of the simulated market.
  market_maker make_market = make_simulated_market;
  std::int64_t order_timeout_ns = 3 * second_ns;  ///< See `executor`.
  bool keep_evidence = false;                     ///< Keeps the book of each tick's start, so that `evidence` has it.
  int threads = 0;  ///< For the CPU backend that takes over from a failing device; 0: all.
  /// Where the log's events lie while it runs, in a file without a name; empty: in memory.
  std::filesystem::path events_folder{};
  input_names inputs{};
  /// Called after each scan that was carried out, while ids are still those of `state`.
  std::function<void(const tick_outcome& outcome, const book& state)> on_executed{};
};

/// A book on its way through ticks. Owns book, executor and backend.
class replay {
 public:
  /// `start`: the opening book. The fund opens as the rulebook says.
  [[nodiscard]] static result<std::unique_ptr<replay>> make(book start, rulebook rules,
                                                            std::unique_ptr<backend> machine, replay_options options);
  /// The same from a book that is laid out: a fork's.
  [[nodiscard]] static result<std::unique_ptr<replay>> make(opened_book start, rulebook rules,
                                                            std::unique_ptr<backend> machine, replay_options options);
  /// Goes on where `save()` was called: `stopped` is the book of that moment, `log` what had been recorded.
  [[nodiscard]] static result<std::unique_ptr<replay>> resume(book stopped, rulebook rules,
                                                              std::unique_ptr<backend> machine, replay_options options,
                                                              replay_state state, replay_log log);
  ~replay();
  replay(const replay&) = delete;
  replay& operator=(const replay&) = delete;

  /// One tick: updates in order, marks, then scan and execute until nothing new is flagged or the bound is reached.
  ///
  /// invariant_broken: a defect, of which `evidence` tells; every later step fails with the same error.
  [[nodiscard]] status step(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals);

  /// The columns as they are: ids of a live book, vacant slots included.
  [[nodiscard]] const book& columns() const { return ticker_.columns(); }
  /// The book without vacant slots, as files would give it: a copy that is made when first asked for after a tick. One
  /// thread at a time.
  [[nodiscard]] const book& state() const;
  /// What `resume` needs beside book and log. Between two ticks.
  [[nodiscard]] replay_state save() const;
  /// Sums over everybody before the first tick.
  [[nodiscard]] const ledger_sums& opening() const { return opening_; }
  [[nodiscard]] std::uint64_t ticks_done() const { return ticks_done_; }
  [[nodiscard]] const waterfall_executor& engine() const { return *executor_; }
  [[nodiscard]] const replay_log& log() const { return log_; }
  /// The log's events so far have been read: they count on, and their memory is given back.
  void forget_events() { log_.events.forget(); }
  /// Gives the machine back, for another replay. This one makes no more steps.
  [[nodiscard]] std::unique_ptr<backend> take_machine() { return ticker_.take_machine(); }
  [[nodiscard]] const std::optional<tick_evidence>& evidence() const { return evidence_; }

 private:
  replay(std::unique_ptr<backend> machine, replay_options options);

  void begin(rulebook rules);
  void keep_start();
  void note_broken(std::int64_t tick, std::uint64_t first_event, const error& cause);
  status run_tick(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals);
  status apply_updates(std::int64_t tick, std::span<const update> updates, refusal_list& refusals);
  tick_steps recorder(std::int64_t tick, std::map<std::uint32_t, asset_flows>& begun);
  void record_pass(std::int64_t tick, std::uint32_t pass, tick_outcome& done);
  double stage_timer(double& of);
  status admit(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals);
  status count_states(std::int64_t tick);
  void note_held(std::int64_t tick);
  void record(std::int64_t tick, const ledger_plan& plan, event_rows& to);
  std::uint32_t account_name(std::uint32_t account);
  std::uint32_t unit_name(unit_code code);
  void record(std::int64_t tick, const std::vector<ledger_plan>& plans) {
    for (const ledger_plan& plan : plans) { record(tick, plan, log_.events); }
  }
  tick_row& row_of(std::uint32_t asset) { return log_.ticks[row_of_[asset]]; }

  replay_options options_;
  tick_engine ticker_;
  std::unique_ptr<waterfall_executor> executor_;
  replay_log log_;
  std::vector<std::uint32_t>
      account_names_;  ///< By account id: its name in the log when it was last asked for, or no_id.
  std::unordered_map<std::uint32_t, std::uint32_t>
      unit_names_;  ///< By `unit_code::bits`, which a replay never changes.
  ledger_sums opening_;
  std::int64_t tick_ = -1;
  std::int64_t time_ns_ = no_time;  ///< Of the present tick.
  std::uint64_t ticks_done_ = 0;
  std::size_t tick_begin_ = 0;       ///< First row of the present tick in log_.ticks.
  std::vector<std::size_t> row_of_;  ///< By asset: its row in the present tick.
  mutable book start_;               ///< Of the present tick, with `keep_evidence`; between ticks of no use.
  ledger_state start_system_;
  std::optional<tick_evidence> evidence_;
  tick_seconds seconds_;  ///< Of the present tick.
  std::unique_ptr<tick_loop> loop_;
  std::vector<new_mark> new_marks_;  ///< Of the present tick, as the feed gives them.
  std::chrono::steady_clock::time_point stage_began_;
  mutable std::optional<book> state_;  ///< See `state`.
  tick_result found_;                  ///< Times and notes of the last pass.
};

}  // namespace plimsoll
