// The header of a tick: its number, the updates it has seen, the age of its marks.
#include <optional>

#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

TEST(tick_header, numbers_ticks_and_tells_the_newest_mark) {
  synthetic::spec wanted;
  wanted.accounts = 20;
  wanted.instruments = 3;
  book source = synthetic::make_book(wanted);
  for (mark& one : source.marks) { one.as_of_ns.reset(); }
  const std::int64_t mark_ticks = source.marks[0].ticks;
  const std::int64_t other_ticks = source.marks[1].ticks;
  tick_engine engine(make_backend("cpu", 1).value(), {.threads = 1});
  ASSERT_TRUE(engine.load(std::move(source)).has_value());
  tick_result out;
  ASSERT_TRUE(engine.tick({}, out).has_value());
  EXPECT_EQ(out.sequence, 1U);
  EXPECT_EQ(out.updates, 0U);
  EXPECT_EQ(out.backend, "cpu");
  EXPECT_EQ(out.newest_mark_ns, std::nullopt) << "no mark has a time";

  const auto tick = [&](std::uint32_t instrument_id, std::int64_t ticks, std::optional<std::int64_t> as_of_ns) {
    const mark_update one{instrument_id, {ticks}, as_of_ns};
    EXPECT_TRUE(engine.tick({&one, 1}, out).has_value());
    return out.newest_mark_ns;
  };
  EXPECT_EQ(tick(1, other_ticks, 500), 500);
  EXPECT_EQ(tick(0, mark_ticks, 400), 500) << "an older one of another instrument";
  EXPECT_EQ(tick(0, mark_ticks, std::nullopt), 500) << "without a time of its own";
  EXPECT_EQ(tick(0, mark_ticks, 501), 501);
  EXPECT_EQ(tick(0, mark_ticks, 499), 500) << "the newest there is, not the newest there was";
  EXPECT_EQ(out.sequence, 6U);
}

}  // namespace
}  // namespace plimsoll
