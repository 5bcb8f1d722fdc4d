// What has to be said about a run of the executor, whatever it found.
#pragma once

#include <string>

#include <fmt/format.h>

#include "host/venue/rulebook.hpp"

namespace plimsoll {

[[nodiscard]] inline std::string no_market_words(const rulebook& rules) {
  return fmt::format(
      "the rulebook {} has no market (`depth` in [market]): what is bankrupt goes to ADL whatever the fund holds, and "
      "what is only liquidatable stays as it is",
      rules.name);
}

/// The same where nothing else takes positions over either; blank where something does.
[[nodiscard]] inline std::string idle_fund_words(const rulebook& rules) {
  return rules.market.is_there() || rules.backstop.enabled ? std::string() : no_market_words(rules);
}

}  // namespace plimsoll
