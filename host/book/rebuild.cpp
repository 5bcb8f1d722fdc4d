#include "host/book/rebuild.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "host/book/assemble.hpp"
#include "host/book/find.hpp"
#include "host/book/sides.hpp"

namespace plimsoll {

namespace {

/// Leaves out positions of size 0, vacant balances, and isolated units that hold nothing, in place. Returns each
/// position's new id, or no_id.
std::vector<std::uint32_t> compact_units(book& target) {
  unit_columns& units = target.units;
  position_columns& positions = target.positions;
  std::vector<std::uint32_t> moved_to(positions.size());
  const bool multi = !units.first_collateral.empty();
  std::uint32_t unit_end = 0;
  std::uint32_t end = 0;
  std::uint32_t first = 0;
  std::uint32_t balances_end = 0;
  std::uint32_t first_balance = 0;
  for (std::uint32_t unit = 0; unit < units.size(); ++unit) {
    const std::uint32_t begin = end;
    const std::uint32_t last = units.first_position[unit + 1];
    for (std::uint32_t p = first; p < last; ++p) {
      if (positions.lots[p] == 0) {
        moved_to[p] = no_id;
        continue;
      }
      positions.instrument[end] = positions.instrument[p];
      positions.lots[end] = positions.lots[p];
      positions.cost[end] = positions.cost[p];
      positions.unit[end] = unit_end;
      if (!positions.given.empty()) { positions.given[end] = positions.given[p]; }
      moved_to[p] = end++;
    }
    first = last;
    const std::uint32_t balances_begin = balances_end;
    if (multi) {
      const std::uint32_t last_balance = units.first_collateral[unit + 1];
      for (std::uint32_t row = first_balance; row < last_balance; ++row) {
        if (is_vacant_collateral(target, row)) { continue; }
        target.collateral.asset[balances_end] = target.collateral.asset[row];
        target.collateral.amount[balances_end] = target.collateral.amount[row];
        ++balances_end;
      }
      first_balance = last_balance;
    }
    const bool vacant = units.code[unit].is_vacant() || (units.code[unit].is_isolated() && units.balance[unit] == 0);
    if (vacant && end == begin) { continue; }
    units.account[unit_end] = units.account[unit];
    units.code[unit_end] = units.code[unit];
    units.balance[unit_end] = units.balance[unit];
    units.cash[unit_end] = units.cash[unit];
    units.first_position[unit_end] = begin;
    // Units that are left out hold no other balances.
    if (multi) { units.first_collateral[unit_end] = balances_begin; }
    ++unit_end;
  }
  units.first_position[unit_end] = end;
  units.first_position.resize(unit_end + 1);
  if (multi) {
    units.first_collateral[unit_end] = balances_end;
    units.first_collateral.resize(unit_end + 1);
    target.collateral.asset.resize(balances_end);
    target.collateral.amount.resize(balances_end);
  }
  units.account.resize(unit_end);
  units.code.resize(unit_end);
  units.balance.resize(unit_end);
  units.cash.resize(unit_end);
  positions.instrument.resize(end);
  positions.lots.resize(end);
  positions.cost.resize(end);
  positions.unit.resize(end);
  if (!positions.given.empty()) { positions.given.resize(end); }
  return moved_to;
}

}  // namespace

book drop_closed(book&& source) {
  book out = std::move(source);
  const std::vector<std::uint32_t> moved_to = compact_units(out);
  drop_entries(out.sides, moved_to, out.positions);
  return out;
}

merged_names merge_names(const name_table& old_names, std::span<const std::string> added) {
  std::vector<std::uint32_t> order(added.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return added[a] < added[b]; });
  merged_names out;
  out.id_of.resize(old_names.size() + added.size());
  std::size_t next = 0;
  for (std::uint32_t id = 0; id <= old_names.size(); ++id) {
    while (next < order.size() && (id == old_names.size() || added[order[next]] < old_names[id])) {
      out.id_of[old_names.size() + order[next]] = out.table.size();
      out.table.append(added[order[next]]);
      ++next;
    }
    if (id == old_names.size()) { break; }
    out.id_of[id] = out.table.size();
    out.table.append(old_names[id]);
  }
  return out;
}

namespace {

balance_rows balance_rows_of(const book& source, const std::vector<std::uint32_t>& id_of) {
  balance_rows rows;
  const auto add = [&](std::uint32_t account, std::uint32_t asset, std::int64_t amount) {
    rows.account.push_back(id_of[account]);
    rows.asset.push_back(static_cast<std::uint16_t>(asset));
    rows.amount.push_back(amount);
  };
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    if (source.units.code[unit].is_isolated()) { continue; }
    add(source.units.account[unit], source.asset_of(unit), source.units.balance[unit]);
    if (source.units.first_collateral.empty()) { continue; }
    for (std::uint32_t i = source.units.first_collateral[unit]; i < source.units.first_collateral[unit + 1]; ++i) {
      add(source.units.account[unit], source.collateral.asset[i], source.collateral.amount[i]);
    }
  }
  return rows;
}

position_rows position_rows_of(const book& source, const std::vector<std::uint32_t>& id_of) {
  position_rows rows;
  for (std::uint32_t p = 0; p < source.positions.size(); ++p) {
    const std::uint32_t unit = source.positions.unit[p];
    const bool isolated = source.units.code[unit].is_isolated();
    rows.account.push_back(id_of[source.units.account[unit]]);
    rows.instrument.push_back(source.positions.instrument[p]);
    rows.lots.push_back(source.positions.lots[p]);
    rows.cost.push_back(source.positions.cost[p]);
    rows.isolated.push_back(isolated ? 1 : 0);
    rows.isolated_margin.push_back(isolated ? source.units.balance[unit] : 0);
  }
  rows.given = source.positions.given;
  return rows;
}

}  // namespace

std::vector<bare_unit> bare_units_of(const book& source) {
  std::vector<bare_unit> out;
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    const bool holds = source.units.first_position[unit] != source.units.first_position[unit + 1];
    if (!source.units.code[unit].is_isolated() || holds || source.units.balance[unit] == 0) { continue; }
    out.push_back({source.units.account[unit], source.units.code[unit], source.units.balance[unit]});
  }
  return out;
}

void add_bare_units(book& target, std::span<const bare_unit> bare) {
  if (bare.empty()) { return; }
  const unit_columns old = std::exchange(target.units, {});
  const bool multi = !old.first_collateral.empty();
  unit_columns& units = target.units;
  units.first_position.clear();
  const auto add = [&](std::uint32_t account, unit_code code, std::int64_t balance, std::int64_t cash,
                       std::uint32_t place) {
    units.account.push_back(account);
    units.code.push_back(code);
    units.balance.push_back(balance);
    units.cash.push_back(cash);
    units.first_position.push_back(old.first_position[place]);
    if (multi) { units.first_collateral.push_back(old.first_collateral[place]); }
  };
  const auto goes_before = [&](const bare_unit& one, std::uint32_t unit) {
    if (one.account != old.account[unit]) { return one.account < old.account[unit]; }
    return old.code[unit].is_isolated() && target.unit_name(one.code) < target.unit_name(old.code[unit]);
  };
  std::size_t next = 0;
  for (std::uint32_t unit = 0; unit <= old.size(); ++unit) {
    for (; next < bare.size() && (unit == old.size() || goes_before(bare[next], unit)); ++next) {
      add(bare[next].account, bare[next].code, bare[next].balance, bare[next].balance, unit);
    }
    if (unit == old.size()) { break; }
    for (std::uint32_t p = old.first_position[unit]; p < old.first_position[unit + 1]; ++p) {
      target.positions.unit[p] = static_cast<std::uint32_t>(units.size());
    }
    add(old.account[unit], old.code[unit], old.balance[unit], old.cash[unit], unit);
  }
  units.first_position.push_back(old.first_position.back());
  if (multi) { units.first_collateral.push_back(old.first_collateral.back()); }
}

result<grown_book> grow_book(book&& source, const book_growth& growth) {
  merged_names names = merge_names(source.accounts, growth.accounts);
  balance_rows balances = balance_rows_of(source, names.id_of);
  position_rows positions = position_rows_of(source, names.id_of);
  std::vector<bare_unit> bare = bare_units_of(source);
  std::vector<system_row> system = std::move(source.system);
  for (bare_unit& one : bare) { one.account = names.id_of[one.account]; }
  for (const book_growth::balance& row : growth.balances) {
    balances.account.push_back(names.id_of[row.account]);
    balances.asset.push_back(row.asset);
    balances.amount.push_back(row.amount);
  }
  // One lot each for the assembly, so that every place has its side; emptied below.
  for (const book_growth::position& row : growth.positions) {
    positions.account.push_back(names.id_of[row.account]);
    positions.instrument.push_back(row.instrument);
    positions.lots.push_back(row.side == position_side::long_side ? 1 : -1);
    positions.cost.push_back(0);
    positions.isolated.push_back(row.isolated ? 1 : 0);
    // Money that stands there without a position, a debt mostly, is that position's now.
    const auto stands = std::find_if(bare.begin(), bare.end(), [&](const bare_unit& one) {
      return row.isolated && one.account == names.id_of[row.account] &&
             one.code == unit_code::isolated(row.instrument, row.side);
    });
    positions.isolated_margin.push_back(stands == bare.end() ? 0 : stands->balance);
    if (stands != bare.end()) { bare.erase(stands); }
    if (source.reference.venue.adl_score == score_kind::given) { positions.given.push_back(0); }
  }
  assemble_outcome out = assemble_book(std::move(source.reference), std::move(names.table), std::move(balances),
                                       std::move(positions), std::move(source.marks));
  if (!out.faults.empty()) {
    return error{error_code::invariant_broken,
                 "Invariant: a row that was added to the book collides with another or passes a limit"};
  }
  grown_book grown{std::move(out.built), {}, std::move(names.id_of)};
  add_bare_units(grown.built, bare);
  grown.built.system = std::move(system);
  for (const book_growth::position& row : growth.positions) {
    grown.places.push_back(find_position(grown.built, grown.accounts[row.account], row.instrument, row.side));
  }
  for (const std::uint32_t place : grown.places) { grown.built.positions.lots[place] = 0; }
  return grown;
}

std::vector<book_growth::balance> missing_cross_units(const book& source) {
  const bool multi = source.reference.venue.collateral == collateral_mode::multi;
  std::set<std::pair<std::uint32_t, std::uint32_t>> wanted;
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    const unit_code code = source.units.code[unit];
    if (!code.is_isolated()) { continue; }
    const std::uint32_t asset = multi ? source.reference.quote : source.reference.instruments[code.instrument()].settle;
    if (find_unit(source, source.units.account[unit], unit_code::cross(asset)) == no_id) {
      wanted.insert({source.units.account[unit], asset});
    }
  }
  std::vector<book_growth::balance> out;
  for (const auto& [account, asset] : wanted) { out.push_back({account, static_cast<std::uint16_t>(asset), 0}); }
  return out;
}

result<book> with_cross_units(book&& start) {
  book_growth growth;
  growth.balances = missing_cross_units(start);
  if (growth.balances.empty()) { return std::move(start); }
  result<grown_book> grown = grow_book(std::move(start), growth);
  if (!grown) { return grown.error(); }
  return std::move(grown.value().built);
}

}  // namespace plimsoll
