#include "host/api/answer_tables.hpp"

#include <algorithm>
#include <utility>

#include "host/table/chunk_table.hpp"
#include "host/text/decimal.hpp"
#include "host/updates/ledger.hpp"

namespace plimsoll {

namespace {

constexpr int health_digits = 6;

error not_of_this_book() {
  return error{error_code::usage, "the result to export has ids that are not in the scanner's book"};
}

/// A table whose rows are those of a range; `write` fills one.
template <class Range, class Write>
std::unique_ptr<table_source> table_of(std::vector<column_spec> columns, const Range& rows, Write write) {
  return std::make_unique<chunk_table>(std::move(columns), rows.size(),
                                       [&rows, write](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           write(rows[i], row);
                                           row.end_row();
                                         }
                                       });
}

void write_health(const std::optional<int128>& health_ppm, row_writer& row) {
  row.amount_if(health_ppm.has_value(), health_ppm.value_or(0), health_digits);
}

void write_price(const std::optional<price_ticks>& price, const instrument& it, row_writer& row) {
  row.amount_if(price.has_value(), step_units(price.value_or(price_ticks{}).raw, it.price_step), it.price_step.scale);
}

}  // namespace

answer_tables::answer_tables(const reference_data& of) : of_(of) {
  for (const asset& one : of.assets) { money_digits_ = std::max(money_digits_, one.digits); }
  for (const instrument& one : of.instruments) {
    price_digits_ = std::max(price_digits_, one.price_step.scale);
    if (one.kind != instrument_kind::spot) { size_digits_ = std::max(size_digits_, one.size_step.scale); }
  }
}

bool answer_tables::has_contract(std::uint32_t id) const {
  return id < of_.instruments.size() && of_.instruments[id].kind != instrument_kind::spot;
}

result<answer_tables::table> answer_tables::flagged(const tick_result& found) const {
  for (const flagged_unit& one : found.flagged) {
    if (!has_asset(one.asset)) { return not_of_this_book(); }
  }
  return table_of(
      {{"account", column_kind::text},
       {"unit", column_kind::text},
       {"asset", column_kind::text},
       {"state", column_kind::text},
       {"equity", column_kind::amount, money_digits_},
       {"margin_equity", column_kind::amount, money_digits_},
       {"maintenance", column_kind::amount, money_digits_},
       {"top_up", column_kind::amount, money_digits_},
       {"health_factor", column_kind::amount, health_digits},
       {"deficit", column_kind::amount, money_digits_}},
      found.flagged, [this](const flagged_unit& one, row_writer& row) {
        const int money = digits(one.asset);
        const int128 top_up = static_cast<int128>(one.maintenance.raw) - one.margin_equity.raw;
        row.text(one.account).text(one.unit).text(of_.assets[one.asset].name).text(to_string(one.state));
        row.amount(one.equity.raw, money).amount(one.margin_equity.raw, money).amount(one.maintenance.raw, money);
        row.amount_if(top_up > 0, top_up, money);
        write_health(one.health_ppm, row);
        row.amount(one.deficit.raw, money);
      });
}

result<answer_tables::table> answer_tables::cover(const tick_result& found) const {
  for (const cover_line& one : found.cover) {
    if (!has_contract(one.instrument)) { return not_of_this_book(); }
  }
  return table_of({{"instrument", column_kind::text},
                   {"asset", column_kind::text},
                   {"loser", column_kind::text},
                   {"loser_unit", column_kind::text},
                   {"winner", column_kind::text},
                   {"winner_unit", column_kind::text},
                   {"size", column_kind::amount, size_digits_},
                   {"price", column_kind::amount, price_digits_},
                   {"value", column_kind::amount, money_digits_}},
                  found.cover, [this](const cover_line& one, row_writer& row) {
                    const instrument& it = of_.instruments[one.instrument];
                    row.text(it.name).text(of_.assets[it.settle].name);
                    row.text(one.loser).text(one.loser_unit).text(one.winner).text(one.winner_unit);
                    row.amount(step_units(one.lots.raw, it.size_step), it.size_step.scale);
                    row.amount(step_units(one.price.raw, it.price_step), it.price_step.scale);
                    row.amount(one.value.raw, digits(it.settle));
                  });
}

result<answer_tables::table> answer_tables::demand(const tick_result& found) const {
  for (const market_demand& one : found.demand) {
    if (!has_contract(one.instrument)) { return not_of_this_book(); }
  }
  return table_of({{"instrument", column_kind::text},
                   {"asset", column_kind::text},
                   {"demand_long", column_kind::amount, size_digits_},
                   {"demand_short", column_kind::amount, size_digits_},
                   {"cover_long", column_kind::amount, size_digits_},
                   {"cover_short", column_kind::amount, size_digits_},
                   {"deficit", column_kind::amount, money_digits_}},
                  found.demand, [this](const market_demand& one, row_writer& row) {
                    const instrument& it = of_.instruments[one.instrument];
                    row.text(it.name).text(of_.assets[it.settle].name);
                    for (const size_lots lots : {one.demand_long, one.demand_short, one.cover_long, one.cover_short}) {
                      row.amount(step_units(lots.raw, it.size_step), it.size_step.scale);
                    }
                    row.amount(one.deficit.raw, digits(it.settle));
                  });
}

result<answer_tables::table> answer_tables::totals(const tick_result& found) const {
  for (const asset_total& one : found.totals) {
    if (!has_asset(one.asset)) { return not_of_this_book(); }
  }
  return table_of({{"asset", column_kind::text},
                   {"balances", column_kind::amount, money_digits_},
                   {"deficit", column_kind::amount, money_digits_}},
                  found.totals, [this](const asset_total& one, row_writer& row) {
                    const int money = digits(one.asset);
                    row.text(of_.assets[one.asset].name).amount(one.balances.raw, money).amount(one.deficit.raw, money);
                  });
}

result<answer_tables::table> answer_tables::units(const account_report& report) const {
  for (const unit_report& one : report.units) {
    if (!has_asset(one.asset)) { return not_of_this_book(); }
  }
  return table_of({{"account", column_kind::text},
                   {"unit", column_kind::text},
                   {"asset", column_kind::text},
                   {"balance", column_kind::amount, money_digits_},
                   {"equity", column_kind::amount, money_digits_},
                   {"margin_equity", column_kind::amount, money_digits_},
                   {"maintenance", column_kind::amount, money_digits_},
                   {"initial", column_kind::amount, money_digits_},
                   {"free", column_kind::amount, money_digits_},
                   {"health_factor", column_kind::amount, health_digits},
                   {"state", column_kind::text},
                   {"held", column_kind::boolean}},
                  report.units, [this, &report](const unit_report& one, row_writer& row) {
                    const int money = digits(one.asset);
                    row.text(report.account).text(one.unit).text(of_.assets[one.asset].name);
                    for (const money_steps figure :
                         {one.balance, one.equity, one.margin_equity, one.maintenance, one.initial, one.free}) {
                      row.amount(figure.raw, money);
                    }
                    write_health(one.health_ppm, row);
                    row.text(to_string(one.state)).boolean(one.held);
                  });
}

result<answer_tables::table> answer_tables::positions(const account_report& report) const {
  struct placed {
    const unit_report* unit;
    const position_report* of;
  };
  auto rows = std::make_shared<std::vector<placed>>();
  for (const unit_report& unit : report.units) {
    for (const position_report& one : unit.positions) {
      if (!has_asset(unit.asset) || !has_contract(one.instrument)) { return not_of_this_book(); }
      rows->push_back({&unit, &one});
    }
  }
  std::vector<column_spec> columns{{"account", column_kind::text}, {"unit", column_kind::text},
                                   {"asset", column_kind::text},   {"instrument", column_kind::text},
                                   {"side", column_kind::text},    {"size", column_kind::amount, size_digits_}};
  for (const char* money : {"value", "cost", "pnl", "notional", "maintenance", "initial", "allotted"}) {
    columns.push_back({money, column_kind::amount, money_digits_});
  }
  for (const char* price : {"bankruptcy_price", "liquidation_price"}) {
    columns.push_back({price, column_kind::amount, price_digits_});
  }
  columns.push_back({"score", column_kind::score});
  columns.push_back({"ladder_place", column_kind::integer});
  columns.push_back({"lights", column_kind::integer});
  return table_of(std::move(columns), *rows, [this, &report, rows](const placed& at, row_writer& row) {
    const position_report& one = *at.of;
    const instrument& it = of_.instruments[one.instrument];
    const int money = digits(at.unit->asset);
    row.text(report.account).text(at.unit->unit).text(of_.assets[at.unit->asset].name);
    row.text(it.name).text(to_string(side_of(one.lots)));
    row.amount(step_units(one.lots.raw, it.size_step), it.size_step.scale);
    for (const money_steps figure :
         {one.value, one.cost, one.pnl, one.notional, one.maintenance, one.initial, one.allotted}) {
      row.amount(figure.raw, money);
    }
    write_price(one.bankruptcy_price, it, row);
    write_price(one.liquidation_price, it, row);
    row.score(one.score);
    row.integer_if(one.ladder_place != 0, static_cast<std::int64_t>(one.ladder_place));
    row.integer_if(one.lights != 0, one.lights);
  });
}

result<answer_tables::table> answer_tables::events(const execution& done) const {
  struct placed {
    const plan* of;
    const plan_leg* leg;
  };
  auto rows = std::make_shared<std::vector<placed>>();
  rows->reserve(done.legs.size());
  for (const plan& one : done.plans) {
    if (one.first_leg > done.legs.size() || one.legs > done.legs.size() - one.first_leg) { return not_of_this_book(); }
    for (const plan_leg& leg : done.legs_of(one)) {
      const bool trades = leg.instrument != no_id;
      if (!has_asset(leg.asset) || (trades && !has_contract(leg.instrument))) { return not_of_this_book(); }
      rows->push_back({&one, &leg});
    }
  }
  return table_of(
      {{"plan", column_kind::integer},
       {"step", column_kind::text},
       {"account", column_kind::text},
       {"unit", column_kind::text},
       {"instrument", column_kind::text},
       {"side", column_kind::text},
       {"size", column_kind::amount, size_digits_},
       {"cost", column_kind::amount, money_digits_},
       {"asset", column_kind::text},
       {"amount", column_kind::amount, money_digits_},
       {"price", column_kind::amount, price_digits_},
       {"cause", column_kind::text}},
      *rows, [this, rows](const placed& at, row_writer& row) {
        const plan_leg& leg = *at.leg;
        const bool trades = leg.instrument != no_id;
        const instrument none{};
        const instrument& it = trades ? of_.instruments[leg.instrument] : none;
        const int money = digits(leg.asset);
        row.integer(static_cast<std::int64_t>(at.of->id)).text(to_string(static_cast<ledger_step>(at.of->step)));
        row.text(leg.account).text(leg.unit).text(trades ? std::string_view(it.name) : std::string_view());
        row.text(leg.side ? to_string(*leg.side) : "");
        row.amount_if(trades, step_units(leg.lots.raw, it.size_step), it.size_step.scale);
        row.amount_if(trades, leg.cost.raw, money);
        row.text(of_.assets[leg.asset].name).amount(leg.amount.raw, money);
        write_price(leg.price, it, row);
        row.text(at.of->cause);
      });
}

result<answer_tables::table> answer_tables::flows(const execution& done) const {
  for (const asset_flow& one : done.flows) {
    if (!has_asset(one.asset)) { return not_of_this_book(); }
  }
  std::vector<column_spec> columns{{"asset", column_kind::text}};
  for (const char* flow : {"market", "surplus", "fees", "backstop", "fund_paid", "fund_balance", "adl", "adl_haircut",
                           "socialised", "unpaid"}) {
    columns.push_back({flow, column_kind::amount, money_digits_});
  }
  return table_of(std::move(columns), done.flows, [this](const asset_flow& one, row_writer& row) {
    row.text(of_.assets[one.asset].name);
    for (const money_sum flow : {one.market, one.surplus, one.fees, one.backstop, one.fund_paid, one.fund_balance,
                                 one.adl, one.adl_haircut, one.socialised, one.unpaid}) {
      row.amount(flow.raw, digits(one.asset));
    }
  });
}

}  // namespace plimsoll
