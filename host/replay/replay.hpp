// Runs tick after tick: updates, marks, then scan and execute until nothing more is flagged. docs/design.md section 7,
// `replay`.
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

/// New marks of one tick: only those that changed.
struct tick_marks {
  std::int64_t tick = 0;
  std::vector<std::pair<std::uint32_t, mark>> changed{};  ///< Instrument, its new mark.
  std::vector<std::int64_t> rows{};                       ///< File rows of `changed`, for refusals; may be empty.
  std::int64_t time_ns = no_time;                         ///< See `time_ticks`.
};

/// Seconds of one tick, by stage.
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

/// The means available for one side before a pass acted, as `feasibility` shows them.
struct feasibility_row {
  std::int64_t tick = 0;
  std::uint32_t pass = 0;  ///< From 1.
  feasibility before;
};

/// A mark that is too old in a tick, so that all units it values are held, as `held` shows it.
struct held_row {
  std::int64_t tick = 0;
  held_mark mark;
};

/// One contract in one tick, as `markets` shows it: marks and open interest after the tick, and its volumes.
struct market_row {
  std::int64_t tick = 0;
  std::uint32_t instrument = 0;
  std::int64_t feed_ticks = no_ticks;  ///< The mark that the feed sent last.
  std::int64_t mark_ticks = no_ticks;  ///< The mark that the book is judged at: the feed's, moved by orders.
  std::uint64_t long_lots = 0;         ///< Lots that customers hold long,
  std::uint64_t short_lots = 0;        ///< and short.
  int128 traded = 0;                   ///< Lots that changed hands by updates,
  int128 liquidated = 0;               ///< by fills of liquidation orders,
  int128 backstop = 0;                 ///< by the backstop,
  int128 adl = 0;                      ///< and by deleveraging.
  [[nodiscard]] bool has_volume() const { return traded != 0 || liquidated != 0 || backstop != 0 || adl != 0; }
};

/// A unit that was deleveraged in one pass of a tick, as `deleveraged` shows it.
struct deleveraged_row {
  std::int64_t tick = 0;
  std::uint32_t pass = 0;     ///< From 1.
  std::uint32_t account = 0;  ///< Names by index, as those of `event_row`.
  std::uint32_t unit = 0;
  std::uint32_t asset = 0;
  std::int64_t equity = 0;  ///< Before the first of its fills.
  int128 haircut = 0;       ///< Value given up against the mark.
};

/// Held markets and units over all ticks.
struct held_summary {
  std::vector<held_mark> markets;  ///< Each market once, rising, with its figures of the first tick in which it was
                                   ///< held.
  std::uint64_t units_max = 0;     ///< Most units held in a tick.
  std::uint64_t ticks = 0;         ///< Ticks in which something was held.
};

/// All results of a replay.
class replay_log {
 public:
  event_rows events;
  std::vector<tick_row> ticks;
  std::vector<feasibility_row> feasible;
  std::vector<held_row> held;       ///< Of instruments with positions, and of prices of collateral.
  std::vector<market_row> markets;  ///< Of contracts with positions or trades.
  std::deque<deleveraged_row> deleveraged;
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

/// State and events of a tick in which an invariant broke.
struct tick_evidence {
  std::int64_t tick = 0;
  std::string message;
  book start;                 ///< Of the tick's start, without its side-major copy.
  ledger_state start_system;  ///< Balances of the system accounts at that time.
  ledger_sums sums_start;
  ledger_sums sums_now;
  event_rows plan;    ///< Legs of the plan that was refused, if one was.
  event_rows events;  ///< Events of the tick up to that plan.
};

/// State of a replay between two ticks, except for its book and its log.
struct replay_state {
  std::int64_t tick = -1;   ///< The last complete tick,
  std::int64_t now_ns = 0;  ///< and its time.
  std::uint64_t ticks_done = 0;
  executor_state engine;
  ledger_sums opening;
  std::vector<std::uint8_t> delisted;    ///< Per instrument.
  std::vector<std::int64_t> feed_ticks;  ///< Per instrument: the mark of the feed, before impact.
};

/// Makes the market that receives orders, for a replay's own book.
using market_maker = std::function<std::unique_ptr<market>(const book&, const market_rules&)>;

struct replay_options {
  int passes_max = 16;  ///< Bound of the cascade within a tick.
  /// Market that receives orders; an embedder's gateway may replace the simulated market.
  market_maker make_market = make_simulated_market;
  std::int64_t order_timeout_ns = 3 * second_ns;  ///< See `executor`.
  bool keep_evidence = false;                     ///< Stores the book at the start of each tick, for `evidence`.
  int threads = 0;  ///< For the CPU backend that takes over from a failing device; 0: all.
  /// Folder of the file without a name that stores the events while the replay runs; empty: they stay in memory.
  std::filesystem::path events_folder{};
  input_names inputs{};
  /// Called after each pass that was carried out, while ids are still those of `state`.
  std::function<void(const tick_outcome& outcome, const book& state)> on_executed{};
};

/// Runs a book through ticks. Owns book, executor and backend.
class replay {
 public:
  /// `start`: the opening book. The fund opens with the balance of the rulebook.
  [[nodiscard]] static result<std::unique_ptr<replay>> make(book start, rulebook rules,
                                                            std::unique_ptr<backend> machine, replay_options options);
  /// The same from a live book, for a fork.
  [[nodiscard]] static result<std::unique_ptr<replay>> make(opened_book start, rulebook rules,
                                                            std::unique_ptr<backend> machine, replay_options options);
  /// Continues from where `save()` was called: `stopped` is the book of that moment, `log` the records up to then.
  [[nodiscard]] static result<std::unique_ptr<replay>> resume(book stopped, rulebook rules,
                                                              std::unique_ptr<backend> machine, replay_options options,
                                                              replay_state state, replay_log log);
  ~replay();
  replay(const replay&) = delete;
  replay& operator=(const replay&) = delete;

  /// One tick: updates in order, marks, then scan and execute until nothing new is flagged or the bound is reached.
  ///
  /// invariant_broken: a defect, which `evidence` describes; every later step fails with the same error.
  [[nodiscard]] status step(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals);

  /// The columns of the live book, with its ids and vacant slots.
  [[nodiscard]] const book& columns() const { return ticker_.columns(); }
  /// The book without vacant slots, as a reader of files would make it. The copy is made at the first call after a
  /// tick. One thread at a time.
  [[nodiscard]] const book& state() const;
  /// The state that `resume` needs in addition to book and log. Call it between two ticks.
  [[nodiscard]] replay_state save() const;
  /// Sums over all accounts before the first tick.
  [[nodiscard]] const ledger_sums& opening() const { return opening_; }
  [[nodiscard]] std::uint64_t ticks_done() const { return ticks_done_; }
  [[nodiscard]] const waterfall_executor& engine() const { return *executor_; }
  [[nodiscard]] const replay_log& log() const { return log_; }
  /// Frees the present events of the log after they were read. `size` still counts them.
  void forget_events() { log_.events.forget(); }
  /// Returns the backend, for another replay. No step is possible afterwards.
  [[nodiscard]] std::unique_ptr<backend> take_machine() { return ticker_.take_machine(); }
  [[nodiscard]] const std::optional<tick_evidence>& evidence() const { return evidence_; }

 private:
  replay(std::unique_ptr<backend> machine, replay_options options);

  void keep_start();
  void note_broken(std::int64_t tick, std::uint64_t first_event, const error& cause);
  status run_tick(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals);
  status apply_updates(std::int64_t tick, std::span<const update> updates, refusal_list& refusals);
  tick_steps recorder(std::int64_t tick, std::map<std::uint32_t, asset_flows>& begun);
  void record_pass(std::int64_t tick, std::uint32_t pass, tick_outcome& done);
  double end_stage(double& of);
  status admit(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals);
  status count_states(std::int64_t tick);
  void note_held(std::int64_t tick);
  void note_markets(std::int64_t tick);
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
      account_names_;  ///< By account id: its name in the log when it was last looked up, or no_id.
  std::unordered_map<std::uint32_t, std::uint32_t>
      unit_names_;  ///< By `unit_code::bits`, which a replay never changes.
  ledger_sums opening_;
  std::int64_t tick_ = -1;
  std::int64_t time_ns_ = no_time;  ///< Of the present tick.
  std::uint64_t ticks_done_ = 0;
  std::size_t tick_begin_ = 0;       ///< First row of the present tick in log_.ticks.
  std::vector<std::size_t> row_of_;  ///< By asset: its row in the present tick.
  std::vector<market_row> traded_;   ///< By instrument: what the present tick has traded so far.
  mutable book start_;               ///< Of the present tick, with `keep_evidence`; unused between ticks.
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
