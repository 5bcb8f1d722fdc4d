// The arithmetic behind one account's verdict, as figures: what `explain` prints, as text or as JSON.
#pragma once

#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/report/scan_tables.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Every term of these units' verdicts. Money, prices and sizes are texts in exact decimals; counts are numbers.
/// The scan must have been made with full ladders and published figures. An error means that the terms do not lead to
/// what the scan says: a defect.
[[nodiscard]] result<nlohmann::ordered_json> explain_units(const scan_report& report,
                                                           const std::vector<std::uint32_t>& units);

}  // namespace plimsoll
