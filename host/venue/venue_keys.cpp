#include "host/venue/venue_keys.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "host/text/near_name.hpp"
#include "plimsoll/scores.hpp"

namespace plimsoll {

namespace {

/// The words of all scores, as in: "a", "b" or "c".
struct choices {
  std::array<char, 512> text{};
  std::size_t length = 0;

  constexpr void add(std::string_view more) {
    for (const char one : more) { text[length++] = one; }
  }
};
constexpr choices score_choices = [] {
  choices out;
  constexpr std::size_t count = std::size(all_scores);
  for (std::size_t i = 0; i < count; ++i) {
    out.add(i == 0 ? "" : i + 1 < count ? ", " : " or ");
    out.add("\"");
    out.add(all_scores[i].word);
    out.add("\"");
  }
  return out;
}();

constexpr venue_key all[] = {
    {"name", "text", "", "The venue's name, as reports show it.", "\"my venue\""},
    {"quote", "text", "", "Asset in which prices are quoted; the table assets must list it.", "\"USDT\""},
    {"rulebook", "text", "default",
     "Rulebook whose values apply to keys that this file lacks: one that comes with Plimsoll, or a .toml file beside "
     "this one.",
     "\"binance\""},
    {"source", "text", "", "In a rulebook: the publication of these rules by the venue.",
     "\"https://example.com/rules\""},
    {"collateral", "\"single\" or \"multi\"", "single",
     "single: only the balance of a settlement asset backs the positions that settle in it. multi: all balances of "
     "an account, by price and weight, back its positions, which settle in the quote.",
     "\"multi\""},
    {"import.round", "\"refuse\", \"half_even\" or \"down\"", "refuse",
     "How to round numbers finer than their step, floats and numbers longer than 38 digits: half_even rounds to the "
     "nearest step, down towards zero. The count and the largest change of each column are noted. --round takes "
     "precedence.",
     "\"half_even\""},
    {"import.as_of_unit", "\"s\", \"ms\", \"us\" or \"ns\"", "",
     "Unit of times that are whole numbers, counted from 1970. Without it they are refused.", "\"ms\""},
    {"margin.margin_call_at", "number", "1.25",
     "Health factor (margin equity / maintenance margin) below which a unit gets a margin call: 1 to 1000.", "1.5"},
    {"margin.max_mark_age", "seconds", "",
     "Age, relative to the newest as_of of the book or --as-of, beyond which a mark is too old: units with positions "
     "in its instrument are then held, that is, reported without any action. Absent: no limit. With a limit, a mark "
     "without as_of is too old.",
     "60"},
    {"margin.negative_marks", "true or false", "false", "Whether marks of linear contracts may be below zero.", "true"},
    {"margin.tiers", "\"band\" or \"whole\"", "band",
     "In a rulebook: whether the venue applies the rate of a tier to the part of a position in its band, or to the "
     "whole position. In a book the column applies_to of tiers decides; if it differs, a note is printed.",
     "\"whole\""},
    {"margin.dust", "amount", "0",
     "Units without positions that owe less of the quote are listed, but not flagged, and their debts are not paid.",
     "1.00"},
    {"margin.dust.ASSET", "amount", "0", "The same for this asset.", "0.0001"},
    {"liquidation.mode", "\"whole\", \"fraction\", \"tier_down\" or \"target_health\"", "whole",
     "The part of a liquidatable unit that is closed; a bankrupt unit is always closed completely.", "\"fraction\""},
    {"liquidation.fraction", "part", "0.2", "Mode fraction: share of every position that is closed first.", "0.2"},
    {"liquidation.cooldown", "seconds", "1", "Mode fraction: time until the rest is closed.", "1"},
    {"liquidation.whole_below", "amount", "",
     "Modes that close a part: if a unit would keep less notional than this, it is closed completely.", "100000"},
    {"liquidation.target_health", "number", "1.25",
     "Mode target_health: health after fees at which closing ends. Needs surplus_to = \"account\".", "1.25"},
    {"liquidation.order", "\"instrument\", \"maintenance\" or \"loss\"", "instrument",
     "Order in which the positions of a unit are closed.", "\"loss\""},
    {"liquidation.liquidation_fee", "part", "0",
     "Share of the traded value, paid out of the surplus of a fill over the bankruptcy value.", "0.005"},
    {"liquidation.fee_to", "\"fees\" or \"fund\"", "fees", "Recipient of that fee.", "\"fund\""},
    {"liquidation.surplus_to", "\"fund\" or \"account\"", "fund",
     "Recipient of the rest of the surplus of a fill over the bankruptcy value.", "\"account\""},
    {"market.impact", "\"linear\", \"square_root\" or \"none\"", "linear",
     "Impact of size on the price in the simulated market, which is used if there is no order gateway.",
     "\"square_root\""},
    {"market.depth", "amount", "0",
     "Notional that moves the price of contracts that settle in the quote by depth_move. 0: there is no market, and "
     "bankrupt positions go to ADL whatever the fund holds.",
     "2000000"},
    {"market.depth.ASSET", "amount", "0",
     "The same for contracts that settle in this asset. The table depths takes precedence.", "30"},
    {"market.depth_move", "part", "0.01", "The price move that depth refers to.", "0.01"},
    {"market.half_life", "seconds", "5", "Time in which half of the consumed depth recovers; 0: it recovers at once.",
     "5"},
    {"market.permanent", "part", "0", "Share of the move to the last traded price that stays in the mark.", "0.2"},
    {"backstop.enabled", "true or false", "false",
     "A backstop takes positions over at their bankruptcy value, into an account of its own.", "true"},
    {"backstop.capacity", "amount", "",
     "Notional that it takes over in total, per settlement asset. Absent: unlimited.", "1000000"},
    {"backstop.below_health", "number", "",
     "If given, the backstop takes liquidatable units below that health completely, before the market, and none "
     "above it. Absent: it takes the rest that the market leaves.",
     "0.5"},
    {"backstop.takes_bankrupt", "true or false", "true", "Whether it takes bankrupt units.", "false"},
    {"fund.scope", "\"asset\" or \"instrument\"", "asset",
     "One insurance fund per settlement asset, or one per instrument.", "\"instrument\""},
    {"fund.balance.ASSET", "amount", "0", "Opening balance: by asset, or by instrument if that is the scope.",
     "1000000"},
    {"fund.floor", "amount", "0", "The fund never pays below this balance.", "1000"},
    {"fund.account_limit", "amount", "", "Largest payment for one account in one tick.", "1000"},
    {"fund.tick_limit", "amount", "", "Largest payment in one tick.", "10000"},
    {"fund.drawdown_stop", "part", "",
     "Fall from its peak beyond which the fund stops paying, so that losses go to ADL.", "0.3"},
    {"fund.recovery", "part", "1", "Share of the peak at which the fund pays again.", "0.9"},
    {"adl.enabled", "true or false", "true", "Whether winners are deleveraged for the remaining positions.", "true"},
    {"adl.score",
     {score_choices.text.data(), score_choices.length},
     "pnl_leverage",
     "Rank in the ladder. given: the column positions.adl_score.",
     "\"binance\""},
    {"adl.policy",
     "\"queue\", \"pro_rata:size\", \"pro_rata:pnl\", \"pro_rata:notional\", \"pro_rata:equity\", \"capped:0.5\", "
     "\"risk_aware:0.5\" or \"min_max\"",
     "queue", "How a shortfall is divided among the winners of a side.", "\"pro_rata:equity\""},
    {"adl.price", "\"bankruptcy\" or \"mark\"", "bankruptcy",
     "Price at which winners are closed; mark applies as long as the fund may pay the difference.", "\"mark\""},
    {"socialise.enabled", "true or false", "true", "Whether a remaining loss is shared among accounts.", "false"},
    {"socialise.by", "\"profit\", \"open_interest\" or \"equity\"", "profit",
     "The accounts that share it, and the proportion.", "\"equity\""},
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
  if (name.find('.') == std::string_view::npos) {
    std::vector<std::string_view> tops;  // Sections, and keys of the top.
    for (const std::string_view one : names) { tops.push_back(one.substr(0, one.find('.'))); }
    if (const std::string near = nearest_name(name, tops); !near.empty()) { return near; }
  }
  // A key that exactly one other section has.
  const auto is_same = [&](std::string_view one) { return leaf_of(one) == leaf_of(name); };
  if (std::count_if(names.begin(), names.end(), is_same) == 1) {
    return std::string(*std::find_if(names.begin(), names.end(), is_same));
  }
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
