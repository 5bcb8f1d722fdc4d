// The amounts of docs/waterfall.md that show over several ticks: stored debts, cooldowns, and the part of an impact
// that stays. Worked by hand.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/book/find.hpp"
#include "host/book/rebuild.hpp"
#include "host/replay/replay.hpp"
#include "tests/venue/rulings.hpp"

namespace plimsoll {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A book that goes through ticks as in `replay`; with `resumes` it is taken apart and put together after each tick.
class world {
 public:
  explicit world(const small_book& made, bool resumes = false) : resumes_(resumes) {
    auto run = replay::make(made.build(), made.build().reference.venue.rules, make_cpu_backend(1), {});
    EXPECT_TRUE(run.has_value());
    run_ = std::move(run).value();
  }

  /// The next tick, with the marks that the feed sends.
  void tick(const std::map<std::string, std::int64_t>& marks, std::vector<update> updates = {}) {
    tick_to(now_ + 1, marks, std::move(updates));
  }
  void tick_to(std::int64_t tick, const std::map<std::string, std::int64_t>& marks, std::vector<update> updates = {}) {
    now_ = tick;
    step(marks, std::nullopt, std::move(updates));
  }
  /// The next tick, with marks of this second.
  void tick_of_second(std::int64_t second, const std::map<std::string, std::int64_t>& marks) {
    ++now_;
    step(marks, second * second_ns, {});
  }

  [[nodiscard]] std::uint32_t instrument(const std::string& name) const {
    const auto& all = run_->state().reference.instruments;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (all[i].name == name) { return i; }
    }
    ADD_FAILURE() << name;
    return 0;
  }
  /// Legs of a step in the present tick: "account lots price", or "account amount" where no position changes.
  [[nodiscard]] std::vector<std::string> legs(ledger_step step) const {
    std::vector<std::string> out;
    run_->log().events.visit([&](const event_row& row) {
      if (row.tick != now_ || row.step != step || row.unit == no_id) { return; }
      const std::string name(run_->log().name(row.account));
      out.push_back(row.lots == 0 ? name + ' ' + std::to_string(row.amount)
                                  : name + ' ' + std::to_string(row.lots) + ' ' + std::to_string(row.price_ticks));
    });
    return out;
  }
  [[nodiscard]] const tick_row& row() const { return run_->log().ticks.back(); }
  [[nodiscard]] std::int64_t mark_of(const std::string& name) const {
    return run_->state().marks[instrument(name)].ticks;
  }
  [[nodiscard]] std::int64_t balance(const char* account) const {
    return run_->state().units.balance[unit_of(run_->state(), account)];
  }
  [[nodiscard]] const replay& run() const { return *run_; }

 private:
  void step(const std::map<std::string, std::int64_t>& marks, std::optional<std::int64_t> as_of_ns,
            std::vector<update> updates) {
    tick_marks fed;
    fed.tick = now_;
    for (const auto& [name, ticks] : marks) {
      mark one;
      one.ticks = ticks;
      one.as_of_ns = as_of_ns;
      fed.changed.emplace_back(instrument(name), one);
    }
    for (update& one : updates) { one.tick = now_; }
    refusal_list refusals;
    const status stepped = run_->step(fed, updates, refusals);
    ASSERT_TRUE(stepped.has_value()) << stepped.error().message << refusals.to_error().message;
    EXPECT_EQ(run_->engine().books().sums().lots, run_->opening().lots);
    if (resumes_) { resume(); }
  }
  void resume() {
    replay_state kept = run_->save();
    book stopped = run_->state();
    replay_log log = run_->log();
    auto again = replay::resume(std::move(stopped), run_->engine().rules(), make_cpu_backend(1), {}, std::move(kept),
                                std::move(log));
    ASSERT_TRUE(again.has_value()) << again.error().message;
    before_.push_back(std::move(run_));
    run_ = std::move(again).value();
  }

  std::vector<std::unique_ptr<replay>> before_;  ///< A copied log's names lie in the one it was copied from.
  std::unique_ptr<replay> run_;
  std::int64_t now_ = 0;
  bool resumes_;
};

update of_kind(update_kind kind, const std::string& account, std::int64_t amount) {
  update one;
  one.kind = kind;
  one.account = account;
  one.asset = 0;
  one.amount = {amount};
  return one;
}
update settled(std::uint32_t instrument, std::int64_t price) {
  update one;
  one.kind = update_kind::settle;
  one.instrument = instrument;
  one.price = {price, 0};
  return one;
}
update filled(const std::string& account, std::uint32_t instrument, std::int64_t lots, std::int64_t price) {
  update one;
  one.account = account;
  one.instrument = instrument;
  one.lots = {lots};
  one.price = {price, 0};
  return one;
}

// ------------------------------------------------------------------------------------------------ 15, cooldown

constexpr const char* fifths =
    "[liquidation]\nmode = \"fraction\"\nfraction = 0.2\ncooldown = 3\nsurplus_to = \"account\"\n";

/// A long of 10 with an equity of 5 at the mark of 100, MM 1 %; a market that takes everything at the mark.
small_book cut_long(const std::string& lines = "") {
  small_book out(0, fifths + lines + std::string("[market]\ndepth = 100000000\n"));
  out.contract("M", 0, 0, 100, one_percent);
  out.balance("L", 5).position("L", "M", 10, 1'000);
  out.balance("S", 9'000).position("S", "M", -10, -1'000);
  return out;
}

TEST(cooldown, nothing_is_closed_before_it_is_over_and_then_all) {
  for (const bool resumes : {false, true}) {
    world run(cut_long("whole_below = 800\n"), resumes);
    run.tick({});
    EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
    run.tick({});
    EXPECT_THAT(run.legs(ledger_step::liquidate), IsEmpty()) << "600 would remain, and yet it cools";
    run.tick({});
    EXPECT_THAT(run.legs(ledger_step::liquidate), IsEmpty());
    run.tick({});
    EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -8 100"));
  }
}

TEST(cooldown, whole_below_is_strict) {
  world at(cut_long("whole_below = 800\n"));
  at.tick({});
  EXPECT_THAT(at.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
  world below(cut_long("whole_below = 801\n"));
  below.tick({});
  EXPECT_THAT(below.legs(ledger_step::liquidate), ElementsAre("L -10 100"));
}

TEST(cooldown, lapses_with_recovery) {
  world run(cut_long());
  run.tick({});
  EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
  run.tick({{"M", 110}});
  EXPECT_EQ(run.row().states[static_cast<int>(unit_state::liquidatable)], 0U);
  run.tick({{"M", 100}});
  EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100")) << "reduced again: ceil(0.2 x 8)";
}

TEST(cooldown, is_that_of_one_unit_of_an_account) {
  small_book made(0, fifths + std::string("[market]\ndepth = 100000000\n"));
  made.contract("M", 0, 0, 100, one_percent).contract("N", 0, 0, 100, one_percent);
  made.isolated("L", "M", 10, 1'000, 5).isolated("L", "N", 10, 1'000, 105);
  made.balance("S", 9'000).position("S", "M", -10, -1'000).position("S", "N", -10, -1'000);
  world run(made);
  run.tick({});
  EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
  run.tick({{"N", 90}});
  EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 90")) << "N is cut for the first time, M cools";
}

TEST(cooldown, goes_on_while_the_unit_is_held) {
  for (const bool resumes : {false, true}) {
    small_book made(0, fifths + std::string("[margin]\nmax_mark_age = 1\n[market]\ndepth = 100000000\n"));
    made.contract("M", 0, 0, 100, one_percent).contract("N", 0, 0, 100, one_percent);
    made.balance("L", 5).position("L", "M", 10, 1'000);
    made.balance("S", 9'000).position("S", "M", -10, -1'000);
    world run(made, resumes);
    run.tick_of_second(1, {{"M", 100}});
    EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
    run.tick_of_second(3, {{"N", 100}});
    EXPECT_EQ(run.row().held, 2U) << "the mark of both is two seconds old";
    run.tick_of_second(3, {{"M", 100}});
    EXPECT_THAT(run.legs(ledger_step::liquidate), IsEmpty()) << "it cools until 4";
    run.tick_of_second(4, {{"M", 100}});
    EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -8 100"));
  }
}

TEST(cooldown, an_old_mark_does_not_turn_time_back) {
  small_book made(0, fifths + std::string("[market]\ndepth = 100000000\n"));
  made.contract("M", 0, 0, 100, one_percent).contract("N", 0, 0, 100, one_percent);
  made.balance("L", 5).position("L", "M", 10, 1'000);
  made.balance("S", 9'000).position("S", "M", -10, -1'000);
  world run(made);
  run.tick_of_second(3, {{"M", 100}});
  EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -2 100"));
  run.tick_of_second(1, {{"N", 100}});
  run.tick({});
  run.tick({});
  EXPECT_THAT(run.legs(ledger_step::liquidate), IsEmpty()) << "it is 5";
  run.tick({});
  EXPECT_THAT(run.legs(ledger_step::liquidate), ElementsAre("L -8 100")) << "it is 6";
}

// --------------------------------------------------------------------------------- 17, 18: the simulated market

/// One side of a linear market; a lot and tick are worth a step.
small_book market_book(const std::string& lines) {
  small_book out(0, "[market]\n" + lines);
  out.contract("M", 0, 0, 1'000'000, one_percent);
  out.balance("a", 1);
  return out;
}

struct hand_market {
  explicit hand_market(const std::string& lines)
      : source(market_book(lines).build()), venue(make_simulated_market(source, source.reference.venue.rules.market)) {}
  /// Fills of an order: "lots@price".
  std::vector<std::string> send(std::int64_t lots, std::int64_t limit) {
    venue->send({{1, ++orders}, 0, {lots}, {limit}});
    std::vector<market_answer> answers;
    venue->take_answers(answers);
    std::vector<std::string> out;
    for (const market_answer& one : answers) {
      if (one.kind == answer_kind::fill) {
        out.push_back(std::to_string(one.lots.raw) + '@' + std::to_string(one.price.raw));
      }
    }
    return out;
  }
  std::vector<std::string> sell(std::int64_t lots, std::int64_t limit = 1) { return send(-lots, limit); }
  std::vector<std::string> buy(std::int64_t lots) { return send(lots, limits::price_ticks_max); }
  void tick(std::int64_t tick, std::int64_t mark_ticks = 1'000'000) {
    source.marks[0].ticks = mark_ticks;
    venue->begin_tick(tick, source.marks);
  }

  book source;
  std::unique_ptr<market> venue;
  std::uint32_t orders = 0;
};

TEST(simulated_market, slices_trade_at_their_far_end_sides_apart) {
  // 1999 lots within 1 %, 19.99 a slice: edges at 19, 39, 59.
  hand_market at("depth = 1999999999\n");
  at.tick(1);
  EXPECT_THAT(at.sell(25), ElementsAre("19@999900", "6@999800"));
  EXPECT_THAT(at.buy(20), ElementsAre("19@1000100", "1@1000200"));
  EXPECT_THAT(at.sell(20), ElementsAre("14@999800", "6@999700"));
  EXPECT_THAT(at.sell(20, 999'700), ElementsAre("14@999700")) << "its limit";
}

TEST(simulated_market, ends_after_a_hundred_moves_or_below_one_step) {
  hand_market near("depth = 100000000\ndepth_move = 0.001\n");
  near.tick(1);
  std::vector<std::string> fills = near.sell(1'000'000);
  EXPECT_EQ(fills.size(), 10'000U);
  EXPECT_EQ(fills.back(), "1@900000");
  hand_market far("depth = 100000000\ndepth_move = 0.1\n");
  far.tick(1);
  fills = far.sell(1'000'000);
  EXPECT_EQ(fills.size(), 999U);
  EXPECT_EQ(fills.back(), "1@1000") << "the next would be at 0";
}

TEST(simulated_market, depth_is_whole_lots_at_the_feeds_mark) {
  hand_market at("depth = 100999999\n");
  at.tick(1);
  EXPECT_THAT(at.sell(2), ElementsAre("1@999900", "1@999800")) << "100 lots, one a slice";
  at.tick(2, 1'010'000);
  EXPECT_THAT(at.buy(1), ElementsAre("1@1010202"))
      << "99 lots: the first slice holds none; 2.02 hundredths on the step";
}

TEST(simulated_market, after_a_half_life_half_is_left_whatever_was_asked_between) {
  const auto first_price = [](const std::vector<std::int64_t>& ticks, bool asks) {
    hand_market at("depth = 10000000000\nhalf_life = 7\n");
    at.tick(1);
    at.sell(5'000);
    for (const std::int64_t tick : ticks) {
      at.tick(tick);
      if (asks) { EXPECT_THAT(at.sell(10, 999'999), IsEmpty()) << "beyond its limit: nothing trades"; }
    }
    at.tick(8);
    return at.sell(101).front();
  };
  EXPECT_EQ(first_price({}, false), "100@997400");
  EXPECT_EQ(first_price({2, 3, 4, 5, 6, 7}, false), "100@997400");
  EXPECT_EQ(first_price({2, 5, 6}, true), "100@997400");
}

TEST(simulated_market, an_instruments_own_half_life_comes_first) {
  hand_market at("depth = 10000000000\nhalf_life = 1000\n");
  at.source.reference.instruments[0].half_life_ns = 7 * second_ns;
  at.tick(1);
  at.sell(5'000);
  at.tick(8);
  EXPECT_EQ(at.sell(101).front(), "100@997400");
}

TEST(simulated_market, an_order_between_adds_to_what_is_left) {
  hand_market at("depth = 10000000000\nhalf_life = 4\n");
  at.tick(1);
  at.sell(4'000);
  at.tick(5);
  EXPECT_THAT(at.sell(2'000).front(), "100@997900") << "2000 are left";
  at.tick(9);
  EXPECT_THAT(at.sell(1).front(), "1@997900") << "of 4000 together";
  at.tick(11);
  // 2001 x 2^(-1/2) = 1414.9.
  EXPECT_THAT(at.sell(100).front(), "86@998500");
}

/// An account whose long of so many lots is 1 short of bankrupt per 1000; the fund pays any loss of its orders.
small_book pushed(const std::string& market_lines) {
  small_book out(2, std::string(nobody_pays) + "[adl]\nenabled = false\n[fund.balance]\nUSD = 100000000\n[market]\n" +
                        market_lines);
  out.contract("M", 0, 0, 1'000'000, nearly_none).contract("N", 0, 0, 5, nearly_none);
  return out;
}

TEST(permanent_impact, stays_until_the_feed_sends_that_mark_again) {
  for (const bool resumes : {false, true}) {
    // 200 lots of depth, two a slice; 101 lots reach into slice 51. 60 % of 0.51 % stay.
    small_book made = pushed("depth = 200000000\npermanent = 0.6\nhalf_life = 0\n");
    made.balance("L", -1).position("L", "M", 101, 101 * 100'000'000LL);
    made.balance("S", 1'000'000'000'000).position("S", "M", -101, -101 * 100'000'000LL);
    world run(made, resumes);
    run.tick({{"M", 1'000'000}});
    EXPECT_EQ(run.mark_of("M"), 1'000'000 - 3'060);
    EXPECT_EQ(run.row().passes, 2U);
    run.tick({{"N", 6}});
    EXPECT_EQ(run.mark_of("M"), 1'000'000 - 3'060);
    EXPECT_EQ(run.row().passes, 1U);
    run.tick({{"M", 1'000'100}});
    EXPECT_EQ(run.mark_of("M"), 1'000'100) << "the feed's own";
    EXPECT_EQ(run.row().passes, 1U);
  }
}

TEST(permanent_impact, moves_nothing_in_a_tick_without_orders) {
  // The half-life is long, so sold lots affect the next order, but not a fresh mark.
  small_book made = pushed("depth = 200000000\npermanent = 1\nhalf_life = 1000\n");
  made.balance("L", -1).position("L", "M", 100, 100 * 100'000'000LL);
  made.balance("S", 1'000'000'000'000).position("S", "M", -100, -100 * 100'000'000LL);
  world run(made);
  run.tick({{"M", 1'000'000}});
  EXPECT_EQ(run.mark_of("M"), 995'000);
  run.tick({{"M", 1'000'000}});
  EXPECT_EQ(run.mark_of("M"), 1'000'000);
  EXPECT_EQ(run.row().passes, 1U);
}

TEST(permanent_impact, of_a_short_goes_up) {
  small_book made = pushed("depth = 200000000\npermanent = 0.5\n");
  made.balance("L", -1).position("L", "M", -3, -3 * 100'000'000LL);
  made.balance("S", 1'000'000'000).position("S", "M", 3, 3 * 100'000'000LL);
  world run(made);
  run.tick({});
  EXPECT_EQ(run.mark_of("M"), 1'000'100) << "half of two slices";
  run.tick({{"N", 6}});
  EXPECT_EQ(run.mark_of("M"), 1'000'100);
}

// ---------------------------------------------------------------------------------------- 9, fund by instrument

constexpr const char* by_instrument =
    "[adl]\nenabled = false\n[socialise]\nenabled = false\n[fund]\nscope = \"instrument\"\n";

/// M and N at 100, with funds of 50 each by default.
small_book two_funds(const std::string& more = "", const std::string& balance = "{ M = 50, N = 50 }") {
  small_book out(0, by_instrument + more + "balance = " + balance + "\n");
  out.contract("M", 0, 0, 100, nearly_none).contract("N", 0, 0, 100, nearly_none);
  out.balance("z", 100'000);
  return out;
}

int128 fund_of(const world& run, const char* name) { return run.run().engine().state().ledger.fund_parts.at(name); }

TEST(fund_by_instrument, asks_where_the_unit_lost_and_nowhere_else) {
  for (const std::int64_t side : {1, -1}) {
    small_book made = two_funds();
    // 40 won in M, 120 lost in N: 80 owed, 50 there.
    made.balance("L", 0)
        .position("L", "M", 10 * side, 1'000 * side - 40)
        .position("L", "N", -10 * side, -1'000 * side + 120);
    world run(made);
    run.tick({});
    EXPECT_EQ(fund_of(run, "M"), 50);
    EXPECT_EQ(fund_of(run, "N"), 0);
    EXPECT_EQ(run.row().flows.unpaid, 30);
  }
}

TEST(fund_by_instrument, nets_both_sides_of_an_instrument_and_asks_ascending) {
  small_book made = two_funds();
  // Lost: M -70 + 60 = -10, N -55; owed 65 of 50 + 15.
  made.balance("L", 0).position("L", "M", 10, 1'070).position("L", "M", -10, -1'060).position("L", "N", 10, 1'055);
  world run(made);
  run.tick({});
  EXPECT_EQ(fund_of(run, "M"), 0);
  EXPECT_EQ(fund_of(run, "N"), 35);
  EXPECT_EQ(run.row().flows.unpaid, 0);
}

TEST(fund_by_instrument, remembers_what_is_settled_with_the_debt) {
  for (const bool resumes : {false, true}) {
    small_book made = two_funds("tick_limit = 30\n", "{ M = 500, N = 500 }");
    // N settles at 90: L loses 100 and owes 80; M made 10 and stays.
    made.balance("L", 10).position("L", "N", 10, 1'000).position("L", "M", 10, 990);
    made.balance("S", 1'000).position("S", "N", -10, -1'000).position("S", "M", -10, -990);
    world run(made, resumes);
    run.tick({}, {settled(1, 90)});
    EXPECT_EQ(fund_of(run, "N"), 470);
    EXPECT_EQ(run.row().flows.unpaid, 50);
    run.tick({});
    run.tick({});
    EXPECT_EQ(fund_of(run, "N"), 420) << "30, 30 and 20";
    EXPECT_EQ(fund_of(run, "M"), 500);
    EXPECT_EQ(run.row().flows.unpaid, 0);
    // A paid debt is forgotten. A fee is not a loss in an instrument.
    run.tick({}, {of_kind(update_kind::fee, "L", 30)});
    EXPECT_EQ(fund_of(run, "N"), 420);
    EXPECT_EQ(run.row().flows.unpaid, 30);
    EXPECT_TRUE(run.run().engine().state().gone.empty());
  }
}

TEST(fund_by_instrument, remembers_what_is_sold_in_the_tick) {
  for (const bool resumes : {false, true}) {
    small_book made = two_funds();
    made.balance("L", 10).position("L", "N", -10, -1'000);
    world run(made, resumes);
    run.tick({}, {filled("L", 1, 10, 104)});  // Bought back at 104: 40 lost, 30 owed.
    EXPECT_EQ(fund_of(run, "N"), 20);
    EXPECT_EQ(fund_of(run, "M"), 50);
    EXPECT_EQ(run.row().flows.unpaid, 0);
  }
}

TEST(fund_by_instrument, forgets_with_recovery) {
  small_book made = two_funds("", "{ M = 50, N = 0 }");
  made.balance("L", 10).position("L", "N", 10, 1'000);
  world run(made);
  run.tick({}, {filled("L", 1, -10, 95)});
  EXPECT_EQ(run.row().flows.unpaid, 40);
  EXPECT_EQ(run.run().engine().state().gone.size(), 1U);
  run.tick({}, {of_kind(update_kind::deposit, "L", 40)});
  EXPECT_TRUE(run.run().engine().state().gone.empty());
}

TEST(fund_by_instrument, counts_what_the_waterfall_closed_at_the_marks) {
  for (const bool resumes : {false, true}) {
    // A short of 10 at 3, entry 2: 10 lost, 100 owed. Its BV is clamped to the value at 1, where it would have won 10.
    small_book made(0,
                    "[socialise]\nenabled = false\n[backstop]\nenabled = true\n"
                    "[fund]\nscope = \"instrument\"\ntick_limit = 15\nbalance = { M = 500, N = 500 }\n");
    made.contract("M", 0, 0, 3, nearly_none).contract("N", 0, 0, 3, nearly_none);
    made.balance("L", -90).position("L", "N", -10, -20);
    made.balance("z", 100'000).position("z", "N", 10, 20);
    world run(made, resumes);
    run.tick({});
    EXPECT_EQ(run.row().flows.unpaid, 65) << "20 by closing at 1, 15 by the fund";
    run.tick({});
    EXPECT_EQ(run.row().flows.unpaid, 50);
    EXPECT_EQ(fund_of(run, "N"), 470);
    EXPECT_EQ(fund_of(run, "M"), 500);
  }
}

TEST(fund_by_instrument, of_an_isolated_unit_is_its_own_also_once_it_is_bare) {
  for (const bool resumes : {false, true}) {
    small_book made = two_funds("tick_limit = 20\n", "{ M = 500, N = 500 }");
    made.isolated("L", "N", 10, 1'000, 10);
    made.balance("S", 1'000).position("S", "N", -10, -1'000);
    world run(made, resumes);
    run.tick({}, {settled(1, 95)});
    EXPECT_EQ(run.row().flows.unpaid, 20);
    run.tick({});
    EXPECT_EQ(run.row().flows.unpaid, 0);
    EXPECT_EQ(fund_of(run, "N"), 460);
    EXPECT_EQ(fund_of(run, "M"), 500);
  }
}

// ----------------------------------------------------------------------------------------------- 16, 19: fees

TEST(fees, count_what_goes_to_fees_alone) {
  for (const bool to_fund : {false, true}) {
    small_book made(
        0, std::string("[liquidation]\nliquidation_fee = 0.002\nfee_to = \"") + (to_fund ? "fund" : "fees") + "\"\n");
    made.contract("M", 0, 0, 100, one_percent);
    made.balance("L", 5).position("L", "M", 10, 1'000);
    made.balance("S", 9'000).position("S", "M", -10, -1'000);
    book source = made.build();
    const executed done = execute_tick(source, make_fixed_market(100));
    EXPECT_EQ(done.outcome.flows.at(0).fees, to_fund ? 0 : 2);
    EXPECT_EQ(done.outcome.flows.at(0).surplus, 3);
    EXPECT_EQ(done.by->books().balance(system_account::fund, 0), to_fund ? 5 : 3);
    EXPECT_EQ(done.by->books().balance(system_account::fees, 0), to_fund ? 0 : 2);
  }
}

TEST(target_health, later_positions_are_untouched_once_it_is_met) {
  small_book made(
      0,
      "[liquidation]\nmode = \"target_health\"\ntarget_health = 1\nsurplus_to = \"account\"\nliquidation_fee = 0.02\n");
  made.contract("M", 0, 0, 100, {{0, 100'000, 200'000}}).contract("N", 0, 0, 100, {{0, 1'000, 200'000}});
  made.balance("L", 90).position("L", "M", -10, -1'000).position("L", "N", 10, 1'000);
  made.balance("S", 9'000).position("S", "M", 10, 1'000).position("S", "N", -10, -1'000);
  book source = made.build();
  const executed done = execute_tick(source, make_fixed_market(100));
  // 90 - 4 against 81.
  EXPECT_THAT(trades(done, source, ledger_step::liquidate), ElementsAre("L 2 200 -4 100"));
}

TEST(isolated_margin, returns_after_each_pass) {
  // Pass 1 closes L's isolated M and leaves 845 of its margin; T's N pushes N from 10000 to 9990. There L's cross unit
  // has 95 against an MM of 99.9, without the returned margin.
  small_book made(0, "[liquidation]\nsurplus_to = \"account\"\n[market]\ndepth = 1000000\npermanent = 1\n");
  made.contract("M", 0, 0, 10'000, one_percent).contract("N", 0, 0, 10'000, one_percent);
  made.isolated("L", "M", 10, 100'000, 900);
  made.balance("L", 105).position("L", "N", 1, 10'000);
  made.balance("T", 900).position("T", "N", 10, 100'000);
  made.balance("Z", 900'000).position("Z", "M", -10, -100'000).position("Z", "N", -11, -110'000);
  world run(made);
  run.tick({});
  EXPECT_EQ(run.mark_of("N"), 9'990);
  EXPECT_EQ(run.row().passes, 2U);
  EXPECT_EQ(run.balance("L"), 105 + 845);
  const book& now = run.run().state();
  EXPECT_EQ(now.positions.lots[position_of(now, "L", "N")], 1);
}

}  // namespace
}  // namespace plimsoll
