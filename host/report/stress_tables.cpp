#include "host/report/stress_tables.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "host/report/fork_figures.hpp"
#include "host/report/held_table.hpp"
#include "host/report/notes.hpp"

namespace plimsoll {

namespace {

using json = nlohmann::ordered_json;

/// Money of a cell, in the order of the columns.
constexpr const char* money_names[] = {"fund_opening", "needed",       "fund_used", "adl_haircut", "socialised",
                                       "unpaid",       "fund_balance", "adl",       "market",      "backstop"};
std::vector<int128> money_of(const fork_figures& of, int128 opening) {
  return {opening,         of.borne(),      of.flows.fund_paid, of.flows.adl_haircut, of.flows.socialised,
          of.flows.unpaid, of.fund_balance, of.flows.adl,       of.flows.market,      of.flows.backstop};
}

json cell_json(const stress_grid& from, std::size_t shock, std::size_t fund) {
  const fork_outcome& of = from.at(shock, fund).outcome;
  json assets = json::object();
  for (const fork_figures& figures : of.assets) {
    const asset& it = from.reference.assets[figures.asset];
    json one;
    const std::vector<int128> money = money_of(figures, from.opening(fund, figures.asset));
    for (std::size_t i = 0; i < money.size(); ++i) { one[money_names[i]] = format_units(money[i], it.digits); }
    one["adequate"] = !figures.beyond_fund();
    one.update(spread_json(figures.spread));
    assets[it.name] = one;
  }
  return {{"shock", from.shocks[shock].text},
          {"fund", from.funds[fund].text},
          {"adequate", from.at(shock, fund).adequate()},
          {"accounts", of.overall.accounts},
          {"assets", assets},
          {"conservation_holds", of.conserved},
          {"passes", of.passes},
          {"plans", of.plans},
          {"events", of.events},
          {"events_digest", fmt::format("{:016x}", of.events_digest)}};
}

/// For each shock and asset the smallest fund of the grid that covers all losses; null if there is none.
json adequacy_json(const stress_grid& from) {
  json out = json::array();
  for (std::size_t shock = 0; shock < from.shocks.size(); ++shock) {
    json assets = json::object();
    const std::vector<fork_figures>& first = from.at(shock, 0).outcome.assets;
    for (std::size_t place = 0; place < first.size(); ++place) {
      const asset& it = from.reference.assets[first[place].asset];
      const std::size_t fund = from.smallest_adequate(shock, place);
      assets[it.name] = fund == stress_grid::no_fund
                            ? json(nullptr)
                            : json(format_units(from.opening(fund, first[place].asset), it.digits));
    }
    out.push_back({{"shock", from.shocks[shock].text}, {"smallest_fund", assets}});
  }
  return out;
}

}  // namespace

std::vector<named_table> make_stress_tables(const stress_grid& from) {
  std::vector<column_spec> columns{
      {"shock", column_kind::text}, {"fund", column_kind::text}, {"asset", column_kind::text}};
  for (const char* name : money_names) {
    columns.push_back({name, column_kind::amount, settlement_digits_max(from.reference)});
  }
  columns.push_back({"adequate", column_kind::boolean});
  add_spread_columns(columns);
  const std::size_t assets = settlement_assets(from.reference).size();
  std::vector<named_table> tables;
  tables.push_back({"stress", std::make_unique<chunk_table>(
                                  std::move(columns), from.cells.size() * assets,
                                  [&from, assets](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                    row_writer row(out);
                                    for (std::uint64_t i = begin; i < end; ++i) {
                                      const std::size_t shock = i / assets / from.funds.size();
                                      const std::size_t fund = i / assets % from.funds.size();
                                      const fork_figures& of = from.at(shock, fund).outcome.assets[i % assets];
                                      const asset& it = from.reference.assets[of.asset];
                                      row.text(from.shocks[shock].text).text(from.funds[fund].text).text(it.name);
                                      for (const int128 steps : money_of(of, from.opening(fund, of.asset))) {
                                        row.amount(steps, it.digits);
                                      }
                                      row.boolean(!of.beyond_fund());
                                      fill_spread(row, of.spread);
                                      row.end_row();
                                    }
                                  })});
  return tables;
}

std::vector<note> stress_notes(const stress_grid& from) {
  const fork_outcome& first = from.cells.front().outcome;
  return notes_on_held(first.held, first.ticks, from.reference);
}

std::string stress_summary_json(const stress_grid& from, const stress_facts& run) {
  json out;
  out["venue"] = from.reference.venue.name;
  out["rulebook"] = from.reference.venue.rules.name;
  out["accounts"] = from.accounts;
  out["positions"] = from.positions;
  out["by_beta"] = from.by_beta;
  out["has_market"] = from.has_market();
  out["held"] = held_json(from.cells.front().outcome.held, from.reference);
  out["notes"] = notes_json(run.notes);
  out["adequacy"] = adequacy_json(from);
  double seconds = 0;
  out["cells"] = json::array();
  for (std::size_t shock = 0; shock < from.shocks.size(); ++shock) {
    for (std::size_t fund = 0; fund < from.funds.size(); ++fund) {
      out["cells"].push_back(cell_json(from, shock, fund));
      seconds += from.at(shock, fund).outcome.seconds;
    }
  }
  out["run"] = {{"version", PLIMSOLL_VERSION},
                {"threads", run.threads},
                {"seconds_total", run.seconds_total},
                {"seconds_load_book", run.seconds_load_book},
                {"seconds_per_fork", from.cells.empty() ? 0.0 : seconds / static_cast<double>(from.cells.size())}};
  return out.dump(2) + "\n";
}

}  // namespace plimsoll
