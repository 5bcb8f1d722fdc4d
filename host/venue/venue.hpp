// A venue's rules as read from venue.toml and its rulebook.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/venue/rulebook.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// DESIGN section 7, `venue.toml`. Unknown keys are refused on reading.
struct venue_config {
  std::string name;
  std::string quote;
  collateral_mode collateral = collateral_mode::single;
  std::uint32_t margin_call_ppm = 1'250'000;        ///< [margin] margin_call_at, in millionths.
  std::optional<std::int64_t> max_mark_age_ns;      ///< [margin] max_mark_age.
  score_kind adl_score = score_kind::pnl_leverage;  ///< [adl] score.
  rulebook rules;                                   ///< The executor's steps: the rulebook it names, with overrides.
};

}  // namespace plimsoll
