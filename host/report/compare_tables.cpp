#include "host/report/compare_tables.hpp"

#include <algorithm>
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

std::unique_ptr<table_source> haircuts_table(const comparison& from) {
  std::vector<column_spec> columns{{"policy", column_kind::text},
                                   {"rulebook", column_kind::text},
                                   {"asset", column_kind::text},
                                   {"account", column_kind::text},
                                   {"haircut", column_kind::amount, settlement_digits_max(from.reference)},
                                   {"worst", column_kind::amount, ratio_digits_shown},
                                   {"deleveraged", column_kind::integer}};
  // Rows of a fork begin here.
  std::vector<std::uint64_t> first{0};
  for (const comparison::fork& fork : from.forks) { first.push_back(first.back() + fork.outcome.haircuts.size()); }
  const std::uint64_t rows = first.back();
  return std::make_unique<chunk_table>(
      std::move(columns), rows,
      [&from, first = std::move(first)](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        auto at = static_cast<std::size_t>(std::upper_bound(first.begin(), first.end(), begin) - first.begin() - 1);
        for (std::uint64_t i = begin; i < end; ++i) {
          while (i >= first[at + 1]) { ++at; }
          const comparison::fork& fork = from.forks[at];
          const account_haircut& one = fork.outcome.haircuts[i - first[at]];
          const asset& it = from.reference.assets[one.asset];
          row.text(out.columns[0].owned.emplace_back(to_string(fork.policy))).text(fork.rulebook).text(it.name);
          row.text(one.account).amount(one.haircut, it.digits).amount(shown_ratio(one.worst), ratio_digits_shown);
          row.integer(static_cast<std::int64_t>(one.deleveraged));
          row.end_row();
        }
      });
}

}  // namespace

std::vector<named_table> make_compare_tables(const comparison& from, bool with_haircuts) {
  std::vector<column_spec> columns{
      {"policy", column_kind::text}, {"rulebook", column_kind::text}, {"asset", column_kind::text}};
  add_figure_columns(columns, settlement_digits_max(from.reference));
  const std::size_t assets = settlement_assets(from.reference).size();
  std::vector<named_table> tables;
  tables.push_back({"policies", std::make_unique<chunk_table>(
                                    std::move(columns), from.forks.size() * assets,
                                    [&from, assets](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                      row_writer row(out);
                                      for (std::uint64_t i = begin; i < end; ++i) {
                                        const comparison::fork& fork = from.forks[i / assets];
                                        const fork_figures& of = fork.outcome.assets[i % assets];
                                        const asset& it = from.reference.assets[of.asset];
                                        row.text(out.columns[0].owned.emplace_back(to_string(fork.policy)));
                                        row.text(fork.rulebook).text(it.name);
                                        fill_figures(row, of, it.digits);
                                        row.end_row();
                                      }
                                    })});
  if (with_haircuts) { tables.push_back({"haircuts", haircuts_table(from)}); }
  return tables;
}

std::vector<note> compare_notes(const comparison& from) {
  const fork_outcome& first = from.forks.front().outcome;
  std::vector<note> out = notes_on_held(first.held, first.ticks, from.reference);
  std::string without;
  std::uint64_t count = 0;
  for (const comparison::fork& fork : from.forks) {
    if (!from.of_rulebooks || fork.has_market) { continue; }
    without += (count++ == 0 ? "" : ", ") + fork.name;
  }
  if (count != 0) {
    out.push_back(
        {fmt::format("no market ([market] depth) under {}, so bankrupt positions go to ADL whatever the fund holds",
                     without),
         count});
  }
  return out;
}

std::string compare_summary_json(const comparison& from, const compare_facts& run) {
  json out;
  out["venue"] = from.reference.venue.name;
  out["rulebook"] = from.of_rulebooks ? json(nullptr) : json(from.reference.venue.rules.name);
  out["accounts"] = from.accounts;
  out["positions"] = from.positions;
  out["path"] = from.path;
  out["held"] = held_json(from.forks.front().outcome.held, from.reference);
  out["notes"] = notes_json(run.notes);
  json seconds = json::object();
  for (const comparison::fork& fork : from.forks) {
    const fork_outcome& of = fork.outcome;
    json assets = json::object();
    for (const fork_figures& figures : of.assets) {
      const asset& it = from.reference.assets[figures.asset];
      assets[it.name] = figures_json(figures, it.digits);
    }
    out["policies"].push_back({{"policy", to_string(fork.policy)},
                               {"rulebook", fork.rulebook},
                               {"overall", spread_json(of.overall)},
                               {"assets", assets},
                               {"conservation_holds", of.conserved},
                               {"ticks", of.ticks},
                               {"passes", of.passes},
                               {"plans", of.plans},
                               {"events", of.events},
                               {"events_digest", fmt::format("{:016x}", of.events_digest)}});
    seconds[fork.name] = of.seconds;
  }
  out["run"] = {{"version", PLIMSOLL_VERSION},
                {"threads", run.threads},
                {"seconds_total", run.seconds_total},
                {"seconds_load_book", run.seconds_load_book},
                {"seconds_per_fork", seconds}};
  return out.dump(2) + "\n";
}

}  // namespace plimsoll
