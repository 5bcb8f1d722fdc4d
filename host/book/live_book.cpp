#include "host/book/live_book.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <oneapi/tbb/parallel_for.h>

#include "host/book/find.hpp"
#include "host/book/live_layout.hpp"
#include "host/book/rebuild.hpp"
#include "host/book/sides.hpp"
#include "host/memory/huge_pages.hpp"

namespace plimsoll {

using namespace live_layout;

void live_book::slot_set::clear() {
  for (const std::uint32_t slot : slots) { is_in[slot] = 0; }
  slots.clear();
}

void live_book::slot_set::resize(std::size_t count) {
  slots.clear();
  slots.reserve(std::min<std::size_t>(count, 65'536));
  reserve_on_huge_pages(is_in, count);
  is_in.assign(count, 0);
}

void live_book::slot_set::prepare(std::size_t more) {
  const std::size_t wanted = std::min(slots.size() + more, is_in.size());
  if (wanted > slots.capacity()) { slots.reserve(std::max(wanted, 2 * slots.capacity())); }
}

// ------------------------------------------------------------------------------------------------- layout

live_book::live_book(book&& dense, double spare_share, std::uint32_t shift_limit)
    : spare_share_(spare_share), shift_limit_(shift_limit) {
  const std::vector<std::uint32_t> id_of = dense.accounts.spread(block_names);
  for (std::uint32_t& account : dense.units.account) { account = id_of[account]; }
  dense.accounts.index();
  laid_out columns = lay_out(dense);
  const std::size_t segments = dense.sides.segments();
  book_ = std::move(dense);
  hashes_.emplace(book_);
  take(std::move(columns));
  unit_columns& units = book_.units;
  oneapi::tbb::parallel_for(std::size_t{0}, units.size(), [&](std::size_t unit) {
    if (!units.code[unit].is_vacant()) {
      units.call_hash[unit] =
          call_hash(hash_of_name(book_.accounts[units.account[unit]]), hashes_->unit(units.code[unit]));
    }
  });
  largest_stale_.assign(segments, 0);
  largest_balance_.assign(book_.reference.assets.size(), 0);
  largest_balance_stale_ = true;
  settle_largest();
}

void live_book::take(laid_out&& laid) {
  const auto none_of = [](std::size_t slots) {
    slot_set none;
    none.resize(slots);
    return none;
  };
  slot_set units = none_of(laid.columns.units.size());
  slot_set rows = none_of(laid.columns.units.size());
  slot_set positions = none_of(laid.columns.positions.size());
  slot_set entries = none_of(laid.columns.sides.position.size());
  slot_set collateral = none_of(laid.columns.collateral.amount.size());
  // Nothing can fail after this line.
  units_ = std::move(units);
  rows_ = std::move(rows);
  positions_ = std::move(positions);
  entries_ = std::move(entries);
  collateral_ = std::move(collateral);
  book_.units = std::move(laid.columns.units);
  book_.positions = std::move(laid.columns.positions);
  book_.collateral = std::move(laid.columns.collateral);
  book_.sides = std::move(laid.columns.sides);
  entry_of_ = std::move(laid.entry_of);
  vacant_units_ = laid.vacant_units;
  vacant_positions_ = laid.vacant_positions;
  vacant_collateral_ = laid.vacant_collateral;
  relaid_ = true;
}

/// Account ids do not change.
void live_book::lay_out_again(std::uint32_t growing) {
  take(lay_out(book_, growing));
  ++layouts_;
}

void live_book::make_room() {
  name_table names = book_.accounts;
  const std::vector<std::uint32_t> id_of = names.spread(block_names);
  names.index();
  std::vector<std::uint32_t> near(std::max(1U, names.size()), 0);
  take(lay_out(book_));
  // Nothing can fail after this line.
  book_.accounts = std::move(names);
  for (std::uint32_t unit = static_cast<std::uint32_t>(book_.units.size()); unit-- > 0;) {
    std::uint32_t& account = book_.units.account[unit];
    account = id_of.empty() ? 0 : id_of[account];
    near[account] = unit;
  }
  book_.units.near_account = std::move(near);
}

book live_book::dense() const { return dense_of(book_); }

book dense_of(book columns) {
  columns.units.call_hash = {};
  columns.units.near_account = {};
  columns.accounts.drop_index();
  const std::vector<std::uint32_t> id_of = columns.accounts.spread(0);
  for (std::uint32_t& account : columns.units.account) { account = id_of.empty() ? 0 : id_of[account]; }
  return drop_closed(std::move(columns));
}

std::uint64_t live_book::bytes() const {
  const std::size_t units = book_.units.size();
  const std::size_t per_unit = 4 + 4 + 8 + 8 + 4 + 8 + (book_.units.first_collateral.empty() ? 0 : 4) + 2;
  const std::size_t per_position = 2 + 8 + 8 + 4 + 4 + 1 + (book_.positions.given.empty() ? 0 : 8);
  return units * per_unit + book_.positions.size() * per_position + book_.sides.position.size() * 5 +
         book_.collateral.amount.size() * 11 + book_.accounts.bytes() + book_.units.near_account.size() * 4;
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
  changes_.segments = segments_moved_;
  return changes_;
}

bool live_book::changed_much() const {
  const std::size_t changed =
      units_.slots.size() + positions_.slots.size() + entries_.slots.size() + collateral_.slots.size();
  constexpr std::size_t few = 65'536;
  return changed > few && 4 * changed > book_.units.size() + book_.positions.size() + book_.sides.position.size() +
                                            book_.collateral.amount.size();
}

void live_book::forget_changes() {
  for (slot_set* set : {&units_, &rows_, &positions_, &entries_, &collateral_}) { set->clear(); }
  relaid_ = segments_moved_ = false;
}

void live_book::prepare_writes(std::size_t count) {
  units_.prepare(2 * count);  // A position's unit is written too.
  positions_.prepare(count);
  entries_.prepare(count);
  collateral_.prepare(count);
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
      if (sides.position[e] != no_id) {
        largest = std::max(largest, magnitude(book_.positions.lots[sides.position[e]]));
      }
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
    // An empty opened row and an absent row are the same state.
    if (source.units.balance[unit] != 0) {
      sum += record_hash(record::state_unit, account, name, source.units.balance[unit]);
    }
    for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
      if (source.positions.lots[p] == 0) { continue; }
      sum += record_hash(record::state_position, account, name, names.instrument(source.positions.instrument[p]),
                         source.positions.lots[p], source.positions.cost[p]);
    }
    if (source.units.first_collateral.empty()) { continue; }
    for (std::uint32_t row = source.units.first_collateral[unit]; row < source.units.first_collateral[unit + 1];
         ++row) {
      if (is_vacant_collateral(source, row) || source.collateral.amount[row] == 0) { continue; }
      sum += record_hash(record::state_balance, account, names.asset(source.collateral.asset[row]),
                         source.collateral.amount[row]);
    }
  }
  return sum;
}

}  // namespace plimsoll
