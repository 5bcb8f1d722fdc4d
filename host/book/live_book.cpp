#include "host/book/live_book.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include <oneapi/tbb/parallel_for.h>

#include "host/book/find.hpp"
#include "host/book/huge_pages.hpp"
#include "host/book/sides.hpp"

namespace plimsoll {

namespace {

constexpr std::uint32_t block_units = 32;     ///< Units before a vacant one, when the book is laid out.
constexpr std::uint32_t block_names = 32;     ///< The same of accounts' names.

/// Vacant ids or units in a row where new accounts turned out to come in: new ones often follow each other, as numbers do.
[[nodiscard]] std::uint32_t to_come(std::size_t count) { return static_cast<std::uint32_t>(std::clamp<std::size_t>(count / 64, 64, 16'384)); }
constexpr std::uint32_t reach_most = 4096;    ///< Slots that may be moved to make room for one.
constexpr std::uint32_t entries_of_none = 2;  ///< Vacant entries of a side that nobody holds.

/// Moves elements [first, last) by one place, up or down.
template <class T>
void shift(std::vector<T>& column, std::uint32_t first, std::uint32_t last, int by) {
  const auto begin = column.begin() + first;
  const auto end = column.begin() + last;
  if (by > 0) {
    std::move_backward(begin, end, end + 1);
  } else {
    std::move(begin, end, begin - 1);
  }
}

/// A vacant slot at or after `at`, or before it, within reach, whichever is nearer.
template <class IsVacant>
vacancy nearest_vacancy(std::uint32_t at, std::uint32_t begin, std::uint32_t end, const IsVacant& is_vacant) {
  for (std::uint32_t distance = 0; distance < reach_most; ++distance) {
    const bool up = at + distance < end;
    const bool down = distance < at - begin;
    if (!up && !down) { break; }
    if (up && is_vacant(at + distance)) { return {at + distance, true}; }
    if (down && is_vacant(at - 1 - distance)) { return {at - 1 - distance, false}; }
  }
  return {};
}

}  // namespace

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

// ------------------------------------------------------------------------------------------ opening rows

unit_code live_book::cross_code(std::uint32_t asset) const {
  return unit_code::cross(book_.reference.venue.collateral == collateral_mode::multi ? book_.reference.quote : asset);
}

void live_book::open(const book_growth& growth, std::vector<std::uint32_t>& places) {
  assert(growth.accounts.empty());
  places.clear();
  for (const book_growth::balance& row : growth.balances) { open_balance(row.account, row.asset); }
  // A new layout keeps no empty places: those that it swept away are opened again, now that there is room.
  for (bool swept = true; swept;) {
    swept = false;
    places.clear();
    for (const book_growth::position& row : growth.positions) {
      if (find_place(row.account, row.instrument, row.side) == no_id) { open_position(row.account, row.instrument, row.side); }
    }
    for (const book_growth::position& row : growth.positions) {
      places.push_back(find_place(row.account, row.instrument, row.side));
      swept = swept || places.back() == no_id;
    }
  }
}

void live_book::close_unused(const book_growth& growth) {
  for (const book_growth::position& row : growth.positions) {
    const std::uint32_t place = find_place(row.account, row.instrument, row.side);
    if (place != no_id && book_.positions.lots[place] == 0) { vacate_position(place); }
  }
  for (const book_growth::balance& row : growth.balances) {
    const std::uint32_t unit = find_unit(book_, row.account, cross_code(row.asset));
    const std::uint32_t collateral = unit == no_id ? no_id : find_collateral(book_, unit, row.asset);
    if (collateral == no_id) { continue; }
    book_.collateral.asset[collateral] = static_cast<std::uint16_t>(book_.reference.quote);
    book_.collateral.amount[collateral] = 0;
    collateral_.add(collateral);
  }
  for (const book_growth::balance& row : growth.balances) {
    const bool own = book_.reference.venue.collateral == collateral_mode::single || row.asset == book_.reference.quote;
    const std::uint32_t unit = own ? find_unit(book_, row.account, cross_code(row.asset)) : no_id;
    if (unit != no_id) { vacate_unit(unit); }
  }
}

void live_book::name_accounts(std::span<const std::string> names) {
  for (const std::string& name : names) { name_account(name); }
}

void live_book::name_account(std::string_view name) {
  name_table& table = book_.accounts;
  auto made = table.open(name);
  if (!made) {
    const std::uint32_t names = table.size();
    renumber_accounts(table.spread(block_names, to_come(names), name));
    made = table.open(name);
  }
  unit_columns& units = book_.units;
  std::vector<std::uint32_t>& near = units.near_account;
  if (made->first != made->last) {
    std::uint32_t unit = units_of_account(book_, made->first).first;
    for (; unit < units.size() && units.account[unit] < made->last; ++unit) { units.account[unit] += static_cast<std::uint32_t>(made->by); }
  }
  if (near.size() < table.size()) { near.push_back(0); }
  shift(near, made->first, made->last, made->by);
  near[made->id] = near[made->id == 0 ? 0 : made->id - 1];
}

void live_book::renumber_accounts(const std::vector<std::uint32_t>& id_of) {
  for (std::uint32_t& account : book_.units.account) { account = id_of[account]; }
  std::vector<std::uint32_t>& near = book_.units.near_account;
  near.assign(book_.accounts.size(), 0);
  for (std::uint32_t unit = 0; unit < book_.units.size(); ++unit) { near[book_.units.account[unit]] = unit; }
}

/// Makes the vacant slot one at `at`, of `unit`: rows between move by one, and so do the starts `first` of units between.
template <class Shift>
std::uint32_t live_book::make_room(std::uint32_t unit, std::uint32_t at, const vacancy& free, std::vector<std::uint32_t>& first, const Shift& shift_all) {
  if (free.after) {
    shift_all(at, free.slot, 1);
    for (std::uint32_t later = unit + 1; later < book_.units.size() && first[later] <= free.slot; ++later) {
      ++first[later];
      rows_.add(later);
    }
    return at;
  }
  shift_all(free.slot + 1, at, -1);
  for (std::uint32_t earlier = unit; earlier > 0 && first[earlier] > free.slot; --earlier) {
    --first[earlier];
    rows_.add(earlier);
  }
  return at - 1;
}

void live_book::open_balance(std::uint32_t account, std::uint32_t asset) {
  const bool multi = book_.reference.venue.collateral == collateral_mode::multi;
  if (find_unit(book_, account, cross_code(asset)) == no_id) { open_unit(account, cross_code(asset)); }
  if (multi && asset != book_.reference.quote) { open_collateral(account, asset); }
}

void live_book::open_collateral(std::uint32_t account, std::uint32_t asset) {
  const std::uint32_t unit = find_unit(book_, account, cross_code(asset));
  if (find_collateral(book_, unit, asset) != no_id) { return; }
  collateral_columns& rows = book_.collateral;
  std::vector<std::uint32_t>& first = book_.units.first_collateral;
  std::uint32_t at = first[unit];
  for (std::uint32_t row = first[unit]; row < first[unit + 1]; ++row) {
    if (!is_vacant_collateral(book_, row) && rows.asset[row] < asset) { at = row + 1; }
  }
  const vacancy free = nearest_vacancy(at, 0, static_cast<std::uint32_t>(rows.amount.size()), [&](std::uint32_t row) { return is_vacant_collateral(book_, row); });
  if (free.slot == no_id) {
    lay_out_anew();
    return open_collateral(account, asset);
  }
  const std::uint32_t slot = make_room(unit, at, free, first, [&](std::uint32_t from, std::uint32_t to, int by) {
    shift(rows.asset, from, to, by);
    shift(rows.amount, from, to, by);
    for (std::uint32_t row = from; row < to; ++row) { collateral_.add(by > 0 ? row + 1 : row - 1); }
  });
  rows.asset[slot] = static_cast<std::uint16_t>(asset);
  rows.amount[slot] = 0;
  collateral_.add(slot);
}

void live_book::moved_unit(std::uint32_t unit) {
  units_.add(unit);
  rows_.add(unit);
  for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
    book_.positions.unit[p] = unit;
    if (entry_of_[p] != no_id) { entries_.add(entry_of_[p]); }
  }
}

/// Vacant positions [first, last) go over to `unit`, behind its own.
void live_book::merge_vacant_row(std::uint32_t first, std::uint32_t last, std::uint32_t unit) {
  const auto last_instrument = static_cast<std::uint16_t>(book_.reference.instruments.size() - 1);
  for (std::uint32_t p = first; p < last; ++p) {
    book_.positions.unit[p] = unit;
    book_.positions.instrument[p] = last_instrument;
    positions_.add(p);
  }
}

void live_book::open_unit(std::uint32_t account, unit_code code) {
  unit_columns& units = book_.units;
  // Behind the account's cross units of lesser assets: asset ids rise as their names do.
  const auto goes_before = [&](std::uint32_t unit) {
    if (units.account[unit] != account) { return units.account[unit] < account; }
    return units.code[unit].is_vacant() || (!units.code[unit].is_isolated() && units.code[unit].asset() < code.asset());
  };
  std::uint32_t at = units_of_account(book_, account).first;
  while (at < units.size() && goes_before(at)) { ++at; }
  // Vacant slots of the account itself may stand in front of where it goes.
  const auto is_vacant = [&](std::uint32_t unit) { return units.code[unit].is_vacant(); };
  vacancy free = nearest_vacancy(at, 0, static_cast<std::uint32_t>(units.size()), is_vacant);
  if (free.slot != no_id && !free.after && free.slot + 1 == at) {
    // The first vacant slot of a row of them: accounts that rise then find the next one free.
    while (free.slot > 1 && is_vacant(free.slot - 1)) { --free.slot; }
    for (std::uint32_t unit = free.slot; unit < at; ++unit) { units.account[unit] = account; }
    at = free.slot + 1;
  }
  if (!free.after && free.slot == 0 && at != 1) { free = {}; }  // Nobody stands before it who could take its rows over.
  if (free.slot == no_id) {
    lay_out_anew(account);
    return open_unit(account, code);
  }
  const std::uint32_t row_first = units.first_position[free.slot];
  const std::uint32_t row_last = units.first_position[free.slot + 1];
  const bool multi = !units.first_collateral.empty();
  std::uint32_t slot = free.slot;
  const auto shift_all = [&](std::uint32_t first, std::uint32_t last, int by) {
    shift(units.account, first, last, by);
    shift(units.code, first, last, by);
    shift(units.balance, first, last, by);
    shift(units.cash, first, last, by);
    shift(units.call_hash, first, last, by);
  };
  if (free.after && free.slot > at) {
    slot = at;
    shift_all(at, free.slot, 1);
    shift(units.first_position, at, free.slot, 1);
    if (multi) { shift(units.first_collateral, at, free.slot, 1); }
    merge_vacant_row(row_first, row_last, free.slot);
    for (std::uint32_t unit = at + 1; unit <= free.slot; ++unit) { moved_unit(unit); }
  } else if (!free.after && free.slot + 1 < at) {
    slot = at - 1;
    shift_all(free.slot + 1, at, -1);
    // The row of the unit before takes over what the vacant one had, so starts move down from the one behind it.
    shift(units.first_position, free.slot + 1, at + 1, -1);
    units.first_position[at] = units.first_position[at - 1];
    if (multi) {
      shift(units.first_collateral, free.slot + 1, at + 1, -1);
      units.first_collateral[at] = units.first_collateral[at - 1];
    }
    merge_vacant_row(row_first, row_last, free.slot - 1);
    for (std::uint32_t unit = free.slot; unit < at; ++unit) { moved_unit(unit); }
  }
  units.near_account[account] = slot;
  units.account[slot] = account;
  units.code[slot] = code;
  units.balance[slot] = 0;
  units.cash[slot] = 0;
  units.call_hash[slot] = call_hash(hash_of_name(book_.accounts[account]), hashes_->unit(code));
  moved_unit(slot);
  --vacant_units_;
}

void live_book::open_position(std::uint32_t account, std::uint32_t instrument_id, position_side side) {
  const std::uint32_t settle = book_.reference.instruments[instrument_id].settle;
  const std::uint32_t unit = find_unit(book_, account, cross_code(settle));
  position_columns& positions = book_.positions;
  std::vector<std::uint32_t>& first = book_.units.first_position;
  const std::uint32_t segment = segment_of(instrument_id, side);
  const auto row_begin = positions.instrument.begin() + first[unit];
  const auto row_end = positions.instrument.begin() + first[unit + 1];
  const auto id = static_cast<std::uint16_t>(instrument_id);
  const auto place = side == position_side::long_side ? std::lower_bound(row_begin, row_end, id) : std::upper_bound(row_begin, row_end, id);
  const auto at = static_cast<std::uint32_t>(place - positions.instrument.begin());
  const vacancy free = nearest_vacancy(at, 0, static_cast<std::uint32_t>(positions.size()), [&](std::uint32_t p) { return entry_of_[p] == no_id; });
  if (free.slot == no_id || free_entries_[segment] == 0) {
    lay_out_anew();
    return open_position(account, instrument_id, side);
  }
  const auto shift_all = [&](std::uint32_t from, std::uint32_t to, int by) {
    shift(positions.instrument, from, to, by);
    shift(positions.lots, from, to, by);
    shift(positions.cost, from, to, by);
    shift(positions.unit, from, to, by);
    if (!positions.given.empty()) { shift(positions.given, from, to, by); }
    shift(entry_of_, from, to, by);
    for (std::uint32_t p = from; p < to; ++p) {
      const std::uint32_t moved = by > 0 ? p + 1 : p - 1;
      positions_.add(moved);
      if (entry_of_[moved] == no_id) { continue; }
      book_.sides.position[entry_of_[moved]] = moved;
      entries_.add(entry_of_[moved]);
    }
  };
  const std::uint32_t slot = make_room(unit, at, free, first, shift_all);
  positions.instrument[slot] = id;
  positions.lots[slot] = 0;
  positions.cost[slot] = 0;
  positions.unit[slot] = unit;
  if (!positions.given.empty()) { positions.given[slot] = 0; }
  entry_of_[slot] = no_id;
  positions_.add(slot);
  open_entry(segment, slot);
}

void live_book::open_entry(std::uint32_t segment, std::uint32_t position) {
  std::vector<std::uint32_t>& entries = book_.sides.position;
  const std::uint32_t begin = book_.sides.first_entry[segment];
  const std::uint32_t end = book_.sides.first_entry[segment + 1];
  // The first entry whose position is behind this one; vacant ones are passed over.
  std::uint32_t low = begin;
  for (std::uint32_t high = end; low < high;) {
    const std::uint32_t middle = low + (high - low) / 2;
    std::uint32_t taken = middle;
    while (taken < high && entries[taken] == no_id) { ++taken; }
    if (taken == high || entries[taken] > position) {
      high = middle;
    } else {
      low = taken + 1;
    }
  }
  std::uint32_t slot = low;
  std::uint32_t up = low;
  while (up < end && entries[up] != no_id) { ++up; }
  std::uint32_t down = low;
  while (down > begin && entries[down - 1] != no_id) { --down; }  // entries[down - 1] is vacant, or down == begin.
  const auto moved = [&](std::uint32_t entry) {
    entry_of_[entries[entry]] = entry;
    entries_.add(entry);
  };
  if (up < end && (down == begin || up - low <= low - down)) {
    shift(entries, low, up, 1);
    for (std::uint32_t entry = low + 1; entry <= up; ++entry) { moved(entry); }
  } else {
    assert(down > begin);
    slot = low - 1;
    shift(entries, down, low, -1);
    for (std::uint32_t entry = down - 1; entry < low - 1; ++entry) { moved(entry); }
  }
  entries[slot] = position;
  moved(slot);
  --free_entries_[segment];
}

// ----------------------------------------------------------------------------------------- closing rows

void live_book::vacate_position(std::uint32_t position) {
  const std::uint32_t entry = entry_of_[position];
  ++free_entries_[segment_of_entry(position, entry)];
  book_.sides.position[entry] = no_id;
  entries_.add(entry);
  entry_of_[position] = no_id;
  book_.positions.lots[position] = 0;
  book_.positions.cost[position] = 0;
  positions_.add(position);
}

void live_book::vacate_unit(std::uint32_t unit) {
  book_.units.code[unit] = unit_code::vacant();
  book_.units.balance[unit] = 0;
  book_.units.cash[unit] = 0;
  book_.units.call_hash[unit] = 0;
  units_.add(unit);
  ++vacant_units_;
}

// ------------------------------------------------------------------------------------------- renumbering

namespace {

/// The side-major copy with room for new instruments, and by how much each old segment's entries have moved.
struct wider_sides {
  side_columns sides;
  std::vector<std::uint32_t> free_entries;
  std::vector<std::uint8_t> largest_stale;
  std::vector<std::uint32_t> moved_by;  ///< Per old segment.
};

wider_sides widen_sides(const side_columns& from, const std::vector<std::uint32_t>& free_entries, const std::vector<std::uint8_t>& largest_stale,
                        const std::vector<std::uint32_t>& instrument_ids, std::size_t instruments) {
  wider_sides out;
  out.sides.position.reserve(from.position.size() + entries_of_none * (2 * instruments - from.segments()));
  std::uint32_t old_segment = 0;
  for (std::uint32_t segment = 0; segment < 2 * instruments; ++segment) {
    const bool stood = old_segment < from.segments() && instrument_ids[old_segment / 2] == segment / 2;
    if (stood) {
      const std::uint32_t first = from.first_entry[old_segment];
      const std::uint32_t last = from.first_entry[old_segment + 1];
      out.moved_by.push_back(static_cast<std::uint32_t>(out.sides.position.size()) - first);
      out.sides.position.insert(out.sides.position.end(), from.position.begin() + first, from.position.begin() + last);
    } else {
      out.sides.position.insert(out.sides.position.end(), entries_of_none, no_id);
    }
    out.sides.first_entry.push_back(static_cast<std::uint32_t>(out.sides.position.size()));
    out.sides.lots.push_back(stood ? from.lots[old_segment] : 0);
    out.sides.lots_max.push_back(stood ? from.lots_max[old_segment] : 0);
    out.free_entries.push_back(stood ? free_entries[old_segment] : entries_of_none);
    out.largest_stale.push_back(stood ? largest_stale[old_segment] : std::uint8_t{0});
    old_segment += stood ? 1 : 0;
  }
  return out;
}

}  // namespace

void live_book::renumber(reference_data&& next, const reference_change& change) {
  const std::vector<std::uint32_t>& instruments = change.instrument_ids;
  const std::vector<std::uint32_t>& assets = change.asset_ids;
  book named;
  named.reference = std::move(next);
  try {
    name_hashes hashes(named);
    wider_sides wider = widen_sides(book_.sides, free_entries_, largest_stale_, instruments, named.reference.instruments.size());
    std::vector<mark> marks(named.reference.instruments.size());
    std::vector<std::uint64_t> largest_balance(named.reference.assets.size(), 0);
    std::vector<std::uint8_t> entry_is_in(wider.sides.position.size(), 0);
    for (std::size_t i = 0; i < instruments.size(); ++i) { marks[instruments[i]] = book_.marks[i]; }
    for (std::size_t a = 0; a < assets.size(); ++a) { largest_balance[assets[a]] = largest_balance_[a]; }

    // Nothing fails from here on: so on this thread alone, as tasks take memory.
    for (unit_code& code : book_.units.code) {
      if (code.is_vacant()) { continue; }
      code = code.is_isolated() ? unit_code::isolated(instruments[code.instrument()], code.side()) : unit_code::cross(assets[code.asset()]);
    }
    for (std::uint16_t& id : book_.collateral.asset) { id = static_cast<std::uint16_t>(assets[id]); }
    for (std::uint32_t p = 0; p < book_.positions.size(); ++p) {
      if (entry_of_[p] != no_id) { entry_of_[p] += wider.moved_by[segment_of_entry(p, entry_of_[p])]; }
      book_.positions.instrument[p] = static_cast<std::uint16_t>(instruments[book_.positions.instrument[p]]);
    }
    hashes_ = std::move(hashes);
    book_.reference = std::move(named.reference);
    book_.sides = std::move(wider.sides);
    book_.marks = std::move(marks);
    free_entries_ = std::move(wider.free_entries);
    largest_stale_ = std::move(wider.largest_stale);
    largest_balance_ = std::move(largest_balance);
    entries_.slots.clear();
    entries_.is_in = std::move(entry_is_in);
    relaid_ = true;
  } catch (...) {
    next = std::move(named.reference);
    throw;
  }
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
