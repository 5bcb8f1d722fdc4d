// Threads at plimsoll.h: one writes, others read its last view, answer orders, open and close.
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/embed/c_book.hpp"

namespace plimsoll {
namespace {

TEST(c_threads, readers_see_whole_states_while_one_writes) {
  const c_scanner scan;
  ASSERT_EQ(scan.load(first_venue()), PLIMSOLL_OK);
  plimsoll_executor acting = 0;
  auto gateway = sized<plimsoll_gateway>();
  gateway.send = [](void*, const plimsoll_order*) {};
  gateway.cancel = [](void*, plimsoll_order_id) {};
  gateway.inbox_max = 8;
  auto options = sized<plimsoll_executor_options>();
  options.gateway = &gateway;
  ASSERT_EQ(plimsoll_executor_open(scan, &options, &acting), PLIMSOLL_OK);

  std::atomic<plimsoll_view> latest{0};
  std::atomic<bool> ended{false};
  std::atomic<std::uint64_t> answered{0}, closed_under{0}, inbox_full{0}, wrong{0};
  const auto read = [&] {
    while (!ended) {
      const plimsoll_view view = latest;
      ArrowArrayStream units;
      std::uint64_t digest = 0;
      const plimsoll_status outcome = plimsoll_view_account(view, "ann", &units, nullptr);
      if (outcome == PLIMSOLL_OK) {
        // A state of the writer's: each batch deposits 0.60 and 0.40, so a view within a batch would show cents.
        const std::string balance = cell(table_of(units), "balance", 0);
        const bool is_zero = balance == "0E-8";  // Arrow's text of 0.00000000: ann goes bankrupt at the fourth tick.
        if (!is_zero && !balance.ends_with(".00000000")) { ++wrong; }
        ++answered;
      } else if (outcome == PLIMSOLL_BAD_HANDLE && units.release == nullptr) {
        ++closed_under;
      } else {
        ++wrong;
      }
      const plimsoll_status again = plimsoll_view_state_digest(view, &digest);
      if (again != PLIMSOLL_OK && again != PLIMSOLL_BAD_HANDLE) { ++wrong; }
      // Errors are a thread's own.
      if (again == PLIMSOLL_BAD_HANDLE && std::string(last_error().call) != "plimsoll_view_state_digest") { ++wrong; }
    }
  };
  const auto answer = [&] {
    while (!ended) {
      auto one = sized<plimsoll_answer>();
      one.order = {12'345, 0, 0};
      one.kind = PLIMSOLL_ACCEPTED;
      std::int32_t taken = 0;
      if (plimsoll_executor_answer(acting, &one, &taken) != PLIMSOLL_OK) { ++wrong; }
      if (taken == 0) { ++inbox_full; }
    }
  };
  // Other scanners are opened and closed beside it.
  const auto others = [&] {
    while (!ended) {
      const c_scanner other;
      if (other.load(first_venue()) != PLIMSOLL_OK) { ++wrong; }
      if (plimsoll_scanner_tick(other, nullptr, nullptr) != PLIMSOLL_OK) { ++wrong; }
      std::uint64_t digest = 0;
      if (plimsoll_scanner_state_digest(scan, &digest) != PLIMSOLL_OK) { ++wrong; }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) { threads.emplace_back(read); }
  threads.emplace_back(answer);
  threads.emplace_back(others);

  plimsoll_update updates[2];
  for (plimsoll_update& update : updates) {
    update = sized<plimsoll_update>();
    update.kind = PLIMSOLL_DEPOSIT;
    update.account = "ann";
    update.instrument = PLIMSOLL_NO_ID;
    update.asset = 1;
    update.side = update.margin_mode = PLIMSOLL_NONE;
  }
  updates[0].amount = 60;
  updates[1].amount = 40;
  plimsoll_mark mark{};
  auto marks = sized<plimsoll_marks>();
  marks.marks = &mark;
  marks.count = 1;
  for (std::int64_t tick = 1; tick <= 300; ++tick) {
    ASSERT_EQ(plimsoll_scanner_apply(scan, updates, 2, nullptr), PLIMSOLL_OK) << last_error().message;
    mark.ticks = 130'000 + tick % 7;
    ASSERT_EQ(plimsoll_executor_run(acting, tick, &marks, nullptr, nullptr), PLIMSOLL_OK) << last_error().message;
    plimsoll_view next = 0;
    ASSERT_EQ(plimsoll_scanner_view(scan, &next), PLIMSOLL_OK) << last_error().message;
    const plimsoll_view before = latest.exchange(next);
    if (before != 0) { ASSERT_EQ(plimsoll_view_close(before), PLIMSOLL_OK); }
  }
  while (answered < 50 || inbox_full == 0) { std::this_thread::yield(); }
  ended = true;
  for (std::thread& one : threads) { one.join(); }
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(answered, 0U);
  EXPECT_GT(inbox_full, 0U);
  EXPECT_EQ(plimsoll_view_close(latest), PLIMSOLL_OK);
  EXPECT_EQ(plimsoll_executor_close(acting), PLIMSOLL_OK);
}

TEST(c_threads, a_call_that_waits_for_a_scanner_that_closes_is_refused) {
  for (int turn = 0; turn < 50; ++turn) {
    plimsoll_scanner scan = 0;
    ASSERT_EQ(plimsoll_scanner_open(nullptr, &scan), PLIMSOLL_OK);
    std::atomic<int> closes{0}, wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        std::uint64_t digest = 0;
        for (int call = 0; call < 20; ++call) {
          const plimsoll_status outcome = plimsoll_scanner_state_digest(scan, &digest);
          if (outcome != PLIMSOLL_OK && outcome != PLIMSOLL_BAD_HANDLE) { ++wrong; }
        }
        const plimsoll_status outcome = plimsoll_scanner_close(scan);
        if (outcome == PLIMSOLL_OK) {
          ++closes;
        } else if (outcome != PLIMSOLL_BAD_HANDLE) {
          ++wrong;
        }
      });
    }
    for (std::thread& one : threads) { one.join(); }
    EXPECT_EQ(closes, 1);
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace plimsoll
