#include "host/venue/rulebook_notes.hpp"

#include <algorithm>

namespace plimsoll {

namespace {

/// Is ADL the first to be asked for what is bankrupt?
bool goes_to_adl_at_once(const rulebook& rules) {
  const bool backstop = rules.backstop.enabled && rules.backstop.takes_bankrupt;
  return rules.adl.enabled && !rules.market.exists() && !backstop && rules.adl.price == adl_price::bankruptcy;
}

}  // namespace

std::vector<note> notes_on_executor(const rulebook& rules) {
  if (!goes_to_adl_at_once(rules)) { return {}; }
  return {
      {"venue.toml: the rulebook has no market ([market] depth): what is bankrupt goes to ADL whatever the fund "
       "holds; the fund pays only what units without positions owe"}};
}

std::vector<note> notes_on_fund(const rulebook& rules) {
  const bool has_fund = std::any_of(rules.fund.balance.begin(), rules.fund.balance.end(),
                                    [](const auto& one) { return one.second.mantissa > 0; });
  return has_fund ? notes_on_executor(rules) : std::vector<note>{};
}

}  // namespace plimsoll
