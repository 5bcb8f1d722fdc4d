// Answers of the simulated market beyond prices and lots: their order, separate sides and instruments, instruments
// without a market.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/venue/small_book.hpp"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<small_band> one_percent = {{0, 10'000, 20'000}};

/// Two markets, M at a mark of 1000 and N at 2000; a lot and tick are worth a step. 100 lots of M, 50 of N within 1 %.
struct two_markets {
  explicit two_markets(const std::string& lines = "")
      : source(made(lines)), venue(make_simulated_market(source, source.reference.venue.rules.market)) {}
  static book made(const std::string& lines) {
    small_book out(0, "[market]\ndepth = 100000\n" + lines);
    out.contract("M", 0, 0, 1'000, one_percent).contract("N", 0, 0, 2'000, one_percent);
    return out.balance("a", 1).build();
  }
  void tick(std::int64_t tick) { venue->begin_tick(tick, source.marks); }
  void send(std::uint32_t instrument, std::int64_t lots) {
    venue->send({{1, ++orders}, instrument, {lots}, {lots > 0 ? limits::price_ticks_max : 1}});
  }
  /// "order.answer lots@price", or "order.answer done".
  std::vector<std::string> answers() {
    std::vector<market_answer> all;
    venue->take_answers(all);
    return texts(all);
  }
  static std::vector<std::string> texts(const std::vector<market_answer>& all) {
    std::vector<std::string> out;
    for (const market_answer& one : all) {
      const std::string name = std::to_string(one.order.part) + '.' + std::to_string(one.sequence) + ' ';
      out.push_back(name + (one.kind == answer_kind::done
                                ? "done"
                                : std::to_string(one.lots.raw) + '@' + std::to_string(one.price.raw)));
    }
    return out;
  }

  book source;
  std::unique_ptr<market> venue;
  std::uint32_t orders = 0;
};

TEST(market_answers, come_in_order_behind_what_is_there_and_once) {
  two_markets at("depth_move = 0.1\n");
  at.tick(1);
  at.send(0, 3);
  at.send(0, -1);
  std::vector<market_answer> all = {{{9, 9}, 7, answer_kind::done, {}, {}}};
  at.venue->take_answers(all);
  EXPECT_THAT(two_markets::texts(all),
              ElementsAre("9.7 done", "1.1 1@1001", "1.2 1@1002", "1.3 1@1003", "1.4 done", "2.1 1@999", "2.2 done"));
  EXPECT_THAT(at.answers(), IsEmpty());
}

TEST(market_answers, fills_at_one_price_are_one) {
  // A slice is a tenth of a step: nine of M's are at the mark, and the tenth is the first a step away.
  two_markets at;
  at.tick(1);
  at.send(0, -12);
  EXPECT_THAT(at.answers(), ElementsAre("1.1 9@1000", "1.2 3@999", "1.3 done"));
}

TEST(market_answers, each_instrument_and_side_is_consumed_and_pushed_on_its_own) {
  two_markets at("depth_move = 0.1\npermanent = 0.5\nhalf_life = 1\n");
  at.tick(1);
  at.send(0, -10);
  at.answers();
  EXPECT_TRUE(at.venue->has_pushed(0));
  EXPECT_FALSE(at.venue->has_pushed(1));
  EXPECT_EQ(at.venue->pushed_ticks(0), -5);
  EXPECT_EQ(at.venue->pushed_ticks(1), 0);
  at.send(0, 1);
  at.send(1, -1);
  at.send(0, -1);
  EXPECT_THAT(at.answers(), ElementsAre("2.1 1@1001", "2.2 done", "3.1 1@1996", "3.2 done", "4.1 1@989", "4.2 done"));
  EXPECT_EQ(at.venue->pushed_ticks(0), -5) << "11 x 0.5, towards 0";
  EXPECT_EQ(at.venue->pushed_ticks(1), -2);
  at.tick(2);
  EXPECT_FALSE(at.venue->has_pushed(0));
  at.send(0, -1);
  EXPECT_THAT(at.answers(), ElementsAre("5.1 1@994", "5.2 done")) << "5 of 11 are still consumed";
}

TEST(market_answers, a_market_goes_on_from_its_state) {
  const std::string lines = "depth_move = 0.1\nhalf_life = 1\n";
  two_markets first(lines);
  first.tick(1);
  first.send(0, -10);
  first.answers();
  two_markets second(lines);
  second.venue->restore(first.venue->state());
  second.tick(3);
  second.send(0, -1);
  EXPECT_THAT(second.answers(), ElementsAre("1.1 1@997", "1.2 done")) << "2 of 10 are left";
}

TEST(market_answers, there_is_no_market_without_depth_or_mark) {
  two_markets no_mark;
  no_mark.source.marks[0].ticks = 0;
  no_mark.tick(1);
  no_mark.send(0, -1);
  no_mark.send(1, -1);
  EXPECT_THAT(no_mark.answers(), ElementsAre("1.1 done", "2.1 1@2000", "2.2 done"));
  two_markets thin;
  thin.source.marks[0].ticks = 100'001;
  thin.tick(1);
  thin.send(0, -1);
  EXPECT_THAT(thin.answers(), ElementsAre("1.1 done")) << "not one whole lot";
  EXPECT_FALSE(thin.venue->has_pushed(0));
}

}  // namespace
}  // namespace plimsoll
