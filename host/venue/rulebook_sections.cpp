#include "host/venue/rulebook_sections.hpp"

#include <array>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "host/venue/venue_keys.hpp"
#include "plimsoll/limits.hpp"
#include "plimsoll/scores.hpp"

namespace plimsoll {

namespace {

constexpr std::int64_t ppm = limits::ppm;
constexpr std::int64_t second_ns = 1'000'000'000;
/// More than thirty years.
constexpr std::int64_t duration_ns_max = 1'000'000'000 * second_ns;

constexpr auto score_words = [] {
  std::array<toml_word<score_kind>, std::size(all_scores)> words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = {all_scores[i].word, all_scores[i].kind};
  }
  return words;
}();

}  // namespace

bool rulebook_sections::read(std::string_view key, const toml::node& value) {
  using reader = bool (rulebook_sections::*)(std::string_view, const toml::node&);
  constexpr std::pair<std::string_view, reader> sections[] = {
      {"margin", &rulebook_sections::read_margin},      {"liquidation", &rulebook_sections::read_liquidation},
      {"market", &rulebook_sections::read_market},      {"backstop", &rulebook_sections::read_backstop},
      {"fund", &rulebook_sections::read_fund},          {"adl", &rulebook_sections::read_adl},
      {"socialise", &rulebook_sections::read_socialise}};
  for (const auto& [name, read_key] : sections) {
    if (key != name) { continue; }
    const std::string section = std::string(name) + ".";
    source_.read_section(name, value, [&, read_key = read_key](std::string_view inner, const toml::node& node) {
      const std::string full = section + std::string(inner);
      return (is_venue_key(full) || is_former_venue_key(full)) && (this->*read_key)(inner, node);
    });
    return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------- sections

bool rulebook_sections::read_margin(std::string_view key, const toml::node& value) {
  if (key == "margin_call_at") {
    const auto at = source_.read_ppm("margin.margin_call_at", value, ppm, limits::call_ppm_max);
    target_.margin_call_ppm = at.value_or(target_.margin_call_ppm);
  } else if (key == "max_mark_age") {
    const auto seconds = source_.read_number("margin.max_mark_age", value);
    if (!seconds) { return true; }
    constexpr auto seconds_max = std::numeric_limits<std::int64_t>::max() / second_ns;
    const auto age_ns = to_units(*seconds, 9);
    if (seconds->mantissa < 0) {
      source_.refuse("margin.max_mark_age", "must not be negative");
    } else if (!age_ns || *age_ns > static_cast<int128>(seconds_max) * second_ns) {
      source_.refuse("margin.max_mark_age",
                     "must be whole nanoseconds and at most " + std::to_string(seconds_max) + " seconds");
    } else {
      target_.max_mark_age_ns = static_cast<std::int64_t>(*age_ns);
    }
  } else if (key == "negative_marks") {
    source_.read_flag("margin.negative_marks", value, target_.negative_marks);
  } else if (key == "tiers") {
    source_.read_word("margin.tiers", value, {{"band", false}, {"whole", true}}, target_.rules.whole_tiers);
  } else if (key == "dust") {
    read_dust(value);
  } else {
    return false;
  }
  return true;
}

/// A section [margin.dust] with amounts by asset, or one amount in the quote.
void rulebook_sections::read_dust(const toml::node& value) {
  if (value.is_table()) { return read_amounts("margin.dust", value, target_.dust); }
  if (const auto amount = source_.read_amount("margin.dust", value)) { target_.dust[""] = *amount; }
}

bool rulebook_sections::read_liquidation(std::string_view key, const toml::node& value) {
  liquidation_rules& rules = target_.rules.liquidation;
  if (key == "mode") {
    source_.read_word("liquidation.mode", value,
                      {{"whole", liquidation_mode::whole},
                       {"fraction", liquidation_mode::fraction},
                       {"tier_down", liquidation_mode::tier_down},
                       {"target_health", liquidation_mode::target_health}},
                      rules.mode);
  } else if (key == "fraction") {
    rules.fraction_ppm = source_.read_ppm("liquidation.fraction", value, 1, ppm).value_or(rules.fraction_ppm);
  } else if (key == "cooldown") {
    read_duration("liquidation.cooldown", value, 1, rules.cooldown_ns);
  } else if (key == "cooldown_ticks") {
    refuse_ticks("liquidation.cooldown_ticks", value, "cooldown");
  } else if (key == "whole_below") {
    rules.whole_below = source_.read_amount("liquidation.whole_below", value);
  } else if (key == "target_health") {
    const auto target = source_.read_ppm("liquidation.target_health", value, ppm, limits::call_ppm_max);
    rules.target_health_ppm = target.value_or(rules.target_health_ppm);
  } else if (key == "order") {
    source_.read_word("liquidation.order", value,
                      {{"instrument", position_order::instrument},
                       {"maintenance", position_order::maintenance},
                       {"loss", position_order::loss}},
                      rules.order);
  } else if (key == "liquidation_fee") {
    rules.fee_ppm = source_.read_ppm("liquidation.liquidation_fee", value, 0, ppm).value_or(rules.fee_ppm);
  } else if (key == "fee_to") {
    source_.read_word("liquidation.fee_to", value, {{"fees", false}, {"fund", true}}, rules.fee_to_fund);
  } else if (key == "surplus_to") {
    source_.read_word("liquidation.surplus_to", value, {{"fund", false}, {"account", true}}, rules.surplus_to_account);
  } else {
    return false;
  }
  return true;
}

bool rulebook_sections::read_market(std::string_view key, const toml::node& value) {
  market_rules& rules = target_.rules.market;
  if (key == "impact") {
    source_.read_word("market.impact", value,
                      {{"none", market_rules::impact::none},
                       {"linear", market_rules::impact::linear},
                       {"square_root", market_rules::impact::square_root}},
                      rules.shape);
  } else if (key == "depth") {
    if (value.is_table()) {
      read_amounts("market.depth", value, rules.depth);
    } else if (const auto amount = source_.read_amount("market.depth", value)) {
      rules.depth.erase("");
      if (amount->mantissa != 0) { rules.depth[""] = *amount; }
    }
  } else if (key == "depth_move") {
    rules.depth_move_ppm = source_.read_ppm("market.depth_move", value, 1, ppm).value_or(rules.depth_move_ppm);
  } else if (key == "half_life") {
    read_duration("market.half_life", value, 0, rules.half_life_ns);
  } else if (key == "half_life_ticks") {
    refuse_ticks("market.half_life_ticks", value, "half_life");
  } else if (key == "permanent") {
    rules.permanent_ppm = source_.read_ppm("market.permanent", value, 0, ppm).value_or(rules.permanent_ppm);
  } else {
    return false;
  }
  return true;
}

bool rulebook_sections::read_backstop(std::string_view key, const toml::node& value) {
  backstop_rules& rules = target_.rules.backstop;
  if (key == "enabled") {
    source_.read_flag("backstop.enabled", value, rules.enabled);
  } else if (key == "capacity") {
    rules.capacity = source_.read_amount("backstop.capacity", value);
  } else if (key == "below_health") {
    rules.below_health_ppm = source_.read_ppm("backstop.below_health", value, 1, ppm);
  } else if (key == "takes_bankrupt") {
    source_.read_flag("backstop.takes_bankrupt", value, rules.takes_bankrupt);
  } else {
    return false;
  }
  return true;
}

bool rulebook_sections::read_fund(std::string_view key, const toml::node& value) {
  fund_rules& rules = target_.rules.fund;
  if (key == "scope") {
    source_.read_word("fund.scope", value, {{"asset", fund_scope::asset}, {"instrument", fund_scope::instrument}},
                      rules.scope);
  } else if (key == "balance") {
    read_amounts("fund.balance", value, rules.balance);
  } else if (key == "floor") {
    rules.floor = source_.read_amount("fund.floor", value).value_or(rules.floor);
  } else if (key == "account_limit") {
    rules.account_limit = source_.read_amount("fund.account_limit", value);
  } else if (key == "tick_limit") {
    rules.tick_limit = source_.read_amount("fund.tick_limit", value);
  } else if (key == "drawdown_stop") {
    rules.drawdown_stop_ppm = source_.read_ppm("fund.drawdown_stop", value, 1, ppm);
  } else if (key == "recovery") {
    rules.recovery_ppm = source_.read_ppm("fund.recovery", value, 1, ppm).value_or(rules.recovery_ppm);
  } else {
    return false;
  }
  return true;
}

void rulebook_sections::read_amounts(std::string_view name, const toml::node& value,
                                     std::map<std::string, decimal>& out) {
  const toml::table* amounts = value.as_table();
  if (amounts == nullptr) {
    const std::string section(name);
    return source_.refuse(value.source(), section, source_.text_of(value), "must be a section, [" + section + "]");
  }
  for (const auto& [of, node] : *amounts) {
    const std::string key = std::string(name) + "." + std::string(of.str());
    if (const auto amount = source_.read_amount(key, node)) { out[std::string(of.str())] = *amount; }
  }
}

void rulebook_sections::read_duration(std::string_view key, const toml::node& value, std::int64_t least_ns,
                                      std::int64_t& out) {
  const auto seconds = source_.read_number(key, value);
  if (!seconds) { return; }
  const auto time_ns = to_units(*seconds, 9);
  if (!time_ns || *time_ns < least_ns || *time_ns > duration_ns_max) {
    return source_.refuse(
        key, "must be seconds from " + format_units(least_ns, 9) + " to 1000000000, with at most nine decimals");
  }
  out = static_cast<std::int64_t>(*time_ns);
}

void rulebook_sections::refuse_ticks(std::string_view key, const toml::node& value, std::string_view now_called) {
  source_.refuse(value.source(), key, source_.text_of(value),
                 "is now named " + std::string(now_called) +
                     " and counts seconds of as_of; a tick without a time is one second after the last");
}

bool rulebook_sections::read_adl(std::string_view key, const toml::node& value) {
  adl_rules& rules = target_.rules.adl;
  if (key == "enabled") {
    source_.read_flag("adl.enabled", value, rules.enabled);
  } else if (key == "score") {
    source_.read_word("adl.score", value, std::span<const toml_word<score_kind>>(score_words), target_.adl_score);
  } else if (key == "policy") {
    std::string text;
    source_.read_text("adl.policy", value, text);
    if (text.empty()) { return true; }
    auto policy = parse_adl_policy(text);
    if (policy) {
      rules.policy = policy.value();
    } else {
      source_.refuse("adl.policy", "is not valid: " + policy.error().message);
    }
  } else if (key == "price") {
    source_.read_word("adl.price", value, {{"bankruptcy", adl_price::bankruptcy}, {"mark", adl_price::mark}},
                      rules.price);
  } else {
    return false;
  }
  return true;
}

bool rulebook_sections::read_socialise(std::string_view key, const toml::node& value) {
  socialise_rules& rules = target_.rules.socialise;
  if (key == "enabled") {
    source_.read_flag("socialise.enabled", value, rules.enabled);
  } else if (key == "by") {
    source_.read_word("socialise.by", value,
                      {{"profit", socialise_by::profit},
                       {"open_interest", socialise_by::open_interest},
                       {"equity", socialise_by::equity}},
                      rules.by);
  } else {
    return false;
  }
  return true;
}

// ------------------------------------------------------------------------------------------------ checks

void rulebook_sections::check() {
  const rulebook& rules = target_.rules;
  check_liquidation();
  check_fund();
  check_losses_are_borne();
  only_where(rules.market.shape != market_rules::impact::none,
             {"market.depth", "market.depth_move", "market.half_life", "market.permanent"},
             "market.impact is not \"none\"");
  only_where(rules.backstop.enabled, {"backstop.capacity", "backstop.below_health", "backstop.takes_bankrupt"},
             "backstop.enabled is true");
  only_where(rules.adl.enabled, {"adl.policy", "adl.price"}, "adl.enabled is true");
  only_where(rules.socialise.enabled, {"socialise.by"}, "socialise.enabled is true");
}

void rulebook_sections::only_where(bool condition, std::initializer_list<std::string_view> keys,
                                   std::string_view condition_text) {
  if (condition) { return; }
  for (const std::string_view key : keys) {
    if (source_.has_read(key)) {
      source_.refuse(key, "has no effect; it is used only if " + std::string(condition_text));
    }
  }
}

void rulebook_sections::check_liquidation() {
  const liquidation_rules& rules = target_.rules.liquidation;
  only_where(rules.mode == liquidation_mode::fraction, {"liquidation.fraction", "liquidation.cooldown"},
             "liquidation.mode is \"fraction\"");
  only_where(rules.mode != liquidation_mode::whole, {"liquidation.whole_below"}, "liquidation.mode is not \"whole\"");
  only_where(rules.mode == liquidation_mode::target_health, {"liquidation.target_health"},
             "liquidation.mode is \"target_health\"");
  if (rules.mode == liquidation_mode::target_health && !rules.surplus_to_account) {
    source_.refuse_any(
        {"liquidation.mode", "liquidation.surplus_to"},
        "contradicts another key: a unit reaches its target health only if liquidation.surplus_to is \"account\"");
  }
}

void rulebook_sections::check_fund() {
  const fund_rules& rules = target_.rules.fund;
  for (const auto& [asset, balance] : rules.balance) {
    // Amounts are at most 10^18 with 18 decimals, so both fit.
    if (to_units(rules.floor, limits::step_digits_max) > to_units(balance, limits::step_digits_max)) {
      source_.refuse_any({"fund.floor", "fund.balance." + asset},
                         "contradicts another key: the floor is above the opening balance of " + asset);
    }
  }
  only_where(rules.drawdown_stop_ppm.has_value(), {"fund.recovery"}, "fund.drawdown_stop is given");
  if (rules.drawdown_stop_ppm && rules.recovery_ppm < ppm - *rules.drawdown_stop_ppm) {
    source_.refuse_any({"fund.recovery", "fund.drawdown_stop"},
                       "contradicts another key: the fund would recover below the level at which it stops, 1 - "
                       "fund.drawdown_stop of its peak");
  }
}

void rulebook_sections::check_losses_are_borne() {
  const rulebook& rules = target_.rules;
  if (rules.adl.enabled || rules.socialise.enabled || rules.backstop.enabled) { return; }
  for (const auto& [asset, balance] : rules.fund.balance) {
    if (balance.mantissa > 0) { return; }
  }
  source_.refuse_any(
      {"adl.enabled", "socialise.enabled", "backstop.enabled"},
      "contradicts another key: without ADL, socialised loss, a backstop or a fund there is no one to bear a loss");
}

}  // namespace plimsoll
