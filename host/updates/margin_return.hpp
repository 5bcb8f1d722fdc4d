// Margin of an isolated position that is gone goes back to the account's cross unit.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "host/book/book_growth.hpp"
#include "host/updates/ledger.hpp"

namespace plimsoll {

/// Called with each plan once it is posted, while ids are those that the plan names.
using plan_sink = std::function<void(const ledger_plan& plan)>;

/// Returns margins through a ledger, in memory that is kept.
class margin_return {
 public:
  explicit margin_return(ledger& books) : ledger_(books) {}

  /// For each isolated unit that lost a position since the last call and holds none now: what is left of its margin is
  /// transferred, and `ledger::close_emptied` closes the unit unless it owes money. A live book opens cross units that
  /// are missing, so ids of its units and positions may change before the first plan; a dense one that has no such unit
  /// keeps the margin where it is.
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
