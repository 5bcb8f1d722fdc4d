// The rules of a venue from venue.toml and its rulebook.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "host/text/instant.hpp"
#include "host/text/rounding.hpp"
#include "host/venue/rulebook.hpp"
#include "plimsoll/scores.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// [import]: rules for reading tables of this book that are not in the required form.
struct import_rules {
  rounding round = rounding::refuse;      ///< Rounding of numbers finer than their step.
  std::optional<time_unit> as_of_unit{};  ///< Unit of times that are whole numbers.
  friend bool operator==(const import_rules&, const import_rules&) = default;
};

/// docs/design.md section 7, `venue.toml`. Unknown keys are refused on reading.
struct venue_config {
  std::string name;
  std::string quote;
  collateral_mode collateral = collateral_mode::single;
  std::uint32_t margin_call_ppm = 1'250'000;    ///< [margin] margin_call_at, in millionths.
  std::optional<std::int64_t> max_mark_age_ns;  ///< [margin] max_mark_age.
  bool negative_marks = false;                  ///< [margin] negative_marks: of linear contracts.
  /// [margin] dust, by asset ("": the quote): units without positions that owe less are not flagged, and their debts
  /// are not paid.
  std::map<std::string, decimal> dust;
  score_kind adl_score = score_kind::pnl_leverage;  ///< [adl] score.
  import_rules import;
  rulebook rules;  ///< The steps of the executor: the named rulebook with the venue's own values.
};

}  // namespace plimsoll
