#include "host/report/output_columns.hpp"

namespace plimsoll {

namespace {

constexpr std::string_view money = "money of the unit";
constexpr std::string_view settled = "settlement asset";

constexpr output_column unit_columns[] = {
    {"account", "", "Whose unit it is."},
    {"unit", "", "cross:ASSET, isolated:INSTRUMENT:long or isolated:INSTRUMENT:short."},
    {"equity", money, "Balance and unrealised profit."},
    {"margin_equity", money, "The same with collateral weights; what is compared with the margins."},
    {"maintenance", money, "Maintenance margin, rounded up."},
    {"initial", money, "Initial margin, rounded up."},
    {"free", money, "Margin equity less initial margin, not below zero."},
    {"health_factor", "ratio", "Margin equity / maintenance margin, rounded down; blank without positions."},
    {"state", "", "healthy, margin_call, liquidatable or bankrupt."},
    {"held", "true or false", "Its marks are too old to be judged by: the state is what it would be."},
};
constexpr output_column flagged_columns[] = {
    {"account", "", "As in units."},
    {"unit", "", "As in units."},
    {"equity", money, "As in units."},
    {"margin_equity", money, "As in units."},
    {"maintenance", money, "As in units."},
    {"initial", money, "As in units."},
    {"free", money, "As in units."},
    {"health_factor", "ratio", "As in units."},
    {"state", "", "liquidatable or bankrupt."},
    {"held", "true or false", "false: units that are held are not flagged."},
    {"deficit", money, "What a bankrupt unit lacks to equity 0."},
};
constexpr output_column ladder_columns[] = {
    {"instrument", "", "Whose ladder it is."},
    {"side", "", "long or short: the side of the winners."},
    {"rank", "", "Place, from 1: closed first."},
    {"account", "", "The winner."},
    {"unit", "", "Its unit."},
    {"size", "contracts", "Its position, signed."},
    {"score", "", "What ranks it, by [adl] score; the larger the earlier."},
    {"lights", "1 to 5", "How many fifths of the side's open interest do not stand ahead of it."},
};
constexpr output_column cover_columns[] = {
    {"instrument", "", "Of the bankrupt position."},
    {"loser", "", "The bankrupt account."},
    {"loser_unit", "", "Its unit."},
    {"winner", "", "Who would take over."},
    {"winner_unit", "", "Its unit."},
    {"size", "contracts", "How much, with the sign of the loser's position."},
    {"price", "price", "The loser's bankruptcy price."},
    {"value", settled, "Value at the bankruptcy price."},
};
constexpr output_column position_columns[] = {
    {"account", "", "Whose position it is."},
    {"unit", "", "The unit that it is part of."},
    {"instrument", "", "Its contract."},
    {"side", "", "long or short."},
    {"size", "contracts", "Signed."},
    {"value", settled, "At the mark, signed, rounded down."},
    {"cost", settled, "At entry, signed, rounded down."},
    {"pnl", settled, "Value less cost."},
    {"notional", settled, "Size of the value."},
    {"maintenance", settled, "Maintenance margin, by tiers."},
    {"initial", settled, "Initial margin, by tiers."},
    {"allotted", money, "Its part of the unit's equity."},
    {"bankruptcy_price", "price", "Mark at which its part of the equity is used up; blank where there is none."},
    {"liquidation_price", "price", "Mark, this one alone moved, from which on the unit is below maintenance."},
    {"score", "", "Rank in the ladder of its side; blank off the ladder."},
    {"lights", "1 to 5", "As in ladder; 0 off the ladder."},
};
constexpr output_column market_columns[] = {
    {"instrument", "", "A contract."},
    {"mark", "price", "Its mark."},
    {"open_interest", "contracts", "The larger of both sides."},
    {"longs", "positions", "How many are long."},
    {"shorts", "positions", "How many are short."},
    {"demand_long", "contracts", "Wanted from the longs: contracts of bankrupt shorts."},
    {"demand_short", "contracts", "Wanted from the shorts."},
    {"cover_long", "contracts", "What winners among the longs can take of it."},
    {"cover_short", "contracts", "What winners among the shorts can take of it."},
    {"deficit", settled, "What its bankrupt positions lack."},
    {"held", "true or false", "Its mark is too old."},
};
constexpr output_column event_columns[] = {
    {"tick", "", "When."},
    {"plan", "", "Number of the plan that it is a leg of; the legs of a plan sum to zero."},
    {"step", "", "What happened: an update's kind, or a step of the waterfall."},
    {"account", "", "Whose leg it is; fund, fees, market, backstop and external are the system's."},
    {"unit", "", "Its unit; blank of a system account."},
    {"instrument", "", "Contract traded; blank where only money moved."},
    {"side", "", "Which of the customer's positions changes: long or short."},
    {"size", "contracts", "Change of the position."},
    {"cost", settled, "Change of the cost."},
    {"asset", "", "Asset of the amount."},
    {"amount", "the asset", "Change of the balance."},
    {"price", "price", "Price of the trade, on its step."},
    {"cause", "", "The account on whose behalf."},
};
constexpr output_column tick_columns[] = {
    {"tick", "", "Its number."},
    {"asset", "", "Settlement asset of the figures in this row."},
    {"healthy", "units", "At the tick's first scan, of this asset's units."},
    {"margin_call", "units", "The same."},
    {"liquidatable", "units", "The same."},
    {"bankrupt", "units", "The same."},
    {"held", "units", "Not judged, since a mark is too old."},
    {"dust", "units", "Owing less than [margin] dust, without positions: in no state."},
    {"demand", "the asset", "Bankruptcy value of bankrupt positions."},
    {"market", "the asset", "Value sold to and bought from the market."},
    {"surplus", "the asset", "What fills brought above the bankruptcy value."},
    {"fees", "the asset", "Liquidation fees."},
    {"backstop", "the asset", "Value that the backstop took over."},
    {"fund_paid", "the asset", "What the insurance fund paid."},
    {"fund_balance", "the asset", "What it holds after the tick."},
    {"adl", "the asset", "Value closed by ADL, at its prices."},
    {"adl_haircut", "the asset", "What winners gave up by it against the mark."},
    {"socialised", "the asset", "Loss shared out."},
    {"unpaid", "the asset", "What nobody has borne so far."},
    {"winners", "units", "Deleveraged in this tick."},
    {"passes", "scans", "Until nothing new was flagged."},
    {"seconds", "s",
     "Wall time of the tick; the same in each of its rows. The only columns that differ from run to run."},
    {"seconds_updates", "s", "Of updates."},
    {"seconds_scan", "s", "Of scans."},
    {"seconds_execute", "s", "Of the waterfall."},
    {"seconds_record", "s", "Of writing events down."},
};
constexpr output_column feasibility_columns[] = {
    {"tick", "", "When."},
    {"pass", "", "Which scan of the tick, from 1."},
    {"instrument", "", "Contract."},
    {"losers", "", "Side of the bankrupt positions."},
    {"demand", "contracts", "What they hold."},
    {"ladder", "contracts", "What the winners of the other side hold."},
    {"left_over", "contracts", "What of the demand the ladder cannot take."},
    {"asset", "", "Settlement asset."},
    {"deficit", "the asset", "What the bankrupt positions lack."},
    {"winners_profit", "the asset", "Profit of the winners."},
    {"fund", "the asset", "What the fund held."},
};
constexpr output_column policy_columns[] = {
    {"policy", "", "ADL policy of the fork."},
    {"asset", "", "Settlement asset of the figures in this row."},
    {"removed", "the asset", "What winners gave up against the mark."},
    {"needed", "the asset", "What the positions that reached ADL lacked against the mark."},
    {"overshoot", "the asset", "removed less needed; below zero the rest went elsewhere."},
    {"adl", "the asset", "Value closed by ADL."},
    {"market", "the asset", "Value traded with the market."},
    {"backstop", "the asset", "Value taken by the backstop."},
    {"fund_used", "the asset", "What the fund paid."},
    {"fund_balance", "the asset", "What it holds at the end."},
    {"socialised", "the asset", "Loss shared out."},
    {"unpaid", "the asset", "What nobody has borne at the end."},
    {"worst", "part", "Largest haircut / equity of a unit that gave."},
    {"mean", "part", "Their mean."},
    {"gini", "0 to 1", "How unevenly it lies over the units of the ladders asked."},
    {"accounts", "", "Accounts that gave, each once."},
    {"deleveraged", "units", "That gave, once a wave."},
    {"candidates", "units", "On the ladders asked, once a wave."},
};
constexpr output_column stress_columns[] = {
    {"shock", "", "Move of the marks."},
    {"fund", "", "Size of the fund, as asked for."},
    {"asset", "", "Settlement asset of the figures in this row."},
    {"fund_opening", "the asset", "What the fund opens with."},
    {"needed", "the asset", "What bankrupt units could not bear: the next four together."},
    {"fund_used", "the asset", "What the fund paid."},
    {"adl_haircut", "the asset", "What winners gave up against the mark."},
    {"socialised", "the asset", "Loss shared out."},
    {"unpaid", "the asset", "What nobody has borne."},
    {"fund_balance", "the asset", "What the fund holds at the end."},
    {"adl", "the asset", "Value closed by ADL."},
    {"market", "the asset", "Value traded with the market."},
    {"backstop", "the asset", "Value taken by the backstop."},
    {"adequate", "true or false", "Nothing went beyond the fund: no ADL, nothing socialised, nothing unpaid."},
    {"worst", "part", "Largest haircut / equity of a unit that gave."},
    {"mean", "part", "Their mean."},
    {"gini", "0 to 1", "How unevenly it lies over the units of the ladders asked."},
    {"accounts", "", "Accounts that gave, each once."},
    {"deleveraged", "units", "That gave."},
    {"candidates", "units", "On the ladders asked."},
};

constexpr output_table all[] = {
    {"scan", "units", "Every risk unit with its verdict, by account, then unit.", unit_columns},
    {"scan", "flagged", "Liquidatable and bankrupt units that are not held, worst first.", flagged_columns},
    {"scan", "ladder", "ADL ladders, as far as the cover needs or with --ladder full.", ladder_columns},
    {"scan", "cover", "Which winner would take over which bankrupt contracts.", cover_columns},
    {"scan", "positions", "With --positions: every position with its verdict.", position_columns},
    {"scan", "markets", "A row per contract.", market_columns},
    {"replay", "events", "The ledger: a row per leg, in order.", event_columns},
    {"replay", "ticks", "A row per tick and settlement asset.", tick_columns},
    {"replay", "feasibility", "What could be done about each side before a pass acted.", feasibility_columns},
    {"compare", "policies", "A row per policy and settlement asset.", policy_columns},
    {"stress", "stress", "A row per shock, size of the fund and settlement asset.", stress_columns},
};

}  // namespace

std::span<const output_table> output_tables() { return all; }

}  // namespace plimsoll
