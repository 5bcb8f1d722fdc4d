// Scores as text and back: the fewest digits that read back as the same score, without exponent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// Appends `score` with the fewest significant digits that read back the same, then zeros. No exponent; 0 is "0".
void append_score(std::string& out, double score);

/// The same, as a new string.
[[nodiscard]] std::string score_text(double score);

/// A plain decimal as the nearest binary64, ties to even, -0 as +0; or the fault as a predicate.
struct parsed_score {
  double value = 0;
  const char* fault = nullptr;
};
[[nodiscard]] parsed_score parse_score(std::string_view text);

}  // namespace plimsoll
