// A table stays sorted as names are inserted, and reports the new place of every id that moves.
#include "host/book/name_table.hpp"

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

name_table table_of(const std::set<std::string>& names) {
  name_table out;
  for (const std::string& name : names) { out.append(name); }
  return out;
}

/// Ids as kept by a listener that is notified of each move.
class follower {
 public:
  explicit follower(std::set<std::string> names, bool indexed) : table_(table_of(names)) {
    std::uint32_t id = 0;
    for (const std::string& name : names) { ids_[name] = id++; }
    if (indexed) { table_.index(); }
  }

  void spread(std::uint32_t block, std::uint32_t run, const std::string& before) {
    const auto id_of = table_.spread(block, run, before);
    for (auto& [name, id] : ids_) { id = id_of[id]; }
  }
  /// False if there was no vacant id.
  bool take(const std::string& name) {
    const auto made = table_.open(name);
    if (!made) { return false; }
    for (auto& [other, id] : ids_) {
      if (id >= made->first && id < made->last) { id += static_cast<std::uint32_t>(made->by); }
    }
    ids_[name] = made->id;
    return true;
  }
  void expect_sound() const {
    std::uint32_t vacant = 0;
    for (std::uint32_t id = 0; id < table_.size(); ++id) {
      vacant += table_.is_vacant(id) ? 1 : 0;
      if (id > 0) { ASSERT_LE(table_[id - 1], table_[id]); }
    }
    ASSERT_EQ(table_.size(), ids_.size() + vacant);
    for (const auto& [name, id] : ids_) {
      ASSERT_EQ(table_[id], name);
      ASSERT_FALSE(table_.is_vacant(id)) << name;
      ASSERT_EQ(table_.find(name), id);
      ASSERT_EQ(table_.find(name + "\x01"), no_id);
    }
  }
  [[nodiscard]] const name_table& table() const { return table_; }
  [[nodiscard]] bool knows(const std::string& name) const { return ids_.count(name) != 0; }

 private:
  name_table table_;
  std::map<std::string, std::uint32_t> ids_;
};

TEST(name_table, takes_names_in_wherever_they_fall) {
  for (const bool indexed : {false, true}) {
    for (const std::uint32_t count : {0U, 1U, 2U, 33U, 700U}) {
      SCOPED_TRACE(testing::Message() << count << " names" << (indexed ? ", indexed" : ""));
      std::mt19937_64 random(count);
      std::set<std::string> names;
      while (names.size() < count) { names.insert("a" + std::to_string(random() % 5000)); }
      follower of(names, indexed);
      of.spread(1 + count % 5, 0, "");
      of.expect_sound();
      std::uint64_t next = 1000;
      for (int step = 0; step < 1200; ++step) {
        // At random, in sequence at one place, before all, after all.
        const std::uint64_t kind = random() % 4;
        const std::string name = kind == 0   ? "a" + std::to_string(random() % 5000)
                                 : kind == 1 ? "a2-" + std::to_string(next++)
                                 : kind == 2 ? "A" + std::to_string(5000 - step)
                                             : "z" + std::to_string(next++);
        if (of.knows(name)) { continue; }
        if (!of.take(name)) {
          of.spread(4, 30, name);
          ASSERT_TRUE(of.take(name));
        }
        if (step % 100 == 0 || step < 20) { of.expect_sound(); }
        if (testing::Test::HasFailure()) { return; }
      }
      of.expect_sound();
      of.spread(0, 0, "");
      of.expect_sound();
      for (std::uint32_t id = 0; id < of.table().size(); ++id) { ASSERT_FALSE(of.table().is_vacant(id)); }
    }
  }
}

TEST(name_table, is_full_if_no_vacant_id_is_near) {
  std::set<std::string> names;
  for (int i = 10'000; i < 20'000; ++i) { names.insert(std::to_string(i)); }
  follower of(names, true);
  EXPECT_FALSE(of.take("15000x"));
  of.expect_sound();
  EXPECT_TRUE(of.take("19999x")) << "behind the last there is room";
  of.spread(0, 3, "15000x");
  for (const char* name : {"15000x", "15000y", "15000z"}) { EXPECT_TRUE(of.take(name)); }
  EXPECT_FALSE(of.take("15000xx"));
  of.expect_sound();
}

TEST(name_table, guesses_what_it_would_find) {
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) { names.insert("n" + std::to_string(i)); }
  follower of(names, true);
  for (const std::string& name : names) {
    EXPECT_EQ(of.table().guess(of.table().prefetch(name)), of.table().find(name));
  }
  EXPECT_EQ(of.table().guess(of.table().prefetch("nobody")), no_id);
}

}  // namespace
}  // namespace plimsoll
