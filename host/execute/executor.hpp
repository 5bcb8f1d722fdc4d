// The CPU executor: takes one tick's scan and carries out the waterfall of docs/design.md section 4.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/engine/tick_view.hpp"
#include "host/execute/insurance_fund.hpp"
#include "host/execute/lost_in.hpp"
#include "host/execute/market.hpp"
#include "host/execute/unit_equities.hpp"
#include "host/execute/working_orders.hpp"
#include "host/updates/ledger.hpp"
#include "host/updates/margin_return.hpp"
#include "host/venue/rulebook.hpp"

namespace plimsoll {

/// Flows of one tick, per asset, in steps; each figure is >= 0 unless its line says otherwise.
struct asset_flows {
  int128 market = 0;    ///< |value| closed on the market.
  int128 backstop = 0;  ///< |value| taken by the backstop.
  int128 surplus = 0;   ///< Paid to the fund (or the account), without fees.
  int128 fees = 0;      ///< Paid to the account `fees`.
  int128 fund_paid = 0;
  int128 adl = 0;          ///< |value| closed against winners.
  int128 adl_haircut = 0;  ///< Value that winners gave up against the mark; may be negative.
  int128 adl_needed = 0;   ///< BV less value at the mark of positions left to ADL, served or not; may be negative.
  std::uint64_t adl_candidates = 0;  ///< Units on the ladders that ADL used, each once.
  int128 socialised = 0;
  int128 unpaid = 0;  ///< Deficit that nobody could bear.
};

/// The means to close each side before the waterfall acts: docs/design.md section 4, "Feasibility".
struct feasibility {
  std::uint32_t instrument = 0;
  position_side losers = position_side::long_side;
  std::uint64_t demand = 0;       ///< Lots of bankrupt positions.
  std::uint64_t ladder_lots = 0;  ///< Lots that could close them.
  int128 winners_profit = 0;      ///< Of the ladder's entries in profit.
  int128 deficit = 0;
  int128 fund = 0;                   ///< The most that the fund may pay.
  std::uint64_t lots_left_over = 0;  ///< Demand beyond the lots of the ladder.
};

/// A unit that took over positions of bankrupt units in one run.
struct deleveraged_unit {
  std::uint32_t unit = 0;
  std::int64_t equity = 0;  ///< Before the first of its fills.
  int128 haircut = 0;       ///< Value given up against the mark, over its fills; negative only by their rounding.
};

struct tick_outcome {
  std::vector<ledger_plan> plans;              ///< In order of execution.
  std::map<std::uint32_t, asset_flows> flows;  ///< By asset.
  std::vector<feasibility> feasible;
  std::vector<deleveraged_unit> deleveraged;  ///< In the order of their first fills.
  std::uint64_t units_liquidated = 0;
  std::uint64_t units_bankrupt = 0;
  std::uint64_t lots_passed_on = 0;  ///< Lots that the overlap check did not let a winner take.
  std::vector<stage_time> times;     ///< Seconds by step.
  order_report orders;
};

/// The executor's state from tick to tick. With it and the book of the same moment a new executor continues
/// identically.
struct executor_state {
  ledger_state ledger;
  fund_state fund;
  market_state market;
  working_orders orders;
  std::map<std::uint32_t, int128> backstop_used;  ///< By asset: |value| taken over so far.
  /// By unit (by name, because ids change with the book): end of its cooldown, in ns.
  std::map<std::string, std::int64_t> cooling_until;
  gone_results gone;  ///< Results in closed positions of units that owe money.
};

/// Runs the waterfall on a book, tick after tick. The book, and the scan passed to `run`, must be of the same state.
class waterfall_executor {
 public:
  /// `order_timeout_ns`: an order that the market has not ended after this time is cancelled, and its unfilled lots go
  /// on down the waterfall. `books`: the ledger of the book. Both must outlive the executor.
  waterfall_executor(ledger& books, rulebook rules, std::unique_ptr<market> venue,
                     std::int64_t order_timeout_ns = 3 * second_ns);
  /// For a dense book without a tick engine, with a ledger of its own. Closed rows stay in the book, with their margin.
  waterfall_executor(book& target, rulebook rules, std::unique_ptr<market> venue,
                     std::int64_t order_timeout_ns = 3 * second_ns);
  ~waterfall_executor();
  waterfall_executor(const waterfall_executor&) = delete;
  waterfall_executor& operator=(const waterfall_executor&) = delete;

  /// Begins a tick: passes the marks to the market, takes in its answers, and cancels overdue orders. Call it before
  /// the tick is scanned, because fills change the book.
  [[nodiscard]] result<tick_outcome> begin_tick(moment at, std::span<const mark> marks);

  /// Reports a plan that another part posted, while the ids are those of its book. The executor notes the results of
  /// units in positions that the plan closed.
  void note_closings(const ledger_plan& plan);

  /// Carries out the waterfall for the findings of one tick. The tick must have begun, and the book must not have
  /// changed since the scan. invariant_broken: see `ledger`.
  [[nodiscard]] result<tick_outcome> run(moment at, const tick_view& view);

  [[nodiscard]] ledger& books() { return ledger_; }
  [[nodiscard]] const ledger& books() const { return ledger_; }
  [[nodiscard]] const rulebook& rules() const { return rules_; }
  [[nodiscard]] const market& venue() const { return *market_; }
  [[nodiscard]] const working_orders& orders() const { return orders_; }
  /// Prepares for other ids of instruments and assets, between two ticks. Returns a function that puts the new ids in
  /// place and cannot fail; it must be called after the ledger has them.
  [[nodiscard]] std::function<void()> renumber(const reference_change& change, const reference_data& next);

  /// Plans that a call posted before it failed.
  [[nodiscard]] const std::vector<ledger_plan>& unfinished() const { return unfinished_; }

  [[nodiscard]] executor_state state() const {
    return {ledger_.state(), fund_.state(), market_->state(), orders_, backstop_used_, cooling_until_, gone_};
  }
  void restore(executor_state state);

 private:
  friend class waterfall;
  friend class order_desk;
  /// Only a fund by instrument needs the results by instrument.
  waterfall_executor(std::unique_ptr<ledger> own, ledger* books, rulebook rules, std::unique_ptr<market> venue,
                     std::int64_t order_timeout_ns);
  status return_margins_of(tick_outcome& out);
  [[nodiscard]] bool remembers_results() const { return rules_.fund.scope == fund_scope::instrument; }

  std::unique_ptr<ledger> own_;  ///< Of a dense book.
  ledger& ledger_;
  const book& book_;
  rulebook rules_;
  std::unique_ptr<market> market_;
  std::int64_t order_timeout_ns_;
  margin_return returns_;
  insurance_fund fund_;
  ledger_sums sums_;  ///< Over all accounts; they must never change.
  std::vector<ledger_plan> unfinished_;
  working_orders orders_;
  std::map<std::uint32_t, int128> backstop_used_;
  std::map<std::string, std::int64_t> cooling_until_;
  gone_results gone_;
  unit_equities equities_;  ///< Of the present pass.
};

}  // namespace plimsoll
