#include "tests/support/changing_book.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "host/book/find.hpp"

namespace plimsoll {
namespace {

void sort_unique(std::vector<std::uint32_t>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

std::vector<std::uint32_t> all_below(std::size_t count) {
  std::vector<std::uint32_t> list(count);
  std::iota(list.begin(), list.end(), 0U);
  return list;
}

/// An instrument with bands, which a vacant position must name.
std::uint16_t some_contract(const book& source) {
  for (std::uint16_t id = 0; id < source.reference.instruments.size(); ++id) {
    if (source.reference.instruments[id].band_count != 0) { return id; }
  }
  return 0;
}

}  // namespace

void change_lists::sort() {
  for (auto* const list : {&units, &rows, &positions, &entries, &collateral}) { sort_unique(*list); }
}

changing_book::changing_book(const book& source, std::uint64_t seed) : random_(seed) {
  book_ = source;
  const auto& from = source.positions;
  const auto& units = source.units;
  const std::uint16_t vacant_instrument = some_contract(source);
  auto& to = book_.positions;
  to = {};
  std::vector<std::uint32_t> moved(from.size());
  const bool multi = !units.first_collateral.empty();
  book_.collateral = {};
  book_.units.first_collateral.clear();
  book_.units.first_position.assign(1, 0);
  const auto add_vacant = [&](std::uint32_t unit, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      to.instrument.push_back(vacant_instrument);
      to.lots.push_back(0);
      to.cost.push_back(0);
      to.unit.push_back(unit);
      if (!from.given.empty()) { to.given.push_back(0); }
    }
  };
  for (std::uint32_t unit = 0; unit < units.size(); ++unit) {
    for (std::uint32_t p = units.first_position[unit]; p < units.first_position[unit + 1]; ++p) {
      moved[p] = static_cast<std::uint32_t>(to.size());
      to.instrument.push_back(from.instrument[p]);
      to.lots.push_back(from.lots[p]);
      to.cost.push_back(from.cost[p]);
      to.unit.push_back(unit);
      if (!from.given.empty()) { to.given.push_back(from.given[p]); }
    }
    add_vacant(unit, below(4));
    book_.units.first_position.push_back(static_cast<std::uint32_t>(to.size()));
    if (!multi) { continue; }
    book_.units.first_collateral.push_back(static_cast<std::uint32_t>(book_.collateral.amount.size()));
    for (std::uint32_t row = units.first_collateral[unit]; row < units.first_collateral[unit + 1]; ++row) {
      book_.collateral.asset.push_back(source.collateral.asset[row]);
      book_.collateral.amount.push_back(source.collateral.amount[row]);
    }
    for (std::uint32_t left = below(3); left > 0; --left) {
      book_.collateral.asset.push_back(static_cast<std::uint16_t>(source.reference.quote));
      book_.collateral.amount.push_back(0);
    }
  }
  if (multi) { book_.units.first_collateral.push_back(static_cast<std::uint32_t>(book_.collateral.amount.size())); }
  const std::uint32_t spare = 3 + static_cast<std::uint32_t>(units.size() / 20);
  for (std::uint32_t i = 0; i < spare; ++i) {
    const auto unit = static_cast<std::uint32_t>(book_.units.size());
    book_.units.account.push_back(no_id);
    book_.units.code.push_back(unit_code::vacant());
    book_.units.balance.push_back(0);
    book_.units.cash.push_back(0);
    if (!units.call_hash.empty()) { book_.units.call_hash.push_back(0); }
    if (multi) { book_.units.first_collateral.push_back(book_.units.first_collateral.back()); }
    add_vacant(unit, 2 + below(3));
    book_.units.first_position.push_back(static_cast<std::uint32_t>(to.size()));
  }
  entry_of_.assign(to.size(), no_id);
  auto& sides = book_.sides;
  sides.first_entry.assign(1, 0);
  sides.position.clear();
  for (std::uint32_t segment = 0; segment < source.sides.segments(); ++segment) {
    for (std::uint32_t e = source.sides.first_entry[segment]; e < source.sides.first_entry[segment + 1]; ++e) {
      if (below(10) == 0) { sides.position.push_back(no_id); }
      entry_of_[moved[source.sides.position[e]]] = static_cast<std::uint32_t>(sides.position.size());
      sides.position.push_back(moved[source.sides.position[e]]);
    }
    for (std::uint32_t i = below(6); i > 0; --i) { sides.position.push_back(no_id); }
    sides.first_entry.push_back(static_cast<std::uint32_t>(sides.position.size()));
  }
}

change_lists changing_book::change(std::uint32_t count) {
  change_lists out;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t unit = any_unit();
    switch (below(11)) {
      case 0: resize(unit, out); break;
      case 1: pay(unit, out); break;
      case 2: close_one(unit, out); break;
      case 3: open(unit, out); break;
      case 4: move_row(unit, 2, out); break;
      case 5: exchange(unit, out); break;
      case 6:
        resize(unit, out);
        open(unit, out);
        pay(unit, out);
        break;
      case 7: take(unit, out); break;
      case 8: open_balance(unit, out); break;
      case 9: move_balances(unit, out); break;
      default:
        if (below(4) == 0) { vacate(unit, out); }
        break;
    }
  }
  out.sort();
  return out;
}

void changing_book::change_tiers(std::uint32_t bands_max) {
  const std::vector<tier_band> before = std::exchange(book_.reference.bands, {});
  auto& bands = book_.reference.bands;
  for (instrument& it : book_.reference.instruments) {
    const auto first = static_cast<std::uint32_t>(bands.size());
    if (it.band_count == 0 || below(2) == 0) {
      bands.insert(bands.end(), before.begin() + it.first_band, before.begin() + it.first_band + it.band_count);
    } else {
      tier_band band;
      band.maintenance_ppm = 1 + below(30'000);
      band.initial_ppm = band.maintenance_ppm + below(30'000);
      for (std::uint32_t left = 1 + below(bands_max); left > 0; --left) {
        bands.push_back(band);
        const std::uint64_t floor = band.floor + 1 + random_() % 2'000'000'000'000;
        const std::uint32_t rate = band.maintenance_ppm + below(4'000);
        band.amount = next_amount(band, floor, rate);
        band.floor = floor;
        band.maintenance_ppm = rate;
        band.initial_ppm = std::max(band.initial_ppm, rate + below(20'000));
      }
      it.band_count = static_cast<std::uint32_t>(bands.size()) - first;
    }
    it.first_band = first;
  }
}

change_lists changing_book::move_rows(std::uint32_t count) {
  change_lists out;
  const std::uint32_t first = any_unit();
  const auto units = static_cast<std::uint32_t>(book_.units.size());
  for (std::uint32_t unit = first; unit < std::min(first + count, units); ++unit) { move_row(unit, 400, out); }
  out.sort();
  return out;
}

change_lists changing_book::everything() const {
  change_lists out;
  out.units = out.rows = all_below(book_.units.size());
  out.positions = all_below(book_.positions.size());
  out.entries = all_below(book_.sides.position.size());
  out.collateral = all_below(book_.collateral.amount.size());
  return out;
}

void changing_book::touch(std::uint32_t unit, change_lists& out) {
  if (!book_.units.call_hash.empty() && below(2) == 0) { book_.units.call_hash[unit] = random_(); }
  out.units.push_back(unit);
}

/// Another size on the same side, cost and cash with it.
void changing_book::resize(std::uint32_t unit, change_lists& out) {
  auto& positions = book_.positions;
  for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
    if (std::abs(positions.lots[p]) < 2 || below(2) == 0) { continue; }
    const std::int64_t cost_before = positions.cost[p];
    positions.lots[p] /= 2;
    positions.cost[p] /= 2;
    book_.units.cash[unit] += cost_before - positions.cost[p];
    if (!positions.given.empty()) { positions.given[p] = static_cast<double>(below(50)) - 20; }
    out.positions.push_back(p);
    out.entries.push_back(entry_of_[p]);
    touch(unit, out);
  }
}

void changing_book::pay(std::uint32_t unit, change_lists& out) {
  if (book_.units.code[unit].is_vacant()) { return; }
  const std::int64_t amount = book_.units.balance[unit] / 4 + static_cast<std::int64_t>(below(1'000'000));
  const std::int64_t paid = below(2) == 0 ? amount : -amount;
  book_.units.balance[unit] += paid;
  book_.units.cash[unit] += paid;
  touch(unit, out);
}

void changing_book::close(std::uint32_t position, change_lists& out) {
  auto& positions = book_.positions;
  const std::uint32_t unit = positions.unit[position];
  book_.units.cash[unit] += positions.cost[position];
  positions.lots[position] = 0;
  positions.cost[position] = 0;
  book_.sides.position[entry_of_[position]] = no_id;
  out.positions.push_back(position);
  out.entries.push_back(entry_of_[position]);
  entry_of_[position] = no_id;
  touch(unit, out);
}

void changing_book::close_one(std::uint32_t unit, change_lists& out) {
  for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
    if (book_.positions.lots[p] == 0) { continue; }
    close(p, out);
    return;
  }
}

/// A vacant entry of the segment that keeps its positions rising, or no_id.
std::uint32_t changing_book::vacant_entry(std::uint32_t segment, std::uint32_t position) const {
  std::uint32_t found = no_id;
  for (std::uint32_t e = book_.sides.first_entry[segment]; e < book_.sides.first_entry[segment + 1]; ++e) {
    const std::uint32_t at = book_.sides.position[e];
    if (at == no_id) {
      found = e;
    } else if (at < position) {
      found = no_id;
    } else {
      break;
    }
  }
  return found;
}

/// A position in a vacant slot of the row and of a segment, no larger than the segment's largest.
void changing_book::open(std::uint32_t unit, change_lists& out) {
  if (book_.units.code[unit].is_vacant()) { return; }
  auto& positions = book_.positions;
  auto& sides = book_.sides;
  const std::uint32_t segment = below(sides.segments());
  const std::uint32_t id = segment / 2;
  if (book_.reference.instruments[id].band_count == 0 || sides.lots_max[segment] == 0) { return; }
  if (book_.reference.venue.collateral == collateral_mode::single &&
      book_.reference.instruments[id].settle != book_.asset_of(unit)) {
    return;
  }
  for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
    if (positions.lots[p] != 0) { continue; }
    const std::uint32_t entry = vacant_entry(segment, p);
    if (entry == no_id) { return; }
    const auto lots =
        static_cast<std::int64_t>(1 + random_() % std::min<std::uint64_t>(sides.lots_max[segment], 5'000));
    const bool is_long = segment % 2 == static_cast<std::uint32_t>(position_side::long_side);
    positions.instrument[p] = static_cast<std::uint16_t>(id);
    positions.lots[p] = is_long ? lots : -lots;
    positions.cost[p] = positions.lots[p] * static_cast<std::int64_t>(1 + below(100'000));
    positions.unit[p] = unit;
    if (!positions.given.empty()) { positions.given[p] = static_cast<double>(below(50)) - 20; }
    book_.units.cash[unit] -= positions.cost[p];
    entry_of_[p] = entry;
    sides.position[entry] = p;
    out.positions.push_back(p);
    out.entries.push_back(entry_of_[p]);
    touch(unit, out);
    return;
  }
}

/// The row behind a unit's row moves into the vacant slots at its end. The states of both stay the same.
void changing_book::move_row(std::uint32_t unit, std::uint32_t places_max, change_lists& out) {
  if (unit + 2 > book_.units.size()) { return; }
  auto& positions = book_.positions;
  auto& first = book_.units.first_position;
  const std::uint32_t next = unit + 1;
  std::uint32_t to = first[next];
  while (to > first[unit] && positions.lots[to - 1] == 0 && first[next] - to < places_max) { --to; }
  if (to == first[next]) { return; }
  const std::uint32_t by = first[next] - to;
  for (std::uint32_t p = to; p < first[next + 1]; ++p) {
    const std::uint32_t from = p + by;
    const bool moved = from < first[next + 1];
    positions.instrument[p] = moved ? positions.instrument[from] : positions.instrument[p];
    positions.lots[p] = moved ? positions.lots[from] : 0;
    positions.cost[p] = moved ? positions.cost[from] : 0;
    positions.unit[p] = next;
    if (!positions.given.empty()) { positions.given[p] = moved ? positions.given[from] : 0; }
    entry_of_[p] = moved ? entry_of_[from] : no_id;
    if (entry_of_[p] != no_id) {
      book_.sides.position[entry_of_[p]] = p;
      out.entries.push_back(entry_of_[p]);
    }
    out.positions.push_back(p);
  }
  first[next] = to;
  out.rows.push_back(next);
}

void changing_book::vacate(std::uint32_t unit, change_lists& out) {
  for (std::uint32_t p = book_.units.first_position[unit]; p < book_.units.first_position[unit + 1]; ++p) {
    if (book_.positions.lots[p] != 0) { close(p, out); }
  }
  if (!book_.units.first_collateral.empty()) {
    for (std::uint32_t row = book_.units.first_collateral[unit]; row < book_.units.first_collateral[unit + 1]; ++row) {
      book_.collateral.asset[row] = static_cast<std::uint16_t>(book_.reference.quote);
      book_.collateral.amount[row] = 0;
      out.collateral.push_back(row);
    }
  }
  book_.units.code[unit] = unit_code::vacant();
  book_.units.account[unit] = no_id;
  book_.units.balance[unit] = 0;
  book_.units.cash[unit] = 0;
  touch(unit, out);
}

/// A new unit in a vacant slot: cross or isolated, at random.
void changing_book::take(std::uint32_t unit, change_lists& out) {
  if (!book_.units.code[unit].is_vacant()) { return; }
  const std::uint32_t segment = below(book_.sides.segments());
  const bool isolated = below(2) == 0 && book_.reference.instruments[segment / 2].settle != no_id;
  book_.units.code[unit] = isolated ? unit_code::isolated(segment / 2, static_cast<position_side>(segment % 2))
                                    : unit_code::cross(book_.reference.quote);
  book_.units.account[unit] = 0;
  book_.units.balance[unit] = static_cast<std::int64_t>(random_() % 100'000'000'000);
  book_.units.cash[unit] = book_.units.balance[unit];
  touch(unit, out);
  open(unit, out);
}

void changing_book::exchange(std::uint32_t unit, change_lists& out) {
  if (book_.units.first_collateral.empty() || book_.units.code[unit].is_vacant()) { return; }
  for (std::uint32_t row = book_.units.first_collateral[unit]; row < book_.units.first_collateral[unit + 1]; ++row) {
    if (is_vacant_collateral(book_, row)) { continue; }
    book_.collateral.amount[row] = below(3) == 0 ? 0 : static_cast<std::int64_t>(below(100'000'000)) - 20'000'000;
    out.collateral.push_back(row);
    touch(unit, out);
  }
}

/// A balance in a vacant row of the unit, or one that is closed. Assets need not rise within a unit for a machine.
void changing_book::open_balance(std::uint32_t unit, change_lists& out) {
  if (book_.units.first_collateral.empty() || book_.units.code[unit].is_vacant() ||
      book_.units.code[unit].is_isolated()) {
    return;
  }
  const std::uint32_t first = book_.units.first_collateral[unit];
  const std::uint32_t count = book_.units.first_collateral[unit + 1] - first;
  if (count == 0) { return; }
  const std::uint32_t row = first + below(count);
  const auto asset = static_cast<std::uint16_t>(below(book_.reference.assets.size()));
  const bool opens = is_vacant_collateral(book_, row);
  if (opens && asset == book_.reference.quote) { return; }
  book_.collateral.asset[row] = opens ? asset : static_cast<std::uint16_t>(book_.reference.quote);
  book_.collateral.amount[row] = opens ? static_cast<std::int64_t>(below(100'000'000)) - 20'000'000 : 0;
  out.collateral.push_back(row);
  touch(unit, out);
}

/// The balances of the next unit move into this one's vacant row at its end. The states of both stay the same.
void changing_book::move_balances(std::uint32_t unit, change_lists& out) {
  if (book_.units.first_collateral.empty() || unit + 2 > book_.units.size()) { return; }
  auto& first = book_.units.first_collateral;
  auto& rows = book_.collateral;
  const std::uint32_t next = unit + 1;
  if (first[unit] == first[next] || !is_vacant_collateral(book_, first[next] - 1)) { return; }
  for (std::uint32_t row = first[next] - 1; row < first[next + 1]; ++row) {
    const bool moved = row + 1 < first[next + 1];
    rows.asset[row] = moved ? rows.asset[row + 1] : static_cast<std::uint16_t>(book_.reference.quote);
    rows.amount[row] = moved ? rows.amount[row + 1] : 0;
    out.collateral.push_back(row);
  }
  --first[next];
  out.rows.push_back(next);
}

}  // namespace plimsoll
