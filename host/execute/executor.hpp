// The CPU executor: takes one tick's scan and carries the waterfall of docs/design.md section 4 to its end.
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

/// What one tick moved, per asset, in steps; all >= 0 unless said.
struct asset_flows {
  int128 market = 0;    ///< |value| closed on the market.
  int128 backstop = 0;  ///< |value| taken by the backstop.
  int128 surplus = 0;   ///< To the fund (or the account), fees excluded.
  int128 fees = 0;      ///< To the account `fees`.
  int128 fund_paid = 0;
  int128 adl = 0;          ///< |value| closed against winners.
  int128 adl_haircut = 0;  ///< Value the winners gave up against the mark; may be negative.
  int128 adl_needed = 0;   ///< What the positions left to ADL lack against the mark, met or not; may be negative.
  std::uint64_t adl_candidates = 0;  ///< Units on the ladders that ADL asked, each once.
  int128 socialised = 0;
  int128 unpaid = 0;  ///< Deficit that nobody could bear.
};

/// What could be done before anything was: docs/design.md section 4, "Feasibility".
struct feasibility {
  std::uint32_t instrument = 0;
  position_side losers = position_side::long_side;
  std::uint64_t demand = 0;       ///< Lots of bankrupt positions.
  std::uint64_t ladder_lots = 0;  ///< Lots that could stand in.
  int128 winners_profit = 0;      ///< Of the ladder's entries in profit.
  int128 deficit = 0;
  int128 fund = 0;                   ///< What the fund may pay.
  std::uint64_t lots_left_over = 0;  ///< Demand that no ladder lot meets.
};

/// A unit that stood in for others in one run.
struct deleveraged_unit {
  std::uint32_t unit = 0;
  std::int64_t equity = 0;  ///< Before the first of its fills.
  int128 haircut = 0;       ///< Value given up against the mark, over its fills; may be negative, by their rounding.
};

struct tick_outcome {
  std::vector<ledger_plan> plans;              ///< In order of execution.
  std::map<std::uint32_t, asset_flows> flows;  ///< By asset.
  std::vector<feasibility> feasible;
  std::vector<deleveraged_unit> deleveraged;  ///< In the order of their first fills.
  std::uint64_t units_liquidated = 0;
  std::uint64_t units_bankrupt = 0;
  std::uint64_t lots_passed_on = 0;  ///< Lots that the overlap check kept from a winner.
  std::vector<stage_time> times;     ///< Seconds by step.
  order_report orders;
};

/// Everything an executor remembers from tick to tick; with the book of the same moment it goes on as if never stopped.
struct executor_state {
  ledger_state ledger;
  fund_state fund;
  market_state market;
  working_orders orders;
  std::map<std::uint32_t, int128> backstop_used;  ///< By asset: |value| taken over so far.
  /// By unit (name: ids change with the book): the time, in ns, from which it goes on.
  std::map<std::string, std::int64_t> cooling_until;
  gone_results gone;  ///< What units that owe money made of positions that are gone.
};

/// Runs the waterfall on a book, tick after tick. The book, and the scan passed to `run`, must be of the same state.
class waterfall_executor {
 public:
  /// `order_timeout_ns`: an order that the market has not ended so long after it was sent is cancelled, and what is
  /// left of it goes on down the waterfall.
  /// `books`: the ledger of the book that is acted on; both must outlive the executor.
  waterfall_executor(ledger& books, rulebook rules, std::unique_ptr<market> venue,
                     std::int64_t order_timeout_ns = 3 * second_ns);
  /// On a dense book that no tick engine holds, with a ledger of its own. Closed rows stay in it, with their
  /// margin.
  waterfall_executor(book& target, rulebook rules, std::unique_ptr<market> venue,
                     std::int64_t order_timeout_ns = 3 * second_ns);
  ~waterfall_executor();
  waterfall_executor(const waterfall_executor&) = delete;
  waterfall_executor& operator=(const waterfall_executor&) = delete;

  /// Begins a tick: gives the market its marks, takes in what it answered since, gives up on overdue orders. To be
  /// called before the tick is scanned, since fills change the book.
  [[nodiscard]] result<tick_outcome> begin_tick(moment at, std::span<const mark> marks);

  /// Tells of a plan that others posted, while ids are those of the book it was posted to: what units made of
  /// positions that it closed.
  void note_closings(const ledger_plan& plan);

  /// Carries out what one tick found, of a tick that has begun; the book must be as it was then.
  /// invariant_broken: see `ledger`.
  [[nodiscard]] result<tick_outcome> run(moment at, const tick_view& view);

  [[nodiscard]] ledger& books() { return ledger_; }
  [[nodiscard]] const ledger& books() const { return ledger_; }
  [[nodiscard]] const rulebook& rules() const { return rules_; }
  [[nodiscard]] const market& venue() const { return *market_; }
  [[nodiscard]] const working_orders& orders() const { return orders_; }
  /// Gets ready for other ids of instruments and assets. Returns what puts them in place, which cannot fail; to be
  /// called when the ledger has them. Between two ticks.
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
  /// Only a fund by instrument asks where a unit lost.
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
  ledger_sums sums_;  ///< Over everybody: never to change.
  std::vector<ledger_plan> unfinished_;
  working_orders orders_;
  std::map<std::uint32_t, int128> backstop_used_;
  std::map<std::string, std::int64_t> cooling_until_;
  gone_results gone_;
  unit_equities equities_;  ///< Of the present pass.
};

}  // namespace plimsoll
