// Shared by the tests of the waterfall's rulings: tiers, rules, and the trades of a tick as text.
#pragma once

#include <string>
#include <vector>

#include "tests/venue/small_book.hpp"

namespace plimsoll {

inline const std::vector<small_band> one_percent = {{0, 10'000, 20'000}};
inline const std::vector<small_band> nearly_none = {{0, 1, 20'000}};
inline constexpr const char* nobody_pays = "[socialise]\nenabled = false\n";

/// The owner of a leg: an account, or the name of a system account.
inline std::string account_of(const ledger_leg& leg, const book& source) {
  if (leg.unit == no_id) { return to_string(leg.system); }
  return std::string(source.accounts[source.units.account[leg.unit]]);
}

/// Customers' legs that change a position, in order: "account lots cost amount price".
inline std::vector<std::string> trades(const executed& done, const book& source, ledger_step step) {
  std::vector<std::string> out;
  for (const ledger_plan& plan : done.outcome.plans) {
    if (plan.step != step) { continue; }
    for (const ledger_leg& leg : plan.legs) {
      if (leg.position == no_id) { continue; }
      out.push_back(account_of(leg, source) + ' ' + std::to_string(leg.lots) + ' ' + std::to_string(leg.cost) + ' ' +
                    std::to_string(leg.amount) + ' ' +
                    (is_marked(leg.price_ticks) ? std::to_string(leg.price_ticks) : "none"));
    }
  }
  return out;
}

}  // namespace plimsoll
