// Layout of a live book: vacant slots between the occupied ones. Built in parallel into new columns, so that nothing
// has changed if memory runs out.
#include <algorithm>
#include <cmath>
#include <utility>

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_invoke.h>

#include "host/book/find.hpp"
#include "host/book/live_book.hpp"
#include "host/book/live_layout.hpp"
#include "host/memory/huge_pages.hpp"

namespace plimsoll {

using namespace live_layout;

namespace {

constexpr std::uint32_t units_a_task = 16'384;
constexpr std::uint32_t blocks_a_task = 512;
constexpr std::uint32_t run_rows = 2;  ///< Vacant positions, and balances, of each unit in a run of vacant units.

/// Calls body(task, first, last) for parts of [0, count), in parallel.
template <class Body>
void for_parts(std::size_t count, std::size_t grain, const Body& body) {
  oneapi::tbb::parallel_for(std::size_t{0}, (count + grain - 1) / grain,
                            [&](std::size_t task) { body(task, task * grain, std::min(count, (task + 1) * grain)); });
}

/// Turns counts into the starts of their ranges; the last element becomes the total.
template <class T>
void make_starts(std::vector<T>& counts) {
  T sum = 0;
  for (T& count : counts) { sum += std::exchange(count, sum); }
}

/// The occupied units, and the first rows of each block of them in the new layout.
struct taken_rows {
  std::vector<std::uint32_t> units;
  std::vector<std::uint32_t> first_position;  ///< Per block, and one more.
  std::vector<std::uint32_t> first_balance;   ///< Likewise; only in `multi`.
  std::size_t run_before = 0;                 ///< The run of vacant units lies before this block, or after the last.
  std::uint32_t run = 0;                      ///< Length of the run.
  [[nodiscard]] std::size_t blocks() const { return (units.size() + block_units - 1) / block_units; }
};

bool is_taken(const book& from, std::uint32_t unit) {
  const unit_columns& units = from.units;
  const bool empty = units.code[unit].is_vacant() || (units.code[unit].is_isolated() && units.balance[unit] == 0);
  const auto begin = from.positions.lots.begin();
  return !empty || std::any_of(begin + units.first_position[unit], begin + units.first_position[unit + 1],
                               [](std::int64_t lots) { return lots != 0; });
}

std::vector<std::uint32_t> find_taken(const book& from) {
  std::vector<std::uint32_t> starts((from.units.size() + units_a_task - 1) / units_a_task + 1, 0);
  const auto for_taken = [&](std::size_t first, std::size_t last, const auto& body) {
    for (auto unit = static_cast<std::uint32_t>(first); unit < last; ++unit) {
      if (is_taken(from, unit)) { body(unit); }
    }
  };
  for_parts(from.units.size(), units_a_task, [&](std::size_t task, std::size_t first, std::size_t last) {
    for_taken(first, last, [&](std::uint32_t) { ++starts[task]; });
  });
  make_starts(starts);
  std::vector<std::uint32_t> taken(starts.back());
  for_parts(from.units.size(), units_a_task, [&](std::size_t task, std::size_t first, std::size_t last) {
    std::uint32_t* next = taken.data() + starts[task];
    for_taken(first, last, [&](std::uint32_t unit) { *next++ = unit; });
  });
  return taken;
}

/// Number of vacant rows after a block that holds `rows` rows.
std::uint32_t spare_rows(std::uint32_t rows, double share) {
  return std::max(2U, static_cast<std::uint32_t>(std::ceil(rows * share)));
}

/// Finds the rows of each block. The run of vacant units lies before those of account `growing`, or after all.
taken_rows find_rows(const book& from, double share, std::uint32_t growing) {
  taken_rows rows;
  rows.units = find_taken(from);
  const auto sorts_before = [&](std::uint32_t unit, std::uint32_t account) {
    return from.units.account[unit] < account;
  };
  const auto at = static_cast<std::size_t>(
      std::lower_bound(rows.units.begin(), rows.units.end(), growing, sorts_before) - rows.units.begin());
  rows.run = rows.units.empty() ? 0 : to_come(rows.units.size());
  rows.run_before = at == rows.units.size() ? rows.blocks() : std::max<std::size_t>(1, at / block_units);
  const bool multi = !from.units.first_collateral.empty();
  rows.first_position.assign(rows.blocks() + 1, 0);
  rows.first_balance.assign(multi ? rows.blocks() + 1 : 0, 0);
  for_parts(rows.blocks(), blocks_a_task, [&](std::size_t, std::size_t first, std::size_t last) {
    for (std::size_t block = first; block < last; ++block) {
      std::uint32_t positions = 0;
      std::uint32_t balances = 0;
      for (std::size_t i = block * block_units; i < std::min<std::size_t>(rows.units.size(), (block + 1) * block_units);
           ++i) {
        const std::uint32_t unit = rows.units[i];
        for (std::uint32_t p = from.units.first_position[unit]; p < from.units.first_position[unit + 1]; ++p) {
          positions += from.positions.lots[p] != 0 ? 1 : 0;
        }
        for (std::uint32_t row = multi ? from.units.first_collateral[unit] : 0;
             multi && row < from.units.first_collateral[unit + 1]; ++row) {
          balances += is_vacant_collateral(from, row) ? 0 : 1;
        }
      }
      rows.first_position[block] = positions + spare_rows(positions, share);
      if (multi) { rows.first_balance[block] = balances + spare_rows(balances, share); }
    }
  });
  // The rows of the run count to the block before it.
  if (rows.run != 0) {
    rows.first_position[rows.run_before - 1] += run_rows * rows.run;
    if (multi) { rows.first_balance[rows.run_before - 1] += run_rows * rows.run; }
  }
  make_starts(rows.first_position);
  make_starts(rows.first_balance);
  return rows;
}

template <class T>
void resize_on_huge_pages(std::vector<T>& column, std::size_t count, const T& value = T{}) {
  reserve_on_huge_pages(column, count);
  column.assign(count, value);
}

/// Writes a block: its units, their rows, and the vacant unit after them with spare rows.
class block_writer {
 public:
  block_writer(const book& from, const taken_rows& rows, book& to)
      : from_(from), rows_(rows), to_(to), last_instrument_(last_instrument_of(from)) {}

  void write(std::size_t block) const {
    const std::size_t first = block * block_units;
    const std::size_t last = std::min<std::size_t>(rows_.units.size(), first + block_units);
    auto slot = static_cast<std::uint32_t>(first + block + (block >= rows_.run_before ? rows_.run : 0));
    std::uint32_t position = rows_.first_position[block];
    std::uint32_t balance = multi() ? rows_.first_balance[block] : 0;
    for (std::size_t i = first; i < last; ++i, ++slot) {
      const std::uint32_t unit = rows_.units[i];
      start_unit(slot, from_.units.account[unit], position, balance);
      to_.units.code[slot] = from_.units.code[unit];
      to_.units.balance[slot] = from_.units.balance[unit];
      to_.units.cash[slot] = from_.units.cash[unit];
      if (!from_.units.call_hash.empty()) { to_.units.call_hash[slot] = from_.units.call_hash[unit]; }
      const bool first_of_account = i == 0 || from_.units.account[rows_.units[i - 1]] != from_.units.account[unit];
      if (first_of_account) { to_.units.near_account[from_.units.account[unit]] = slot; }
      position = write_positions(unit, slot, position);
      balance = write_balances(unit, balance);
    }
    // The vacant unit after the block, and the run if it is here. The last vacant unit takes all rows that are left.
    const std::uint32_t account = to_.units.account[slot - 1];
    const std::uint32_t vacant = 1 + (block + 1 == rows_.run_before ? rows_.run : 0);
    const std::uint32_t position_end = rows_.first_position[block + 1];
    const std::uint32_t balance_end = multi() ? rows_.first_balance[block + 1] : 0;
    for (std::uint32_t left = vacant; left > 0; --left, ++slot) {
      const std::uint32_t position_next = position_end - run_rows * (left - 1);
      const std::uint32_t balance_next = multi() ? balance_end - run_rows * (left - 1) : 0;
      start_unit(slot, account, position, balance);
      leave_vacant(slot, position, position_next, balance, balance_next);
      position = position_next;
      balance = balance_next;
    }
  }

  /// Writes a vacant unit with vacant positions and balances up to these ends.
  void leave_vacant(std::uint32_t slot, std::uint32_t position, std::uint32_t position_end, std::uint32_t balance,
                    std::uint32_t balance_end) const {
    to_.units.code[slot] = unit_code::vacant();
    // Vacant rows name the last instrument, so that instruments still rise within a row that takes them over.
    for (; position < position_end; ++position) {
      to_.positions.instrument[position] = last_instrument_;
      to_.positions.unit[position] = slot;
    }
    for (; balance < balance_end; ++balance) {
      to_.collateral.asset[balance] = static_cast<std::uint16_t>(from_.reference.quote);
    }
  }

 private:
  static std::uint16_t last_instrument_of(const book& of) {
    return static_cast<std::uint16_t>(of.reference.instruments.empty() ? 0 : of.reference.instruments.size() - 1);
  }
  [[nodiscard]] bool multi() const { return !to_.units.first_collateral.empty(); }

  void start_unit(std::uint32_t slot, std::uint32_t account, std::uint32_t position, std::uint32_t balance) const {
    to_.units.account[slot] = account;
    to_.units.first_position[slot] = position;
    if (multi()) { to_.units.first_collateral[slot] = balance; }
  }

  [[nodiscard]] std::uint32_t write_positions(std::uint32_t unit, std::uint32_t slot, std::uint32_t at) const {
    const position_columns& positions = from_.positions;
    for (std::uint32_t p = from_.units.first_position[unit]; p < from_.units.first_position[unit + 1]; ++p) {
      if (positions.lots[p] == 0) { continue; }
      to_.positions.instrument[at] = positions.instrument[p];
      to_.positions.lots[at] = positions.lots[p];
      to_.positions.cost[at] = positions.cost[p];
      to_.positions.unit[at] = slot;
      if (!positions.given.empty()) { to_.positions.given[at] = positions.given[p]; }
      ++at;
    }
    return at;
  }

  [[nodiscard]] std::uint32_t write_balances(std::uint32_t unit, std::uint32_t at) const {
    if (!multi()) { return at; }
    for (std::uint32_t row = from_.units.first_collateral[unit]; row < from_.units.first_collateral[unit + 1]; ++row) {
      if (is_vacant_collateral(from_, row)) { continue; }
      to_.collateral.asset[at] = from_.collateral.asset[row];
      to_.collateral.amount[at] = from_.collateral.amount[row];
      ++at;
    }
    return at;
  }

  const book& from_;
  const taken_rows& rows_;
  book& to_;
  std::uint16_t last_instrument_;
};

/// Resizes the columns to so many slots, all zero. Several threads touch the pages here.
void make_columns(const book& from, std::size_t unit_slots, std::size_t position_slots, std::size_t balance_slots,
                  book& to) {
  const bool multi = !from.units.first_collateral.empty();
  const bool given = reads(from.reference.venue.adl_score, score_reads::given);
  oneapi::tbb::parallel_invoke([&] { resize_on_huge_pages(to.positions.lots, position_slots); },
                               [&] { resize_on_huge_pages(to.positions.cost, position_slots); },
                               [&] {
                                 resize_on_huge_pages(to.positions.instrument, position_slots);
                                 resize_on_huge_pages(to.positions.unit, position_slots);
                               },
                               [&] { resize_on_huge_pages(to.positions.given, given ? position_slots : 0); },
                               [&] {
                                 resize_on_huge_pages(to.units.account, unit_slots);
                                 resize_on_huge_pages(to.units.code, unit_slots);
                                 resize_on_huge_pages(to.units.balance, unit_slots);
                                 resize_on_huge_pages(to.units.cash, unit_slots);
                               },
                               [&] {
                                 resize_on_huge_pages(to.units.first_position, unit_slots + 1);
                                 resize_on_huge_pages(to.units.call_hash, unit_slots);
                                 resize_on_huge_pages(to.units.near_account,
                                                      std::max<std::size_t>(1, from.accounts.size()));
                                 resize_on_huge_pages(to.units.first_collateral, multi ? unit_slots + 1 : 0);
                               },
                               [&] {
                                 resize_on_huge_pages(to.collateral.asset, balance_slots);
                                 resize_on_huge_pages(to.collateral.amount, balance_slots);
                               });
}

/// Builds the side-major copy of laid out positions, with vacant entries between the others, and each position's entry.
/// Returns the number of occupied positions.
std::uint32_t lay_out_sides(const position_columns& positions, std::size_t segments, double share, side_columns& sides,
                            std::vector<std::uint32_t>& entry_of) {
  const auto segment_at = [&](std::size_t p) {
    return segment_of(positions.instrument[p], side_of({positions.lots[p]}));
  };
  // Counts are by task and segment; their tables must stay small compared with the positions.
  const std::size_t tasks = std::clamp<std::size_t>(positions.size() / (16 * segments + 65'536), 1, 64);
  const std::size_t grain = std::max<std::size_t>(1, (positions.size() + tasks - 1) / tasks);
  std::vector<std::uint32_t> next(tasks * segments, 0);
  for_parts(positions.size(), grain, [&](std::size_t task, std::size_t first, std::size_t last) {
    std::uint32_t* const counts = next.data() + task * segments;
    for (std::size_t p = first; p < last; ++p) {
      if (positions.lots[p] != 0) { ++counts[segment_at(p)]; }
    }
  });
  const auto stride = static_cast<std::uint32_t>(std::max(2.0, 1 / share));
  std::uint32_t taken = 0;
  sides.first_entry.assign(1, 0);
  for (std::size_t segment = 0; segment < segments; ++segment) {
    std::uint32_t count = 0;
    for (std::size_t task = 0; task < tasks; ++task) { count += std::exchange(next[task * segments + segment], count); }
    taken += count;
    sides.first_entry.push_back(sides.first_entry.back() + count + count / stride +
                                (count == 0 ? entries_of_none : entries_behind));
  }
  oneapi::tbb::parallel_invoke([&] { resize_on_huge_pages(sides.position, sides.first_entry.back(), no_id); },
                               [&] { resize_on_huge_pages(entry_of, positions.size(), no_id); });
  for_parts(positions.size(), grain, [&](std::size_t task, std::size_t first, std::size_t last) {
    std::uint32_t* const numbers = next.data() + task * segments;
    for (std::size_t p = first; p < last; ++p) {
      if (positions.lots[p] == 0) { continue; }
      const std::uint32_t segment = segment_at(p);
      const std::uint32_t number = numbers[segment]++;
      const std::uint32_t entry = sides.first_entry[segment] + number + number / stride;
      sides.position[entry] = static_cast<std::uint32_t>(p);
      entry_of[p] = entry;
    }
  });
  return taken;
}

}  // namespace

/// Takes over columns, but not reference data, names or marks. The sums of the sides are those of `from`.
live_book::laid_out live_book::lay_out(const book& from, std::uint32_t growing) const {
  laid_out out;
  const taken_rows rows = find_rows(from, spare_share_, growing);
  const bool nobody = rows.units.empty();
  const bool multi = !from.units.first_collateral.empty();
  const std::size_t unit_slots = nobody ? 1 : rows.units.size() + rows.blocks() + rows.run;
  const std::uint32_t position_slots = nobody ? 2 : rows.first_position.back();
  const std::uint32_t balance_slots = !multi ? 0 : nobody ? 2 : rows.first_balance.back();
  make_columns(from, unit_slots, position_slots, balance_slots, out.columns);
  const block_writer writer(from, rows, out.columns);
  if (nobody) { writer.leave_vacant(0, 0, position_slots, 0, balance_slots); }
  for_parts(rows.blocks(), blocks_a_task, [&](std::size_t, std::size_t first, std::size_t last) {
    for (std::size_t block = first; block < last; ++block) { writer.write(block); }
  });
  out.columns.units.first_position.back() = position_slots;
  if (multi) { out.columns.units.first_collateral.back() = balance_slots; }
  side_columns& sides = out.columns.sides;
  const std::uint32_t taken =
      lay_out_sides(out.columns.positions, from.sides.segments(), spare_share_, sides, out.entry_of);
  sides.lots = from.sides.lots;
  sides.lots_max = from.sides.lots_max;
  out.vacant_collateral =
      static_cast<std::uint64_t>(std::count(out.columns.collateral.asset.begin(), out.columns.collateral.asset.end(),
                                            static_cast<std::uint16_t>(from.reference.quote)));
  out.vacant_units = unit_slots - rows.units.size();
  out.vacant_positions = position_slots - taken;
  return out;
}

}  // namespace plimsoll
