// Rows of events in memory and in a file: the rows that are read are the rows that were written, for every range.
#include "host/replay/event_rows.hpp"

#include <csignal>
#include <filesystem>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

constexpr std::uint64_t block = event_rows::block_rows;

event_row row_at(std::uint64_t i) {
  event_row out;
  out.tick = static_cast<std::int64_t>(i / 1000);
  out.plan = i / 3;
  out.lots = static_cast<std::int64_t>(i * i) - 7;
  out.cost = -static_cast<std::int64_t>(i);
  out.account = static_cast<std::uint32_t>(i);
  out.cause = static_cast<std::uint32_t>(i % 11);
  out.side = static_cast<event_side>(i % 3);
  return out;
}

void fill(event_rows& rows, std::uint64_t until) {
  while (rows.size() < until) { rows.push_back(row_at(rows.size())); }
}

/// Rows [begin, end) are those that were pushed.
void expect_range(const event_rows& rows, std::uint64_t begin, std::uint64_t end) {
  std::uint64_t next = begin;
  rows.visit(begin, end, [&](const event_row& row) {
    const event_row wanted = row_at(next);
    ASSERT_EQ(row.account, wanted.account);
    ASSERT_EQ(row.plan, wanted.plan);
    ASSERT_EQ(row.lots, wanted.lots);
    ASSERT_EQ(row.cost, wanted.cost);
    ASSERT_EQ(row.side, wanted.side);
    ++next;
  });
  ASSERT_EQ(next, end);
}

void expect_rows(const event_rows& rows, std::uint64_t count) {
  ASSERT_EQ(rows.size(), count);
  expect_range(rows, 0, count);
  for (const std::uint64_t edge : {std::uint64_t{0}, std::uint64_t{1}, block - 1, block, block + 1, 2 * block}) {
    if (edge >= count) { continue; }
    expect_range(rows, edge, edge);
    expect_range(rows, edge, edge + 1);
    expect_range(rows, edge, count);
    expect_range(rows, 0, edge);
    EXPECT_EQ(rows[edge].account, row_at(edge).account);
  }
}

const std::uint64_t counts[] = {0, 1, block - 1, block, block + 1, 3 * block - 1, 3 * block, 3 * block + 5};

TEST(event_rows, are_read_back_from_memory_and_from_a_file_alike) {
  for (const std::uint64_t count : counts) {
    SCOPED_TRACE(count);
    const testing::scratch_folder folder;
    event_rows kept;
    fill(kept, count);
    expect_rows(kept, count);
    event_rows stored;
    stored.store_in(folder.path());
    fill(stored, count);
    expect_rows(stored, count);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "the file has a name";
  }
}

TEST(event_rows, that_are_there_already_go_to_the_file_too) {
  const testing::scratch_folder folder;
  for (const std::uint64_t before : counts) {
    event_rows rows;
    fill(rows, before);
    rows.store_in(folder.path());
    fill(rows, before + block + 3);
    expect_rows(rows, before + block + 3);
    event_rows moved(std::move(rows));
    fill(moved, before + 2 * block);
    expect_rows(moved, before + 2 * block);
  }
}

TEST(event_rows, stay_in_memory_where_there_is_no_folder) {
  event_rows rows;
  rows.store_in("/no/such/folder");
  fill(rows, 2 * block + 1);
  expect_rows(rows, 2 * block + 1);
}

/// The file is full after a part of a block, like a full disk.
TEST(event_rows, stay_in_memory_where_the_file_is_full) {
  const testing::scratch_folder folder;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = block * sizeof(event_row) * 3 / 2;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  event_rows rows;
  rows.store_in(folder.path());
  fill(rows, 3 * block + 1);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  fill(rows, 4 * block);
  std::signal(SIGXFSZ, ignored);
  expect_rows(rows, 4 * block);
}

TEST(event_rows, that_are_forgotten_count_on) {
  event_rows rows;
  fill(rows, 2 * block + 10);
  rows.forget();
  EXPECT_EQ(rows.size(), 2 * block + 10);
  expect_range(rows, 2 * block, 2 * block + 10);
  fill(rows, 5 * block);
  rows.forget();
  fill(rows, 5 * block + 7);
  expect_range(rows, 5 * block, 5 * block + 7);
}

}  // namespace
}  // namespace plimsoll
