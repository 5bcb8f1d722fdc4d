#include "host/book/assemble.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <tuple>
#include <utility>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>

#include "host/book/sides.hpp"

namespace plimsoll {

namespace {

using account_range = oneapi::tbb::blocked_range<std::uint32_t>;
constexpr std::uint32_t accounts_per_task = 1024;

/// Place of every isolated unit name among all of them, by 2 x instrument + side. Names are sorted as text:
/// "isolated:A-:long" comes before "isolated:A:long", although "A" comes before "A-".
std::vector<std::uint32_t> isolated_ranks(const reference_data& reference) {
  const std::size_t names = 2 * reference.instruments.size();
  std::vector<std::string> texts(names);
  for (std::size_t i = 0; i < names; ++i) {
    texts[i] = reference.instruments[i / 2].name + ":" + to_string(static_cast<position_side>(i % 2));
  }
  std::vector<std::uint32_t> order(names);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return texts[a] < texts[b]; });
  std::vector<std::uint32_t> ranks(names);
  for (std::uint32_t place = 0; place < names; ++place) { ranks[order[place]] = place; }
  return ranks;
}

/// The sort key of a position row: its unit's place in the account, then its place in the unit.
struct position_place {
  std::uint64_t unit;   ///< Cross units by asset, from 0, then isolated ones by name.
  std::uint32_t inner;  ///< 2 x instrument + side.
  std::uint32_t row;
  friend bool operator<(const position_place& a, const position_place& b) {
    return a.unit != b.unit ? a.unit < b.unit : (a.inner != b.inner ? a.inner < b.inner : a.row < b.row);
  }
};
struct balance_place {
  std::uint32_t asset;
  std::uint32_t row;
  friend bool operator<(const balance_place& a, const balance_place& b) {
    return a.asset != b.asset ? a.asset < b.asset : a.row < b.row;
  }
};

class assembler {
 public:
  assembler(reference_data&& reference, name_table&& accounts, balance_rows&& balances, position_rows&& positions,
            std::vector<mark>&& marks)
      : balances_(std::move(balances)), rows_(std::move(positions)) {
    out_.built.reference = std::move(reference);
    out_.built.accounts = std::move(accounts);
    out_.built.marks = std::move(marks);
    ranks_ = isolated_ranks(out_.built.reference);
    multi_ = out_.built.reference.venue.collateral == collateral_mode::multi;
  }

  assemble_outcome run() {
    const std::uint32_t accounts = out_.built.accounts.size();
    balance_groups_ = group_rows(balances_.account, accounts);
    position_groups_ = group_rows(rows_.account, accounts);
    balances_.account = {};
    rows_.account = {};

    // First walk: how many units and collateral rows each account has. Second walk: write them in place.
    first_unit_.assign(accounts + 1, 0);
    first_collateral_.assign(accounts + 1, 0);
    for_accounts([&](std::uint32_t account, scratch& s) {
      count_account(account, s);
      first_unit_[account + 1] = static_cast<std::uint32_t>(s.units);
      first_collateral_[account + 1] = static_cast<std::uint32_t>(s.collateral);
    });
    std::partial_sum(first_unit_.begin(), first_unit_.end(), first_unit_.begin());
    std::partial_sum(first_collateral_.begin(), first_collateral_.end(), first_collateral_.begin());

    reserve_columns();
    for_accounts([&](std::uint32_t account, scratch& s) { write_account(account, s); });
    drop_rows();
    build_sides();
    std::sort(out_.faults.begin(), out_.faults.end(), [](const assemble_fault& a, const assemble_fault& b) {
      const auto table = [](const assemble_fault& f) {
        return f.what == assemble_fault::kind::duplicate_balance ? 0 : 1;
      };
      return std::tuple(table(a), a.row, a.what, a.other) < std::tuple(table(b), b.row, b.what, b.other);
    });
    return std::move(out_);
  }

 private:
  /// Buffers of one task, reused for each of its accounts.
  struct scratch {
    std::vector<position_place> positions;
    std::vector<balance_place> balances;
    std::size_t units = 0;
    std::size_t collateral = 0;
  };

  template <class Body>
  void for_accounts(const Body& body) {
    oneapi::tbb::parallel_for(account_range(0, out_.built.accounts.size(), accounts_per_task),
                              [&](const account_range& range) {
                                scratch s;
                                for (std::uint32_t account = range.begin(); account != range.end(); ++account) {
                                  body(account, s);
                                }
                              });
  }

  [[nodiscard]] std::uint32_t cross_asset_of(std::uint32_t instrument_id) const {
    return multi_ ? out_.built.reference.quote : out_.built.reference.instruments[instrument_id].settle;
  }

  /// Sorted places of an account's rows.
  void place_account(std::uint32_t account, scratch& s) const {
    s.balances.clear();
    for (std::uint32_t i = balance_groups_.first[account]; i < balance_groups_.first[account + 1]; ++i) {
      const std::uint32_t row = balance_groups_.rows[i];
      s.balances.push_back({balances_.asset[row], row});
    }
    std::sort(s.balances.begin(), s.balances.end());
    s.positions.clear();
    const std::uint64_t isolated_base = out_.built.reference.assets.size();
    for (std::uint32_t i = position_groups_.first[account]; i < position_groups_.first[account + 1]; ++i) {
      const std::uint32_t row = position_groups_.rows[i];
      const std::uint32_t inner = segment_of(rows_.instrument[row], side_of({rows_.lots[row]}));
      const bool isolated = rows_.isolated[row] != 0;
      const std::uint64_t unit = isolated ? isolated_base + ranks_[inner] : cross_asset_of(rows_.instrument[row]);
      s.positions.push_back({unit, inner, row});
    }
    std::sort(s.positions.begin(), s.positions.end());
  }

  /// Calls `open(unit place, positions begin, end)` for each unit of a placed account, in order; a cross unit without
  /// positions has an empty range.
  template <class Open>
  void walk_units(const scratch& s, const Open& open) const {
    const std::uint64_t isolated_base = out_.built.reference.assets.size();
    std::size_t p = 0;
    std::size_t b = 0;
    while (p < s.positions.size() || b < s.balances.size()) {
      const std::uint64_t by_position = p < s.positions.size() ? s.positions[p].unit : isolated_base + ranks_.size();
      std::uint64_t by_balance = isolated_base + ranks_.size();
      if (b < s.balances.size()) { by_balance = multi_ ? out_.built.reference.quote : s.balances[b].asset; }
      const std::uint64_t unit = std::min(by_position, by_balance);
      const std::size_t begin = p;
      while (p < s.positions.size() && s.positions[p].unit == unit) { ++p; }
      while (b < s.balances.size() && by_balance == unit && (multi_ || s.balances[b].asset == unit)) { ++b; }
      open(unit, begin, p);
    }
  }

  void count_account(std::uint32_t account, scratch& s) const {
    place_account(account, s);
    s.units = 0;
    walk_units(s, [&](std::uint64_t, std::size_t, std::size_t) { ++s.units; });
    s.collateral = 0;
    if (multi_) {
      for (const balance_place& place : s.balances) {
        s.collateral += place.asset != out_.built.reference.quote ? 1 : 0;
      }
    }
  }

  void reserve_columns() {
    unit_columns& units = out_.built.units;
    const std::size_t unit_count = first_unit_.back();
    units.account.resize(unit_count);
    units.code.resize(unit_count);
    units.balance.resize(unit_count);
    units.cash.resize(unit_count);
    units.first_position.resize(unit_count + 1);
    units.first_position[unit_count] = static_cast<std::uint32_t>(rows_.lots.size());
    if (multi_) {
      units.first_collateral.resize(unit_count + 1);
      units.first_collateral[unit_count] = first_collateral_.back();
      out_.built.collateral.asset.resize(first_collateral_.back());
      out_.built.collateral.amount.resize(first_collateral_.back());
    }
    position_columns& positions = out_.built.positions;
    positions.instrument.resize(rows_.lots.size());
    positions.lots.resize(rows_.lots.size());
    positions.cost.resize(rows_.lots.size());
    positions.unit.resize(rows_.lots.size());
    positions.given.resize(rows_.given.size());
  }

  void write_account(std::uint32_t account, scratch& s) {
    place_account(account, s);
    find_duplicates(s);
    std::uint32_t unit = first_unit_[account];
    std::uint32_t collateral = first_collateral_[account];
    const std::uint32_t position_base = position_groups_.first[account];
    const std::uint64_t isolated_base = out_.built.reference.assets.size();
    walk_units(s, [&](std::uint64_t place, std::size_t begin, std::size_t end) {
      unit_columns& units = out_.built.units;
      units.account[unit] = account;
      units.first_position[unit] = position_base + static_cast<std::uint32_t>(begin);
      if (multi_) { units.first_collateral[unit] = collateral; }
      std::int64_t balance = 0;
      if (place >= isolated_base) {
        const position_place& only = s.positions[begin];
        units.code[unit] = unit_code::isolated(only.inner / 2, static_cast<position_side>(only.inner % 2));
        balance = rows_.isolated_margin[only.row];
      } else {
        units.code[unit] = unit_code::cross(static_cast<std::uint32_t>(place));
        balance = write_balances(s, static_cast<std::uint32_t>(place), collateral);
      }
      units.balance[unit] = balance;
      write_positions(s, begin, end, unit, position_base, balance);
      ++unit;
    });
  }

  /// Balance of a cross unit in its own asset. Rows of other assets become its collateral.
  std::int64_t write_balances(const scratch& s, std::uint32_t own, std::uint32_t& collateral) {
    std::int64_t balance = 0;
    for (const balance_place& place : s.balances) {
      if (place.asset == own) {
        balance = balances_.amount[place.row];
      } else if (multi_) {
        out_.built.collateral.asset[collateral] = static_cast<std::uint16_t>(place.asset);
        out_.built.collateral.amount[collateral] = balances_.amount[place.row];
        ++collateral;
      }
    }
    return balance;
  }

  void write_positions(const scratch& s, std::size_t begin, std::size_t end, std::uint32_t unit,
                       std::uint32_t position_base, std::int64_t balance) {
    position_columns& positions = out_.built.positions;
    int128 cash = balance;
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint32_t row = s.positions[i].row;
      const std::size_t at = position_base + i;
      positions.instrument[at] = rows_.instrument[row];
      positions.lots[at] = rows_.lots[row];
      positions.cost[at] = rows_.cost[row];
      positions.unit[at] = unit;
      if (!positions.given.empty()) { positions.given[at] = rows_.given[row]; }
      cash -= rows_.cost[row];
    }
    out_.built.units.cash[unit] = static_cast<std::int64_t>(cash);
    if (begin < end && !money_admitted(cash)) {
      fault(assemble_fault::kind::unit_cash, s.positions[begin].row, s.positions[begin].row);
    }
    if (end - begin > static_cast<std::size_t>(limits::unit_positions_max)) {
      fault(assemble_fault::kind::unit_positions, s.positions[begin].row, s.positions[begin].row);
    }
  }

  /// Equal keys in a row, in file order: each one after the first is a fault.
  void find_duplicates(const scratch& s) {
    for (std::size_t i = 1, first = 0; i < s.balances.size(); ++i) {
      if (s.balances[i].asset != s.balances[first].asset) {
        first = i;
        continue;
      }
      fault(assemble_fault::kind::duplicate_balance, s.balances[i].row, s.balances[first].row);
    }
    // The key of a position does not name the unit, so cross and isolated on one instrument and side are duplicates
    // too.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> keys;
    keys.reserve(s.positions.size());
    for (const position_place& place : s.positions) { keys.emplace_back(place.inner, place.row); }
    std::sort(keys.begin(), keys.end());
    for (std::size_t i = 1, first = 0; i < keys.size(); ++i) {
      if (keys[i].first != keys[first].first) {
        first = i;
        continue;
      }
      fault(assemble_fault::kind::duplicate_position, keys[i].second, keys[first].second);
    }
  }

  void fault(assemble_fault::kind what, std::uint64_t row, std::uint64_t other) {
    const std::lock_guard lock(mutex_);
    out_.faults.push_back({what, row, other});
  }

  /// Frees the columns that `build_sides` does not read, because a large book's rows take more memory than the book.
  void drop_rows() {
    balances_ = {};
    balance_groups_ = {};
    position_groups_ = {};
    first_unit_ = {};
    first_collateral_ = {};
    rows_.cost = {};
    rows_.isolated_margin = {};
    rows_.isolated = {};
    rows_.given = {};
  }

  void build_sides() {
    out_.built.sides = make_sides(out_.built.positions, out_.built.reference.instruments.size());
    const auto& lots = out_.built.sides.lots;
    for (std::uint32_t segment = 0; segment < lots.size(); ++segment) {
      if (lots[segment] > static_cast<std::uint64_t>(limits::size_lots_max)) { open_interest_fault(segment); }
    }
  }

  /// Names the first row of the file that is on this side.
  void open_interest_fault(std::uint32_t segment) {
    for (std::size_t row = 0; row < rows_.lots.size(); ++row) {
      if (segment_of(rows_.instrument[row], side_of({rows_.lots[row]})) != segment) { continue; }
      fault(assemble_fault::kind::open_interest, row, row);
      return;
    }
  }

  balance_rows balances_;
  position_rows rows_;
  assemble_outcome out_;
  std::vector<std::uint32_t> ranks_;
  bool multi_ = false;
  grouping balance_groups_;
  grouping position_groups_;
  std::vector<std::uint32_t> first_unit_;
  std::vector<std::uint32_t> first_collateral_;
  std::mutex mutex_;
};

}  // namespace

assemble_outcome assemble_book(reference_data reference, name_table accounts, balance_rows balances,
                               position_rows positions, std::vector<mark> marks) {
  return assembler(std::move(reference), std::move(accounts), std::move(balances), std::move(positions),
                   std::move(marks))
      .run();
}

}  // namespace plimsoll
