// A GPU that is really lost in the middle of a day: a kernel of another part of the process writes to an unmapped
// address. It runs in a child process, because the context is lost. (tests/emulator/engine_faults_test does it at every
// call of the emulated device.)
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/engine/feed.hpp"
#include "tests/engine/same_tick.hpp"
#include "tests/support/synthetic_book.hpp"

#if defined(PLIMSOLL_WITH_CUDA)
namespace plimsoll::testing_gpu {
void access_illegally();
}
#endif

namespace plimsoll {
namespace {

constexpr const char* backend_variable = "PLIMSOLL_LOSE_DEVICE";

void lose_device() {
#if defined(PLIMSOLL_WITH_CUDA)
  testing_gpu::access_illegally();
#endif
}

/// The work of the child: six ticks with updates between, beside an engine on the CPU; before the fourth the device is
/// lost.
void run_and_lose(const std::string& kind) {
  synthetic::spec wanted;
  wanted.accounts = 3'000;
  wanted.seed = 11;
  auto machine = make_backend(kind, 1);
  ASSERT_TRUE(machine) << machine.error().message;
  tick_engine hurt(std::move(machine).value(), {.threads = 1});
  tick_engine right(make_backend("cpu", 1).value(), {.threads = 1});
  ASSERT_TRUE(hurt.load(synthetic::make_book(wanted)));
  ASSERT_TRUE(right.load(synthetic::make_book(wanted)));
  feed::source from(3);
  tick_result got;
  tick_result expected;
  for (int t = 1; t <= 6; ++t) {
    for (int u = 0; u < 20; ++u) {
      const update one = from.next_update(right.columns());
      ASSERT_EQ(hurt.apply({&one, 1}).has_value(), right.apply({&one, 1}).has_value());
    }
    const auto marks = from.next_marks(right.columns(), t == 5 ? 0.1 : 0.001);
    if (t == 4) { lose_device(); }
    const status outcome = hurt.tick(marks, got);
    ASSERT_TRUE(outcome) << outcome.error().message;
    ASSERT_TRUE(right.tick(marks, expected));
    ASSERT_EQ(feed::difference(feed::lines_of(got), feed::lines_of(expected)), "") << "tick " << t;
    EXPECT_EQ(got.backend, t < 4 ? kind : "cpu") << "tick " << t;
    EXPECT_EQ(got.notes.size(), t == 4 ? 1U : 0U) << "tick " << t;
  }
}

TEST(cuda_device_loss, an_illegal_access_costs_no_byte) {
  if (const char* const kind = std::getenv(backend_variable)) { return run_and_lose(kind); }
  if (const auto gpu = make_backend("cuda", 1); !gpu) { GTEST_SKIP() << "SKIPPED: " << gpu.error().message; }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string child = "env -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX -u GTEST_OUTPUT " +
                            std::string(backend_variable) + "=cuda '" + self +
                            "' --gtest_filter=cuda_device_loss.an_illegal_access_costs_no_byte";
  EXPECT_EQ(std::system(child.c_str()), 0);
}

}  // namespace
}  // namespace plimsoll
