// Names and figures as text for charts and tiles.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "host/book/book.hpp"
#include "host/report/page/page_table.hpp"
#include "host/table/chunk_table.hpp"

namespace plimsoll {

[[nodiscard]] inline std::string count_text(std::uint64_t count) { return grouped_number(std::to_string(count)); }

/// "1 tick", "20 ticks".
[[nodiscard]] inline std::string counted(std::uint64_t count, const char* noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "margin call" of "margin_call".
[[nodiscard]] inline std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// Lots as contracts, exactly.
[[nodiscard]] inline std::string contracts_text(const instrument& it, std::uint64_t lots) {
  return grouped_number(format_units(step_units(static_cast<int128>(lots), it.size_step), it.size_step.scale));
}

/// Lots as contracts, for a chart's axis.
[[nodiscard]] inline double contracts_value(const instrument& it, std::uint64_t lots) {
  return static_cast<double>(lots) * to_double(it.size_step);
}

/// "BTC-PERP long", of a segment.
[[nodiscard]] inline std::string side_name(const book& source, std::uint32_t segment) {
  return source.reference.instruments[segment / 2].name + " " + to_string(static_cast<position_side>(segment % 2));
}

}  // namespace plimsoll
