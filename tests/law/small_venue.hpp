// Random venues of a few accounts and small numbers that go through ticks, for laws about amounts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/execute/executor.hpp"
#include "tests/law/judge.hpp"
#include "tests/venue/small_book.hpp"

namespace plimsoll::small_venue {

using judge::whole;

// ------------------------------------------------------------------------------------------------------ books

struct contract_kinds {
  bool inverse = true;   ///< Some are.
  bool rounded = true;   ///< Some have values that fall between steps.
  int count_max = 3;     ///< At least one.
  bool margined = true;  ///< Rates of tiers are above 0.
};

/// Contracts "A", "B", ... of a money of two digits, with tiers of one to three bands; inside a property.
struct drawn_venue {
  small_book made;
  std::vector<std::string> contracts;
  std::vector<std::int64_t> marks;
};
[[nodiscard]] drawn_venue draw_venue(const contract_kinds& kinds = {}, const std::string& venue_lines = "");

/// A few cross positions of an account, each in a contract of its own; long, short, or both if it is hedged.
void draw_positions(drawn_venue& venue, const std::string& account, int positions_max = 3, bool hedged = true);

/// Lots of 1 to 40, small ones more often.
[[nodiscard]] std::int64_t draw_lots();
[[nodiscard]] bool draw_half();

/// Changes a unit's balance so that its equity is `equity`.
void set_equity(book& source, std::uint32_t unit, whole equity);
/// The largest equity at which a unit is liquidatable; below 0 if it has no requirement.
[[nodiscard]] whole liquidatable_at_most(const book& source, std::uint32_t unit);
/// Any equity at which the unit is liquidatable, its edges more often than by chance; discards the case if there is
/// none.
void make_liquidatable(book& source, std::uint32_t unit);

// -------------------------------------------------------------------------------------------------- execution

struct order_fill {
  std::uint64_t lots = 0;
  std::int64_t price_ticks = 0;
};
/// Fills of an order, one after the other; the rest is not filled.
using answer_rule = std::function<std::vector<order_fill>(const market_order&)>;
[[nodiscard]] std::vector<order_fill> no_fills(const market_order&);

/// An executor at work on a book of its own. Rows of closed positions stay, so that ids do not change.
class course {
 public:
  course(book opening, rulebook rules, answer_rule answers = no_fills);

  /// One pass of a tick: scan and run, with the sums over all accounts checked.
  const tick_outcome& pass(std::int64_t tick);
  /// The executor stops, and another one continues from its state.
  void resume();
  /// From outside into a unit, or out of it (< 0).
  void deposit(std::uint32_t unit, std::int64_t amount);
  void deposit_to_fund(std::int64_t amount);

  [[nodiscard]] whole fund() const { return engine_->books().balance(system_account::fund, 0); }
  [[nodiscard]] whole fees() const { return engine_->books().balance(system_account::fees, 0); }
  [[nodiscard]] waterfall_executor& engine() { return *engine_; }
  /// Plans of the last pass in one step of the waterfall, in order.
  [[nodiscard]] std::vector<ledger_plan> plans(ledger_step step) const;

  book now;
  book before;                         ///< The last pass.
  std::vector<std::uint32_t> flagged;  ///< By it, in order.
  std::vector<market_order> orders;    ///< Of it.
  tick_outcome outcome;

 private:
  void start();
  void post(std::vector<ledger_leg> legs);

  rulebook rules_;
  answer_rule answers_;
  std::unique_ptr<waterfall_executor> engine_;
  std::int64_t tick_ = -1;
};

}  // namespace plimsoll::small_venue
