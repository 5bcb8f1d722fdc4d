// Opens and closes rows of a live book.
#include <algorithm>
#include <cassert>
#include <utility>

#include "host/book/find.hpp"
#include "host/book/live_book.hpp"
#include "host/book/live_layout.hpp"
#include "host/book/sides.hpp"

namespace plimsoll {

using namespace live_layout;

namespace {

/// Moves elements [first, last) by one slot, up or down.
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

/// The nearest vacant slot within `shift_limit`: at or after `at`, or before it.
template <class IsVacant>
vacant_slot nearest_vacancy(std::uint32_t at, std::uint32_t begin, std::uint32_t end, std::uint32_t shift_limit,
                            const IsVacant& is_vacant) {
  for (std::uint32_t distance = 0; distance < shift_limit; ++distance) {
    const bool up = at + distance < end;
    const bool down = distance < at - begin;
    if (!up && !down) { break; }
    if (up && is_vacant(at + distance)) { return {at + distance, true}; }
    if (down && is_vacant(at - 1 - distance)) { return {at - 1 - distance, false}; }
  }
  return {};
}

/// Compares the names of two isolated units, "isolated:X:long", without making the strings.
bool isolated_before(const reference_data& reference, unit_code a, unit_code b) {
  const auto byte_at = [&](unit_code code, std::size_t i) -> int {
    const std::string& name = reference.instruments[code.instrument()].name;
    const std::string_view side = code.side() == position_side::long_side ? ":long" : ":short";
    if (i < name.size()) { return static_cast<unsigned char>(name[i]); }
    return i - name.size() < side.size() ? static_cast<unsigned char>(side[i - name.size()]) : -1;
  };
  for (std::size_t i = 0;; ++i) {
    const int one = byte_at(a, i);
    const int other = byte_at(b, i);
    if (one != other || one < 0) { return one < other; }
  }
}

}  // namespace

// ------------------------------------------------------------------------------------------ opening rows

unit_code live_book::cross_code(std::uint32_t asset) const {
  return unit_code::cross(book_.reference.venue.collateral == collateral_mode::multi ? book_.reference.quote : asset);
}

void live_book::open(const book_growth& growth, std::vector<std::uint32_t>& places) {
  places.clear();
  for (const book_growth::balance& row : growth.balances) { open_balance(row.account, row.asset); }
  // A new layout drops the empty slots opened before it, so those are opened again.
  for (bool swept = true; swept;) {
    swept = false;
    places.clear();
    for (const book_growth::position& row : growth.positions) {
      if (find_place(row.account, row.instrument, row.side) == no_id) { open_position(row); }
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
    const unit_code code = unit_code::isolated(row.instrument, row.side);
    const std::uint32_t unit = row.isolated ? find_unit(book_, row.account, code) : no_id;
    if (unit != no_id) { close_empty(unit); }
  }
  for (const book_growth::balance& row : growth.balances) {
    const std::uint32_t unit = find_unit(book_, row.account, cross_code(row.asset));
    const std::uint32_t collateral = unit == no_id ? no_id : find_collateral(book_, unit, row.asset);
    if (collateral == no_id) { continue; }
    book_.collateral.asset[collateral] = static_cast<std::uint16_t>(book_.reference.quote);
    book_.collateral.amount[collateral] = 0;
    collateral_.add(collateral);
    ++vacant_collateral_;
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
  auto made = table.open(name, shift_limit_);
  if (!made) {
    spread_names(name);
    made = table.open(name, shift_limit_);
  }
  unit_columns& units = book_.units;
  std::vector<std::uint32_t>& near = units.near_account;
  if (made->first != made->last) {
    std::uint32_t unit = units_of_account(book_, made->first).first;
    for (; unit < units.size() && units.account[unit] < made->last; ++unit) {
      units.account[unit] += static_cast<std::uint32_t>(made->by);
    }
  }
  if (near.size() < table.size()) { near.push_back(0); }
  shift(near, made->first, made->last, made->by);
  near[made->id] = near[made->id == 0 ? 0 : made->id - 1];
}

namespace {

/// Makes the vacant slot one at `at`, of `row`. Slots between the two move by one, and so do the starts of the rows
/// between them. Calls moved(row) for each such row.
template <class Shift, class Moved>
std::uint32_t take_vacancy(std::uint32_t row, std::uint32_t at, const vacant_slot& free,
                           std::vector<std::uint32_t>& starts, const Shift& shift_all, const Moved& moved) {
  if (free.after) {
    shift_all(at, free.slot, 1);
    for (std::uint32_t later = row + 1; later + 1 < starts.size() && starts[later] <= free.slot; ++later) {
      ++starts[later];
      moved(later);
    }
    return at;
  }
  shift_all(free.slot + 1, at, -1);
  for (std::uint32_t earlier = row; earlier > 0 && starts[earlier] > free.slot; --earlier) {
    --starts[earlier];
    moved(earlier);
  }
  return at - 1;
}

}  // namespace

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
  const vacant_slot free = nearest_vacancy(at, 0, static_cast<std::uint32_t>(rows.amount.size()), shift_limit_,
                                           [&](std::uint32_t row) { return is_vacant_collateral(book_, row); });
  if (free.slot == no_id) {
    if (!spread_collateral(at)) { lay_out_again(); }
    return open_collateral(account, asset);
  }
  const auto shift_all = [&](std::uint32_t from, std::uint32_t to, int by) {
    shift(rows.asset, from, to, by);
    shift(rows.amount, from, to, by);
    for (std::uint32_t row = from; row < to; ++row) { collateral_.add(by > 0 ? row + 1 : row - 1); }
  };
  const std::uint32_t slot =
      take_vacancy(unit, at, free, first, shift_all, [&](std::uint32_t moved) { rows_.add(moved); });
  rows.asset[slot] = static_cast<std::uint16_t>(asset);
  rows.amount[slot] = 0;
  collateral_.add(slot);
  --vacant_collateral_;
}

void live_book::moved_unit(std::uint32_t unit) {
  units_.add(unit);
  rows_.add(unit);
  for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
    book_.positions.unit[p] = unit;
    if (entry_of_[p] != no_id) { entries_.add(entry_of_[p]); }
  }
}

/// Gives the vacant positions [first, last) to `unit`, after its own.
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
  // Cross units come first. Asset ids rise as names do, but isolated units are ordered by their whole name.
  const auto sorts_before = [&](unit_code other) {
    if (other.is_isolated() != code.is_isolated()) { return code.is_isolated(); }
    return code.is_isolated() ? isolated_before(book_.reference, other, code) : other.asset() < code.asset();
  };
  const auto goes_before = [&](std::uint32_t unit) {
    if (units.account[unit] != account) { return units.account[unit] < account; }
    return units.code[unit].is_vacant() || sorts_before(units.code[unit]);
  };
  std::uint32_t at = units_of_account(book_, account).first;
  while (at < units.size() && goes_before(at)) { ++at; }
  // Vacant slots of the account itself may be in front of the new unit's slot.
  const auto is_vacant = [&](std::uint32_t unit) { return units.code[unit].is_vacant(); };
  vacant_slot free = nearest_vacancy(at, 0, static_cast<std::uint32_t>(units.size()), shift_limit_, is_vacant);
  if (free.slot != no_id && !free.after && free.slot + 1 == at) {
    // Takes the first of a run of vacant slots, so that accounts inserted in rising order find the next one free.
    while (free.slot > 1 && is_vacant(free.slot - 1)) { --free.slot; }
    for (std::uint32_t unit = free.slot; unit < at; ++unit) { units.account[unit] = account; }
    at = free.slot + 1;
  }
  if (!free.after && free.slot == 0 && at != 1) { free = {}; }  // Slot 0 has no unit before it to take its rows.
  if (free.slot == no_id) {
    if (!spread_units(at)) { lay_out_again(account); }
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
    // The unit before takes over the rows of the vacant one, so the starts after the vacant one move down.
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

void live_book::open_position(const book_growth::position& row) {
  const std::uint32_t instrument_id = row.instrument;
  const position_side side = row.side;
  const unit_code code = row.isolated ? unit_code::isolated(instrument_id, side)
                                      : cross_code(book_.reference.instruments[instrument_id].settle);
  if (row.isolated && find_unit(book_, row.account, code) == no_id) { open_unit(row.account, code); }
  const std::uint32_t unit = find_unit(book_, row.account, code);
  position_columns& positions = book_.positions;
  std::vector<std::uint32_t>& first = book_.units.first_position;
  const std::uint32_t segment = segment_of(instrument_id, side);
  const auto row_begin = positions.instrument.begin() + first[unit];
  const auto row_end = positions.instrument.begin() + first[unit + 1];
  const auto id = static_cast<std::uint16_t>(instrument_id);
  const auto place = side == position_side::long_side ? std::lower_bound(row_begin, row_end, id)
                                                      : std::upper_bound(row_begin, row_end, id);
  const auto at = static_cast<std::uint32_t>(place - positions.instrument.begin());
  const vacant_slot free = nearest_vacancy(at, 0, static_cast<std::uint32_t>(positions.size()), shift_limit_,
                                           [&](std::uint32_t p) { return entry_of_[p] == no_id; });
  const bool entries_vacant = enough_vacant(vacant_entries(), book_.sides.position.size());
  if (free.slot == no_id || !entries_vacant) {
    if (!entries_vacant || !spread_positions(at)) { lay_out_again(); }
    return open_position(row);
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
  const std::uint32_t slot =
      take_vacancy(unit, at, free, first, shift_all, [&](std::uint32_t moved) { rows_.add(moved); });
  positions.instrument[slot] = id;
  positions.lots[slot] = 0;
  positions.cost[slot] = 0;
  positions.unit[slot] = unit;
  if (!positions.given.empty()) { positions.given[slot] = 0; }
  entry_of_[slot] = no_id;
  positions_.add(slot);
  --vacant_positions_;
  open_entry(segment, slot);
}

void live_book::open_entry(std::uint32_t segment, std::uint32_t position) {
  std::vector<std::uint32_t>& entries = book_.sides.position;
  const std::uint32_t begin = book_.sides.first_entry[segment];
  const std::uint32_t end = book_.sides.first_entry[segment + 1];
  // Finds the first entry whose position comes after this one, skipping vacant entries.
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
  const auto is_vacant = [&](std::uint32_t entry) { return entries[entry] == no_id; };
  vacant_slot free = nearest_vacancy(low, begin, end, shift_limit_, is_vacant);
  // A side without a vacant entry takes one from its neighbours.
  if (free.slot == no_id) {
    free = nearest_vacancy(low, 0, static_cast<std::uint32_t>(entries.size()), shift_limit_, is_vacant);
  }
  if (free.slot == no_id) {
    spread_entries(low);
    return open_entry(segment, position);
  }
  const auto shift_all = [&](std::uint32_t from, std::uint32_t to, int by) {
    shift(entries, from, to, by);
    for (std::uint32_t entry = from; entry < to; ++entry) {
      const std::uint32_t moved = by > 0 ? entry + 1 : entry - 1;
      entry_of_[entries[moved]] = moved;
      entries_.add(moved);
    }
  };
  const std::uint32_t slot = take_vacancy(segment, low, free, book_.sides.first_entry, shift_all,
                                          [&](std::uint32_t) { segments_moved_ = true; });
  entries[slot] = position;
  entry_of_[position] = slot;
  entries_.add(slot);
}

// ----------------------------------------------------------------------------------------- closing rows

void live_book::vacate_position(std::uint32_t position) {
  const std::uint32_t entry = entry_of_[position];
  ++vacant_positions_;
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

}  // namespace plimsoll
