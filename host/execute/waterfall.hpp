// One tick's waterfall. Each step is a function that turns the remaining work into plans; `run` calls them in order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "host/execute/closing.hpp"
#include "host/execute/executor.hpp"
#include "host/execute/order_desk.hpp"
#include "host/execute/policy.hpp"

namespace plimsoll {

class waterfall {
 public:
  waterfall(waterfall_executor& owner, moment at, const tick_view& view);

  [[nodiscard]] result<tick_outcome> run();
  /// The plans that a failed run posted.
  [[nodiscard]] std::vector<ledger_plan> take_plans() { return std::move(out_.plans); }

 private:
  /// The positions of a flagged unit that are being closed.
  struct unit_closing {
    std::uint32_t unit = 0;
    bool bankrupt = false;
    std::vector<closing_position> positions;  ///< In the rulebook's order.
  };

  /// A loser of one side during ADL.
  struct adl_loser_place {
    closing_position* closing = nullptr;
    std::uint32_t account = no_id;
    std::uint32_t rank = 0;  ///< By haircut per lot among the side's losers, from 0; equal haircuts have equal ranks.
  };
  /// A ladder entry; exists only for entries that were examined.
  struct adl_winner {
    std::uint64_t lots = 0;             ///< Lots that it can still give.
    std::int64_t profit = 0;            ///< When the wave began.
    int128 given_up = 0;                ///< Haircuts of this position so far in the wave.
    std::uint32_t cannot_bear = no_id;  ///< It could not bear a loser of this rank, nor any of a higher one.
  };
  /// Losers of one side, and the ladder of the other.
  struct adl_side {
    std::uint32_t instrument = 0;
    std::vector<adl_loser_place> losers;  ///< By position: account, then unit.
    std::span<const ladder_entry> ladder;
    std::vector<adl_winner> winners;  ///< By ladder entry.
  };
  /// The losers that one call of the policy is for.
  struct adl_asking {
    std::span<const adl_loser_place> losers;
    bool alone = false;  ///< One loser, beyond the entries of its own account.
  };
  struct adl_answer {
    bool closed = false;   ///< At least one lot was closed.
    bool refused = false;  ///< A winner could not bear its part.
  };

  // ---- steps, in order
  /// Drops the state of recovered units: cooldowns, and results by instrument.
  void forget_recovered();
  void report_feasibility();
  status cancel_orders(std::uint32_t unit);
  status close_unit(std::uint32_t unit);
  status deleverage();
  status deleverage_side(std::uint32_t instrument, position_side side, std::span<closing_position* const> losers);
  status settle_deficits();

  // ---- parts of steps
  [[nodiscard]] unit_closing make_closing(std::uint32_t unit) const;
  /// Sends up to `lots` of a position to the market, not worse than its bankruptcy price. The amount that the fund may
  /// pay bounds shortfalls. Does nothing if the market has just worked on the position.
  status close_on_market(closing_position& closing, std::uint64_t lots);
  /// True if an order of the position is still working. Then the position waits, and so do its unit's deficit and new
  /// sizing.
  [[nodiscard]] bool waits(std::uint32_t position) const { return reserved_.count(position) != 0; }
  [[nodiscard]] bool unit_waits(std::uint32_t unit) const { return waiting_units_.count(unit) != 0; }
  void reserve(std::uint32_t position, std::uint64_t lots);
  /// Continues a liquidatable unit whose orders have ended; false if it has none.
  status go_on(unit_closing& closing, bool& gone_on);
  /// Closes up to `lots`, as far as the backstop's capacity allows.
  status close_to_backstop(closing_position& closing, std::uint64_t lots);
  /// True if the backstop takes a unit over before the market, or takes the rest after the market.
  [[nodiscard]] bool takes_first(const unit_closing& unit) const;
  [[nodiscard]] bool takes_the_rest(const unit_closing& unit) const;
  /// The losers of a side that have lots left, with ranks.
  [[nodiscard]] std::vector<adl_loser_place> losers_of(std::span<closing_position* const> side) const;
  /// The candidates for the policy. Reads no further down the ladder than the policy does.
  [[nodiscard]] std::vector<adl_candidate> candidates_for(adl_side& here, std::uint64_t demand,
                                                          const adl_asking& asking) const;
  [[nodiscard]] adl_winner first_look(std::uint32_t winner) const;
  [[nodiscard]] static bool cannot_bear(const adl_winner& winner, const adl_loser_place& loser);
  /// Calls the policy once, and closes the lots that it returns.
  status serve(adl_side& here, const adl_asking& asking, adl_answer& answer);
  /// Closes up to `lots` of a loser against one winner, as far as the overlap check allows.
  status serve_pair(adl_side& here, const adl_loser_place& loser, std::size_t winner, std::uint64_t lots,
                    adl_answer& answer);
  /// Closes one part against one winner at the rulebook's price, as many lots as the overlap check allows. Returns them
  /// in `taken`, and the winner's loss against the mark in `haircut`.
  status close_against(closing_position& loser, std::uint32_t winner, std::uint64_t lots, std::uint64_t& taken,
                       std::int64_t& haircut);
  [[nodiscard]] std::uint64_t lots_without_overlap(const closing_position& loser, std::uint32_t winner,
                                                   std::uint64_t lots) const;
  /// Deleveraging at the mark: the fund's payment so that the loser still gets BV. 0 if BV is the price.
  [[nodiscard]] std::int64_t fund_pays_to_mark(const closing_position& loser, std::uint64_t lots) const;
  /// Value of trading lots of a loser at the mark, half to even as for every trade, with the sign of its position's
  /// value.
  [[nodiscard]] std::int64_t traded_at_mark(const closing_position& loser, std::uint64_t lots) const;
  /// Results of a bankrupt unit by instrument when the pass begins: open positions at the marks, and closed ones.
  void note_results(std::uint32_t unit);
  [[nodiscard]] std::map<std::uint32_t, int128> open_results(std::uint32_t unit) const;
  /// Stores the results in closed positions, for as long as the unit owes money.
  void keep_results(std::uint32_t unit);
  /// The fund's payment for a unit's deficit: by asset, or from the parts of the instruments it lost in, one after
  /// another.
  status pay_from_fund(std::uint32_t unit);
  status pay_from_part(std::uint32_t unit, std::uint32_t instrument);
  /// Units that bear socialised losses in an asset, rising, each with its weight and the most that it pays.
  struct loss_payers {
    std::vector<std::uint32_t> units;
    std::vector<uint128> weights;
    std::vector<std::uint64_t> caps;
  };
  [[nodiscard]] loss_payers payers_in(std::uint32_t asset) const;
  status socialise(std::uint32_t asset, const std::vector<std::uint32_t>& units);
  /// Lots to close of each position of a liquidatable unit, by the rulebook's mode.
  [[nodiscard]] std::vector<std::uint64_t> lots_to_close(const unit_closing& unit) const;
  /// True if less than `whole_below` would remain of a unit after closing these lots of each position.
  [[nodiscard]] bool leaves_too_little(const unit_closing& unit, std::span<const std::uint64_t> closed) const;
  [[nodiscard]] std::vector<std::uint64_t> lots_for_target(const unit_closing& unit) const;
  [[nodiscard]] std::uint64_t lots_for_tier(std::uint32_t position) const;

  // ---- money
  /// Makes the fund's leg and reports it to the fund.
  [[nodiscard]] ledger_leg fund_pays(std::uint32_t unit, std::uint32_t instrument, std::int64_t amount);
  status post(ledger_step step, const char* cause, std::vector<ledger_leg> legs);
  [[nodiscard]] std::int64_t value_now(std::uint32_t position) const;
  [[nodiscard]] ledger_leg customer_leg(std::uint32_t position, std::int64_t lots, std::int64_t cost,
                                        std::int64_t amount, std::int64_t price_ticks) const;
  [[nodiscard]] ledger_leg system_leg(system_account account, std::uint32_t asset, std::int64_t amount) const;
  [[nodiscard]] const contract_rate& contract_of(std::uint32_t position) const;
  [[nodiscard]] const value_rate& rate_of(std::uint32_t instrument) const { return view_.prices->rates[instrument]; }
  /// True if the unit was flagged as bankrupt and is not held.
  [[nodiscard]] bool is_bankrupt(std::uint32_t unit) const;

  waterfall_executor& owner_;
  const book& book_;
  tick_view view_;
  std::unordered_map<std::uint32_t, const unit_record*> flagged_;  ///< By unit.
  moment at_;
  tick_outcome out_;
  unit_equities& equity_;                    ///< After the plans posted so far.
  std::vector<closing_position> left_over_;  ///< Of bankrupt units: positions that market and backstop did not take.
  std::vector<std::uint32_t> bankrupt_units_;
  order_desk desk_;
  order_id last_order_;                                        ///< Its plan is that of the present unit.
  std::unordered_map<std::uint32_t, std::uint64_t> reserved_;  ///< Lots in working orders, by position.
  std::unordered_set<std::uint32_t> waiting_units_;
  std::unordered_map<std::uint32_t, std::uint64_t> past_market_;  ///< Lots left of positions whose order has ended.
  std::unordered_map<std::uint32_t, std::map<std::uint32_t, int128>> results_;  ///< By bankrupt unit and instrument.
};

}  // namespace plimsoll
