// What differs between two scans: units that came, went or changed their state, and totals that moved.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "plimsoll/result.hpp"

namespace plimsoll {

/// A row of `units` as far as two scans are compared by it.
struct scanned_unit {
  std::string account;
  std::string unit;
  std::string state;
  std::string equity;
  bool held = false;
};

/// What a scan has left behind.
struct scanned_book {
  std::vector<scanned_unit> units;  ///< By account, then unit.
  nlohmann::ordered_json summary;   ///< Of summary.json.
};

/// A unit in both; of one that came or went the state on the other side is blank.
struct unit_change {
  std::string account;
  std::string unit;
  std::string state_before;
  std::string state_after;
  std::string equity_before;
  std::string equity_after;
  bool held_before = false;
  bool held_after = false;
};

/// A total per asset that moved.
struct total_change {
  std::string asset;
  std::string total;
  std::string before;  ///< Blank: the asset is not there.
  std::string after;
  std::string moved;  ///< after - before.
};

struct scan_difference {
  std::vector<unit_change> units;    ///< By account, then unit.
  std::vector<total_change> totals;  ///< By asset.
  [[nodiscard]] bool empty() const { return units.empty() && totals.empty(); }
};

/// Bad data where a summary lacks what a scan writes, or units are not in their order.
[[nodiscard]] result<scan_difference> find_difference(const scanned_book& before, const scanned_book& after);

/// All of it as JSON: counts by change, the units, the totals.
[[nodiscard]] nlohmann::ordered_json difference_json(const scan_difference& found);

}  // namespace plimsoll
