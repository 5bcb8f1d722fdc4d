// Marks that are refused leave no trace, and the admitted marks are those that a new load of the same state admits, for
// any earlier largest sizes.
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/engine/tick_engine.hpp"
#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

using testing::draft;

/// One lot at one tick is one step of value, so that a mark of p ticks admits |size| x p <= 2^62.
draft unit_book() {
  return draft()
      .with("assets.csv", "asset,step\nUSDT,1\nBTC,1\n")
      .with("instruments.csv",
            "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
            "A,linear,BTC,USDT,1,1,1,T\nB,linear,BTC,USDT,1,1,1,T\nI,inverse,BTC,BTC,1,1,1,C\n")
      .with("tiers.csv",
            "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.004,0.01\nT,50000,0.005,0.02\nC,0,0.004,0.01\n")
      .with("balances.csv",
            "account,asset,amount\nalice,USDT,4000000\nbob,USDT,900000000\ncarol,USDT,70\ndora,BTC,500\n")
      .with(
          "positions.csv",
          "account,instrument,size,entry_price\nalice,A,1000000,900\nbob,A,-1000000,900\ncarol,B,5,100\nbob,B,-5,100\n"
          "dora,I,3000,10\n")
      .with("marks.csv", "instrument,mark,as_of\nA,900,2025-03-01T12:00:00Z\nB,100,\nI,10,\n");
}

class admission : public ::testing::Test {
 protected:
  admission() : engine_(make_cpu_backend(1), {}), twin_(make_cpu_backend(1), {}) {
    testing::loaded got = testing::load(unit_book());
    EXPECT_TRUE(got.outcome.has_value()) << got.text();
    a_ = 0;
    EXPECT_TRUE(engine_.load(book(got.outcome.value())));
    EXPECT_TRUE(twin_.load(std::move(got.outcome).value()));
  }

  static update fill(const char* account, std::uint32_t instrument, std::int64_t lots, std::int64_t price) {
    update out;
    out.kind = update_kind::fill;
    out.account = account;
    out.instrument = instrument;
    out.lots = {lots};
    out.price = {price, 0};
    return out;
  }
  static void apply(tick_engine& to, const update& one) {
    const auto done = to.apply(std::span(&one, 1));
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }

  /// True if the present book admits the mark. A separate engine decides, so that no trace is left.
  [[nodiscard]] bool fresh_takes(std::uint32_t instrument, std::int64_t ticks) const {
    tick_engine fresh(make_cpu_backend(1), {});
    EXPECT_TRUE(fresh.load(engine_.snapshot()));
    return takes(fresh, instrument, ticks);
  }
  static bool takes(tick_engine& engine, std::uint32_t instrument, std::int64_t ticks) {
    const mark_update one{instrument, {ticks}};
    tick_result out;
    const status outcome = engine.tick(std::span(&one, 1), out);
    if (!outcome) { EXPECT_EQ(outcome.error().code, error_code::bad_data); }
    return static_cast<bool>(outcome);
  }
  /// The largest admitted mark by |size| x p <= 2^62: taken, and a tick more is refused; live and fresh alike. The mark
  /// is then `back` again.
  void expect_bound(std::int64_t largest, std::int64_t back) {
    const std::int64_t bound = (std::int64_t{1} << 62) / largest;
    for (const std::int64_t ticks : {bound - 1, bound, bound + 1, bound + 2, 2 * bound}) {
      if (ticks > (std::int64_t{1} << 40)) { continue; }
      EXPECT_EQ(fresh_takes(a_, ticks), ticks <= bound) << largest << " lots at " << ticks;
      EXPECT_EQ(takes(engine_, a_, ticks), ticks <= bound) << largest << " lots at " << ticks;
      EXPECT_TRUE(takes(engine_, a_, back));
    }
  }

  static std::string text_of(const book& at) {
    std::string out;
    const auto add = [&](auto... values) { ((out += std::to_string(values) + " "), ...); };
    for (std::size_t unit = 0; unit < at.units.size(); ++unit) {
      out += std::string(at.accounts[at.units.account[unit]]) + at.unit_name(at.units.code[unit]) + " ";
      add(at.units.balance[unit], at.units.cash[unit]);
    }
    for (std::size_t row = 0; row < at.positions.size(); ++row) {
      add(at.positions.unit[row], at.positions.instrument[row], at.positions.lots[row], at.positions.cost[row]);
    }
    for (const std::uint64_t one : at.sides.lots) { add(one); }
    for (const std::uint64_t one : at.sides.lots_max) { add(one); }
    for (const mark& one : at.marks) { add(one.ticks, one.as_of_ns.value_or(-1)); }
    for (const tier_band& one : at.reference.bands) { add(one.floor, one.maintenance_ppm, one.initial_ppm); }
    for (const instrument& one : at.reference.instruments) { out += one.name + " "; }
    return out;
  }
  static std::string text_of(const tick_result& tick) {
    std::string out = std::to_string(tick.sequence) + " " + std::to_string(tick.updates) + " " +
                      std::to_string(tick.units) + " " + std::to_string(tick.held) + " " +
                      std::to_string(tick.tick_digest) + " " + std::to_string(tick.held_instruments) + " " +
                      std::to_string(tick.newest_mark_ns.value_or(-1)) + "\n";
    for (const std::uint64_t count : tick.counts) { out += std::to_string(count) + " "; }
    for (const flagged_unit& one : tick.flagged) {
      out += std::string(one.account) + std::string(one.unit) + std::to_string(one.equity.raw) + " " +
             std::to_string(one.maintenance.raw) + " ";
    }
    for (const cover_line& one : tick.cover) { out += std::string(one.winner) + format_units(one.value.raw, 0) + " "; }
    for (const asset_total& one : tick.totals) { out += format_units(one.balances.raw, 0) + " "; }
    return out;
  }
  /// Both engines at these marks: state, result, and the path of the result.
  void expect_twins(std::span<const mark_update> marks) {
    tick_result mine, its;
    ASSERT_TRUE(engine_.tick(marks, mine));
    ASSERT_TRUE(twin_.tick(marks, its));
    EXPECT_EQ(text_of(mine), text_of(its));
    EXPECT_EQ(text_of(engine_.snapshot()), text_of(twin_.snapshot()));
    EXPECT_EQ(mine.screened, its.screened) << mine.full_because << " | " << its.full_because;
    EXPECT_EQ(mine.evaluated, its.evaluated);
  }

  tick_engine engine_, twin_;
  std::uint32_t a_ = no_id;
};

TEST_F(admission, is_that_of_a_fresh_load_as_sizes_shrink_and_grow) {
  constexpr std::int64_t price = 900, large = std::int64_t{1} << 50, middle = std::int64_t{1} << 46;
  // Two large ones of one size on the long side, a smaller one, and the market on the other.
  apply(engine_, fill("alice", a_, large - 1'000'000, price));
  expect_bound(large, price);
  apply(engine_, fill("erin", a_, large, price));
  expect_bound(large, price);
  apply(engine_, fill("alice", a_, -5, price));  // One of two: the other is still there.
  expect_bound(large, price);
  apply(engine_, fill("erin", a_, -7, price));  // Now neither: the largest is alice's.
  expect_bound(large - 5, price);
  apply(engine_, fill("alice", a_, -(large - 5), price));  // Closed.
  expect_bound(large - 7, price);
  apply(engine_, fill("erin", a_, -(large - 7) + middle, price));  // Reduced.
  expect_bound(middle, price);
  apply(engine_, fill("frank", a_, -3 * middle, price));  // A short is larger now.
  expect_bound(3 * middle, price);
  apply(engine_, fill("frank", a_, 5 * middle, price));  // From short to long.
  expect_bound(2 * middle, price);
  apply(engine_, fill("frank", a_, -2 * middle, price));
  apply(engine_, fill("erin", a_, -middle, price));  // The only large account left is bob, short by a million.
  EXPECT_EQ(fresh_takes(a_, std::int64_t{1} << 40), takes(engine_, a_, std::int64_t{1} << 40));
  EXPECT_TRUE(takes(engine_, a_, price));
  apply(engine_, fill("alice", a_, large, price));  // And up again.
  expect_bound(large, price);
}

TEST_F(admission, of_a_spot_mark_follows_the_largest_balance_of_its_asset) {
  draft source = unit_book();
  source.with("venue.toml", "name = \"m\"\nquote = \"USDT\"\ncollateral = \"multi\"\n")
      .with("instruments.csv",
            "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\nS,spot,BTC,USDT,,1,,\n")
      .with("balances.csv", "account,asset,amount\nalice,BTC,50\nbob,BTC,-20\n")
      .with("marks.csv", "instrument,mark\nS,900\n");
  source.with("tiers.csv", "tier_table,floor,maintenance_rate,initial_rate\n")
      .with("positions.csv", "account,instrument,size,entry_price\n");
  testing::loaded got = testing::load(source);
  ASSERT_TRUE(got.outcome.has_value()) << got.text();
  ASSERT_TRUE(engine_.load(std::move(got.outcome).value()));
  const auto move = [&](update_kind kind, const char* account, std::int64_t amount) {
    update one;
    one.kind = kind;
    one.account = account;
    one.asset = 0;
    one.amount = {amount};
    apply(engine_, one);
  };
  constexpr std::int64_t large = std::int64_t{1} << 45;
  move(update_kind::deposit, "alice", large - 50);
  expect_bound(large, 900);
  move(update_kind::withdraw, "bob", 3 * large - 20);  // A debt is as large as the holding.
  expect_bound(3 * large, 900);
  move(update_kind::deposit, "bob", large);
  expect_bound(2 * large, 900);
  move(update_kind::deposit, "bob", 2 * large);
  expect_bound(large, 900);
  move(update_kind::withdraw, "alice", large / 2);
  expect_bound(large / 2, 900);
  move(update_kind::deposit, "carol", large);
  expect_bound(large, 900);
}

TEST_F(admission, refused_marks_are_as_if_they_had_never_been_sent) {
  constexpr std::int64_t large = std::int64_t{1} << 50, bound = std::int64_t{1} << 12;
  for (tick_engine* each : {&engine_, &twin_}) {
    apply(*each, fill("grace", a_, large, 900));
    apply(*each, fill("heidi", a_, -large, 900));
  }
  const std::int64_t later = 1'740'830'400'000'000'000;
  const std::vector<std::vector<mark_update>> refused = {
      {{a_, {bound + 1}}},
      {{1, {101}, later}, {2, {11}, later}, {a_, {bound + 1}, later}},
      {{a_, {901}}, {a_, {-1}}},
      {{1, {95}}, {7, {100}}},
      {{1, {-1}}},
      {{1, {(std::int64_t{1} << 40) + 1}}},
      {{no_id, {100}}},
      {{1, {50}, later}, {2, {-1}}},
  };
  const std::vector<std::vector<mark_update>> taken = {
      {}, {{1, {101}}}, {{a_, {899}}, {2, {9}}},   {{a_, {895}, later}},
      {}, {{1, {60}}},  {{a_, {900}}, {1, {100}}}, {{a_, {bound}}},
      {}};
  for (const auto& marks : taken) {
    const std::string before = text_of(engine_.snapshot());
    for (const auto& bad : refused) {
      tick_result out;
      const status outcome = engine_.tick(bad, out, later + 1);
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, error_code::bad_data) << outcome.error().message;
      EXPECT_EQ(text_of(engine_.snapshot()), before);
    }
    expect_twins(marks);
  }
}

TEST_F(admission, refused_reference_data_and_updates_are_as_if_they_had_never_been_sent) {
  const auto refuse_all = [&] {
    const std::string before = text_of(engine_.snapshot());
    const auto revised = [&](const std::function<void(reference_data&)>& deed) {
      reference_data next = engine_.snapshot().reference;
      deed(next);
      EXPECT_FALSE(engine_.revise(std::move(next)).has_value());
      EXPECT_EQ(text_of(engine_.snapshot()), before);
    };
    revised([](reference_data& next) { next.instruments.pop_back(); });
    revised([](reference_data& next) { next.instruments[1].price_step = {2, 0}; });
    revised([](reference_data& next) { next.instruments[0].kind = instrument_kind::inverse; });
    revised([](reference_data& next) { next.assets[0].digits = 3; });
    revised([](reference_data& next) { next.venue.quote = "BTC"; });
    for (const update& bad : {fill("alice", 9, 1, 900), fill("", a_, 1, 900), fill("alice", a_, 0, 900),
                              fill("alice", a_, (std::int64_t{1} << 61) + 1, 900)}) {
      EXPECT_FALSE(engine_.apply(std::span(&bad, 1)).has_value());
      EXPECT_EQ(text_of(engine_.snapshot()), before);
    }
  };
  for (const std::vector<mark_update>& marks : std::vector<std::vector<mark_update>>{
           {}, {{1, {101}}}, {{a_, {890}}}, {{1, {40}}}, {{1, {100}}, {a_, {900}}}, {}}) {
    refuse_all();
    expect_twins(marks);
  }
}

}  // namespace
}  // namespace plimsoll
