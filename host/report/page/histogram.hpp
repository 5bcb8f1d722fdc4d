// Distribution of units: exact bins on a scale that is finer around the important values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "host/report/page/page.hpp"
#include "plimsoll/config.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// An edge between two bins. A value equal to it belongs to the upper bin.
struct bin_edge {
  int128 value = 0;
  std::string text;    ///< Text in hovers.
  std::string tick{};  ///< Text on the axis; blank: no tick.
  std::string mark{};  ///< Name of the threshold at this edge; blank: none.
};

/// Counts by bin and state. Bin 0 is below the first edge, the last bin is at or above the last edge.
class histogram {
 public:
  /// `edges` rise strictly.
  explicit histogram(std::vector<bin_edge> edges) : edges_(std::move(edges)), counts_(edges_.size() + 1) {}

  void add(int128 value, unit_state state);

  /// One trace per state, with dots over equally wide bins from the first to the last bin that holds a unit or touches
  /// a threshold.
  [[nodiscard]] page_json traces(bool visible) const;
  /// Ticks, range and thresholds for these traces.
  [[nodiscard]] page_json layout(const std::string& x_title) const;

 private:
  struct range {
    std::size_t first, last;
  };
  [[nodiscard]] range used() const;
  [[nodiscard]] std::string bin_text(std::size_t bin) const;

  std::vector<bin_edge> edges_;
  std::vector<std::array<std::uint64_t, 4>> counts_;
};

/// `units` x 10^-digits without trailing zeros after the point.
[[nodiscard]] std::string short_units(int128 units, int digits);

/// Edges for a health factor in millionths: tenths below 1, then up to the margin call, then wider and wider.
[[nodiscard]] std::vector<bin_edge> health_edges(std::uint32_t margin_call_ppm);

/// Edges for money of `digits`: 0, and on both sides six edges per decade from 10^lowest to 10^highest whole units.
[[nodiscard]] std::vector<bin_edge> money_edges(int digits, int lowest, int highest);

}  // namespace plimsoll
