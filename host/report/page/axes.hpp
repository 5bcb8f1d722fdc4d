// Axes of whole numbers, money and powers of ten, and dots on a logarithmic axis.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/report/page/page.hpp"

namespace plimsoll {

/// 1234567.8 as "1.23M", for a cell or the end of a bar; from 10^15 on in trillions: "25 000T".
[[nodiscard]] std::string rough_number(double value);

/// 10^exponent for an axis: "0.01", "100", "1k", "10M", "10 000T".
[[nodiscard]] std::string power_text(int exponent);

/// An axis of counts from 0 to `most`, without labels between two whole numbers.
[[nodiscard]] page_json count_axis(const std::string& title, std::uint64_t most);

/// A linear axis of money between `low` and `high`. Labels are set explicitly where plotly would write powers of ten.
[[nodiscard]] page_json money_axis(const std::string& title, double low, double high);

/// A name with a figure.
struct dot_figure {
  std::string name;
  std::string text;   ///< Beside the dot.
  std::string hover;  ///< With all digits.
  std::string colour;
  double value = 0;  ///< Not below 0.
};

/// Dots on a logarithmic axis, the first one on top. A logarithm has no zero, so a value of 0 is at the left edge.
/// Texts are placed where there is space: on the left of a dot in the right half.
void draw_dots(page_chart& chart, const std::vector<dot_figure>& dots, const std::string& x_title);

}  // namespace plimsoll
