#include "host/report/replay_tables.hpp"

#include <algorithm>

#include "host/book/rebuild.hpp"
#include "host/report/held_table.hpp"
#include "host/report/tick_times.hpp"
#include "host/table/chunk_table.hpp"
#include "host/text/instant.hpp"

namespace plimsoll {

namespace {

int money_digits_max(const book& source) {
  int digits = 0;
  for (const asset& it : source.reference.assets) { digits = std::max(digits, it.digits); }
  return digits;
}

int size_digits_max(const book& source) {
  int digits = 0;
  for (const instrument& it : source.reference.instruments) { digits = std::max(digits, it.size_step.scale); }
  return digits;
}

int price_digits_max(const book& source) {
  int digits = 0;
  for (const instrument& it : source.reference.instruments) { digits = std::max(digits, it.price_step.scale); }
  return digits;
}

std::unique_ptr<table_source> events_table(const event_rows& rows, const replay_log& log, const book& source) {
  const int money = money_digits_max(source);
  std::vector<column_spec> columns{{"tick", column_kind::integer},
                                   {"time", column_kind::text},
                                   {"plan", column_kind::integer},
                                   {"step", column_kind::text},
                                   {"account", column_kind::text},
                                   {"unit", column_kind::text},
                                   {"instrument", column_kind::text},
                                   {"side", column_kind::text},
                                   {"size", column_kind::amount, size_digits_max(source)},
                                   {"cost", column_kind::amount, money},
                                   {"asset", column_kind::text},
                                   {"amount", column_kind::amount, money},
                                   {"price", column_kind::amount, price_digits_max(source)},
                                   {"cause", column_kind::text}};
  auto times = std::make_shared<tick_times>(log);
  return std::make_unique<chunk_table>(
      std::move(columns), rows.size(),
      [&rows, &log, &source, times](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        rows.visit(begin, end, [&](const event_row& event) {
          const asset& money_of = source.reference.assets[event.asset];
          const bool trades = event.instrument != no_id;
          const instrument none{};
          const instrument& it = trades ? source.reference.instruments[event.instrument] : none;
          row.integer(event.tick).text(times->text(event.tick));
          row.integer(static_cast<std::int64_t>(event.plan)).text(to_string(event.step));
          row.text(log.name(event.account)).text(event.unit == no_id ? std::string_view{} : log.name(event.unit));
          row.text(trades ? std::string_view(it.name) : std::string_view{});
          constexpr std::string_view sides[] = {"", "long", "short"};
          row.text(sides[static_cast<std::size_t>(event.side)]);
          row.amount_if(trades, step_units(event.lots, it.size_step), it.size_step.scale);
          row.amount_if(trades, event.cost, money_of.digits);
          row.text(money_of.name).amount(event.amount, money_of.digits);
          row.amount_if(is_marked(event.price_ticks), step_units(event.price_ticks, it.price_step),
                        it.price_step.scale);
          row.text(log.name(event.cause));
          row.end_row();
        });
      });
}

std::unique_ptr<table_source> ticks_table(const replay_log& log, const book& source) {
  const int money = money_digits_max(source);
  std::vector<column_spec> columns{
      {"tick", column_kind::integer}, {"time", column_kind::text}, {"asset", column_kind::text}};
  for (const char* state : {"healthy", "margin_call", "liquidatable", "bankrupt", "held", "dust"}) {
    columns.push_back({state, column_kind::integer});
  }
  for (const char* flow : {"demand", "market", "surplus", "fees", "backstop", "fund_paid", "fund_balance", "adl",
                           "adl_haircut", "socialised", "unpaid"}) {
    columns.push_back({flow, column_kind::amount, money});
  }
  columns.push_back({"winners", column_kind::integer});
  columns.push_back({"passes", column_kind::integer});
  for (const char* part : {"seconds", "seconds_updates", "seconds_scan", "seconds_execute", "seconds_record"}) {
    columns.push_back({part, column_kind::score});
  }
  auto times = std::make_shared<tick_times>(log);
  return std::make_unique<chunk_table>(
      std::move(columns), log.ticks.size(),
      [&log, &source, times](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (std::uint64_t i = begin; i < end; ++i) {
          const tick_row& tick = log.ticks[i];
          const asset& it = source.reference.assets[tick.asset];
          row.integer(tick.tick).text(times->text(tick.tick)).text(it.name);
          for (const std::uint64_t count : tick.states) { row.integer(static_cast<std::int64_t>(count)); }
          row.integer(static_cast<std::int64_t>(tick.held)).integer(static_cast<std::int64_t>(tick.dust));
          for (const int128 flow : {tick.demand, tick.flows.market, tick.flows.surplus, tick.flows.fees,
                                    tick.flows.backstop, tick.flows.fund_paid, tick.fund_balance, tick.flows.adl,
                                    tick.flows.adl_haircut, tick.flows.socialised, tick.flows.unpaid}) {
            row.amount(flow, it.digits);
          }
          row.integer(static_cast<std::int64_t>(tick.winners)).integer(tick.passes);
          row.score(tick.seconds.total)
              .score(tick.seconds.updates)
              .score(tick.seconds.scan)
              .score(tick.seconds.execute)
              .score(tick.seconds.record);
          row.end_row();
        }
      });
}

std::unique_ptr<table_source> feasibility_table(const replay_log& log, const book& source) {
  const int money = money_digits_max(source);
  const int size = size_digits_max(source);
  std::vector<column_spec> columns{
      {"tick", column_kind::integer},           {"pass", column_kind::integer},
      {"instrument", column_kind::text},        {"losers", column_kind::text},
      {"demand", column_kind::amount, size},    {"ladder", column_kind::amount, size},
      {"left_over", column_kind::amount, size}, {"asset", column_kind::text},
      {"deficit", column_kind::amount, money},  {"winners_profit", column_kind::amount, money},
      {"fund", column_kind::amount, money}};
  return std::make_unique<chunk_table>(
      std::move(columns), log.feasible.size(),
      [&log, &source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (std::uint64_t i = begin; i < end; ++i) {
          const feasibility& one = log.feasible[i].before;
          const instrument& it = source.reference.instruments[one.instrument];
          const asset& money_of = source.reference.assets[it.settle];
          row.integer(log.feasible[i].tick).integer(log.feasible[i].pass).text(it.name).text(to_string(one.losers));
          for (const std::uint64_t lots : {one.demand, one.ladder_lots, one.lots_left_over}) {
            row.amount(step_units(static_cast<int128>(lots), it.size_step), it.size_step.scale);
          }
          row.text(money_of.name)
              .amount(one.deficit, money_of.digits)
              .amount(one.winners_profit, money_of.digits)
              .amount(one.fund, money_of.digits);
          row.end_row();
        }
      });
}

std::unique_ptr<table_source> markets_table(const replay_log& log, const book& source) {
  const int size = size_digits_max(source);
  const int price = price_digits_max(source);
  std::vector<column_spec> columns{{"tick", column_kind::integer},       {"time", column_kind::text},
                                   {"instrument", column_kind::text},    {"asset", column_kind::text},
                                   {"feed", column_kind::amount, price}, {"mark", column_kind::amount, price}};
  for (const char* contracts :
       {"open_interest", "open_long", "open_short", "traded", "liquidated", "backstop", "adl"}) {
    columns.push_back({contracts, column_kind::amount, size});
  }
  auto times = std::make_shared<tick_times>(log);
  return std::make_unique<chunk_table>(
      std::move(columns), log.markets.size(),
      [&log, &source, times](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (std::uint64_t i = begin; i < end; ++i) {
          const market_row& one = log.markets[i];
          const instrument& it = source.reference.instruments[one.instrument];
          row.integer(one.tick).text(times->text(one.tick)).text(it.name);
          row.text(source.reference.assets[it.settle].name);
          for (const std::int64_t ticks : {one.feed_ticks, one.mark_ticks}) {
            row.amount_if(is_marked(ticks), step_units(ticks, it.price_step), it.price_step.scale);
          }
          for (const int128 lots : {int128{std::max(one.long_lots, one.short_lots)}, int128{one.long_lots},
                                    int128{one.short_lots}, one.traded, one.liquidated, one.backstop, one.adl}) {
            row.amount(step_units(lots, it.size_step), it.size_step.scale);
          }
          row.end_row();
        }
      });
}

std::unique_ptr<table_source> deleveraged_table(const replay_log& log, const book& source) {
  const int money = money_digits_max(source);
  std::vector<column_spec> columns{{"tick", column_kind::integer},
                                   {"time", column_kind::text},
                                   {"pass", column_kind::integer},
                                   {"account", column_kind::text},
                                   {"unit", column_kind::text},
                                   {"asset", column_kind::text},
                                   {"equity", column_kind::amount, money},
                                   {"haircut", column_kind::amount, money}};
  auto times = std::make_shared<tick_times>(log);
  return std::make_unique<chunk_table>(
      std::move(columns), log.deleveraged.size(),
      [&log, &source, times](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (std::uint64_t i = begin; i < end; ++i) {
          const deleveraged_row& one = log.deleveraged[i];
          const asset& it = source.reference.assets[one.asset];
          row.integer(one.tick).text(times->text(one.tick)).integer(one.pass);
          row.text(log.name(one.account)).text(log.name(one.unit)).text(it.name);
          row.amount(one.equity, it.digits).amount(one.haircut, it.digits);
          row.end_row();
        }
      });
}

// ------------------------------------------------------------------------------------------ the book again

std::unique_ptr<table_source> assets_table(const book& source) {
  std::vector<column_spec> columns{{"asset", column_kind::text},
                                   {"step", column_kind::amount, limits::step_digits_max},
                                   {"price", column_kind::amount, limits::step_digits_max},
                                   {"asset_weight", column_kind::amount, 6},
                                   {"liability_weight", column_kind::amount, 6}};
  return std::make_unique<chunk_table>(std::move(columns), source.reference.assets.size(),
                                       [&source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           const asset& it = source.reference.assets[i];
                                           row.text(it.name).amount(1, it.digits);
                                           row.amount_if(it.price.has_value(),
                                                         it.price ? it.price->mantissa : int128{0},
                                                         it.price ? it.price->scale : 0);
                                           row.amount(it.asset_weight_ppm, 6).amount(it.liability_weight_ppm, 6);
                                           row.end_row();
                                         }
                                       });
}

std::unique_ptr<table_source> instruments_table(const book& source) {
  std::vector<column_spec> columns{{"instrument", column_kind::text},
                                   {"kind", column_kind::text},
                                   {"base", column_kind::text},
                                   {"settle", column_kind::text}};
  for (const char* name : {"contract_size", "price_step", "size_step"}) {
    columns.push_back({name, column_kind::amount, limits::step_digits_max});
  }
  columns.push_back({"tier_table", column_kind::text});
  return std::make_unique<chunk_table>(std::move(columns), source.reference.instruments.size(),
                                       [&source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           const instrument& it = source.reference.instruments[i];
                                           const bool spot = it.kind == instrument_kind::spot;
                                           row.text(it.name)
                                               .text(to_string(it.kind))
                                               .text(source.reference.base_of(it))
                                               .text(source.reference.assets[it.settle].name);
                                           row.amount_if(!spot, it.contract_size.mantissa, it.contract_size.scale);
                                           row.amount_if(true, it.price_step.mantissa, it.price_step.scale);
                                           row.amount_if(!spot, it.size_step.mantissa, it.size_step.scale);
                                           if (spot) {
                                             row.text({});
                                           } else {
                                             row.text(source.reference.tier_table_names[it.tier_table]);
                                           }
                                           row.end_row();
                                         }
                                       });
}

struct tier_row {
  std::string_view table;
  const tier_band* band;
  const instrument* of;
  int digits;
};

std::unique_ptr<table_source> tiers_table(const book& source) {
  auto rows = std::make_shared<std::vector<tier_row>>();
  std::vector<std::uint8_t> written(source.reference.tier_table_names.size(), 0);
  for (const instrument& it : source.reference.instruments) {
    if (it.kind == instrument_kind::spot || written[it.tier_table] != 0) { continue; }
    written[it.tier_table] = 1;
    for (std::uint32_t b = 0; b < it.band_count; ++b) {
      rows->push_back({source.reference.tier_table_names[it.tier_table], &source.reference.bands[it.first_band + b],
                       &it, source.reference.assets[it.settle].digits});
    }
  }
  // Only if a table does not have the default words.
  const bool worded = std::any_of(source.reference.instruments.begin(), source.reference.instruments.end(),
                                  [](const instrument& it) { return it.tiers_whole; });
  const int digits_max = std::max(money_digits_max(source), worded ? size_digits_max(source) : 0);
  std::vector<column_spec> columns{{"tier_table", column_kind::text},
                                   {"floor", column_kind::amount, digits_max},
                                   {"maintenance_rate", column_kind::amount, 6},
                                   {"initial_rate", column_kind::amount, 6}};
  if (worded) {
    columns.push_back({"applies_to", column_kind::text});
    columns.push_back({"floor_in", column_kind::text});
  }
  const auto fill = [rows, worded](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
    row_writer row(out);
    for (std::uint64_t i = begin; i < end; ++i) {
      const tier_row& one = (*rows)[i];
      const auto floor = static_cast<int128>(one.band->floor);
      const instrument& of = *one.of;
      row.text(one.table);
      if (of.tiers_by_lots) {
        row.amount(step_units(floor, of.size_step), of.size_step.scale);
      } else {
        row.amount(floor, one.digits);
      }
      row.amount(one.band->maintenance_ppm, 6).amount(one.band->initial_ppm, 6);
      if (worded) { row.text(of.tiers_whole ? "whole" : "band").text(of.tiers_by_lots ? "contracts" : "notional"); }
      row.end_row();
    }
  };
  return std::make_unique<chunk_table>(std::move(columns), rows->size(), fill);
}

/// A balance in a unit's own asset, or in a collateral row.
struct balance_row {
  std::uint32_t unit;
  std::uint32_t asset;
  std::int64_t amount;
};

std::unique_ptr<table_source> balances_table(const book& source) {
  auto rows = std::make_shared<std::vector<balance_row>>();
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    if (source.units.code[unit].is_isolated()) { continue; }
    rows->push_back({unit, source.asset_of(unit), source.units.balance[unit]});
    if (source.units.first_collateral.empty()) { continue; }
    for (std::uint32_t i = source.units.first_collateral[unit]; i < source.units.first_collateral[unit + 1]; ++i) {
      rows->push_back({unit, source.collateral.asset[i], source.collateral.amount[i]});
    }
  }
  std::vector<column_spec> columns{{"account", column_kind::text},
                                   {"asset", column_kind::text},
                                   {"amount", column_kind::amount, money_digits_max(source)}};
  return std::make_unique<chunk_table>(
      std::move(columns), rows->size(), [rows, &source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (std::uint64_t i = begin; i < end; ++i) {
          const balance_row& one = (*rows)[i];
          const asset& it = source.reference.assets[one.asset];
          row.text(source.accounts[source.units.account[one.unit]]).text(it.name).amount(one.amount, it.digits);
          row.end_row();
        }
      });
}

std::unique_ptr<table_source> positions_in_table(const book& source) {
  const bool given = !source.positions.given.empty();
  std::vector<column_spec> columns{{"account", column_kind::text},
                                   {"instrument", column_kind::text},
                                   {"size", column_kind::amount, size_digits_max(source)},
                                   {"entry_value", column_kind::amount, money_digits_max(source)},
                                   {"isolated_margin", column_kind::amount, money_digits_max(source)}};
  if (given) { columns.push_back({"adl_score", column_kind::score}); }
  return std::make_unique<chunk_table>(
      std::move(columns), source.positions.size(),
      [given, &source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (auto p = static_cast<std::uint32_t>(begin); p < end; ++p) {
          const std::uint32_t unit = source.positions.unit[p];
          const instrument& it = source.reference.instruments[source.positions.instrument[p]];
          const int digits = source.reference.assets[it.settle].digits;
          row.text(source.accounts[source.units.account[unit]]).text(it.name);
          row.amount(step_units(source.positions.lots[p], it.size_step), it.size_step.scale)
              .amount(source.positions.cost[p], digits);
          row.amount_if(source.units.code[unit].is_isolated(), source.units.balance[unit], digits);
          if (given) { row.score(source.positions.given[p]); }
          row.end_row();
        }
      });
}

std::unique_ptr<table_source> bare_units_table(const book& source, std::vector<bare_unit> bare) {
  const std::uint64_t count = bare.size();
  auto rows = std::make_shared<std::vector<bare_unit>>(std::move(bare));
  std::vector<column_spec> columns{{"account", column_kind::text},
                                   {"unit", column_kind::text},
                                   {"balance", column_kind::amount, money_digits_max(source)}};
  return std::make_unique<chunk_table>(std::move(columns), count,
                                       [rows, &source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           const bare_unit& one = (*rows)[i];
                                           const instrument& it = source.reference.instruments[one.code.instrument()];
                                           row.text(source.accounts[one.account]);
                                           row.text(out.columns[1].owned.emplace_back(source.unit_name(one.code)));
                                           row.amount(one.balance, source.reference.assets[it.settle].digits);
                                           row.end_row();
                                         }
                                       });
}

std::unique_ptr<table_source> system_table(const book& source) {
  std::vector<column_spec> columns{
      {"account", column_kind::text},
      {"asset", column_kind::text},
      {"amount", column_kind::amount, money_digits_max(source)},
      {"instrument", column_kind::text},
      {"size", column_kind::amount, size_digits_max(source)},
      {"entry_value", column_kind::amount, money_digits_max(source)},
      {"unit", column_kind::text},
  };
  return std::make_unique<chunk_table>(
      std::move(columns), source.system.size(), [&source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (std::uint64_t i = begin; i < end; ++i) {
          const system_row& one = source.system[i];
          const bool money = one.instrument == no_id;
          const instrument* it = money ? nullptr : &source.reference.instruments[one.instrument];
          const asset& in = source.reference.assets[money ? one.asset : it->settle];
          row.text(to_string(one.account)).text(money ? std::string_view(in.name) : std::string_view());
          row.amount_if(money, one.amount, in.digits).text(money ? std::string_view() : std::string_view(it->name));
          row.amount_if(!money, money ? int128{0} : step_units(one.lots, it->size_step),
                        money ? 0 : it->size_step.scale);
          row.amount_if(!money, one.cost, in.digits).text(one.part);
          row.end_row();
        }
      });
}

/// Instruments with a depth of their own; null if there is none.
std::unique_ptr<table_source> depths_table(const book& source) {
  auto rows = std::make_shared<std::vector<std::uint32_t>>();
  for (std::uint32_t i = 0; i < source.reference.instruments.size(); ++i) {
    if (source.reference.instruments[i].depth) { rows->push_back(i); }
  }
  if (rows->empty()) { return nullptr; }
  std::vector<column_spec> columns{{"instrument", column_kind::text},
                                   {"depth", column_kind::amount, money_digits_max(source)},
                                   {"half_life", column_kind::amount, 9}};
  return std::make_unique<chunk_table>(std::move(columns), rows->size(),
                                       [rows, &source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           const instrument& it = source.reference.instruments[(*rows)[i]];
                                           row.text(it.name).amount(it.depth->mantissa, it.depth->scale);
                                           row.amount_if(it.half_life_ns.has_value(), it.half_life_ns.value_or(0), 9);
                                           row.end_row();
                                         }
                                       });
}

std::unique_ptr<table_source> marks_table(const book& source) {
  auto rows = std::make_shared<std::vector<std::uint32_t>>();
  for (std::uint32_t i = 0; i < source.marks.size(); ++i) {
    if (is_marked(source.marks[i].ticks)) { rows->push_back(i); }
  }
  std::vector<column_spec> columns{{"instrument", column_kind::text},
                                   {"mark", column_kind::amount, price_digits_max(source)},
                                   {"as_of", column_kind::text}};
  return std::make_unique<chunk_table>(
      std::move(columns), rows->size(), [rows, &source](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (std::uint64_t i = begin; i < end; ++i) {
          const instrument& it = source.reference.instruments[(*rows)[i]];
          const mark& one = source.marks[(*rows)[i]];
          row.text(it.name).amount(step_units(one.ticks, it.price_step), it.price_step.scale);
          std::string& as_of =
              out.columns[2].owned.emplace_back(one.as_of_ns ? format_instant(*one.as_of_ns) : std::string{});
          row.text(as_of);
          row.end_row();
        }
      });
}

}  // namespace

std::vector<named_table> make_replay_tables(const replay_log& log, const book& source) {
  std::vector<named_table> tables;
  tables.push_back({"events", events_table(log.events, log, source)});
  tables.push_back({"ticks", ticks_table(log, source)});
  tables.push_back({"markets", markets_table(log, source)});
  tables.push_back({"deleveraged", deleveraged_table(log, source)});
  tables.push_back({"feasibility", feasibility_table(log, source)});
  tables.push_back({"held", held_table(log, source.reference)});
  return tables;
}

named_table make_events_table(std::string name, const event_rows& rows, const replay_log& log, const book& source) {
  return {std::move(name), events_table(rows, log, source)};
}

std::vector<named_table> make_book_tables(const book& source) {
  std::vector<named_table> tables;
  tables.push_back({"assets", assets_table(source)});
  tables.push_back({"instruments", instruments_table(source)});
  tables.push_back({"tiers", tiers_table(source)});
  if (auto depths = depths_table(source)) { tables.push_back({"depths", std::move(depths)}); }
  tables.push_back({"balances", balances_table(source)});
  tables.push_back({"positions", positions_in_table(source)});
  tables.push_back({"marks", marks_table(source)});
  if (auto bare = bare_units_of(source); !bare.empty()) {
    tables.push_back({"units", bare_units_table(source, std::move(bare))});
  }
  if (!source.system.empty()) { tables.push_back({"system", system_table(source)}); }
  return tables;
}

}  // namespace plimsoll
