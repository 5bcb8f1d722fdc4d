// The amounts that an insurance fund may pay, by the description of its rulebook keys: a second calculation of the same
// amounts.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include <rapidcheck.h>

#include "host/venue/rulebook.hpp"
#include "tests/law/judge.hpp"

namespace plimsoll::small_venue {

using judge::whole;

/// One part of a fund: that of an asset, or of an instrument. Limits are whole steps: their mantissas.
struct fund_model {
  explicit fund_model(const fund_rules& of) : rules(of) {}
  const fund_rules& rules;
  whole balance = 0;
  std::map<std::string, whole> paid_to;  ///< In this tick, by account.
  whole paid = 0;                        ///< In this tick.
  whole peak = 0;
  bool stopped = false;

  void new_tick() {
    paid = 0;
    paid_to.clear();
  }
  /// Judged as a pass begins: stops strictly below the threshold, starts again at the recovery share.
  void begin_pass() {
    peak = std::max(peak, balance);
    if (!rules.drawdown_stop_ppm) { return; }
    if (balance * 1'000'000 < peak * (1'000'000 - *rules.drawdown_stop_ppm)) { stopped = true; }
    if (balance * 1'000'000 >= peak * rules.recovery_ppm) { stopped = false; }
  }
  [[nodiscard]] whole most(const std::string& account) const {
    if (stopped) { return 0; }
    whole out = balance - rules.floor.mantissa;
    if (rules.tick_limit) { out = std::min(out, whole{rules.tick_limit->mantissa} - paid); }
    if (rules.account_limit) {
      const auto found = paid_to.find(account);
      out = std::min(out, whole{rules.account_limit->mantissa} - (found == paid_to.end() ? 0 : found->second));
    }
    return std::max<whole>(0, out);
  }
  whole pay(const std::string& account, whole wanted) {
    const whole amount = std::min(wanted, most(account));
    balance -= amount;
    paid += amount;
    paid_to[account] += amount;
    return amount;
  }
};

/// Some of the limits, the drawdown stop or none; for money of whole steps.
inline fund_rules draw_fund() {
  fund_rules rules;
  rules.balance["USD"] = {*rc::gen::element<std::int64_t>(0, 40, 100, 400), 0};
  rules.floor = {*rc::gen::element<std::int64_t>(0, 0, 10, 40), 0};
  if (*rc::gen::arbitrary<bool>()) { rules.tick_limit = decimal{*rc::gen::inRange<std::int64_t>(0, 80), 0}; }
  if (*rc::gen::arbitrary<bool>()) { rules.account_limit = decimal{*rc::gen::inRange<std::int64_t>(0, 40), 0}; }
  if (*rc::gen::arbitrary<bool>()) {
    rules.drawdown_stop_ppm = *rc::gen::element(1U, 100'000U, 250'000U, 500'000U, 900'000U);
    rules.recovery_ppm = *rc::gen::element(1'000'000U, 1'000'000U - *rules.drawdown_stop_ppm, 999'999U);
    rules.recovery_ppm = std::max(rules.recovery_ppm, 1'000'000U - *rules.drawdown_stop_ppm);
  }
  return rules;
}

}  // namespace plimsoll::small_venue
