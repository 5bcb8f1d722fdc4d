// Differences between two scans: units that appeared, disappeared or changed their state, and totals that changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "plimsoll/result.hpp"

namespace plimsoll {

/// The cells of a row of `units` that are compared.
struct scanned_unit {
  std::string account;
  std::string unit;
  std::string state;
  std::string equity;
  bool held = false;
};

/// The outputs of a scan.
struct scanned_book {
  std::vector<scanned_unit> units;  ///< By account, then unit.
  nlohmann::ordered_json summary;   ///< Content of summary.json.
};

/// A unit in both scans; if it is missing in one of them, its state there is blank.
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

/// A total of an asset that changed.
struct total_change {
  std::string asset;
  std::string total;
  std::string before;  ///< Blank: the scan does not have the asset.
  std::string after;
  std::string moved;  ///< after - before.
};

struct scan_difference {
  std::vector<unit_change> units;    ///< By account, then unit.
  std::vector<total_change> totals;  ///< By asset.
  [[nodiscard]] bool empty() const { return units.empty() && totals.empty(); }
};

/// bad_data if a summary lacks a key that a scan writes, or units are not in order.
[[nodiscard]] result<scan_difference> find_difference(const scanned_book& before, const scanned_book& after);

/// The differences as JSON: counts by change, the units, the totals.
[[nodiscard]] nlohmann::ordered_json difference_json(const scan_difference& found);

}  // namespace plimsoll
