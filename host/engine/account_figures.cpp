#include "host/engine/account_figures.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "host/book/excerpt.hpp"
#include "host/book/find.hpp"
#include "host/engine/tick_engine.hpp"

namespace plimsoll {

namespace {

position_report report_position(const scan_result& scan, std::uint32_t position, std::int64_t allotted) {
  const book& source = *scan.source;
  const std::uint32_t unit = source.positions.unit[position];
  const std::uint16_t id = source.positions.instrument[position];
  const position_figures figures = figures_of(source, scan.prices, position);
  const size_lots size{source.positions.lots[position]};
  position_report out;
  out.instrument = id;
  out.lots = size;
  out.value = {figures.value};
  out.cost = {source.positions.cost[position]};
  out.pnl = {figures.pnl};
  out.notional = {static_cast<std::int64_t>(figures.notional)};
  out.maintenance = {static_cast<std::int64_t>(ceil_ppm(figures.required.maintenance_ppm))};
  out.initial = {static_cast<std::int64_t>(ceil_ppm(figures.required.initial_ppm))};
  out.allotted = {allotted};
  const contract_rate& rate = source.reference.instruments[id].rate;
  const bankruptcy closing = bankruptcy_of(size, out.value, allotted, rate);
  if (!closing.clamped || scan.margin.units.equity[unit] <= 0) {
    out.bankruptcy_price = bankruptcy_price(size, closing.value, rate);
  }
  const price_ticks liquidation = liquidation_price_of(scan, position);
  if (is_marked(liquidation.raw)) { out.liquidation_price = liquidation; }
  out.score = score_of(source.reference.venue.adl_score, score_input_of(scan, position));
  return out;
}

unit_report report_unit(const scan_result& scan, std::uint32_t unit) {
  const book& source = *scan.source;
  const unit_figures& units = scan.margin.units;
  unit_report out;
  out.unit = source.unit_name(source.units.code[unit]);
  out.asset = source.asset_of(unit);
  out.balance = {source.units.balance[unit]};
  out.equity = {units.equity[unit]};
  out.margin_equity = {units.margin_equity[unit]};
  out.maintenance = {maintenance_of(scan, unit)};
  out.initial = {static_cast<std::int64_t>(ceil_ppm(units.initial_ppm[unit]))};
  out.free = {out.margin_equity.raw - out.initial.raw};  // Both are within 2^62, and initial is not below 0.
  if (units.maintenance_ppm[unit] != 0) {
    out.health_ppm = health_factor_ppm(out.margin_equity.raw, units.maintenance_ppm[unit]);
  }
  out.state = units.verdicts[unit].state();
  out.held = units.verdicts[unit].held();
  if (!source.units.first_collateral.empty()) {
    for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1];
         ++row) {
      out.balances.push_back({source.collateral.asset[row], {source.collateral.amount[row]}});
    }
  }
  const std::uint32_t first = source.units.first_position[unit];
  const std::vector<std::int64_t> allotted = allot_equity(source, scan.prices, unit, out.equity.raw);
  for (std::uint32_t p = first; p < source.units.first_position[unit + 1]; ++p) {
    out.positions.push_back(report_position(scan, p, allotted[p - first]));
  }
  return out;
}

bool names_one_account(update_kind kind) {
  switch (kind) {
    case update_kind::fill:
    case update_kind::fee:
    case update_kind::deposit:
    case update_kind::withdraw:
    case update_kind::transfer:
    case update_kind::margin: return true;
    default: return false;
  }
}

}  // namespace

result<account_report> report_account(const book& source, const tick_prices& prices, backend& machine,
                                      std::uint32_t account) {
  scan_result scan;
  scan.source = &source;
  scan.prices = prices;
  PLIMSOLL_TRY(machine.load(source));
  PLIMSOLL_TRY(machine.margin(prices, true, scan.margin));
  if (scan.margin.over_limit != no_id) {
    refusal_list refusals;
    refusals.add(over_limit_refusal(source, scan.margin.over_limit));
    return refusals.to_error();
  }
  account_report out;
  out.account = source.accounts[account];
  const unit_range range = units_of_account(source, account);
  for (std::uint32_t unit = range.first; unit < range.last; ++unit) { out.units.push_back(report_unit(scan, unit)); }
  return out;
}

book account_preview::excerpt_for(const update& one) const {
  const update_accounts ids = find_accounts(source_, one);
  std::vector<std::uint32_t> accounts;
  for (const std::uint32_t id : {ids.account, ids.to}) {
    if (id != no_id) { accounts.push_back(id); }
  }
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  return excerpt_of(source_, accounts);
}

result<account_report> account_preview::after(const update& one, book from, backend& machine) const {
  engine_options options;
  options.threads = 1;
  tick_engine fork(make_cpu_backend(1), options);
  PLIMSOLL_TRY(fork.load(std::move(from)));
  fork.restore_delisted({delisted_.begin(), delisted_.end()});
  auto applied = fork.apply({&one, 1});
  if (!applied) { return std::move(applied).error(); }
  const book left = fork.snapshot();
  const std::uint32_t account = left.accounts.find(one.account);
  if (account == no_id) { return error{error_code::usage, "the book has no account " + one.account}; }
  return report_account(left, prices_, machine, account);
}

result<account_report> account_preview::after(const update& one, backend& machine) const {
  if (!names_one_account(one.kind)) {
    return error{error_code::usage, std::string("an update of kind ") + to_string(one.kind) +
                                        " does not name one account; a preview takes fill, fee, deposit, withdraw, "
                                        "transfer and margin"};
  }
  return after(one, excerpt_for(one), machine);
}

result<size_lots> account_preview::largest_order(const update& fill, int direction, backend& machine) const {
  const book from = excerpt_for(fill);
  const instrument& it = source_.reference.instruments[fill.instrument];
  const bool multi = source_.reference.venue.collateral == collateral_mode::multi;
  const std::string cross = source_.unit_name(unit_code::cross(multi ? source_.reference.quote : it.settle));
  const auto touched = [&](const unit_report& unit) {
    return unit.unit == cross ||
           unit.unit == source_.unit_name(unit_code::isolated(fill.instrument, position_side::long_side)) ||
           unit.unit == source_.unit_name(unit_code::isolated(fill.instrument, position_side::short_side));
  };
  // An order that would be refused counts as too large.
  const auto fits = [&](std::int64_t lots) -> result<bool> {
    update one = fill;
    one.lots = {direction * lots};
    const auto left = after(one, from, machine);
    if (!left && left.error().code == error_code::bad_data) { return false; }
    if (!left) { return left.error(); }
    return std::all_of(left.value().units.begin(), left.value().units.end(),
                       [&](const unit_report& unit) { return !touched(unit) || unit.free.raw >= 0; });
  };
  // Closing positions of the other side frees margin, so the search begins at the size that closes all of them.
  const std::uint32_t account = from.accounts.find(fill.account);
  const position_side other = direction > 0 ? position_side::short_side : position_side::long_side;
  const std::uint32_t against = account == no_id ? no_id : find_position(from, account, fill.instrument, other);
  std::int64_t least = 0;
  if (against != no_id) {
    const auto closed = static_cast<std::int64_t>(magnitude(from.positions.lots[against]));
    const auto fit = fits(closed);
    if (!fit) { return fit.error(); }
    if (fit.value()) { least = closed; }
  }
  // Doubles until an order is too large, at most to 2^61 lots.
  std::int64_t beyond = 0;
  for (std::int64_t step = 1; beyond == 0; step *= 2) {
    const std::int64_t next = std::min(least + step, limits::size_lots_max);
    const auto fit = fits(next);
    if (!fit) { return fit.error(); }
    if (!fit.value()) {
      beyond = next;
    } else if (next == limits::size_lots_max) {
      return size_lots{next};
    } else {
      least = next;
    }
  }
  while (beyond - least > 1) {
    const std::int64_t middle = least + (beyond - least) / 2;
    const auto fit = fits(middle);
    if (!fit) { return fit.error(); }
    (fit.value() ? least : beyond) = middle;
  }
  return size_lots{least};
}

}  // namespace plimsoll
