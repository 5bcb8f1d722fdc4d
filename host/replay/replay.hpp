// Tick after tick: updates, marks, scan, execute, until nothing more is flagged. DESIGN section 7, `replay`.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/execute/executor.hpp"
#include "host/replay/update.hpp"

namespace plimsoll {

/// New marks of one tick: only what changed.
struct tick_marks {
  std::int64_t tick = 0;
  std::vector<std::pair<std::uint32_t, mark>> changed;  ///< Instrument, its new mark.
};

/// One ledger leg as `events` shows it. Names by index into `replay_log`'s table: ids of a book change with it.
struct event_row {
  std::int64_t tick = 0;
  std::uint64_t plan = 0;
  ledger_step step{};
  std::uint32_t account = 0;
  std::uint32_t unit = no_id;        ///< no_id: a system account has none.
  std::uint32_t instrument = no_id;
  std::int64_t lots = 0;
  std::int64_t cost = 0;
  std::uint32_t asset = no_id;
  std::int64_t amount = 0;
  std::int64_t price_ticks = -1;
  const char* cause = "";
};

/// One tick and settlement asset as `ticks` shows it.
struct tick_row {
  std::int64_t tick = 0;
  std::uint32_t asset = 0;
  std::uint64_t states[4] = {0, 0, 0, 0};  ///< Units of the asset, at the tick's first scan.
  std::uint64_t held = 0;
  int128 demand = 0;                       ///< |bankruptcy value| of bankrupt positions, all passes.
  asset_flows flows;
  int128 fund_balance = 0;                 ///< After the tick.
  std::uint64_t winners = 0;               ///< Units deleveraged.
  std::uint32_t passes = 0;                ///< Scans until nothing new was flagged.
  double seconds = 0;                      ///< Of the whole tick.
};

/// Everything a replay leaves behind.
class replay_log {
 public:
  std::vector<event_row> events;
  std::vector<tick_row> ticks;
  std::vector<feasibility> feasible;  ///< Of the last tick that had bankrupt positions.
  [[nodiscard]] std::string_view name(std::uint32_t id) const { return names_[id]; }
  [[nodiscard]] std::uint32_t name_id(std::string_view text);

 private:
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

struct replay_options {
  int passes_max = 16;  ///< Bound of the cascade within a tick.
  std::function<void(std::int64_t tick)> on_tick{};
};

/// A book on its way through ticks. Owns book, executor and backend.
class replay {
 public:
  /// `start`: the opening book. The fund opens as the rulebook says.
  [[nodiscard]] static result<std::unique_ptr<replay>> make(book start, rulebook rules, std::unique_ptr<backend> machine,
                                                            replay_options options);
  ~replay();
  replay(const replay&) = delete;
  replay& operator=(const replay&) = delete;

  /// One tick: updates in order, marks, then scan and execute until nothing new is flagged or the bound is reached.
  [[nodiscard]] status step(const tick_marks& marks, std::span<const update> updates, refusal_list& refusals);

  [[nodiscard]] const book& state() const { return book_; }
  [[nodiscard]] const executor& engine() const { return *executor_; }
  [[nodiscard]] const replay_log& log() const { return log_; }

 private:
  replay(book start, std::unique_ptr<backend> machine, replay_options options);

  status scan_and_execute(std::int64_t tick, refusal_list& refusals, bool& again);
  status sweep_isolated(std::vector<ledger_plan>& plans);
  void record(std::int64_t tick, const std::vector<ledger_plan>& plans);
  tick_row& row_of(std::int64_t tick, std::uint32_t asset);

  book book_;
  std::unique_ptr<backend> machine_;
  replay_options options_;
  std::unique_ptr<executor> executor_;
  std::unique_ptr<update_writer> writer_;
  replay_log log_;
  std::size_t tick_begin_ = 0;  ///< First row of the present tick in log_.ticks.
  std::vector<mark> base_marks_;  ///< As the feed gave them, before impact.
};

}  // namespace plimsoll
