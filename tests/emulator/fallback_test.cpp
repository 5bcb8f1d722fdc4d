// A device that fails in the middle of a scan: the tick is completed on the CPU, with the same bytes, and it is
// reported.
#include "host/backend/device_backend.hpp"
#include "host/engine/scan.hpp"
#include "tests/emulator/support.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::emulated {
namespace {

book crashing_book() {
  synthetic::spec wanted;
  wanted.accounts = 400;
  wanted.instruments = 4;
  wanted.bankrupt_share = 0.1;
  wanted.seed = 5;
  return synthetic::make_book(wanted);
}

class fallback : public device_test, public ::testing::WithParamInterface<fault_kind> {};

TEST_P(fallback, each_call_of_the_device_failing_in_turn_changes_no_byte) {
  const book source = crashing_book();
  refusal_list refusals;
  std::unique_ptr<backend> cpu = make_cpu_backend(1);
  const auto clean = scan_with_fallback(source, cpu, 1, {}, refusals);
  ASSERT_TRUE(clean.has_value());
  ASSERT_GT(clean.value().cover.size(), 10U);

  reset_device();
  auto first = make_emulated_backend();
  ASSERT_TRUE(first.has_value());
  const auto unharmed = scan_with_fallback(source, first.value(), 1, {}, refusals);
  ASSERT_TRUE(unharmed.has_value());
  EXPECT_EQ(unharmed.value().backend_name, "emulated");
  EXPECT_TRUE(unharmed.value().events.empty());
  const std::uint64_t calls = call_count();

  std::uint64_t fallen_back = 0;
  const std::uint64_t stride = under_tsan ? 29 : 1;
  for (std::uint64_t call = 0; call < calls; call += stride) {
    reset_device();
    auto machine = make_emulated_backend();
    ASSERT_TRUE(machine.has_value());
    inject_fault(call_count() + call, GetParam());
    const auto scan = scan_with_fallback(source, machine.value(), 1, {}, refusals);
    ASSERT_TRUE(scan.has_value()) << "call " << call << ": " << scan.error().message;
    EXPECT_EQ(scan.value().tick_digest, clean.value().tick_digest) << "call " << call;
    EXPECT_EQ(scan.value().full_digest, clean.value().full_digest) << "call " << call;
    if (scan.value().backend_name == "cpu") {
      ++fallen_back;
      ASSERT_EQ(scan.value().events.size(), 1U) << "a lost device is reported, call " << call;
      EXPECT_NE(scan.value().events[0].find("completed on the CPU"), std::string::npos);
    }
  }
  EXPECT_GT(fallen_back * stride, calls / 2);
}

INSTANTIATE_TEST_SUITE_P(kinds, fallback,
                         ::testing::Values(fault_kind::out_of_memory, fault_kind::fault, fault_kind::lost));

}  // namespace
}  // namespace plimsoll::emulated
