// Names that a hash does not distinguish: the whole hash, or the parts of it that a table looks at, are equal.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <xxhash.h>

#include "host/book/name_table.hpp"
#include "host/io/names.hpp"
#include "host/io/text.hpp"
#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

std::uint64_t hash_of(std::string_view name) { return XXH3_64bits(name.data(), name.size()); }

/// Two names of 32 bytes with one XXH3. It multiplies the halves of 16 bytes, each with a word of its secret: with the
/// halves' parts exchanged the product is the same. Both are UTF-8.
struct twins {
  std::string a, b;
};
twins twins_of(const std::string& tail) {
  const std::string end = (tail + std::string(16, '.')).substr(0, 16);
  return {"\xe3\xbb\x83\x33\xf3\xbf\xa4\x9d'Dn'':B?" + end, "\xe3\xbb\x83\x32\xf3\xbf\xa4\x9d'Dn&':B?" + end};
}

/// Pairs of names whose hashes share the upper 32 bits, all that an index keeps of them.
const std::vector<twins>& near_twins() {
  static const std::vector<twins> found = [] {
    std::vector<std::pair<std::uint32_t, int>> parts;
    const auto name_of = [](int i) { return "account-" + std::to_string(i); };
    for (int i = 0; i < 300'000; ++i) { parts.emplace_back(static_cast<std::uint32_t>(hash_of(name_of(i)) >> 32U), i); }
    std::sort(parts.begin(), parts.end());
    std::vector<twins> out;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].first == parts[i - 1].first) {
        out.push_back({name_of(parts[i - 1].second), name_of(parts[i].second)});
      }
    }
    return out;
  }();
  return found;
}

TEST(colliding_names, collide_as_described) {
  for (const char* tail : {"", "1", "another one"}) {
    const twins one = twins_of(tail);
    EXPECT_NE(one.a, one.b);
    EXPECT_EQ(hash_of(one.a), hash_of(one.b));
    EXPECT_EQ(io::fault_of_name(one.a), nullptr);
    EXPECT_EQ(io::fault_of_name(one.b), nullptr);
  }
  EXPECT_GE(near_twins().size(), 5U);
}

/// A table that holds one of a pair must not confuse it with the other.
void expect_distinguished(const std::vector<twins>& pairs, bool indexed) {
  for (const bool first : {true, false}) {
    std::set<std::string> there;
    for (const twins& one : pairs) { there.insert(first ? one.a : one.b); }
    name_table table;
    std::map<std::string, std::uint32_t> ids;
    for (const std::string& name : there) {
      ids[name] = table.size();
      table.append(name);
    }
    if (indexed) { table.index(); }
    for (const twins& one : pairs) {
      EXPECT_EQ(table.find(first ? one.a : one.b), ids.at(first ? one.a : one.b));
      EXPECT_EQ(table.find(first ? one.b : one.a), no_id) << one.a << ' ' << one.b;
    }
    // Now the others, too: opened one by one, between the first.
    table.spread(1);
    for (const twins& one : pairs) {
      const std::string& other = first ? one.b : one.a;
      if (!table.open(other)) {
        table.spread(1, 8, other);
        ASSERT_TRUE(table.open(other)) << other;
      }
    }
    for (const twins& one : pairs) {
      EXPECT_EQ(table[table.find(one.a)], one.a);
      EXPECT_EQ(table[table.find(one.b)], one.b);
    }
  }
}

TEST(colliding_names, are_told_apart_by_a_table_of_accounts) {
  const std::vector<twins> equal{twins_of(""), twins_of("1"), twins_of("another one")};
  for (const bool indexed : {false, true}) {
    expect_distinguished(equal, indexed);
    expect_distinguished({equal.front()}, indexed);
    expect_distinguished(near_twins(), indexed);
  }
}

TEST(colliding_names, are_told_apart_by_an_index_of_few_names) {
  const twins pair = twins_of("X");
  EXPECT_EQ(io::name_index({pair.a}).find(pair.b), no_id);
  EXPECT_EQ(io::name_index({pair.b}).find(pair.a), no_id);
  EXPECT_EQ(io::name_index({pair.b, "Y", pair.a}).find(pair.a), 2U);
  EXPECT_EQ(io::name_index({pair.b, "Y", pair.a}).find(pair.b), 0U);
  // Names on one place of a small index, among them those that are not there.
  std::vector<std::string> same_place;
  for (int i = 0; same_place.size() < 12; ++i) {
    std::string name = "N" + std::to_string(i);
    if ((hash_of(name) & 15U) == 3) { same_place.push_back(std::move(name)); }
  }
  std::vector<std::string_view> names(same_place.begin(), same_place.begin() + 6);
  const io::name_index index(names);
  for (std::size_t i = 0; i < same_place.size(); ++i) {
    EXPECT_EQ(index.find(same_place[i]), i < 6 ? static_cast<std::uint32_t>(i) : no_id);
  }
}

/// Blocks of rows as in files: every name gets the id of its place among all, even if others share its hash.
void expect_numbered(const std::vector<std::vector<std::string>>& blocks) {
  io::account_numbering numbering;
  const std::size_t first = numbering.reserve_blocks(blocks.size());
  std::set<std::string> all;
  std::vector<std::vector<std::string_view>> views;
  for (const auto& block : blocks) {
    views.emplace_back(block.begin(), block.end());
    all.insert(block.begin(), block.end());
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) { EXPECT_TRUE(numbering.add(first + i, views[i]).empty()); }
  const name_table table = numbering.finish();
  const std::vector<std::string> sorted(all.begin(), all.end());
  ASSERT_EQ(table.size(), sorted.size());
  for (std::uint32_t id = 0; id < table.size(); ++id) { EXPECT_EQ(table[id], sorted[id]); }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t row = 0; row < blocks[i].size(); ++row) {
      EXPECT_EQ(sorted[numbering.ids(first + i)[row]], blocks[i][row]) << i << ' ' << row;
    }
  }
}

TEST(colliding_names, are_numbered_apart_within_a_block_and_across_blocks) {
  const twins one = twins_of("1"), two = twins_of("2");
  expect_numbered({{one.a, one.b, one.a, "x", one.b}});
  expect_numbered({{one.a, "x", two.b}, {one.b, two.a, "x"}, {two.b, one.b, one.a}});
  std::vector<std::vector<std::string>> blocks(3);
  std::size_t at = 0;
  for (const twins& pair : near_twins()) {
    blocks[at++ % 3].push_back(pair.a);
    blocks[at++ % 3].push_back(pair.b);
  }
  expect_numbered(blocks);
}

TEST(colliding_names, sort_by_all_their_bytes) {
  // Beyond the two words that are compared first; one the beginning of the other; bytes above 0x7f.
  const std::string base = "the same thirty bytes in front:";
  expect_numbered({{base + "aaaaaaaabbbbbbbbc", base + "aaaaaaaabbbbbbbb", base + "aaaaaaaabbbbbbbbb", base,
                    base + "aaaaaaaabbbbbbb", base + "\xc3\xa9", base + "z", base + "aaaaaaaabbbbbbbb\xc3\xa9",
                    base + "aaaaaaaabbbbbbbbz"}});
}

TEST(colliding_names, are_two_accounts_two_assets_and_two_instruments_of_a_book) {
  const twins pair = twins_of("1");
  const auto quoted = [](const std::string& name) { return '"' + name + '"'; };
  testing::draft source;
  source.append("assets.csv", quoted(pair.a) + ",0.01\n" + quoted(pair.b) + ",0.01\n")
      .append("instruments.csv",
              quoted(pair.a) + ",linear,BTC,USDT,1,0.1,0.001,T\n" + quoted(pair.b) + ",linear,BTC,USDT,1,0.1,0.001,T\n")
      .append("marks.csv", quoted(pair.a) + ",100,\n" + quoted(pair.b) + ",200,\n")
      .append("balances.csv",
              quoted(pair.a) + "," + quoted(pair.b) + ",5\n" + quoted(pair.b) + "," + quoted(pair.a) + ",7\n")
      .append("positions.csv", quoted(pair.b) + "," + quoted(pair.a) + ",0.5,100,,\n" + quoted(pair.a) + "," +
                                   quoted(pair.b) + ",0.5,200,,\n");
  const testing::loaded got = testing::load(source);
  ASSERT_TRUE(got.outcome.has_value()) << got.text();
  const book& at = got.outcome.value();
  ASSERT_EQ(at.accounts.size(), 4U);
  for (const std::string& name : {pair.a, pair.b}) {
    const std::uint32_t account = at.accounts.find(name);
    ASSERT_NE(account, no_id);
    const std::string& other = name == pair.a ? pair.b : pair.a;
    for (std::size_t row = 0; row < at.positions.size(); ++row) {
      if (at.units.account[at.positions.unit[row]] != account) { continue; }
      EXPECT_EQ(at.reference.instruments[at.positions.instrument[row]].name, other);
      EXPECT_EQ(at.marks[at.positions.instrument[row]].ticks, other == pair.a ? 1'000 : 2'000);
    }
    for (std::size_t unit = 0; unit < at.units.size(); ++unit) {
      if (at.units.account[unit] != account || at.units.balance[unit] == 0) { continue; }
      EXPECT_EQ(at.reference.assets[at.units.code[unit].asset()].name, other);
      EXPECT_EQ(at.units.balance[unit], other == pair.b ? 500 : 700);
    }
  }
  // The same row twice is still found.
  source.append("balances.csv", quoted(pair.a) + "," + quoted(pair.b) + ",5\n");
  EXPECT_FALSE(testing::load(source).outcome.has_value());
}

TEST(colliding_names, of_the_system_are_these_five_and_none_like_them) {
  for (const char* name : {"fund", "fees", "market", "backstop", "external"}) {
    EXPECT_TRUE(io::is_system_account(name)) << name;
    for (const std::string& like :
         {name + std::string("s"), std::string(name).substr(1), std::string(name).substr(0, 3),
          std::string(name).replace(1, 1, "q"), "-" + std::string(name), std::string(name) + ".",
          static_cast<char>(name[0] - 32) + std::string(name + 1)}) {
      EXPECT_FALSE(io::is_system_account(like)) << like;
      EXPECT_TRUE(testing::load(testing::draft().append("balances.csv", like + ",USDT,1\n")).outcome.has_value());
    }
    const testing::loaded got = testing::load(testing::draft().append("balances.csv", name + std::string(",USDT,1\n")));
    ASSERT_EQ(got.places.size(), 1U) << name;
    EXPECT_EQ(got.places[0].row, 4);
  }
}

}  // namespace
}  // namespace plimsoll
