#include "host/venue/venue_keys.hpp"

#include <algorithm>
#include <vector>

#include "host/text/near_name.hpp"

namespace plimsoll {

namespace {

constexpr venue_key all[] = {
    {"name", "text", "", "The venue's name, as reports show it.", "\"my venue\""},
    {"quote", "text", "", "Asset in which prices are quoted; it stands in the table assets.", "\"USDT\""},
    {"rulebook", "text", "default",
     "Rulebook whose keys hold where this file has none: one that comes with Plimsoll, or a .toml file beside this "
     "one.",
     "\"binance\""},
    {"source", "text", "", "Of a rulebook: where the venue publishes these rules.", "\"https://example.com/rules\""},
    {"collateral", "\"single\" or \"multi\"", "single",
     "single: each settlement asset's positions stand on that asset's balance alone. multi: all balances of an "
     "account, "
     "by price and weight, stand for its positions, which settle in the quote.",
     "\"multi\""},
    {"import.round", "\"refuse\", \"half_even\" or \"down\"", "refuse",
     "What becomes of numbers finer than their step, of floats and of numbers longer than 38 digits: half_even rounds "
     "to "
     "the nearest step, down towards zero; each column's count and largest change is noted. --round goes before it.",
     "\"half_even\""},
    {"import.as_of_unit", "\"s\", \"ms\", \"us\" or \"ns\"", "",
     "What times count that are whole numbers, since 1970. Without it they are refused.", "\"ms\""},
    {"margin.margin_call_at", "number", "1.25",
     "Health factor (margin equity / maintenance margin) below which a unit is called: 1 to 1000.", "1.5"},
    {"margin.max_mark_age", "seconds", "",
     "Age, against the newest as_of of the book or --as-of, beyond which a mark holds its instrument: units that hold "
     "it "
     "are reported, not judged. Absent: never. A mark without as_of is then too old.",
     "60"},
    {"margin.negative_marks", "true or false", "false", "May marks of linear contracts be below zero?", "true"},
    {"margin.tiers", "\"band\" or \"whole\"", "band",
     "Of a rulebook: what a rate of the venue's tiers holds for, the part of a position in its band or the whole. The "
     "book's own tiers say it in the column applies_to; where they say otherwise, a note does.",
     "\"whole\""},
    {"margin.dust", "amount", "0",
     "Units without positions that owe less of the quote are listed, but neither flagged nor paid for.", "1.00"},
    {"margin.dust.ASSET", "amount", "0", "The same of this asset.", "0.0001"},
    {"liquidation.mode", "\"whole\", \"fraction\", \"tier_down\" or \"target_health\"", "whole",
     "How much of a liquidatable unit is closed; a bankrupt one is always closed whole.", "\"fraction\""},
    {"liquidation.fraction", "part", "0.2", "Mode fraction: share of every position that is closed first.", "0.2"},
    {"liquidation.cooldown", "seconds", "1", "Mode fraction: how much later the rest follows.", "1"},
    {"liquidation.whole_below", "amount", "",
     "Modes that close a part: where a unit would keep less notional than this, it is closed whole.", "100000"},
    {"liquidation.target_health", "number", "1.25",
     "Mode target_health: health, fees paid, at which closing ends. Needs surplus_to = \"account\".", "1.25"},
    {"liquidation.order", "\"instrument\", \"maintenance\" or \"loss\"", "instrument",
     "In which order a unit's positions are closed.", "\"loss\""},
    {"liquidation.liquidation_fee", "part", "0",
     "Share of the traded value, out of what a fill brings above the bankruptcy value.", "0.005"},
    {"liquidation.fee_to", "\"fees\" or \"fund\"", "fees", "Who gets that fee.", "\"fund\""},
    {"liquidation.surplus_to", "\"fund\" or \"account\"", "fund",
     "Who gets the rest of what a fill brings above the bankruptcy value.", "\"account\""},
    {"market.impact", "\"linear\", \"square_root\" or \"none\"", "linear",
     "The simulated market, where no order gateway is given: how the price goes with the size.", "\"square_root\""},
    {"market.depth", "amount", "0",
     "Notional that moves the price of contracts that settle in the quote by depth_move. 0: there is no market, and "
     "what is bankrupt goes to ADL whatever the fund holds.",
     "2000000"},
    {"market.depth.ASSET", "amount", "0",
     "The same of contracts that settle in this asset. The table depths goes before it.", "30"},
    {"market.depth_move", "part", "0.01", "The move that depth is told for.", "0.01"},
    {"market.half_life", "seconds", "5", "Time in which half of what orders consumed comes back; 0: at once.", "5"},
    {"market.permanent", "part", "0", "Share of the move to the last price traded that the mark keeps.", "0.2"},
    {"backstop.enabled", "true or false", "false",
     "A backstop takes positions over at their bankruptcy value, into an account of its own.", "true"},
    {"backstop.capacity", "amount", "", "What it takes over its life, per settlement asset. Absent: without bound.",
     "1000000"},
    {"backstop.below_health", "number", "",
     "Given: it takes liquidatable units below that health whole, before the market, and none above. Absent: it takes "
     "what the market leaves.",
     "0.5"},
    {"backstop.takes_bankrupt", "true or false", "true", "Does it take bankrupt units?", "false"},
    {"fund.scope", "\"asset\" or \"instrument\"", "asset",
     "One insurance fund per settlement asset, or one per instrument.", "\"instrument\""},
    {"fund.balance.ASSET", "amount", "0", "What it opens with: by asset, or by instrument where that is its scope.",
     "1000000"},
    {"fund.floor", "amount", "0", "It never pays below this.", "1000"},
    {"fund.account_limit", "amount", "", "Most that it pays for one account in one tick.", "1000"},
    {"fund.tick_limit", "amount", "", "Most that it pays in one tick.", "10000"},
    {"fund.drawdown_stop", "part", "",
     "Fall from its peak beyond which it pays nothing more, so that losses go to ADL.", "0.3"},
    {"fund.recovery", "part", "1", "Share of the peak at which it pays again.", "0.9"},
    {"adl.enabled", "true or false", "true", "Are winners deleveraged for what is left?", "true"},
    {"adl.score",
     "\"pnl_leverage\", \"binance\", \"hyperliquid\", \"pnl\", \"return\", \"leverage\", \"size\" or \"given\"",
     "pnl_leverage", "Rank in the ladder. given: the column positions.adl_score.", "\"binance\""},
    {"adl.policy",
     "\"queue\", \"pro_rata:size\", \"pro_rata:pnl\", \"pro_rata:notional\", \"pro_rata:equity\", \"capped:0.5\", "
     "\"risk_aware:0.5\" or \"min_max\"",
     "queue", "How a shortfall is divided among the winners of a side.", "\"pro_rata:equity\""},
    {"adl.price", "\"bankruptcy\" or \"mark\"", "bankruptcy",
     "At what price winners are closed; mark: as long as the fund may pay the difference.", "\"mark\""},
    {"socialise.enabled", "true or false", "true", "Is what nobody could take shared out?", "false"},
    {"socialise.by", "\"profit\", \"open_interest\" or \"equity\"", "profit", "Among whom, and in what proportion.",
     "\"equity\""},
};

/// "fund.balance.USDT" and "fund.balance.ASSET" are the same key.
bool fits(std::string_view key, std::string_view name) {
  constexpr std::string_view any = ".ASSET";
  if (!key.ends_with(any)) { return key == name; }
  const std::string_view section = key.substr(0, key.size() - any.size() + 1);
  return name.starts_with(section) && name.size() > section.size();
}

std::string_view leaf_of(std::string_view key) { return key.substr(key.rfind('.') + 1); }

/// Does `text` have every word of `some`, words being joined by underscores?
bool has_words_of(std::string_view text, std::string_view some) {
  const std::string words = "_" + std::string(text) + "_";
  while (!some.empty()) {
    const std::size_t end = std::min(some.find('_'), some.size());
    if (words.find("_" + std::string(some.substr(0, end)) + "_") == std::string::npos) { return false; }
    some.remove_prefix(std::min(end + 1, some.size()));
  }
  return true;
}

}  // namespace

std::span<const venue_key> venue_keys() { return all; }

bool is_venue_key(std::string_view name) {
  return std::any_of(std::begin(all), std::end(all), [&](const venue_key& one) {
    return fits(one.name, name) || (one.name.starts_with(name) && one.name.substr(name.size()).starts_with('.'));
  });
}

bool is_former_venue_key(std::string_view name) {
  return name == "liquidation.cooldown_ticks" || name == "market.half_life_ticks";
}

std::string nearest_venue_key(std::string_view name) {
  std::vector<std::string_view> names;
  for (const venue_key& one : all) { names.push_back(one.name); }
  const std::string near = nearest_name(name, names);
  if (!near.empty()) { return near; }
  // Another section's, or one of whose words some were left out.
  const auto fitting = [&](const auto& fits) {
    const auto at = std::find_if(names.begin(), names.end(), [&](std::string_view one) { return fits(leaf_of(one)); });
    return at == names.end() ? std::string() : std::string(*at);
  };
  const std::string_view leaf = leaf_of(name);
  const std::string moved = fitting([&](std::string_view one) { return one == leaf; });
  return moved.empty() ? fitting([&](std::string_view one) { return has_words_of(one, leaf); }) : moved;
}

}  // namespace plimsoll
