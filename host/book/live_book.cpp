#include "host/book/live_book.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <oneapi/tbb/parallel_for.h>

#include "host/book/find.hpp"
#include "host/book/huge_pages.hpp"
#include "host/book/live_layout.hpp"
#include "host/book/sides.hpp"

namespace plimsoll {

using namespace live_layout;

void live_book::slot_set::clear() {
  for (const std::uint32_t slot : slots) { is_in[slot] = 0; }
  slots.clear();
}

void live_book::slot_set::resize(std::size_t count) {
  slots.clear();
  reserve_on_huge_pages(is_in, count);
  is_in.assign(count, 0);
}

// ------------------------------------------------------------------------------------------------- layout

live_book::live_book(book&& dense, double spare_share) : spare_share_(spare_share) {
  const std::vector<std::uint32_t> id_of = dense.accounts.spread(block_names);
  for (std::uint32_t& account : dense.units.account) { account = id_of[account]; }
  dense.accounts.index();
  lay_out(std::move(dense), no_id);
}

/// With room for units in front of those of account `growing`, if any.
void live_book::lay_out(book&& dense, std::uint32_t growing) {
  hashes_.emplace(dense);
  book_ = {};
  book_.reference = std::move(dense.reference);
  book_.accounts = std::move(dense.accounts);
  book_.marks = std::move(dense.marks);
  const unit_columns& from = dense.units;
  const bool multi = !from.first_collateral.empty();
  const bool given = book_.reference.venue.adl_score == score_kind::given;
  const auto last_instrument = static_cast<std::uint16_t>(book_.reference.instruments.empty() ? 0 : book_.reference.instruments.size() - 1);
  const auto spare_rows = [&](std::size_t rows) { return std::max<std::size_t>(2, static_cast<std::size_t>(std::ceil(static_cast<double>(rows) * spare_share_))); };

  unit_columns& units = book_.units;
  position_columns& positions = book_.positions;
  const std::size_t unit_slots = from.size() + from.size() / block_units + 2;
  reserve_on_huge_pages(units.account, unit_slots);
  reserve_on_huge_pages(units.code, unit_slots);
  reserve_on_huge_pages(units.balance, unit_slots);
  reserve_on_huge_pages(units.cash, unit_slots);
  reserve_on_huge_pages(units.first_position, unit_slots + 1);
  reserve_on_huge_pages(units.call_hash, unit_slots);
  reserve_on_huge_pages(units.near_account, book_.accounts.size() + book_.accounts.size() / block_names);
  units.near_account.assign(book_.accounts.size(), 0);
  if (multi) { reserve_on_huge_pages(units.first_collateral, unit_slots + 1); }
  const auto position_slots = static_cast<std::size_t>(static_cast<double>(dense.positions.size()) * (1 + spare_share_)) + 3 * unit_slots / block_units + 4;
  reserve_on_huge_pages(positions.instrument, position_slots);
  reserve_on_huge_pages(positions.lots, position_slots);
  reserve_on_huge_pages(positions.cost, position_slots);
  reserve_on_huge_pages(positions.unit, position_slots);
  if (given) { reserve_on_huge_pages(positions.given, position_slots); }

  const std::vector<std::uint64_t> accounts = account_hashes(book_);
  const auto add_position = [&](std::uint16_t instrument_id, std::int64_t lots, std::int64_t cost, double score) {
    positions.instrument.push_back(instrument_id);
    positions.lots.push_back(lots);
    positions.cost.push_back(cost);
    positions.unit.push_back(static_cast<std::uint32_t>(units.size() - 1));
    if (given) { positions.given.push_back(score); }
  };
  collateral_columns& balances = book_.collateral;
  const auto quote = static_cast<std::uint16_t>(book_.reference.quote);
  const auto balance_slots = multi ? static_cast<std::size_t>(static_cast<double>(dense.collateral.amount.size()) * (1 + spare_share_)) + 3 * unit_slots / block_units + 4 : 0;
  reserve_on_huge_pages(balances.asset, balance_slots);
  reserve_on_huge_pages(balances.amount, balance_slots);
  const auto add_balance = [&](std::uint16_t asset, std::int64_t amount) {
    balances.asset.push_back(asset);
    balances.amount.push_back(amount);
  };
  const auto add_unit = [&](std::uint32_t account, unit_code code, std::int64_t balance, std::int64_t cash, std::uint64_t hash) {
    if (multi) { units.first_collateral.push_back(static_cast<std::uint32_t>(balances.amount.size())); }
    if (units.account.empty() || units.account.back() != account) { units.near_account[account] = static_cast<std::uint32_t>(units.size()); }
    units.account.push_back(account);
    units.code.push_back(code);
    units.balance.push_back(balance);
    units.cash.push_back(cash);
    units.call_hash.push_back(hash);
  };
  const auto add_vacant_unit = [&](std::uint32_t account, std::size_t rows, std::size_t balance_rows) {
    // Vacant rows name the last instrument, so that instruments rise within a row that takes them over.
    add_unit(account, unit_code::vacant(), 0, 0, 0);
    for (; rows > 0; --rows) { add_position(last_instrument, 0, 0, 0); }
    units.first_position.push_back(static_cast<std::uint32_t>(positions.size()));
    for (; balance_rows > 0; --balance_rows) { add_balance(quote, 0); }
    ++vacant_units_;
  };
  vacant_units_ = 0;
  std::size_t block_first = 0;
  std::size_t block_first_balance = 0;
  for (std::uint32_t unit = 0; unit < from.size(); ++unit) {
    if (unit != 0 && from.account[unit] >= growing) {
      for (std::uint32_t left = to_come(from.size()); left > 0; --left) { add_vacant_unit(from.account[unit - 1], 2, multi ? 2 : 0); }
      growing = no_id;
    }
    add_unit(from.account[unit], from.code[unit], from.balance[unit], from.cash[unit],
             call_hash(accounts[from.account[unit]], hashes_->unit(from.code[unit])));
    for (std::uint32_t p = from.first_position[unit]; p < from.first_position[unit + 1]; ++p) {
      add_position(dense.positions.instrument[p], dense.positions.lots[p], dense.positions.cost[p], given ? dense.positions.given[p] : 0);
    }
    units.first_position.push_back(static_cast<std::uint32_t>(positions.size()));
    for (std::uint32_t row = multi ? from.first_collateral[unit] : 0; multi && row < from.first_collateral[unit + 1]; ++row) {
      add_balance(dense.collateral.asset[row], dense.collateral.amount[row]);
    }
    if ((unit + 1) % block_units != 0 && unit + 1 != from.size()) { continue; }
    add_vacant_unit(from.account[unit], spare_rows(positions.size() - block_first), multi ? spare_rows(balances.amount.size() - block_first_balance) : 0);
    block_first = positions.size();
    block_first_balance = balances.amount.size();
  }
  if (from.size() == 0) {
    units.near_account.resize(std::max<std::size_t>(1, units.near_account.size()));
    add_vacant_unit(0, 2, multi ? 2 : 0);
  } else if (growing != no_id) {
    for (std::uint32_t left = to_come(from.size()); left > 0; --left) { add_vacant_unit(from.account.back(), 2, multi ? 2 : 0); }
  }
  if (multi) { units.first_collateral.push_back(static_cast<std::uint32_t>(book_.collateral.amount.size())); }

  // The side-major copy, with vacant entries between the others.
  position_columns live;
  std::vector<std::uint32_t> slot_of;
  for (std::uint32_t p = 0; p < positions.size(); ++p) {
    if (positions.lots[p] == 0) { continue; }
    slot_of.push_back(p);
    live.instrument.push_back(positions.instrument[p]);
    live.lots.push_back(positions.lots[p]);
  }
  side_columns packed = make_sides(live, book_.reference.instruments.size());
  side_columns& sides = book_.sides;
  reserve_on_huge_pages(entry_of_, positions.size());
  entry_of_.assign(positions.size(), no_id);
  free_entries_.clear();
  const auto stride = static_cast<std::uint32_t>(std::max(2.0, 1 / spare_share_));
  for (std::uint32_t segment = 0; segment < packed.segments(); ++segment) {
    const std::uint32_t first = packed.first_entry[segment];
    const std::uint32_t count = packed.first_entry[segment + 1] - first;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t slot = slot_of[packed.position[first + i]];
      entry_of_[slot] = static_cast<std::uint32_t>(sides.position.size());
      sides.position.push_back(slot);
      if ((i + 1) % stride == 0) { sides.position.push_back(no_id); }
    }
    for (std::uint32_t left = count == 0 ? entries_of_none : 4; left > 0; --left) { sides.position.push_back(no_id); }
    free_entries_.push_back(static_cast<std::uint32_t>(sides.position.size()) - sides.first_entry.back() - count);
    sides.first_entry.push_back(static_cast<std::uint32_t>(sides.position.size()));
  }
  sides.lots = std::move(packed.lots);
  sides.lots_max = std::move(packed.lots_max);

  largest_stale_.assign(sides.segments(), 0);
  largest_balance_.assign(book_.reference.assets.size(), 0);
  largest_balance_stale_ = true;
  settle_largest();
  units_.resize(units.size());
  rows_.resize(units.size());
  positions_.resize(positions.size());
  entries_.resize(sides.position.size());
  collateral_.resize(book_.collateral.amount.size());
  relaid_ = true;
}

/// Ids of accounts stay.
void live_book::lay_out_anew(std::uint32_t growing) {
  book_.units.call_hash.clear();
  book_.units.near_account.clear();
  lay_out(drop_closed(std::move(book_)), growing);
}

book live_book::dense() const {
  book copy = book_;
  copy.units.call_hash = {};
  copy.units.near_account = {};
  copy.accounts.drop_index();
  const std::vector<std::uint32_t> id_of = copy.accounts.spread(0);
  for (std::uint32_t& account : copy.units.account) { account = id_of.empty() ? 0 : id_of[account]; }
  return drop_closed(std::move(copy));
}

std::uint64_t live_book::bytes() const {
  const std::size_t units = book_.units.size();
  const std::size_t per_unit = 4 + 4 + 8 + 8 + 4 + 8 + (book_.units.first_collateral.empty() ? 0 : 4) + 2;
  const std::size_t per_position = 2 + 8 + 8 + 4 + 4 + 1 + (book_.positions.given.empty() ? 0 : 8);
  return units * per_unit + book_.positions.size() * per_position + book_.sides.position.size() * 5 + book_.collateral.amount.size() * 11 +
         book_.accounts.bytes() + book_.units.near_account.size() * 4;
}

// ------------------------------------------------------------------------------------------------ changes

const live_book::change_lists& live_book::changes() {
  const auto sorted = [](const slot_set& from, std::vector<std::uint32_t>& to) {
    to.assign(from.slots.begin(), from.slots.end());
    std::sort(to.begin(), to.end());
  };
  sorted(units_, changes_.units);
  sorted(rows_, changes_.rows);
  sorted(positions_, changes_.positions);
  sorted(entries_, changes_.entries);
  sorted(collateral_, changes_.collateral);
  return changes_;
}

void live_book::forget_changes() {
  for (slot_set* set : {&units_, &rows_, &positions_, &entries_, &collateral_}) { set->clear(); }
  relaid_ = false;
}

void live_book::wrote_unit(std::uint32_t unit) { units_.add(unit); }

void live_book::wrote_position(std::uint32_t position, std::int64_t lots_before) {
  units_.add(book_.positions.unit[position]);
  positions_.add(position);
  entries_.add(entry_of_[position]);
  const std::int64_t lots = book_.positions.lots[position];
  const std::uint32_t segment = segment_of_entry(position, entry_of_[position]);
  const std::uint64_t before = magnitude(lots_before);
  const std::uint64_t after = magnitude(lots);
  side_columns& sides = book_.sides;
  sides.lots[segment] += after - before;
  if (after >= sides.lots_max[segment]) {
    sides.lots_max[segment] = after;
  } else if (before == sides.lots_max[segment]) {
    largest_stale_[segment] = 1;
  }
  if (lots == 0) { vacate_position(position); }
}

void live_book::wrote_collateral(std::uint32_t row, std::uint32_t unit) {
  units_.add(unit);
  collateral_.add(row);
  std::uint64_t& largest = largest_balance_[book_.collateral.asset[row]];
  const std::uint64_t amount = magnitude(book_.collateral.amount[row]);
  largest_balance_stale_ = largest_balance_stale_ || amount < largest;
  largest = std::max(largest, amount);
}

void live_book::close_empty(std::uint32_t unit) {
  if (!book_.units.code[unit].is_isolated() || book_.units.balance[unit] != 0) { return; }
  for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
    if (book_.positions.lots[p] != 0) { return; }
  }
  vacate_unit(unit);
}

void live_book::settle_largest() {
  side_columns& sides = book_.sides;
  for (std::uint32_t segment = 0; segment < sides.segments(); ++segment) {
    if (largest_stale_[segment] == 0) { continue; }
    std::uint64_t largest = 0;
    for (std::uint32_t e = sides.first_entry[segment]; e < sides.first_entry[segment + 1]; ++e) {
      if (sides.position[e] != no_id) { largest = std::max(largest, magnitude(book_.positions.lots[sides.position[e]])); }
    }
    sides.lots_max[segment] = largest;
    largest_stale_[segment] = 0;
  }
  if (!largest_balance_stale_) { return; }
  std::fill(largest_balance_.begin(), largest_balance_.end(), 0);
  for (std::size_t row = 0; row < book_.collateral.amount.size(); ++row) {
    std::uint64_t& largest = largest_balance_[book_.collateral.asset[row]];
    largest = std::max(largest, magnitude(book_.collateral.amount[row]));
  }
  largest_balance_stale_ = false;
}

// ------------------------------------------------------------------------------------------------ lookup

std::uint32_t live_book::segment_of_entry(std::uint32_t position, std::uint32_t entry) const {
  const std::uint32_t instrument_id = book_.positions.instrument[position];
  const std::uint32_t shorts = segment_of(instrument_id, position_side::short_side);
  return entry < book_.sides.first_entry[shorts] ? shorts - 1 : shorts;
}

std::uint32_t live_book::find_place(std::uint32_t account, std::uint32_t instrument_id, position_side side) const {
  const unit_range units = units_of_account(book_, account);
  for (std::uint32_t p = book_.units.first_position[units.first]; p < book_.units.first_position[units.last]; ++p) {
    if (entry_of_[p] == no_id || book_.positions.instrument[p] != instrument_id) { continue; }
    if (segment_of_entry(p, entry_of_[p]) == segment_of(instrument_id, side)) { return p; }
  }
  return no_id;
}

// ------------------------------------------------------------------------------------------------ digest

std::uint64_t state_digest(const book& source) {
  const name_hashes names(source);
  const std::vector<std::uint64_t> accounts = account_hashes(source);
  std::uint64_t sum = 0;
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    if (source.units.code[unit].is_vacant()) { continue; }
    const std::uint64_t account = accounts[source.units.account[unit]];
    const std::uint64_t name = names.unit(source.units.code[unit]);
    sum += record_hash(record::state_unit, account, name, source.units.balance[unit]);
    for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
      if (source.positions.lots[p] == 0) { continue; }
      sum += record_hash(record::state_position, account, name, names.instrument(source.positions.instrument[p]), source.positions.lots[p],
                         source.positions.cost[p]);
    }
    if (source.units.first_collateral.empty()) { continue; }
    for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1]; ++row) {
      if (is_vacant_collateral(source, row)) { continue; }
      sum += record_hash(record::state_balance, account, names.asset(source.collateral.asset[row]), source.collateral.amount[row]);
    }
  }
  return sum;
}

}  // namespace plimsoll
