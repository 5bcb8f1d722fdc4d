// Host memory that runs out, at every allocation of a tick with an executor in turn: an error value, no plan posted
// twice or in part, and a scanner that requires a new load of the book.
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>
#include <unistd.h>

#include "host/book/book.hpp"
#include "host/io/write_book.hpp"
#include "host/report/replay_tables.hpp"
#include "plimsoll/executor.hpp"
#include "plimsoll/scanner.hpp"
#include "tests/allocation/failing_new.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;
using allocation::failing;
using allocation::lasting;

class executor_memory : public testing::TestWithParam<collateral_mode> {
 protected:
  void SetUp() override {
    synthetic::spec venue;
    venue.accounts = 16;
    venue.instruments = 3;
    venue.collateral = GetParam();
    venue.held_share = 0;
    venue.giant_share = 0;
    venue.bankrupt_share = 0.2;
    const book drawn = synthetic::make_book(venue);
    folder_ = fs::temp_directory_path() / ("plimsoll-executor-memory-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    const std::string toml = "name = \"memory\"\nquote = \"" + drawn.reference.venue.quote + "\"\ncollateral = \"" +
                             to_string(GetParam()) + "\"\n" +
                             "[market]\ndepth = 40000\n[backstop]\nenabled = true\ncapacity = 2000\n[adl]\nscore = \"" +
                             to_string(drawn.reference.venue.adl_score) + "\"\n";
    ASSERT_TRUE(write_book(folder_, {toml}, make_book_tables(drawn), table_format::csv));
    for (std::uint32_t i = 0; i < drawn.marks.size(); ++i) {
      if (drawn.reference.instruments[i].kind == instrument_kind::spot || drawn.marks[i].ticks < 2) { continue; }
      marks_.push_back({i, {drawn.marks[i].ticks - drawn.marks[i].ticks / 6}});
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// A scanner with the book, and an executor that acts on it.
  struct world {
    scanner scan;
    std::optional<executor> engine;
  };
  [[nodiscard]] world make() const {
    world out{scanner::make({.backend = "cpu", .threads = 1}).value(), std::nullopt};
    load(out);
    return out;
  }
  void load(world& at) const {
    at.engine.reset();
    const status loaded = at.scan.load(folder_.string());
    ASSERT_TRUE(loaded) << loaded.error().message;
    auto acting = executor::make(at.scan, {});
    ASSERT_TRUE(acting) << acting.error().message;
    at.engine.emplace(std::move(acting).value());
  }

  /// A failing allocation of a tick that follows one at the book's own marks.
  void expect_whole_plans(lasting how, std::uint64_t stride) {
    const tbb::global_control alone(tbb::global_control::max_allowed_parallelism, 1);
    world twin = make();
    tick_result found;
    execution done;
    ASSERT_TRUE(twin.engine->run(1, {}, found, done));
    ASSERT_TRUE(twin.engine->run(2, marks_, found, done));
    std::map<plan_step, int> steps;
    for (const plan& one : done.plans) { ++steps[one.step]; }
    ASSERT_GT(steps[plan_step::liquidate], 0);
    ASSERT_GT(steps[plan_step::adl], 0);
    const std::uint64_t state = twin.scan.state_digest();

    world at = make();
    int failures = 0;
    for (std::uint64_t nth = 1;; nth += stride) {
      SCOPED_TRACE(testing::Message() << "allocation " << nth << (how == lasting::once ? "" : " and all after it"));
      load(at);
      ASSERT_TRUE(at.engine->run(1, {}, found, done));
      status outcome = ok();
      bool reached = false;
      {
        const failing memory(nth, how);
        outcome = at.engine->run(2, marks_, found, done);
        reached = memory.reached();
      }
      ASSERT_TRUE(at.engine->conserved());
      if (outcome) {  // An allocation that fails need not fail the call.
        ASSERT_EQ(at.scan.state_digest(), state);
        if (!reached) { break; }
        continue;
      }
      ++failures;
      ASSERT_EQ(outcome.error().code, error_code::out_of_memory) << outcome.error().message;
      for (const status& later : {at.engine->run(3, marks_, found, done), at.scan.tick(marks_, found),
                                  at.scan.snapshot((folder_ / "kept").string())}) {
        ASSERT_FALSE(later);
        ASSERT_EQ(later.error().code, error_code::out_of_memory);
        ASSERT_NE(later.error().message.find("load the book again"), std::string::npos) << later.error().message;
      }
    }
    EXPECT_GT(failures, 20);
  }

  fs::path folder_;
  std::vector<mark_update> marks_;
};

TEST_P(executor_memory, a_tick_that_finds_none_posts_no_plan_in_part) { expect_whole_plans(lasting::once, 1); }
TEST_P(executor_memory, nor_where_none_is_left_at_all) { expect_whole_plans(lasting::for_ever, 3); }

INSTANTIATE_TEST_SUITE_P(collaterals, executor_memory, testing::Values(collateral_mode::single, collateral_mode::multi),
                         [](const auto& each) { return std::string(to_string(each.param)); });

}  // namespace
}  // namespace plimsoll
