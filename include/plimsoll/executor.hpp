// The executor: carries out, on a scanner's own book, what each tick calls for.
//
//   auto made = plimsoll::executor::make(scan, {.gateway = &gateway});   // or the rulebook's simulated market
//   plimsoll::executor& engine = made.value();
//   plimsoll::tick_result found;
//   plimsoll::execution done;
//   status = engine.run(tick, marks, found, done);    // found: as scanner::tick; done.plans: what was posted
//
// A tick has a fixed order, which `run` keeps: fills that came back since the last tick are posted, marks are taken and
// every unit is judged, then the waterfall of the rulebook acts (market, backstop, insurance fund, auto-deleveraging,
// socialised loss), again and again where its own orders move marks, until nothing new is flagged. `docs/waterfall.md`
// gives every amount.
//
// One thread at a time, together with its scanner; a gateway's answers come from any thread. No call throws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plimsoll/config.hpp"
#include "plimsoll/order_gateway.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/tick.hpp"
#include "plimsoll/units.hpp"

struct ArrowArrayStream;

namespace plimsoll {

class scanner;

struct executor_options {
  std::string rulebook{};       ///< Name of one that comes with Plimsoll ("binance"); blank: the book's own.
  std::string rulebook_toml{};  ///< Or the text of one, in the format of `rulebook` files.
  /// Where liquidation orders go; it must outlive the executor. Null: the rulebook's simulated market.
  order_gateway* gateway = nullptr;
  /// Time of ticks after which an order that has not ended is cancelled.
  std::int64_t order_timeout_ns = 3'000'000'000;
  int passes_max = 16;  ///< Bound of the passes that impact on marks may call for within a tick.
};

/// Steps of the waterfall, in its order, then what updates and cancels post.
enum class plan_step : std::uint8_t { update, cancel, liquidate, backstop, insurance_fund, adl, socialise };

/// One side of a movement of money or contracts. Money in steps of `asset`. The legs of a plan sum to nothing. Names
/// live until the scanner's next call.
struct plan_leg {
  std::string_view account;  ///< A customer, or "fund", "fees", "market", "backstop", "external".
  std::string_view unit;     ///< "cross:USDT", "isolated:BTCUSDT:long"; blank for a system account.
  std::uint32_t instrument = no_id;
  std::optional<position_side> side{};  ///< Of a customer's trade: which of its positions changes.
  std::int64_t lots = 0;                ///< Change of the position.
  std::int64_t cost = 0;                ///< Change of its cost.
  std::uint32_t asset = no_id;
  std::int64_t amount = 0;              ///< Change of the balance or isolated margin.
  std::int64_t price_ticks = no_ticks;  ///< Of a trade, in price steps; no_ticks: none.
};

/// What belongs together: posted whole or not at all, once.
struct plan {
  std::uint64_t id = 0;  ///< Rises from 1 without gaps over the life of the book.
  plan_step step = plan_step::update;
  std::string_view cause;  ///< A word or two: "bankrupt", "adl_winner", "fee", ...
  std::size_t first_leg = 0;
  std::size_t legs = 0;
};

/// What one tick moved in an asset, in steps; all >= 0 unless said.
struct asset_flow {
  std::uint32_t asset = no_id;
  int128 market = 0;       ///< |value| closed on the market.
  int128 backstop = 0;     ///< |value| taken by the backstop.
  int128 surplus = 0;      ///< To the fund (or the account), fees excluded.
  int128 fees = 0;         ///< To the account `fees`.
  int128 fund_paid = 0;    ///< By the insurance fund.
  int128 adl = 0;          ///< |value| closed against winners.
  int128 adl_haircut = 0;  ///< Value the winners gave up against the mark; may be negative.
  int128 socialised = 0;
  int128 unpaid = 0;        ///< Deficit that nobody could bear, after the last pass.
  int128 fund_balance = 0;  ///< Of the insurance fund, after the tick.
};

/// What a tick did. Its memory is the caller's and is used again from tick to tick.
struct execution {
  std::vector<plan> plans;  ///< In the order in which they were posted.
  std::vector<plan_leg> legs;
  std::vector<asset_flow> flows;   ///< By asset, those alone in which something moved.
  std::uint64_t liquidated = 0;    ///< Liquidatable units that were acted on, all passes.
  std::uint64_t bankrupt = 0;      ///< Bankrupt units, all passes.
  std::uint64_t deleveraged = 0;   ///< Units that stood in for others, all passes.
  std::uint64_t orders_sent = 0;   ///< To the market.
  std::uint32_t passes = 0;        ///< Scans until nothing new was flagged.
  std::vector<std::string> notes;  ///< Answers that were refused, impact that still moves marks, ...
  double seconds = 0;              ///< Of the whole tick, the scans included.

  [[nodiscard]] std::span<const plan_leg> legs_of(const plan& one) const {
    return std::span(legs).subspan(one.first_leg, one.legs);
  }
};

class executor {
 public:
  /// Of the book that `scan` has loaded, whose fund opens as its table `system` or its rulebook says. `scan` must
  /// outlive it. One executor per scanner at a time. Errors: usage where nothing is loaded, where another executor acts
  /// on the book, for an unknown rulebook, or two; bad_data for a rulebook that breaks the format.
  static result<executor> make(scanner& scan, const executor_options& options);
  executor(executor&&) noexcept;
  executor& operator=(executor&&) noexcept;
  ~executor();

  /// One tick, as above. `tick` is a number of the caller's that rises. Durations of rulebooks count the time of ticks:
  /// `now_ns`, else the newest `as_of` of `marks`, else a second after the tick before; never before that. Errors as
  /// `scanner::tick`, after which no mark was taken; usage where the scanner has loaded another book since, so that a
  /// new executor must be made (after `scanner::revise` this one goes on); invariant_broken: a defect, after which
  /// every later call fails.
  status run(std::int64_t tick, std::span<const mark_update> marks, tick_result& found, execution& done,
             std::optional<std::int64_t> now_ns = std::nullopt);

  /// What a system account holds of an asset, in its steps: "fund", "fees", "market", "backstop", "external".
  [[nodiscard]] result<int128> balance(std::string_view system_account, std::uint32_t asset) const;

  /// The legs of the plans of the last `run`, a row each, into an Arrow stream as `scanner::export_flagged`.
  status export_events(const execution& done, ArrowArrayStream& out) const;

  /// Sums over every account and system account are those of the opening, deposits and withdrawals counted.
  [[nodiscard]] bool conserved() const;

 private:
  struct state;
  explicit executor(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace plimsoll
