#include "host/report/scan_tables.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include <oneapi/tbb/parallel_for.h>

#include "host/report/held_table.hpp"
#include "host/table/chunk_table.hpp"
#include "kernels/rules/ladder.hpp"
#include "kernels/rules/score.hpp"

namespace plimsoll {

scan_report::scan_report(const scan_result& scan) : scan_(scan) {
  const book& source = *scan.source;
  const reference_data& reference = source.reference;
  for (std::uint32_t a = 0; a < reference.assets.size(); ++a) {
    cross_names_.push_back(source.unit_name(unit_code::cross(a)));
    digits_max_ = std::max(digits_max_, reference.assets[a].digits);
    const std::uint32_t spot = reference.assets[a].spot;
    const bool old = spot != no_id && scan.prices.held[spot] != 0;
    const std::optional<decimal> price = old ? std::nullopt : price_in_quote(source, source.marks, a);
    quote_rates_.push_back(price ? std::optional<quote_rate>(
                                       {*price, reference.assets[a].digits, reference.assets[reference.quote].digits})
                                 : std::nullopt);
  }
  if (reference.venue.collateral == collateral_mode::multi) { digits_max_ = reference.assets[reference.quote].digits; }
  for (std::uint32_t i = 0; i < reference.instruments.size(); ++i) {
    isolated_names_.push_back(source.unit_name(unit_code::isolated(i, position_side::long_side)));
    isolated_names_.push_back(source.unit_name(unit_code::isolated(i, position_side::short_side)));
    price_digits_max_ = std::max(price_digits_max_, reference.instruments[i].price_step.scale);
    if (reference.instruments[i].kind == instrument_kind::spot) { continue; }
    size_digits_max_ = std::max(size_digits_max_, reference.instruments[i].size_step.scale);
  }
  lights_.assign(source.positions.size(), 0);
  oneapi::tbb::parallel_for(std::size_t{0}, scan.ladder.lights.size(), [&](std::size_t entry) {
    lights_[source.sides.position[entry]] = scan.ladder.lights[entry];
  });
}

std::string_view scan_report::account_of_unit(std::uint32_t unit) const {
  return scan_.source->accounts[scan_.source->units.account[unit]];
}

std::string_view scan_report::unit_name(std::uint32_t unit) const {
  const unit_code code = scan_.source->units.code[unit];
  return code.is_isolated() ? isolated_names_[segment_of(code.instrument(), code.side())] : cross_names_[code.asset()];
}

const std::string& scan_report::asset_of_unit(std::uint32_t unit) const {
  return scan_.source->reference.assets[scan_.source->asset_of(unit)].name;
}

std::optional<int128> scan_report::in_quote(std::uint32_t unit, std::int64_t amount) const {
  const std::optional<quote_rate>& rate = quote_rates_[scan_.source->asset_of(unit)];
  return rate ? rate->worth(amount) : std::nullopt;
}

int scan_report::digits_of_unit(std::uint32_t unit) const {
  return scan_.source->reference.assets[scan_.source->asset_of(unit)].digits;
}

namespace {

constexpr int health_digits = 6;

using table_ptr = std::unique_ptr<table_source>;

std::vector<column_spec> unit_columns_of(const scan_report& report) {
  const int digits = report.digits_max();
  return {{"account", column_kind::text},
          {"unit", column_kind::text},
          {"asset", column_kind::text},
          {"equity", column_kind::amount, digits},
          {"equity_quote", column_kind::amount, report.quote_digits()},
          {"margin_equity", column_kind::amount, digits},
          {"maintenance", column_kind::amount, digits},
          {"initial", column_kind::amount, digits},
          {"free", column_kind::amount, digits},
          {"top_up", column_kind::amount, digits},
          {"health_factor", column_kind::amount, health_digits},
          {"state", column_kind::text},
          {"held", column_kind::boolean}};
}

/// The columns that `units` and `flagged` share.
void write_unit(const scan_report& report, std::uint32_t unit, row_writer& row) {
  const unit_figures& units = report.scan().margin.units;
  const int digits = report.digits_of_unit(unit);
  const uint128 required = units.maintenance_ppm[unit];
  const auto initial = static_cast<int128>(ceil_ppm(units.initial_ppm[unit]));
  row.text(report.account_of_unit(unit)).text(report.unit_name(unit)).text(report.asset_of_unit(unit));
  row.amount(units.equity[unit], digits);
  const std::optional<int128> in_quote = report.in_quote(unit, units.equity[unit]);
  row.amount_if(in_quote.has_value(), in_quote.value_or(0), report.quote_digits());
  row.amount(units.margin_equity[unit], digits);
  row.amount(maintenance_of(report.scan(), unit), digits).amount(initial, digits);
  row.amount(units.margin_equity[unit] - initial, digits);
  const std::int64_t top_up = top_up_of(report.scan(), unit);
  row.amount_if(top_up > 0, top_up, digits);
  row.amount_if(required != 0, required != 0 ? health_factor_ppm(units.margin_equity[unit], required) : 0,
                health_digits);
  row.text(to_string(units.verdicts[unit].state())).boolean(units.verdicts[unit].held());
}

table_ptr units_table(const scan_report& report) {
  return std::make_unique<chunk_table>(unit_columns_of(report), report.scan().source->units.size(),
                                       [&report](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t unit = begin; unit < end; ++unit) {
                                           write_unit(report, static_cast<std::uint32_t>(unit), row);
                                           row.end_row();
                                         }
                                       });
}

table_ptr flagged_table(const scan_report& report) {
  auto columns = unit_columns_of(report);
  columns.push_back({"deficit", column_kind::amount, report.digits_max()});
  return std::make_unique<chunk_table>(std::move(columns), report.scan().flagged.size(),
                                       [&report](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           const std::uint32_t unit = report.scan().flagged[i];
                                           write_unit(report, unit, row);
                                           row.amount(deficit_of(report.scan().margin.units.equity[unit]),
                                                      report.digits_of_unit(unit));
                                           row.end_row();
                                         }
                                       });
}

/// The holder of a ladder entry, and its lights.
struct ladder_holder {
  std::uint32_t unit;
  std::uint32_t account;
  std::uint8_t lights;
};
constexpr std::size_t holders_at_once = 64;

/// Holders of the first `holders_at_once` of some entries. Prefetches all data of their rows: a ladder is in order of
/// scores, so each row is somewhere else in the book, and reading them one after the other would wait for memory each
/// time. Also prefetches the first data of the entries after them.
void ask_holders(const scan_report& report, std::span<const ladder_entry> entries, std::span<ladder_holder> out) {
  const book& source = *report.scan().source;
  const std::size_t count = std::min(entries.size(), holders_at_once);
  for (std::size_t i = count; i < std::min(entries.size(), 2 * holders_at_once); ++i) {
    __builtin_prefetch(&source.positions.unit[entries[i].position]);
    __builtin_prefetch(&source.positions.lots[entries[i].position]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t position = entries[i].position;
    out[i].unit = source.positions.unit[position];
    out[i].lights = report.lights_of_position(position);
  }
  for (std::size_t i = 0; i < count; ++i) {
    __builtin_prefetch(&source.units.code[out[i].unit]);
    out[i].account = source.units.account[out[i].unit];
  }
  for (std::size_t i = 0; i < count; ++i) { source.accounts.prefetch_name(out[i].account); }
}

table_ptr ladder_table(const scan_report& report) {
  std::vector<column_spec> columns{
      {"instrument", column_kind::text}, {"side", column_kind::text},
      {"rank", column_kind::integer},    {"account", column_kind::text},
      {"unit", column_kind::text},       {"size", column_kind::amount, report.size_digits_max()},
      {"score", column_kind::score},     {"lights", column_kind::integer}};
  return std::make_unique<chunk_table>(
      std::move(columns), report.scan().ladder.entries.size(),
      [&report](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        const rank_result& ladder = report.scan().ladder;
        const book& source = *report.scan().source;
        row_writer row(out);
        // The prefix that contains `begin`: the last one that starts at or before it.
        auto prefix =
            static_cast<std::size_t>(std::upper_bound(ladder.first_entry.begin(), ladder.first_entry.end(), begin) -
                                     ladder.first_entry.begin() - 1);
        std::array<ladder_holder, holders_at_once> holders;
        for (std::uint64_t i = begin; i < end; ++i) {
          const std::size_t at = (i - begin) % holders.size();
          if (at == 0) { ask_holders(report, std::span(ladder.entries).subspan(i, end - i), holders); }
          while (i >= ladder.first_entry[prefix + 1]) { ++prefix; }
          const std::uint32_t segment = report.scan().ladder_segments[prefix];
          const std::uint32_t position = ladder.entries[i].position;
          const instrument& it = source.reference.instruments[segment / 2];
          row.text(it.name).text(to_string(static_cast<position_side>(segment % 2)));
          row.integer(static_cast<std::int64_t>(i - ladder.first_entry[prefix] + 1));
          row.text(source.accounts[holders[at].account]).text(report.unit_name(holders[at].unit));
          row.amount(step_units(magnitude(source.positions.lots[position]), it.size_step), it.size_step.scale);
          row.score(std::bit_cast<double>(score_bits_of(ladder.entries[i].key)));
          row.integer(holders[at].lights);
          row.end_row();
        }
      });
}

table_ptr cover_table(const scan_report& report) {
  std::vector<column_spec> columns{{"instrument", column_kind::text},
                                   {"asset", column_kind::text},
                                   {"loser", column_kind::text},
                                   {"loser_unit", column_kind::text},
                                   {"winner", column_kind::text},
                                   {"winner_unit", column_kind::text},
                                   {"size", column_kind::amount, report.size_digits_max()},
                                   {"price", column_kind::amount, report.price_digits_max()},
                                   {"value", column_kind::amount, report.digits_max()}};
  return std::make_unique<chunk_table>(std::move(columns), report.scan().cover.size(),
                                       [&report](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         const book& source = *report.scan().source;
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           const cover_fill& fill = report.scan().cover[i];
                                           const instrument& it =
                                               source.reference.instruments[source.positions.instrument[fill.loser]];
                                           const std::uint32_t loser = source.positions.unit[fill.loser];
                                           const std::uint32_t winner = source.positions.unit[fill.winner];
                                           row.text(it.name).text(report.asset_of_unit(loser));
                                           row.text(report.account_of_unit(loser)).text(report.unit_name(loser));
                                           row.text(report.account_of_unit(winner)).text(report.unit_name(winner));
                                           row.amount(step_units(fill.lots, it.size_step), it.size_step.scale);
                                           row.amount(step_units(fill.price.raw, it.price_step), it.price_step.scale);
                                           row.amount(static_cast<int128>(fill.value), report.digits_of_unit(loser));
                                           row.end_row();
                                         }
                                       });
}

std::vector<column_spec> position_columns_of(const scan_report& report) {
  const int digits = report.digits_max();
  return {{"account", column_kind::text},
          {"unit", column_kind::text},
          {"asset", column_kind::text},
          {"instrument", column_kind::text},
          {"side", column_kind::text},
          {"size", column_kind::amount, report.size_digits_max()},
          {"value", column_kind::amount, digits},
          {"cost", column_kind::amount, digits},
          {"pnl", column_kind::amount, digits},
          {"notional", column_kind::amount, digits},
          {"maintenance", column_kind::amount, digits},
          {"initial", column_kind::amount, digits},
          {"allotted", column_kind::amount, digits},
          {"bankruptcy_price", column_kind::amount, report.price_digits_max()},
          {"liquidation_price", column_kind::amount, report.price_digits_max()},
          {"score", column_kind::score},
          {"lights", column_kind::integer}};
}

void write_position(const scan_report& report, std::uint32_t position, std::int64_t allotted, row_writer& row) {
  const scan_result& scan = report.scan();
  const book& source = *scan.source;
  const std::uint32_t unit = source.positions.unit[position];
  const instrument& it = source.reference.instruments[source.positions.instrument[position]];
  const size_lots size{source.positions.lots[position]};
  const int digits = report.digits_of_unit(unit);
  const position_figures figures = figures_of(source, scan.prices, position);
  row.text(report.account_of_unit(unit)).text(report.unit_name(unit)).text(report.asset_of_unit(unit));
  row.text(it.name).text(to_string(side_of(size)));
  row.amount(step_units(size.raw, it.size_step), it.size_step.scale);
  row.amount(figures.value, digits).amount(source.positions.cost[position], digits).amount(figures.pnl, digits);
  row.amount(static_cast<int128>(figures.notional), digits);
  row.amount(static_cast<int128>(ceil_ppm(figures.required.maintenance_ppm)), digits);
  row.amount(static_cast<int128>(ceil_ppm(figures.required.initial_ppm)), digits);
  row.amount(allotted, digits);

  const bankruptcy closing = bankruptcy_of(size, {figures.value}, allotted, it.rate);
  const bool cannot_go_bankrupt = closing.clamped && scan.margin.units.equity[unit] > 0;
  row.amount_if(!cannot_go_bankrupt, step_units(bankruptcy_price(size, closing.value, it.rate).raw, it.price_step),
                it.price_step.scale);
  const price_ticks liquidation = liquidation_price_of(scan, position);
  row.amount_if(is_marked(liquidation.raw), step_units(liquidation.raw, it.price_step), it.price_step.scale);
  row.score(score_of(source.reference.venue.adl_score, score_input_of(scan, position)));
  const std::uint8_t lights = report.lights_of_position(position);
  row.integer_if(lights != 0, lights);
  row.end_row();
}

table_ptr positions_table(const scan_report& report) {
  return std::make_unique<chunk_table>(
      position_columns_of(report), report.scan().source->positions.size(),
      [&report](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        const book& source = *report.scan().source;
        row_writer row(out);
        std::uint32_t unit = no_id;
        std::vector<std::int64_t> allotted;
        for (auto position = static_cast<std::uint32_t>(begin); position < end; ++position) {
          if (source.positions.unit[position] != unit) {
            unit = source.positions.unit[position];
            allotted = allot_equity(source, report.scan().prices, unit, report.scan().margin.units.equity[unit]);
          }
          write_position(report, position, allotted[position - source.units.first_position[unit]], row);
        }
      });
}

std::vector<column_spec> market_columns_of(const scan_report& report) {
  const int size_digits = report.size_digits_max();
  return {{"instrument", column_kind::text},
          {"asset", column_kind::text},
          {"mark", column_kind::amount, report.price_digits_max()},
          {"open_interest", column_kind::amount, size_digits},
          {"longs", column_kind::integer},
          {"shorts", column_kind::integer},
          {"demand_long", column_kind::amount, size_digits},
          {"demand_short", column_kind::amount, size_digits},
          {"cover_long", column_kind::amount, size_digits},
          {"cover_short", column_kind::amount, size_digits},
          {"deficit", column_kind::amount, report.digits_max()},
          {"held", column_kind::boolean}};
}

table_ptr markets_table(const scan_report& report) {
  return std::make_unique<chunk_table>(
      market_columns_of(report), report.scan().source->reference.instruments.size(),
      [&report](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        const scan_result& scan = report.scan();
        const book& source = *scan.source;
        row_writer row(out);
        for (auto i = static_cast<std::uint32_t>(begin); i < end; ++i) {
          const instrument& it = source.reference.instruments[i];
          const bool spot = it.kind == instrument_kind::spot;
          const decimal step = spot ? decimal{1, 0} : it.size_step;
          const segment_figures& longs = scan.segments[segment_of(i, position_side::long_side)];
          const segment_figures& shorts = scan.segments[segment_of(i, position_side::short_side)];
          const auto size = [&](std::uint64_t lots) {
            row.amount(step_units(static_cast<int128>(lots), step), step.scale);
          };
          row.text(it.name).text(source.reference.assets[it.settle].name);
          row.amount_if(is_marked(source.marks[i].ticks), step_units(source.marks[i].ticks, it.price_step),
                        it.price_step.scale);
          size(std::max(longs.lots, shorts.lots));
          row.integer(static_cast<std::int64_t>(longs.positions)).integer(static_cast<std::int64_t>(shorts.positions));
          size(longs.demand);
          size(shorts.demand);
          size(longs.covered);
          size(shorts.covered);
          row.amount_if(!spot, static_cast<int128>(scan.instrument_deficit[i]),
                        source.reference.assets[it.settle].digits);
          row.boolean(scan.prices.held[i] != 0);
          row.end_row();
        }
      });
}

}  // namespace

std::vector<named_table> make_scan_tables(const scan_report& report, bool with_positions) {
  std::vector<named_table> tables;
  tables.push_back({"units", units_table(report)});
  tables.push_back({"flagged", flagged_table(report)});
  tables.push_back({"ladder", ladder_table(report)});
  tables.push_back({"cover", cover_table(report)});
  if (with_positions) { tables.push_back({"positions", positions_table(report)}); }
  tables.push_back({"markets", markets_table(report)});
  tables.push_back({"held", held_table(report.scan().held, report.scan().source->reference)});
  return tables;
}

}  // namespace plimsoll
