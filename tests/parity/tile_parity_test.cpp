// Tiles at their bounds: sums that just fit 64 bits, and rows and units one below, at and one above every size at which
// a pass is cut.
#include <bit>
#include <span>

#include "host/engine/moves.hpp"
#include "tests/parity/backends.hpp"
#include "tests/parity/hand_made_book.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::parity {
namespace {

constexpr std::int64_t limit = limits::money_steps_max;

class tile_parity : public testing::TestWithParam<contender> {
 protected:
  void SetUp() override {
    auto made = make(GetParam());
    if (made.machine == nullptr) { GTEST_SKIP() << "SKIPPED: " << made.missing; }
    machine_ = std::move(made.machine);
  }
  [[nodiscard]] bool on_cpu() const { return GetParam().kind == "cpu"; }

  /// Figures, states and ladders are those of sums in 128 bits, published and lean, judged and screened; with every
  /// third market held as well.
  void expect_sums(const book& source) {
    tick_prices prices = synthetic::make_tick(source);
    expect_sums(source, prices);
    for (std::size_t i = 0; i < prices.held.size(); i += 3) { prices.held[i] = 1; }
    expect_sums(source, prices);
  }
  void expect_sums(const book& source, const tick_prices& prices) {
    const auto naive = make_naive_backend();
    expect_ok(naive->load(source));
    expect_ok(machine_->load(source));
    margin_result got, wanted;
    for (const bool publish : {true, false}) {
      SCOPED_TRACE(publish ? "published" : "lean");
      expect_ok(naive->margin(prices, publish, wanted));
      expect_ok(machine_->margin(prices, publish, got));
      expect_same(got, wanted);
    }
    if (wanted.over_limit == no_id) { expect_ladder(source, *naive); }
    const move_groups groups = make_move_groups(source, prices);
    tick_judgement judged, right;
    expect_ok(naive->rebase(prices, groups, right));
    expect_ok(machine_->rebase(prices, groups, judged));
    expect_same(judged, right);
    if (right.over_limit != no_id) { return; }
    // Now the ranks use the stored equities, tile by tile.
    ASSERT_TRUE(machine_->screen(prices, moves_between(prices, prices, groups), judged).value());
    expect_same(judged, right);
    expect_ladder(source, *naive);
    expect_ok(machine_->judge(prices, judged));
    expect_same(judged, right);
  }

  void expect_ladder(const book& source, backend& naive) {
    if (!on_cpu() && source.sides.segments() > 140) { return; }  // A ladder each: seconds on the emulated device.
    rank_result got, wanted;
    expect_ok(naive.rank({}, wanted));
    expect_ok(machine_->rank({}, got));
    expect_same(got, wanted);
  }

  std::unique_ptr<backend> machine_;
};

/// Rates of all positions of a book, with the bits that their highest takes in whole parts, rounded up.
struct rates {
  std::uint32_t maintenance_ppm;
  std::uint32_t initial_ppm;
  int bits;
};
constexpr rates any_rates[] = {{0, 0, 0}, {400'000, 1'000'000, 1}, {0, 10'000'000, 4}, {10'000'000, 10'000'000, 4}};

/// Units with so many positions of one value each, a market a position.
class edge_book {
 public:
  edge_book(const rates& of, int positions) : rows_(of.maintenance_ppm, of.initial_ppm), positions_(positions) {}

  void unit(std::int64_t cash, std::int64_t value) {
    const std::uint32_t account = rows_.account(cash);
    // A market does not admit more than 2^61 lots: there each is worth 3 steps.
    const std::int64_t worth = magnitude(value) > (std::uint64_t{1} << 61) ? 3 : 1;
    for (int k = 0; k < positions_; ++k) { rows_.position(account, rows_.market(worth), value / worth, 0); }
  }
  void small_unit() { rows_.position(rows_.account(1'000), rows_.market(7), 5, 20); }
  book assemble() { return rows_.assemble(); }

 private:
  hand_made_book rows_;
  int positions_;
};

TEST_P(tile_parity, sums_at_the_edge_of_what_64_bits_are_proven_to_hold) {
  for (const rates& of : any_rates) {
    for (const int position_bits : {1, 2, 4}) {
      const int positions = (1 << position_bits) - 1;
      // The proof requires that the bits of values, positions and rates be at most 61 together.
      for (int bits = 59; bits <= 65; ++bits) {
        const int value_bits = bits - position_bits - of.bits;
        if (value_bits > 62) { continue; }
        if (!on_cpu() && (bits < 61 || bits > 63 || position_bits == 2)) { continue; }  // Sums in 128 bits in any case.
        const std::int64_t value = (std::int64_t{1} << value_bits) - 1;
        const auto sum = static_cast<int128>(value) * positions;
        for (const std::int64_t sign : {1, -1}) {
          SCOPED_TRACE(testing::Message() << "rates " << of.maintenance_ppm << " and " << of.initial_ppm << ", "
                                          << positions << " positions, " << bits << " bits, sign " << sign);
          edge_book within(of, positions);
          within.small_unit();
          within.unit(0, sign * value);
          within.unit(-sign * limit, sign * value);
          if (sum < 2 * static_cast<int128>(limit)) {  // Equity is at the limit itself.
            within.unit(static_cast<std::int64_t>(sign * (limit - sum)), sign * value);
          }
          within.small_unit();
          expect_sums(within.assemble());
          for (const std::int64_t beyond : {std::int64_t{1}, static_cast<std::int64_t>(std::min<int128>(sum, limit))}) {
            if (sum - beyond >= 2 * static_cast<int128>(limit)) { continue; }
            edge_book over(of, positions);
            over.small_unit();
            over.unit(static_cast<std::int64_t>(sign * (limit - sum + beyond)), sign * value);
            expect_sums(over.assemble());
          }
        }
      }
    }
  }
}

TEST_P(tile_parity, requirements_one_step_around_the_limit) {
  // IM of 2^62 steps and a few more or less, in one position and in several; a lean pass has only a bound of it.
  for (const std::uint32_t initial_ppm : {1'000'000U, 2'000'000U, 8'000'000U}) {
    for (const int positions : {1, 2, 4}) {
      for (const std::int64_t beyond : {-1, 0, 1, 2}) {
        for (const bool maintenance : {false, true}) {
          SCOPED_TRACE(testing::Message() << initial_ppm << " ppm, " << positions << " positions, " << beyond);
          const std::int64_t value = limit / positions / (initial_ppm / 1'000'000);
          const std::int64_t worth = value == limit ? 2 : 1;  // A market does not admit more than 2^61 lots.
          hand_made_book rows(maintenance ? initial_ppm : 0, initial_ppm);
          const std::uint32_t account = rows.account(0);
          for (int k = 0; k < positions; ++k) {
            rows.position(account, rows.market(worth), value / worth - (k == 0 && beyond < 0 ? 1 : 0), value);
          }
          if (beyond > 0) { rows.position(account, rows.market(1), beyond, 0); }
          expect_sums(rows.assemble());
        }
      }
    }
  }
}

TEST_P(tile_parity, running_sums_that_wrap_around) {
  // A tile whose units are each within the proof, and together worth many times 2^64.
  for (const std::int64_t sign : {1, -1}) {
    edge_book rows({0, 0, 0}, 1);
    for (int unit = 0; unit < 200; ++unit) { rows.unit(unit, sign * ((std::int64_t{1} << 60) - 1)); }
    expect_sums(rows.assemble());
  }
}

TEST_P(tile_parity, one_unit_in_a_tile_that_64_bits_do_not_hold) {
  // First, last or in the middle; on one side, on both, so that its sum is small: its neighbours are right as well.
  for (const int place : {0, 5, 9}) {
    for (const bool both_sides : {false, true}) {
      hand_made_book rows(100, 200);
      for (int unit = 0; unit < 10; ++unit) {
        const std::uint32_t account = rows.account(unit * 1'000);
        const std::int64_t lots = unit == place ? limit / 4 : 3 + unit;
        for (int k = 0; k < 4; ++k) {
          rows.position(account, rows.market(4), both_sides && k >= 2 ? -lots : (k < 2 || unit != place ? lots : 1), 7);
        }
      }
      expect_sums(rows.assemble());
    }
  }
}

// ------------------------------------------------------------------------------------------ one below, at, one above

/// A book whose units have these many positions, on both sides of as many markets as it takes.
book rows_of(const std::vector<std::uint32_t>& lengths) {
  hand_made_book rows(100'000, 200'000);
  std::vector<std::uint16_t> markets;
  for (std::uint32_t unit = 0; unit < lengths.size(); ++unit) {
    const std::uint32_t account = rows.account(unit % 5 == 4 ? -1 : static_cast<std::int64_t>(lengths[unit] * 40 + 9));
    for (std::uint32_t k = 0; k < lengths[unit]; ++k) {
      const std::uint32_t at = k / 2 + (lengths[unit] == 1 ? unit % 3 : 0);
      while (markets.size() <= at) {
        markets.push_back(rows.market(static_cast<std::int64_t>(90 + markets.size() % 40)));
      }
      const auto lots = static_cast<std::int64_t>(1 + (unit + k) % 7);
      const bool is_long = (k + (lengths[unit] == 1 ? unit : 0)) % 2 == 0;
      rows.position(account, markets[at], is_long ? lots : -lots, is_long ? lots * 100 : -lots * 101);
    }
  }
  return rows.assemble();
}

std::vector<std::uint32_t> beside(std::initializer_list<std::uint32_t> sizes) {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t size : sizes) { out.insert(out.end(), {size - 1, size, size + 1}); }
  return out;
}

TEST_P(tile_parity, units_around_every_bound) {
  // 64 share a least radius; 255 verdicts are counted in bytes; 256 and 512 are a tile.
  for (const std::uint32_t units : beside({64, 128, 255, 256, 511, 512, 767, 1'024})) {
    SCOPED_TRACE(units);
    expect_sums(rows_of(std::vector<std::uint32_t>(units, 1)));
    std::vector<std::uint32_t> mixed(units, 0);  // Mostly without positions, so that units end a tile.
    for (std::uint32_t unit = 0; unit < units; unit += 3) { mixed[unit] = 1; }
    expect_sums(rows_of(mixed));
  }
}

TEST_P(tile_parity, one_unit_unlike_all_others) {
  // The last one of a block of radii, of a tile, or of the book is the only one that no move rules out, so a loop that
  // stops too early misses it. All others have one verdict, more of them than a byte counts.
  for (const std::uint32_t units : beside({64, 128, 256, 512, 768})) {
    for (const std::uint32_t unsafe : {units - 1, 63U, units}) {  // The last: no unit.
      if (unsafe > units) { continue; }
      SCOPED_TRACE(testing::Message() << units << " units, " << unsafe);
      hand_made_book rows;
      const std::uint16_t market = rows.market(100);
      for (std::uint32_t unit = 0; unit < units; ++unit) {
        rows.position(rows.account(unit == unsafe ? -1 : 1'000'000), market, unit % 2 == 0 ? 3 : -3,
                      unit % 2 == 0 ? 300 : -300);
      }
      expect_sums(rows.assemble());
    }
  }
}

TEST_P(tile_parity, rows_around_every_bound) {
  // A row alone, at the end of a tile, and before a short one: 8 lanes, 32, a long unit's 128, a block's 256, a tile's
  // 512 on a CPU, a cut of 960 and a tile of 1,024 on a device.
  for (const std::uint32_t length : beside({8, 32, 128, 256, 512, 960, 1'024})) {
    SCOPED_TRACE(length);
    expect_sums(rows_of({length}));
    expect_sums(rows_of({2, length, 2}));
    expect_sums(rows_of({length / 2, length - length / 2}));  // Two that fill a tile together.
  }
}

TEST_P(tile_parity, tiles_filled_by_short_rows) {
  for (const std::uint32_t positions : beside({512, 960, 1'024, 1'536})) {
    SCOPED_TRACE(positions);
    for (const std::uint32_t length : {4U, 8U}) {  // A device's tile is full of units, or of positions.
      std::vector<std::uint32_t> lengths(positions / length, length);
      if (positions % length != 0) { lengths.push_back(positions % length); }
      expect_sums(rows_of(lengths));
      lengths.insert(lengths.begin() + 3, 0);
      lengths.push_back(0);
      expect_sums(rows_of(lengths));
    }
  }
}

TEST_P(tile_parity, long_rows_around_every_part) {
  for (const std::uint32_t length : beside({4'096, 8'192})) {
    SCOPED_TRACE(length);
    expect_sums(rows_of({3, length, 1}));
  }
  if (!on_cpu()) { return; }
  for (const std::uint32_t length : beside({16'384})) {  // The elements that one thread sums at a time.
    SCOPED_TRACE(length);
    expect_sums(rows_of({length, 3}));
  }
}

TEST_P(tile_parity, many_units_around_every_task) {
  if (!on_cpu()) { GTEST_SKIP() << "SKIPPED: how a device's threads share units is another"; }
  // A task of a rebase, and of a search.
  for (const std::uint32_t units : beside({16'384, 131'072})) {
    SCOPED_TRACE(units);
    std::vector<std::uint32_t> lengths(units, 0);
    for (std::uint32_t unit = units - 200; unit < units; ++unit) { lengths[unit] = 1; }
    expect_sums(rows_of(lengths));
  }
}

INSTANTIATE_TEST_SUITE_P(backends, tile_parity, testing::ValuesIn(contenders()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace plimsoll::parity
