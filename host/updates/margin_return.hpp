// Returns the margin of a closed isolated position to the account's cross unit.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "host/book/book_growth.hpp"
#include "host/updates/ledger.hpp"

namespace plimsoll {

/// Called with each plan right after it is posted, while the ids that the plan names are valid.
using plan_sink = std::function<void(const ledger_plan& plan)>;

/// Returns margins through a ledger, with memory that is reused.
class margin_return {
 public:
  explicit margin_return(ledger& books) : ledger_(books) {}

  /// For each isolated unit that lost a position since the last call and has none now: transfers the rest of its
  /// margin, and `ledger::close_emptied` closes the unit unless it owes money. A live book opens missing cross units,
  /// so ids of its units and positions may change before the first plan. In a dense book without such a unit the margin
  /// stays where it is.
  [[nodiscard]] status run(const plan_sink& posted);

 private:
  void open_cross_units(live_book& live);

  ledger& ledger_;
  std::vector<std::uint32_t> units_;
  std::vector<std::pair<std::uint32_t, unit_code>> named_;
  book_growth growth_;
  std::vector<std::uint32_t> places_;
  ledger_plan plan_;
};

}  // namespace plimsoll
