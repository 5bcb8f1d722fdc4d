// Every device call of a scan failing in turn: an error value is returned, nothing leaks, the backend stays usable or
// reports that its device is lost.
#include "host/backend/device_backend.hpp"
#include "tests/emulator/support.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::emulated {
namespace {

/// A book with every kind of segment and unit, and the results of a run without faults.
struct scenario {
  book source;
  tick_prices prices;
  std::vector<cover_demand> demands;

  static scenario make() {
    synthetic::spec wanted;
    wanted.accounts = sized(5'000);
    wanted.positions_per_account = 2;
    wanted.instruments = 2;
    wanted.score = score_kind::binance;
    wanted.seed = 9;
    scenario made{synthetic::make_book(wanted), {}, {{0, 10}, {2, 1u << 30}}};
    made.prices = synthetic::make_tick(made.source, -0.1);
    return made;
  }
};

struct answers {
  margin_result margin;
  rank_result rank;
};

/// Makes a backend, loads, ticks and ranks: the first failure, or the answers.
status scan_once(const scenario& of, answers& out) {
  auto made = make_emulated_backend();
  if (!made) { return std::move(made).error(); }
  backend& machine = *made.value();
  PLIMSOLL_TRY(machine.load(of.source));
  PLIMSOLL_TRY(machine.margin(of.prices, false, out.margin));
  return machine.rank({.lights = true, .demands = of.demands}, out.rank);
}

std::uint64_t calls_of_a_clean_run(const scenario& of) {
  reset_device();
  answers out;
  EXPECT_TRUE(scan_once(of, out));
  return call_count();
}

class kernel_faults : public device_test, public ::testing::WithParamInterface<fault_kind> {};

TEST_P(kernel_faults, each_call_in_turn) {
  const scenario of = scenario::make();
  const std::size_t live_before = live_objects();
  const std::uint64_t calls = calls_of_a_clean_run(of);
  ASSERT_GT(calls, 100u);
  EXPECT_EQ(live_objects(), live_before);
  const std::uint64_t stride = under_tsan ? 13 : 1;
  std::uint64_t failed = 0;
  for (std::uint64_t call = 0; call < calls; call += stride) {
    reset_device();
    inject_fault(call, GetParam());
    answers out;
    const status outcome = scan_once(of, out);
    if (!outcome) {
      ++failed;
      const error_code code = outcome.error().code;
      EXPECT_NE(code, error_code::usage) << "call " << call << ": " << outcome.error().message;
      EXPECT_NE(code, error_code::invariant_broken) << "call " << call << ": " << outcome.error().message;
      if (GetParam() == fault_kind::lost) { EXPECT_EQ(code, error_code::device_lost) << "call " << call; }
      EXPECT_FALSE(outcome.error().message.empty());
    }
    EXPECT_EQ(live_objects(), live_before) << "call " << call;
  }
  // Pinned memory has a fallback, so a few calls may fail unnoticed; no others.
  EXPECT_GE(failed * stride + 16, calls);
}

INSTANTIATE_TEST_SUITE_P(kinds, kernel_faults,
                         ::testing::Values(fault_kind::out_of_memory, fault_kind::fault, fault_kind::lost),
                         [](const auto& each) {
                           switch (each.param) {
                             case fault_kind::out_of_memory: return "out_of_memory";
                             case fault_kind::fault: return "fault";
                             case fault_kind::lost: break;
                           }
                           return "lost";
                         });

TEST_F(device_test, kernel_faults_a_passing_fault_leaves_the_backend_usable) {
  const scenario of = scenario::make();
  answers wanted;
  ASSERT_TRUE(scan_once(of, wanted));
  auto made = make_emulated_backend();
  ASSERT_TRUE(made);
  backend& machine = *made.value();
  ASSERT_TRUE(machine.load(of.source));
  answers got;
  for (std::uint64_t ahead = 0; ahead < 40; ++ahead) {
    inject_fault(call_count() + ahead, fault_kind::fault);
    if (machine.margin(of.prices, false, got.margin)) {
      static_cast<void>(machine.rank({.lights = true, .demands = of.demands}, got.rank));
    }
  }
  ASSERT_TRUE(machine.margin(of.prices, false, got.margin));
  ASSERT_TRUE(machine.rank({.lights = true, .demands = of.demands}, got.rank));
  EXPECT_EQ(got.margin.flagged, wanted.margin.flagged);
  EXPECT_EQ(got.rank.keys, wanted.rank.keys);
  EXPECT_EQ(got.rank.lights, wanted.rank.lights);
  EXPECT_EQ(got.rank.first_entry, wanted.rank.first_entry);
}

TEST_F(device_test, kernel_faults_a_lost_device_stays_lost) {
  const scenario of = scenario::make();
  auto made = make_emulated_backend();
  ASSERT_TRUE(made);
  backend& machine = *made.value();
  ASSERT_TRUE(machine.load(of.source));
  answers out;
  inject_fault(call_count() + 3, fault_kind::lost);
  EXPECT_EQ(machine.margin(of.prices, false, out.margin).error().code, error_code::device_lost);
  reset_device();  // A new context would need a new backend: this one must not be half usable again.
  EXPECT_EQ(machine.margin(of.prices, false, out.margin).error().code, error_code::device_lost);
  EXPECT_EQ(machine.load(of.source).error().code, error_code::device_lost);
  EXPECT_EQ(machine.rank({}, out.rank).error().code, error_code::device_lost);
}

TEST_F(device_test, kernel_faults_a_book_too_large_says_how_much_it_needs) {
  const scenario of = scenario::make();
  auto made = make_emulated_backend();
  ASSERT_TRUE(made);
  const std::size_t live = live_objects();
  set_memory_limit(100'000);
  const status refused = made.value()->load(of.source);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, error_code::device_memory);
  EXPECT_GT(refused.error().detail, 100'000u);
  EXPECT_NE(refused.error().message.find("the book needs"), std::string::npos) << refused.error().message;
  EXPECT_EQ(live_objects(), live);
  set_memory_limit(refused.error().detail);  // The memory that it requests is enough.
  EXPECT_TRUE(made.value()->load(of.source));
}

TEST_F(device_test, kernel_faults_no_device) {
  set_device_count(0);
  const auto made = make_emulated_backend();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, error_code::device_missing);
}

}  // namespace
}  // namespace plimsoll::emulated
