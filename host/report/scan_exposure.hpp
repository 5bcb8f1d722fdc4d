// Units nearest to liquidation and the largest accounts: tables of the page of a scan.
#pragma once

#include <cstddef>

#include "host/report/page/page_table.hpp"
#include "host/report/scan_tables.hpp"

namespace plimsoll {

/// Units that are neither flagged nor held and have a maintenance requirement, the lowest health factor first, at most
/// `rows_max`. Each is shown with the position whose liquidation price is nearest to its mark.
[[nodiscard]] page_table next_to_go(const scan_report& report, std::size_t rows_max);

/// The largest account of every side of a contract, the largest share of its side first, at most `rows_max`.
[[nodiscard]] page_table largest_accounts(const scan_report& report, std::size_t rows_max);

}  // namespace plimsoll
