// The arithmetic behind one account's margin and state, as figures that `explain` prints as text or as JSON.
#pragma once

#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/report/scan_tables.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Every term of the margin of these units. Money, prices and sizes are texts in exact decimals; counts are numbers.
/// The scan must have full ladders and all figures. An error means that the terms do not lead to the results of the
/// scan, which is a defect.
[[nodiscard]] result<nlohmann::ordered_json> explain_units(const scan_report& report,
                                                           const std::vector<std::uint32_t>& units);

}  // namespace plimsoll
