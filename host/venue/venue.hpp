// A venue's rules as read from venue.toml and its rulebook.
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

/// [import]: how the tables of this book are read where they are not in the form that is asked for.
struct import_rules {
  rounding round = rounding::refuse;      ///< Of numbers finer than their step.
  std::optional<time_unit> as_of_unit{};  ///< Of times that are whole numbers.
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
  /// [margin] dust, by asset ("": of the quote): units without positions that owe less are not flagged, nor paid for.
  std::map<std::string, decimal> dust;
  score_kind adl_score = score_kind::pnl_leverage;  ///< [adl] score.
  import_rules import;
  rulebook rules;  ///< The executor's steps: the rulebook it names, with overrides.
};

}  // namespace plimsoll
