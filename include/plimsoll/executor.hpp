// The executor carries out, on a scanner's own book, what the venue's rules require on each tick.
//
//   auto made = plimsoll::executor::make(scan, {.gateway = &gateway});   // or the rulebook's simulated market
//   plimsoll::executor& engine = made.value();
//   plimsoll::tick_result found;
//   plimsoll::execution done;
//   status = engine.run(tick, marks, found, done);    // found: as scanner::tick; done.plans: the plans it posted
//
// `run` does the steps of a tick in a fixed order. It posts the fills that arrived since the last tick, takes the
// marks, and evaluates every unit. Then the rulebook's waterfall acts (market, backstop, insurance fund,
// auto-deleveraging, socialised loss). Because its orders can move marks, it repeats until nothing new is flagged.
// `docs/waterfall.md` gives the formula of every amount.
//
// Use it from one thread at a time, together with its scanner. A gateway may answer from any thread. No call throws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/arrow_stream.hpp"
#include "plimsoll/config.hpp"
#include "plimsoll/order_gateway.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/tick.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

class scanner;

struct executor_options {
  std::string rulebook{};       ///< A rulebook that comes with Plimsoll ("binance"). Blank: the book's own.
  std::string rulebook_toml{};  ///< Or the text of a rulebook file.
  /// Gets the liquidation orders; it must outlive the executor. Null: the rulebook's simulated market gets them.
  order_gateway* gateway = nullptr;
  /// An order that has not ended after this time, counted in the time of ticks, is cancelled.
  std::int64_t order_timeout_ns = 3'000'000'000;
  int passes_max = 16;  ///< Most passes within a tick. The impact of orders on marks calls for passes.
};

/// Steps of the waterfall, in its order, then the steps that post updates and cancels.
enum class plan_step : std::uint8_t { update, cancel, liquidate, backstop, insurance_fund, adl, socialise };

/// One side of a movement of money or contracts. Its money is that of `asset`. The legs of a plan sum to zero.
/// `execution::names` keeps its names.
struct plan_leg {
  std::string_view account;  ///< A customer, or "fund", "fees", "market", "backstop", "external".
  std::string_view unit;     ///< "cross:USDT", "isolated:BTCUSDT:long"; blank for a system account.
  std::uint32_t instrument = no_id;
  std::optional<position_side> side{};  ///< Of a customer's trade: the side of the position that changes.
  size_lots lots{};                     ///< Change of the position.
  money_steps cost{};                   ///< Change of its cost.
  std::uint32_t asset = no_id;
  money_steps amount{};                ///< Change of the balance or isolated margin.
  std::optional<price_ticks> price{};  ///< Of a trade; none for other legs.
};

/// Legs that belong together. A plan is posted once, as a whole or not at all.
struct plan {
  std::uint64_t id = 0;  ///< Rises from 1 without gaps over the life of the book.
  plan_step step = plan_step::update;
  std::string_view cause;  ///< A word or two: "bankrupt", "adl_winner", "fee", ...
  std::size_t first_leg = 0;
  std::size_t legs = 0;
};

/// Flows of one tick in an asset; each figure is >= 0 unless its line says otherwise.
struct asset_flow {
  std::uint32_t asset = no_id;
  money_sum market{};       ///< |value| closed on the market.
  money_sum backstop{};     ///< |value| taken by the backstop.
  money_sum surplus{};      ///< Paid to the fund (or the account), without fees.
  money_sum fees{};         ///< Paid to the account `fees`.
  money_sum fund_paid{};    ///< Paid by the insurance fund.
  money_sum adl{};          ///< |value| closed against winners.
  money_sum adl_haircut{};  ///< Value that winners gave up against the mark; may be negative.
  money_sum socialised{};
  money_sum unpaid{};        ///< Deficit that nobody could bear, after the last pass.
  money_sum fund_balance{};  ///< Of the insurance fund, after the tick.
};

/// Plans and counts of one tick. The caller owns it; its memory is reused from tick to tick. A copy stays valid,
/// whatever the executor does afterwards.
struct execution {
  std::vector<plan> plans;  ///< In the order in which they were posted.
  std::vector<plan_leg> legs;
  std::vector<asset_flow> flows;                ///< By asset. Only assets in which something moved.
  std::uint64_t liquidated = 0;                 ///< Liquidatable units that were acted on, all passes.
  std::uint64_t bankrupt = 0;                   ///< Bankrupt units, all passes.
  std::uint64_t deleveraged = 0;                ///< Units that took over positions of bankrupt units, all passes.
  std::uint64_t orders_sent = 0;                ///< To the market.
  std::uint32_t passes = 0;                     ///< Scans until nothing new was flagged.
  std::vector<std::string> notes;               ///< Answers that were refused, impact that still moves marks, ...
  double seconds = 0;                           ///< Duration of the whole tick, scans included.
  std::shared_ptr<const result_names> names{};  ///< Keeps the names of the legs. Legs that are moved elsewhere need it.

  [[nodiscard]] std::span<const plan_leg> legs_of(const plan& one) const {
    return std::span(legs).subspan(one.first_leg, one.legs);
  }
};

class executor {
 public:
  /// Makes an executor for the book that `scan` has loaded. The fund opens with the amounts in the table `system`, else
  /// with those in the rulebook. `scan` must outlive the executor. A scanner has at most one executor at a time.
  /// Errors: usage if nothing is loaded, if another executor acts on the book, if the rulebook is unknown, or if both
  /// rulebooks are set; bad_data if the rulebook breaks the format.
  static result<executor> make(scanner& scan, const executor_options& options);
  executor(executor&&) noexcept;
  executor& operator=(executor&&) noexcept;
  ~executor();

  /// Runs one tick, as described above. `tick` is a number that the caller chooses and that rises. Durations in
  /// rulebooks count the time of ticks: `now_ns`, else the newest `as_of` of `marks`, else one second after the
  /// previous tick; it never goes back. Errors: those of `scanner::tick`, after which no mark was taken; usage if the
  /// scanner has loaded another book since, so that a new executor is needed; invariant_broken for a defect, after
  /// which every later call fails. After `scanner::revise` an executor continues.
  status run(std::int64_t tick, std::span<const mark_update> marks, tick_result& found, execution& done,
             std::optional<std::int64_t> now_ns = std::nullopt);

  /// A system account's holding of an asset. Accounts: "fund", "fees", "market", "backstop", "external".
  [[nodiscard]] result<money_sum> balance(std::string_view system_account, std::uint32_t asset) const;

  /// Write the legs of a run's plans, and its flows, one row each, into an Arrow stream, as `scanner::export_flagged`
  /// does. They need no executor: any thread may call them at any later time.
  static status export_events(const execution& done, ArrowArrayStream& out, text_form text = text_form::copied);
  static status export_flows(const execution& done, ArrowArrayStream& out);

  /// True if the sums over all accounts and system accounts equal the opening sums plus deposits less withdrawals.
  [[nodiscard]] bool conserved() const;

 private:
  struct state;
  explicit executor(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace plimsoll
