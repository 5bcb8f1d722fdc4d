// One tick's waterfall. Each step is a function that turns what is left into plans; `run` calls them in order.
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

namespace plimsoll {

class waterfall {
 public:
  waterfall(executor& owner, std::int64_t tick, const scan_result& scan);

  [[nodiscard]] result<tick_outcome> run();
  /// Of a run that failed: what it had posted.
  [[nodiscard]] std::vector<ledger_plan> take_plans() { return std::move(out_.plans); }

 private:
  /// A flagged unit's positions on their way out.
  struct unit_closing {
    std::uint32_t unit = 0;
    bool bankrupt = false;
    std::vector<closing_position> positions;  ///< In the rulebook's order.
  };

  /// Losers of one side, and the ladder of the other.
  struct adl_side {
    std::uint32_t instrument = 0;
    std::vector<closing_position*> losers;  ///< By position: account, then unit.
    std::span<const ladder_entry> ladder;
    std::vector<std::uint64_t> can_give;  ///< By ladder entry, as far as anybody has looked.
  };

  // ---- steps, in order
  void report_feasibility();
  status cancel_orders(std::uint32_t unit);
  status close_unit(std::uint32_t unit);
  status deleverage();
  status deleverage_side(std::uint32_t instrument, position_side losers);
  status settle_deficits();

  // ---- parts of steps
  [[nodiscard]] unit_closing make_closing(std::uint32_t unit) const;
  /// Sends up to `lots` of a position to the market, not worse than its bankruptcy price; what the fund may pay bounds
  /// shortfalls. Nothing where the market has just had its turn with the position.
  status close_on_market(closing_position& closing, std::uint64_t lots);
  /// Is an order of the position still working? Then it waits, and so do the deficit and a new sizing of its unit.
  [[nodiscard]] bool waits(std::uint32_t position) const { return reserved_.count(position) != 0; }
  [[nodiscard]] bool unit_waits(std::uint32_t unit) const { return waiting_units_.count(unit) != 0; }
  void reserve(std::uint32_t position, std::uint64_t lots);
  /// Goes on with a liquidatable unit whose orders have ended; false: none has.
  status go_on(unit_closing& closing, bool& gone_on);
  status close_to_backstop(closing_position& closing);
  /// Does the backstop take a unit over past the market, or what the market leaves of it?
  [[nodiscard]] bool takes_first(const unit_closing& unit) const;
  [[nodiscard]] bool takes_the_rest(const unit_closing& unit) const;
  /// What the policy is asked about; grows `can_give` as far as it looks. `but_account` gives nothing.
  [[nodiscard]] std::vector<adl_candidate> candidates_for(adl_side& here, std::uint64_t demand,
                                                          std::uint32_t but_account) const;
  /// Asks the policy once for these losers, and closes what it says; `moved`: anything was.
  status serve(adl_side& here, std::span<closing_position* const> losers, std::uint32_t but_account, bool& moved);
  /// Closes one part against one winner at the rulebook's price, as many lots as the overlap check admits; returns them
  /// through `taken`.
  status close_against(closing_position& loser, std::uint32_t winner, std::uint64_t lots, std::uint64_t& taken);
  [[nodiscard]] std::uint64_t lots_without_overlap(const closing_position& loser, std::uint32_t winner,
                                                   std::uint64_t lots) const;
  /// Deleveraging at the mark: what the fund pays so that the loser still gets BV. Nothing where BV is the price.
  [[nodiscard]] std::int64_t fund_pays_to_mark(const closing_position& loser, std::uint64_t lots,
                                               std::int64_t mark_value) const;
  /// What the fund pays of a unit's deficit: by asset, or out of the parts of the unit's instruments in turn.
  status pay_from_fund(std::uint32_t unit);
  status pay_from_part(std::uint32_t unit, std::uint32_t instrument);
  status socialise(std::uint32_t asset, const std::vector<std::uint32_t>& units);
  /// Lots of each position to close of a liquidatable unit, by the rulebook's mode.
  [[nodiscard]] std::vector<std::uint64_t> lots_to_close(const unit_closing& unit) const;
  [[nodiscard]] std::uint64_t lots_for_health(std::uint32_t position, int128 margin_equity,
                                              uint128 maintenance_ppm) const;
  [[nodiscard]] std::uint64_t lots_for_tier(std::uint32_t position) const;

  // ---- money
  /// The leg is told to the fund as well.
  [[nodiscard]] ledger_leg fund_pays(std::uint32_t unit, std::uint32_t instrument, std::int64_t amount);
  status post(ledger_step step, const char* cause, std::vector<ledger_leg> legs);
  [[nodiscard]] std::int64_t value_now(std::uint32_t position) const;
  [[nodiscard]] ledger_leg customer_leg(std::uint32_t position, std::int64_t lots, std::int64_t cost,
                                        std::int64_t amount, std::int64_t price_ticks) const;
  [[nodiscard]] ledger_leg system_leg(system_account account, std::uint32_t asset, std::int64_t amount) const;
  [[nodiscard]] const contract_rate& contract_of(std::uint32_t position) const;

  executor& owner_;
  book& book_;
  const scan_result& scan_;
  std::int64_t tick_;
  tick_outcome out_;
  std::vector<std::int64_t> equity_;         ///< Per unit, as of the plans posted so far.
  std::vector<closing_position> left_over_;  ///< Of bankrupt units: what market and backstop did not take.
  std::vector<std::uint32_t> bankrupt_units_;
  std::vector<std::uint32_t> deleveraged_at_;  ///< Per unit: place in out_.deleveraged, or no_id.
  order_desk desk_;
  order_id last_order_;                                        ///< Its plan is the present unit's.
  std::unordered_map<std::uint32_t, std::uint64_t> reserved_;  ///< Lots at work, by position.
  std::unordered_set<std::uint32_t> waiting_units_;
  std::unordered_map<std::uint32_t, bool> past_market_;  ///< Positions whose order has ended; did it close them whole?
};

}  // namespace plimsoll
