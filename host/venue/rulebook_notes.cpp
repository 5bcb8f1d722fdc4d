#include "host/venue/rulebook_notes.hpp"

#include <algorithm>

namespace plimsoll {

namespace {

/// True if ADL is the first step for bankrupt units.
bool goes_to_adl_at_once(const rulebook& rules) {
  const bool backstop = rules.backstop.enabled && rules.backstop.takes_bankrupt;
  return rules.adl.enabled && !rules.market.exists() && !backstop && rules.adl.price == adl_price::bankruptcy;
}

}  // namespace

std::vector<note> notes_on_executor(const rulebook& rules) {
  if (!goes_to_adl_at_once(rules)) { return {}; }
  return {
      {"venue.toml: the rulebook has no market ([market] depth), so bankrupt positions go to ADL whatever the fund "
       "holds; the fund pays only debts of units without positions"}};
}

std::vector<note> notes_on_fund(const rulebook& rules) {
  const bool has_fund = std::any_of(rules.fund.balance.begin(), rules.fund.balance.end(),
                                    [](const auto& one) { return one.second.mantissa > 0; });
  return has_fund ? notes_on_executor(rules) : std::vector<note>{};
}

}  // namespace plimsoll
