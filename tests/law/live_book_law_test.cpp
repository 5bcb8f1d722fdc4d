// A book that grows in place equals, after any openings and closings, the book that is assembled from its rows.
#include <functional>
#include <map>
#include <random>
#include <set>
#include <span>
#include <tuple>

#include <gtest/gtest.h>

#include "host/book/assemble.hpp"
#include "host/book/find.hpp"
#include "host/book/live_book.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

/// Checks the promises of book.hpp and live_book.hpp about the columns.
void expect_sound(live_book& live) {
  const book& it = live.columns();
  const std::size_t units = it.units.size();
  ASSERT_EQ(it.units.first_position.size(), units + 1);
  ASSERT_EQ(it.units.first_position.back(), it.positions.size());
  std::uint64_t vacant = 0;
  for (std::uint32_t u = 0; u < units; ++u) {
    vacant += it.units.code[u].is_vacant() ? 1 : 0;
    if (u > 0) { ASSERT_LE(it.units.account[u - 1], it.units.account[u]); }
    ASSERT_LE(it.units.first_position[u], it.units.first_position[u + 1]);
    for (std::uint32_t p = it.units.first_position[u]; p < it.units.first_position[u + 1]; ++p) {
      ASSERT_EQ(it.positions.unit[p], u);
      if (p > it.units.first_position[u]) { ASSERT_LE(it.positions.instrument[p - 1], it.positions.instrument[p]); }
      if (it.units.code[u].is_vacant()) { ASSERT_EQ(it.positions.lots[p], 0); }
    }
  }
  ASSERT_EQ(vacant, live.vacant_units());
  for (std::uint32_t id = 0; id < it.accounts.size(); ++id) {
    if (it.accounts.is_vacant(id)) { continue; }
    ASSERT_EQ(it.accounts.find(it.accounts[id]), id);
    const auto range = std::equal_range(it.units.account.begin(), it.units.account.end(), id);
    const unit_range found = units_of_account(it, id);
    ASSERT_EQ(found.first, range.first - it.units.account.begin());
    ASSERT_EQ(found.last, range.second - it.units.account.begin());
  }
  ASSERT_EQ(it.collateral.asset.size(), it.collateral.amount.size());
  if (it.reference.venue.collateral == collateral_mode::multi) {
    ASSERT_EQ(it.units.first_collateral.size(), units + 1);
    ASSERT_EQ(it.units.first_collateral.front(), 0U);
    ASSERT_EQ(it.units.first_collateral.back(), it.collateral.amount.size());
    for (std::uint32_t u = 0; u < units; ++u) {
      ASSERT_LE(it.units.first_collateral[u], it.units.first_collateral[u + 1]);
      std::uint32_t before = no_id;
      for (std::uint32_t row = it.units.first_collateral[u]; row < it.units.first_collateral[u + 1]; ++row) {
        if (is_vacant_collateral(it, row)) {
          ASSERT_EQ(it.collateral.amount[row], 0);
          continue;
        }
        ASSERT_FALSE(it.units.code[u].is_vacant() || it.units.code[u].is_isolated());
        if (before != no_id) { ASSERT_LT(before, it.collateral.asset[row]); }
        before = it.collateral.asset[row];
      }
    }
  }
  std::set<std::uint32_t> entered;
  for (std::uint32_t s = 0; s < it.sides.segments(); ++s) {
    std::uint32_t before = no_id;
    std::uint64_t lots = 0;
    std::uint64_t largest = 0;
    for (std::uint32_t e = it.sides.first_entry[s]; e < it.sides.first_entry[s + 1]; ++e) {
      const std::uint32_t p = it.sides.position[e];
      if (p == no_id) { continue; }
      if (before != no_id) { ASSERT_LT(before, p); }
      before = p;
      entered.insert(p);
      ASSERT_EQ(segment_of(it.positions.instrument[p], side_of({it.positions.lots[p]})), s);
      lots += magnitude(it.positions.lots[p]);
      largest = std::max(largest, magnitude(it.positions.lots[p]));
    }
    ASSERT_EQ(it.sides.lots[s], lots);
    ASSERT_GE(it.sides.lots_max[s], largest);
    live.settle_largest();
    ASSERT_EQ(it.sides.lots_max[s], largest);
  }
  for (std::uint32_t p = 0; p < it.positions.size(); ++p) {
    ASSERT_EQ(entered.count(p), it.positions.lots[p] != 0 ? 1U : 0U) << p;
  }
}

/// Rows by name, as in a file.
struct shadow {
  std::map<std::tuple<std::string, std::uint32_t>, std::int64_t> balances;  ///< Account, asset.
  struct position {
    std::int64_t lots;
    std::int64_t cost;
    bool isolated;
    std::int64_t margin;
  };
  std::map<std::tuple<std::string, std::uint32_t, position_side>, position> positions;

  explicit shadow(const book& from) {
    for (std::uint32_t u = 0; u < from.units.size(); ++u) {
      const std::string account(from.accounts[from.units.account[u]]);
      const bool isolated = from.units.code[u].is_isolated();
      if (!isolated) { balances[{account, from.asset_of(u)}] = from.units.balance[u]; }
      if (!from.units.first_collateral.empty()) {
        for (std::uint32_t row = from.units.first_collateral[u]; row < from.units.first_collateral[u + 1]; ++row) {
          balances[{account, from.collateral.asset[row]}] = from.collateral.amount[row];
        }
      }
      for (std::uint32_t p = from.units.first_position[u]; p < from.units.first_position[u + 1]; ++p) {
        positions[{account, from.positions.instrument[p], side_of({from.positions.lots[p]})}] = {
            from.positions.lots[p], from.positions.cost[p], isolated, isolated ? from.units.balance[u] : 0};
      }
    }
  }

  [[nodiscard]] book assembled(const book& like) const {
    std::set<std::string> names;
    for (const auto& [key, amount] : balances) { names.insert(std::get<0>(key)); }
    for (const auto& [key, one] : positions) { names.insert(std::get<0>(key)); }
    name_table accounts;
    for (const std::string& name : names) { accounts.append(name); }
    balance_rows balance_table;
    for (const auto& [key, amount] : balances) {
      balance_table.account.push_back(accounts.find(std::get<0>(key)));
      balance_table.asset.push_back(static_cast<std::uint16_t>(std::get<1>(key)));
      balance_table.amount.push_back(amount);
    }
    position_rows position_table;
    for (const auto& [key, one] : positions) {
      position_table.account.push_back(accounts.find(std::get<0>(key)));
      position_table.instrument.push_back(static_cast<std::uint16_t>(std::get<1>(key)));
      position_table.lots.push_back(one.lots);
      position_table.cost.push_back(one.cost);
      position_table.isolated.push_back(one.isolated ? 1 : 0);
      position_table.isolated_margin.push_back(one.margin);
    }
    assemble_outcome out = assemble_book(like.reference, std::move(accounts), std::move(balance_table),
                                         std::move(position_table), like.marks);
    EXPECT_TRUE(out.faults.empty());
    return std::move(out.built);
  }
};

void expect_same_book(const book& got, const book& wanted) {
  ASSERT_EQ(got.units.size(), wanted.units.size());
  ASSERT_EQ(got.positions.size(), wanted.positions.size());
  for (std::uint32_t u = 0; u < got.units.size(); ++u) {
    ASSERT_EQ(got.accounts[got.units.account[u]], wanted.accounts[wanted.units.account[u]]);
    ASSERT_EQ(got.units.code[u], wanted.units.code[u]);
  }
  EXPECT_EQ(got.units.balance, wanted.units.balance);
  EXPECT_EQ(got.units.cash, wanted.units.cash);
  EXPECT_EQ(got.units.first_position, wanted.units.first_position);
  EXPECT_EQ(got.units.first_collateral, wanted.units.first_collateral);
  EXPECT_EQ(got.positions.instrument, wanted.positions.instrument);
  EXPECT_EQ(got.positions.lots, wanted.positions.lots);
  EXPECT_EQ(got.positions.cost, wanted.positions.cost);
  EXPECT_EQ(got.positions.unit, wanted.positions.unit);
  EXPECT_EQ(got.collateral.asset, wanted.collateral.asset);
  EXPECT_EQ(got.collateral.amount, wanted.collateral.amount);
  EXPECT_EQ(got.sides.first_entry, wanted.sides.first_entry);
  EXPECT_EQ(got.sides.position, wanted.sides.position);
  EXPECT_EQ(got.sides.lots, wanted.sides.lots);
  EXPECT_EQ(got.sides.lots_max, wanted.sides.lots_max);
  EXPECT_EQ(state_digest(got), state_digest(wanted));
}

/// Few vacant slots and a short search, so that a vacant slot is mostly further away.
struct spare {
  double share = 1.0 / 16;
  std::uint32_t shift_limit = 4096;
  [[nodiscard]] static spare of(std::uint64_t seed) {
    return {seed % 2 == 0 ? 1.0 / 16 : 1.0 / 50, std::uint32_t{2} << (seed * 5 % 12)};
  }
};

/// Random openings, changes and closings, applied to both.
class live_book_run {
 public:
  live_book_run(book&& dense, std::uint64_t seed, const spare& headroom)
      : random_(seed), rows_(dense), like_(dense), live_(std::move(dense), headroom.share, headroom.shift_limit) {}

  void step() {
    switch (random_() % 9) {
      case 8: return open_and_close(random_account(true));
      case 0: return deposit(random_account(true));
      case 1: return close_one();
      default: return trade(random_account(random_() % 8 == 0));
    }
  }
  live_book& live() { return live_; }
  /// The accounts that were there at first.
  [[nodiscard]] const std::vector<std::string>& held() {
    if (names_.empty()) {
      for (std::uint32_t id = 0; id < like_.accounts.size(); ++id) { names_.emplace_back(like_.accounts[id]); }
    }
    return names_;
  }
  /// A position of one lot, opened or raised.
  void buy(const std::string& account, std::uint32_t instrument, position_side side) {
    if (like_.reference.instruments[instrument].tier_table == no_id) { return; }
    const std::uint32_t settle = multi() ? like_.reference.quote : like_.reference.instruments[instrument].settle;
    const std::uint32_t id = open(account, settle, std::pair(instrument, side));
    const std::uint32_t position = place_ != no_id ? place_ : find_position(live_.columns(), id, instrument, side);
    const std::int64_t sign = side == position_side::long_side ? 1 : -1;
    change(account, position, side, live_.columns().positions.lots[position] + sign, sign * 100);
  }
  /// A balance, opened or raised.
  void pay(const std::string& account, std::uint32_t asset) { deposit(account, asset, 1000); }
  [[nodiscard]] const shadow& rows() const { return rows_; }
  [[nodiscard]] const book& like() const { return like_; }
  /// Ids are those of new reference data from here on; rows are no longer compared.
  void list(const book& like) {
    like_ = like;
    rows_ = shadow(live_.dense());
  }

 private:
  std::string random_account(bool maybe_new) {
    const book& it = live_.columns();
    if ((maybe_new && random_() % 2 == 0) || it.accounts.size() == 0) { return "n" + std::to_string(random_() % 1000); }
    return std::string(it.accounts[static_cast<std::uint32_t>(random_() % it.accounts.size())]);
  }
  [[nodiscard]] bool multi() const { return like_.reference.venue.collateral == collateral_mode::multi; }

  /// Opens missing rows; returns the account's id afterwards.
  std::uint32_t open(const std::string& account, std::optional<std::uint32_t> asset,
                     std::optional<std::pair<std::uint32_t, position_side>> place) {
    const book& it = live_.columns();
    book_growth growth;
    std::uint32_t id = it.accounts.find(account);
    if (id == no_id) {
      live_.name_accounts(std::span(&account, 1));
      id = it.accounts.find(account);
    }
    const auto want = [&](std::uint32_t a) {
      if (rows_.balances.try_emplace({account, a}, 0).second) {
        growth.balances.push_back({id, static_cast<std::uint16_t>(a), 0});
      }
    };
    if (asset && multi()) { want(it.reference.quote); }
    if (asset) { want(*asset); }
    if (place && rows_.positions.count({account, place->first, place->second}) == 0) {
      growth.positions.push_back({id, static_cast<std::uint16_t>(place->first), place->second});
    }
    if (!growth.empty()) {
      std::vector<std::uint32_t> places;
      live_.open(growth, places);
      place_ = places.empty() ? no_id : places[0];
    } else {
      place_ = no_id;
    }
    return id;
  }

  void deposit(const std::string& account) {
    const auto asset = static_cast<std::uint32_t>(random_() % like_.reference.assets.size());
    deposit(account, asset, static_cast<std::int64_t>(random_() % 1'000'000));
  }

  void deposit(const std::string& account, std::uint32_t asset, std::int64_t amount) {
    const std::uint32_t id = open(account, asset, std::nullopt);
    book& it = live_.columns();
    const bool own = !multi() || asset == it.reference.quote;
    const std::uint32_t unit = find_unit(it, id, unit_code::cross(multi() ? it.reference.quote : asset));
    if (own) {
      it.units.balance[unit] += amount;
      it.units.cash[unit] += amount;
      live_.wrote_unit(unit);
    } else {
      const std::uint32_t row = find_collateral(it, unit, asset);
      it.collateral.amount[row] += amount;
      live_.wrote_collateral(row, unit);
    }
    rows_.balances[{account, asset}] += amount;
  }

  /// A balance that an update opened and did not use.
  void open_and_close(const std::string& account) {
    const auto asset = static_cast<std::uint32_t>(random_() % like_.reference.assets.size());
    const book& it = live_.columns();
    if (it.accounts.find(account) == no_id || rows_.balances.count({account, asset}) != 0) { return; }
    if (multi() && rows_.balances.count({account, it.reference.quote}) == 0) { return; }
    book_growth growth;
    growth.balances.push_back({it.accounts.find(account), static_cast<std::uint16_t>(asset), 0});
    std::vector<std::uint32_t> places;
    live_.open(growth, places);
    live_.close_unused(growth);
  }

  void trade(const std::string& account) {
    const auto instrument = static_cast<std::uint32_t>(random_() % like_.reference.instruments.size());
    if (like_.reference.instruments[instrument].tier_table == no_id) { return; }
    const position_side side = random_() % 2 == 0 ? position_side::long_side : position_side::short_side;
    const std::uint32_t settle = multi() ? like_.reference.quote : like_.reference.instruments[instrument].settle;
    const std::uint32_t id = open(account, settle, std::pair(instrument, side));
    book& it = live_.columns();
    const std::uint32_t position = place_ != no_id ? place_ : find_position(it, id, instrument, side);
    const std::int64_t sign = side == position_side::long_side ? 1 : -1;
    change(account, position, side, it.positions.lots[position] + sign * static_cast<std::int64_t>(1 + random_() % 50),
           sign * static_cast<std::int64_t>(random_() % 9000));
  }

  void close_one() {
    if (rows_.positions.empty()) { return; }
    auto at = rows_.positions.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_() % rows_.positions.size()));
    const auto [account, instrument, side] = at->first;
    book& it = live_.columns();
    change(account, find_position(it, it.accounts.find(account), instrument, side), side, 0, 0);
  }

  void change(const std::string& account, std::uint32_t position, position_side side, std::int64_t lots,
              std::int64_t cost) {
    book& it = live_.columns();
    const std::uint32_t unit = it.positions.unit[position];
    const std::uint32_t instrument = it.positions.instrument[position];
    const std::int64_t before = it.positions.lots[position];
    it.units.cash[unit] += it.positions.cost[position] - cost;
    it.positions.lots[position] = lots;
    it.positions.cost[position] = cost;
    const bool isolated = it.units.code[unit].is_isolated();
    if (isolated && lots == 0) { it.units.balance[unit] = it.units.cash[unit] = 0; }
    live_.wrote_position(position, before);
    live_.close_empty(unit);
    if (lots == 0) {
      rows_.positions.erase({account, instrument, side});
    } else {
      auto& row = rows_.positions[{account, instrument, side}];
      row.lots = lots;
      row.cost = cost;
    }
  }

  std::mt19937_64 random_;
  shadow rows_;
  book like_;
  live_book live_;
  std::vector<std::string> names_;
  std::uint32_t place_ = no_id;
};

TEST(live_book_law, stays_the_book_that_its_rows_make) {
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE(testing::Message() << to_string(mode) << ", seed " << seed);
      synthetic::spec wanted;
      wanted.accounts = seed == 1 ? 0 : static_cast<std::uint32_t>(20 * seed * seed);
      wanted.instruments = seed % 2 == 0 ? 4 : 40;
      wanted.seed = seed;
      wanted.collateral = mode;
      wanted.giant_share = 0;
      live_book_run run(synthetic::make_book(wanted), seed, spare::of(seed));
      for (int step = 0; step < 1500; ++step) {
        if (step == 900) { run.live().make_room(); }
        run.step();
        if (step % 100 != 99) { continue; }
        expect_sound(run.live());
        expect_same_book(run.live().dense(), run.rows().assembled(run.like()));
        EXPECT_EQ(state_digest(run.live().columns()), state_digest(run.live().dense()));
        if (testing::Test::HasFailure()) { return; }
      }
    }
  }
}

TEST(live_book_law, a_renumbered_book_is_sound) {
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    synthetic::spec wanted;
    wanted.accounts = 200;
    wanted.instruments = 10;
    wanted.collateral = mode;
    wanted.giant_share = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      wanted.seed = seed;
      live_book_run run(synthetic::make_book(wanted), seed, spare::of(seed));
      for (int step = 0; step < 200; ++step) { run.step(); }
      const reference_data current = run.live().columns().reference;
      // One new among them, at a place of its own; and one behind all.
      reference_data next = current;
      reference_change change;
      const auto at = static_cast<std::uint32_t>(seed % (current.instruments.size() + 1));
      instrument added = current.instruments.back();
      added.name = at == 0 ? "0" : current.instruments[at - 1].name + "-";
      next.instruments.insert(next.instruments.begin() + at, added);
      added.name = "zzz";
      next.instruments.push_back(added);
      const auto asset_at = static_cast<std::uint32_t>(seed % (current.assets.size() + 1));
      asset money = current.assets[0];
      money.name = asset_at == 0 ? "0" : current.assets[asset_at - 1].name + "-";
      next.assets.insert(next.assets.begin() + asset_at, money);
      for (std::uint32_t i = 0; i < current.instruments.size(); ++i) {
        change.instrument_ids.push_back(i + (i >= at ? 1 : 0));
      }
      for (std::uint32_t a = 0; a < current.assets.size(); ++a) {
        change.asset_ids.push_back(a + (a >= asset_at ? 1 : 0));
      }
      for (instrument& it : next.instruments) {
        it.base = change.asset_ids[it.base];
        it.settle = change.asset_ids[it.settle];
      }
      next.quote = change.asset_ids[current.quote];
      const std::uint64_t before = state_digest(run.live().columns());
      book next_like;
      next_like.reference = next;
      run.live().renumber(std::move(next), change);
      EXPECT_EQ(state_digest(run.live().columns()), before);
      expect_sound(run.live());
      // A listed instrument has no entry of its own yet.
      const auto name = [&](std::uint32_t account) { return std::string(run.live().columns().accounts[account]); };
      for (std::uint32_t account = 0; account < 100; ++account) {
        run.list(next_like);
        run.buy(name(account), at, account % 3 == 0 ? position_side::short_side : position_side::long_side);
      }
      expect_sound(run.live());
      if (testing::Test::HasFailure()) { return; }
    }
  }
}

TEST(live_book_law, changes_name_every_slot_that_differs) {
  synthetic::spec wanted;
  wanted.accounts = 300;
  wanted.giant_share = 0;
  std::uint64_t compared = 0;
  std::uint64_t balances_opened = 0;
  std::uint64_t segments_moved = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    wanted.collateral = seed % 2 == 0 ? collateral_mode::multi : collateral_mode::single;
    live_book_run run(synthetic::make_book(wanted), seed, spare::of(seed));
    run.live().forget_changes();
    for (int round = 0; round < 200; ++round) {
      const book before = run.live().columns();
      for (int step = 0; step < 5; ++step) { run.step(); }
      const book& after = run.live().columns();
      if (!run.live().relaid()) {
        const auto& changes = run.live().changes();
        const auto named = [](const std::vector<std::uint32_t>& slots, std::uint32_t slot) {
          return std::binary_search(slots.begin(), slots.end(), slot);
        };
        ASSERT_EQ(before.units.size(), after.units.size());
        ++compared;
        if (before.sides.first_entry != after.sides.first_entry) {
          ASSERT_TRUE(changes.segments);
          ++segments_moved;
        }
        for (std::uint32_t row = 0; row < after.collateral.amount.size(); ++row) {
          const bool differs = before.collateral.asset[row] != after.collateral.asset[row] ||
                               before.collateral.amount[row] != after.collateral.amount[row];
          if (differs) { ASSERT_TRUE(named(changes.collateral, row)) << row; }
          balances_opened += is_vacant_collateral(before, row) && !is_vacant_collateral(after, row) ? 1 : 0;
        }
        for (std::uint32_t u = 0; u < before.units.first_collateral.size(); ++u) {
          if (before.units.first_collateral[u] != after.units.first_collateral[u]) {
            ASSERT_TRUE(named(changes.rows, u));
          }
        }
        for (std::uint32_t u = 0; u < after.units.size(); ++u) {
          if (before.units.first_position[u] != after.units.first_position[u]) { ASSERT_TRUE(named(changes.rows, u)); }
          const bool differs =
              before.units.cash[u] != after.units.cash[u] || before.units.balance[u] != after.units.balance[u] ||
              !(before.units.code[u] == after.units.code[u]) || before.units.call_hash[u] != after.units.call_hash[u];
          if (differs) { ASSERT_TRUE(named(changes.units, u)) << u; }
        }
        for (std::uint32_t p = 0; p < after.positions.size(); ++p) {
          const bool differs = before.positions.instrument[p] != after.positions.instrument[p] ||
                               before.positions.lots[p] != after.positions.lots[p] ||
                               before.positions.cost[p] != after.positions.cost[p];
          if (differs) { ASSERT_TRUE(named(changes.positions, p)) << p; }
        }
        for (std::uint32_t e = 0; e < after.sides.position.size(); ++e) {
          const std::uint32_t p = after.sides.position[e];
          const std::uint32_t q = before.sides.position[e];
          const bool differs = p != q || (p != no_id && (before.positions.lots[p] != after.positions.lots[p] ||
                                                         before.positions.unit[p] != after.positions.unit[p] ||
                                                         before.positions.cost[p] != after.positions.cost[p]));
          if (differs) { ASSERT_TRUE(named(changes.entries, e)) << e; }
        }
      }
      run.live().forget_changes();
    }
  }
  EXPECT_GT(compared, 900U);
  EXPECT_GT(balances_opened, 100U);
  EXPECT_GT(segments_moved, 100U);
}

/// A book that grows is laid out again only if it has too few vacant slots as a whole, and it stays sound.
TEST(live_book_law, vacant_slots_go_where_they_are_needed) {
  struct growth {
    const char* name;
    std::function<void(live_book_run&, std::uint32_t)> step;
  };
  const auto numbered = [](const char* stem, std::uint32_t n) {
    return stem + std::string(6 - std::to_string(n).size(), '0') + std::to_string(n);
  };
  const auto held = [](live_book_run& run, std::uint32_t n) { return run.held()[n % run.held().size()]; };
  const auto side = [](std::uint32_t n) { return n % 2 == 0 ? position_side::long_side : position_side::short_side; };
  const growth kinds[] = {
      {"one account takes every instrument and side",
       [&](live_book_run& run, std::uint32_t n) { run.buy(run.held()[7], n / 2 % 600, side(n)); }},
      {"everybody takes one side",
       [&](live_book_run& run, std::uint32_t n) { run.buy(held(run, n), 3, position_side::long_side); }},
      {"accounts come in one behind the other",
       [&](live_book_run& run, std::uint32_t n) { run.buy(numbered("AA", n), n % 5, side(n)); }},
      {"accounts come in one before the other",
       [&](live_book_run& run, std::uint32_t n) { run.buy(numbered("AA", 900'000 - n), n % 5, side(n)); }},
      {"accounts come in behind all", [&](live_book_run& run, std::uint32_t n) { run.pay(numbered("zz", n), n % 3); }},
      {"two places in turn",
       [&](live_book_run& run, std::uint32_t n) {
         run.buy(n % 2 == 0 ? numbered("AA", n) : run.held()[50], n / 2 % 600, side(n / 2));
       }},
      {"everybody takes every balance", [&](live_book_run& run, std::uint32_t n) { run.pay(held(run, n / 4), n % 4); }},
  };
  for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
    for (const growth& kind : kinds) {
      SCOPED_TRACE(testing::Message() << to_string(mode) << ": " << kind.name);
      synthetic::spec wanted;
      wanted.accounts = 1500;
      wanted.instruments = 600;
      wanted.collateral = mode;
      wanted.giant_share = 0;
      live_book_run run(synthetic::make_book(wanted), 1, {1.0 / 16, 8});
      const std::uint64_t slots = run.live().columns().positions.size();
      std::uint32_t since = 0;
      for (std::uint32_t n = 0; n < 3000; ++n) {
        const book_vacancy before = run.live().vacancy();
        kind.step(run, n);
        ++since;
        if (run.live().vacancy().layouts == before.layouts) { continue; }
        // One update takes at most one of each.
        EXPECT_LT(before.least(), vacancy_least + 2.0 / 1500) << n;
        EXPECT_GT(since, 40U) << n;
        since = 0;
      }
      EXPECT_LT(run.live().vacancy().layouts, 40U);
      EXPECT_GT(run.live().columns().positions.size() + run.live().columns().units.size(), slots);
      expect_sound(run.live());
      expect_same_book(run.live().dense(), run.rows().assembled(run.like()));
      if (testing::Test::HasFailure()) { return; }
    }
  }
}

}  // namespace
}  // namespace plimsoll
