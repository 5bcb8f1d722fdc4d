#include "host/report/fork_figures.hpp"

#include <algorithm>
#include <utility>

#include "host/text/decimal.hpp"

namespace plimsoll {

namespace {

using json = nlohmann::ordered_json;

/// Money of a fork, in the order of the columns.
constexpr const char* money_names[] = {"removed",  "needed",    "overshoot",    "adl",        "market",
                                       "backstop", "fund_used", "fund_balance", "socialised", "unpaid"};
std::vector<int128> money_of(const fork_figures& of) {
  return {of.money.removed,  of.money.needed,    of.money.overshoot(), of.flows.adl,        of.flows.market,
          of.flows.backstop, of.flows.fund_paid, of.fund_balance,      of.flows.socialised, of.flows.unpaid};
}

constexpr const char* ratio_names[] = {"worst", "mean", "gini"};
std::vector<std::int64_t> ratios_of(const haircut_spread& of) { return {of.worst, of.mean, of.gini}; }

constexpr const char* count_names[] = {"accounts", "deleveraged", "candidates"};
std::vector<std::uint64_t> counts_of(const haircut_spread& of) { return {of.accounts, of.deleveraged, of.candidates}; }

}  // namespace

int settlement_digits_max(const reference_data& reference) {
  int digits = 0;
  for (const std::uint32_t asset : settlement_assets(reference)) {
    digits = std::max(digits, reference.assets[asset].digits);
  }
  return digits;
}

void add_spread_columns(std::vector<column_spec>& columns) {
  for (const char* name : ratio_names) { columns.push_back({name, column_kind::amount, ratio_digits_shown}); }
  for (const char* name : count_names) { columns.push_back({name, column_kind::integer}); }
}

void fill_spread(row_writer& row, const haircut_spread& of) {
  for (const std::int64_t parts : ratios_of(of)) { row.amount(shown_ratio(parts), ratio_digits_shown); }
  for (const std::uint64_t count : counts_of(of)) { row.integer(static_cast<std::int64_t>(count)); }
}

void add_figure_columns(std::vector<column_spec>& columns, int digits_max) {
  for (const char* name : money_names) { columns.push_back({name, column_kind::amount, digits_max}); }
  add_spread_columns(columns);
}

void fill_figures(row_writer& row, const fork_figures& of, int digits) {
  for (const int128 steps : money_of(of)) { row.amount(steps, digits); }
  fill_spread(row, of.spread);
}

json spread_json(const haircut_spread& of) {
  json out;
  for (std::size_t i = 0; i < std::size(ratio_names); ++i) {
    out[ratio_names[i]] = format_units(shown_ratio(ratios_of(of)[i]), ratio_digits_shown);
  }
  for (std::size_t i = 0; i < std::size(count_names); ++i) { out[count_names[i]] = counts_of(of)[i]; }
  return out;
}

json figures_json(const fork_figures& of, int digits) {
  json out;
  for (std::size_t i = 0; i < std::size(money_names); ++i) {
    out[money_names[i]] = format_units(money_of(of)[i], digits);
  }
  out.update(spread_json(of.spread));
  return out;
}

}  // namespace plimsoll
