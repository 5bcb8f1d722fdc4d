// Moves vacant slots of a live book to where rows are inserted.
#include <cassert>

#include "host/book/find.hpp"
#include "host/book/live_book.hpp"
#include "host/book/live_layout.hpp"

namespace plimsoll {

using namespace live_layout;

bool live_book::spread_positions(std::uint32_t at) {
  position_columns& positions = book_.positions;
  const auto size = static_cast<std::uint32_t>(positions.size());
  const auto is_vacant = [&](std::uint32_t p) { return entry_of_[p] == no_id; };
  if (!enough_vacant(vacant_positions_, size) ||
      !window_.find(at, size, 2 * shift_limit_, vacant_positions_, widest_window(size), is_vacant)) {
    return false;
  }
  window_.move_starts(book_.units.first_position, [&](std::uint32_t unit) { rows_.add(unit); });
  const bool given = !positions.given.empty();
  window_.move(positions.instrument);
  window_.move(positions.lots);
  window_.move(positions.cost);
  window_.move(positions.unit);
  if (given) { window_.move(positions.given); }
  window_.move(entry_of_);
  for (std::size_t i = 0; i < window_.taken().size(); ++i) {
    const std::uint32_t p = window_.slot(i);
    if (p == window_.taken()[i]) { continue; }
    positions_.add(p);
    book_.sides.position[entry_of_[p]] = p;
    entries_.add(entry_of_[p]);
  }
  window_.for_vacant([&](std::uint32_t p) {
    positions.instrument[p] = positions.instrument[p - 1];
    positions.lots[p] = 0;
    positions.cost[p] = 0;
    positions.unit[p] = positions.unit[p - 1];
    if (given) { positions.given[p] = 0; }
    entry_of_[p] = no_id;
    positions_.add(p);
  });
  return true;
}

bool live_book::spread_collateral(std::uint32_t at) {
  collateral_columns& rows = book_.collateral;
  const auto size = static_cast<std::uint32_t>(rows.amount.size());
  const auto is_vacant = [&](std::uint32_t row) { return is_vacant_collateral(book_, row); };
  if (!enough_vacant(vacant_collateral_, size) ||
      !window_.find(at, size, 2 * shift_limit_, vacant_collateral_, widest_window(size), is_vacant)) {
    return false;
  }
  window_.move_starts(book_.units.first_collateral, [&](std::uint32_t unit) { rows_.add(unit); });
  window_.move(rows.asset);
  window_.move(rows.amount);
  window_.for_vacant([&](std::uint32_t row) {
    rows.asset[row] = static_cast<std::uint16_t>(book_.reference.quote);
    rows.amount[row] = 0;
  });
  for (std::uint32_t row = window_.first(); row < window_.last(); ++row) { collateral_.add(row); }
  return true;
}

/// Moves vacant entries across sides, so the first entries of sides move too. At least one entry must be vacant.
void live_book::spread_entries(std::uint32_t at) {
  std::vector<std::uint32_t>& entries = book_.sides.position;
  const auto is_vacant = [&](std::uint32_t entry) { return entries[entry] == no_id; };
  const bool found = window_.find(at, static_cast<std::uint32_t>(entries.size()), 2 * shift_limit_, vacant_entries(),
                                  no_id, is_vacant);
  assert(found);
  static_cast<void>(found);
  window_.move_starts(book_.sides.first_entry, [&](std::uint32_t) { segments_moved_ = true; });
  window_.move(entries);
  window_.for_vacant([&](std::uint32_t entry) {
    entries[entry] = no_id;
    entries_.add(entry);
  });
  for (std::size_t i = 0; i < window_.taken().size(); ++i) {
    const std::uint32_t entry = window_.slot(i);
    if (entry == window_.taken()[i]) { continue; }
    entry_of_[entries[entry]] = entry;
    entries_.add(entry);
  }
}

/// Positions and other balances do not move: those of vacant units go to the unit before. Slot 0 has no unit before it,
/// so it is never treated as vacant.
bool live_book::spread_units(std::uint32_t at) {
  unit_columns& units = book_.units;
  const auto size = static_cast<std::uint32_t>(units.size());
  const auto is_vacant = [&](std::uint32_t unit) { return unit != 0 && units.code[unit].is_vacant(); };
  if (!enough_vacant(vacant_units_, size) ||
      !window_.find(at, size, 2 * shift_limit_, vacant_units_, widest_window(size), is_vacant)) {
    return false;
  }
  for (std::uint32_t unit = window_.first(); unit < window_.last(); ++unit) {
    if (is_vacant(unit)) { merge_vacant_row(units.first_position[unit], units.first_position[unit + 1], unit); }
  }
  const bool multi = !units.first_collateral.empty();
  window_.move(units.account);
  window_.move(units.code);
  window_.move(units.balance);
  window_.move(units.cash);
  window_.move(units.call_hash);
  window_.move(units.first_position);
  if (multi) { window_.move(units.first_collateral); }
  for (std::size_t i = 0; i < window_.taken().size(); ++i) {
    const std::uint32_t unit = window_.slot(i);
    const std::uint32_t end = window_.end_of(i);
    for (std::uint32_t vacant = unit + 1; vacant < end; ++vacant) {
      units.account[vacant] = units.account[unit];
      units.code[vacant] = unit_code::vacant();
      units.balance[vacant] = units.cash[vacant] = 0;
      units.call_hash[vacant] = 0;
      units.first_position[vacant] = units.first_position[end];
      if (multi) { units.first_collateral[vacant] = units.first_collateral[end]; }
    }
    if (i == 0 || units.account[unit] != units.account[unit - 1]) { units.near_account[units.account[unit]] = unit; }
    for (std::uint32_t slot = unit; slot < end; ++slot) { moved_unit(slot); }
  }
  return true;
}

/// Ids of accounts change.
void live_book::spread_names(std::string_view name) {
  name_table& table = book_.accounts;
  unit_columns& units = book_.units;
  std::vector<std::uint32_t>& near = units.near_account;
  const auto moved = table.make_room(name, 2 * shift_limit_);
  if (!moved) {
    const std::uint32_t names = table.size();
    const std::vector<std::uint32_t> id_of = table.spread(block_names, to_come(names), name);
    for (std::uint32_t& account : units.account) { account = id_of[account]; }
    near.assign(table.size(), 0);
    for (std::uint32_t unit = 0; unit < units.size(); ++unit) { near[units.account[unit]] = unit; }
    return;
  }
  const auto last = moved->first + static_cast<std::uint32_t>(moved->id_of.size());
  const std::uint32_t first_unit = units_of_account(book_, moved->first).first;
  for (std::uint32_t id = moved->first; id < last; ++id) { near[id] = first_unit; }
  for (std::uint32_t unit = first_unit; unit < units.size() && units.account[unit] < last; ++unit) {
    units.account[unit] = moved->id_of[units.account[unit] - moved->first];
    near[units.account[unit]] = unit;
  }
}

book_vacancy live_book::vacancy() const {
  const auto share = [](std::uint64_t vacant, std::uint64_t slots) {
    return slots == 0 ? 1 : static_cast<double>(vacant) / static_cast<double>(slots);
  };
  return {.accounts = share(book_.accounts.vacant(), book_.accounts.size()),
          .units = share(vacant_units_, book_.units.size()),
          .positions = share(vacant_positions_, book_.positions.size()),
          .entries = share(vacant_entries(), book_.sides.position.size()),
          .balances = share(vacant_collateral_, book_.collateral.amount.size()),
          .layouts = layouts_};
}

}  // namespace plimsoll
