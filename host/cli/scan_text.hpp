// A scan on one screen, for people.
#pragma once

#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "host/cli/terminal.hpp"
#include "host/report/scan_tables.hpp"
#include "host/text/note.hpp"

namespace plimsoll::cli {

/// States, sums per asset, the markets with the largest demand, the first of the flagged units, times. `summary` is the
/// content of summary.json.
[[nodiscard]] std::string scan_text(const scan_report& report, const nlohmann::ordered_json& summary,
                                    std::span<const note> notes, const terminal& screen);

}  // namespace plimsoll::cli
