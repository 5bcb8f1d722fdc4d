// The emulated device's backend against the naive one, over books that meet every kernel's edges, in every schedule.
#include "host/backend/device_backend.hpp"
#include "tests/emulator/support.hpp"
#include "tests/support/naive_backend.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::emulated {
namespace {

using synthetic::make_book;
using synthetic::make_tick;
using synthetic::spec;

std::unique_ptr<backend> emulated_backend() {
  auto made = make_emulated_backend();
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? std::move(made).value() : nullptr;
}

void expect_ok(const status& outcome) { EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message); }

std::vector<std::uint8_t> bytes_of(const std::vector<verdict>& verdicts) {
  std::vector<std::uint8_t> bytes;
  for (const verdict each : verdicts) { bytes.push_back(each.bits); }
  return bytes;
}

void expect_equal(const margin_result& got, const margin_result& wanted, bool published) {
  EXPECT_EQ(bytes_of(got.units.verdicts), bytes_of(wanted.units.verdicts));
  EXPECT_EQ(got.flagged, wanted.flagged);
  for (int state = 0; state < 4; ++state) { EXPECT_EQ(got.counts[state], wanted.counts[state]) << "state " << state; }
  EXPECT_EQ(got.held, wanted.held);
  EXPECT_EQ(got.over_limit, wanted.over_limit);
  EXPECT_EQ(got.units.equity.size(), published ? wanted.units.verdicts.size() : 0);
  EXPECT_EQ(got.units.equity, wanted.units.equity);
  EXPECT_EQ(got.units.margin_equity, wanted.units.margin_equity);
  EXPECT_TRUE(got.units.maintenance_ppm == wanted.units.maintenance_ppm);
  EXPECT_TRUE(got.units.initial_ppm == wanted.units.initial_ppm);
}

void expect_equal(const rank_result& got, const rank_result& wanted) {
  EXPECT_EQ(got.keys, wanted.keys);
  EXPECT_EQ(got.lights, wanted.lights);
  EXPECT_EQ(got.totals, wanted.totals);
  EXPECT_EQ(got.first_entry, wanted.first_entry);
  ASSERT_EQ(got.entries.size(), wanted.entries.size());
  for (std::size_t i = 0; i < got.entries.size(); ++i) {
    ASSERT_EQ(got.entries[i].position, wanted.entries[i].position) << "entry " << i;
    ASSERT_EQ(got.entries[i].key, wanted.entries[i].key) << "entry " << i;
  }
}

/// Demands that end at the first entry, at the last, at the lots of a ladder and beside them, and in between.
std::vector<cover_demand> demands_on(const std::vector<std::uint64_t>& totals, std::uint64_t seed) {
  std::vector<cover_demand> demands;
  for (std::uint32_t segment = 0; segment < totals.size(); ++segment) {
    const std::uint64_t total = totals[segment];
    const std::uint64_t choice = mixed(seed * 1'000'003 + segment);
    switch (choice % 8) {
      case 0: break;
      case 1: demands.push_back({segment, 1}); break;
      case 2: demands.push_back({segment, total + 1}); break;
      case 3:
        if (total != 0) { demands.push_back({segment, total}); }
        break;
      case 4: demands.push_back({segment, std::uint64_t{1} << 62}); break;
      default: demands.push_back({segment, 1 + choice / 8 % (total / 3 + 1)}); break;
    }
  }
  return demands;
}

void compare_ranks(backend& device, backend& naive, std::uint64_t seed) {
  rank_result got;
  rank_result wanted;
  const auto both = [&](const rank_request& request) {
    expect_ok(device.rank(request, got));
    expect_ok(naive.rank(request, wanted));
    expect_equal(got, wanted);
  };
  both({.lights = true});
  const std::vector<cover_demand> demands = demands_on(wanted.totals, seed);
  both({.lights = true, .demands = demands});
  both({.lights = false, .demands = demands});
  if (!demands.empty()) { both({.lights = false, .demands = std::span(demands).first(1)}); }
  both({.lights = true, .full_ladder = true, .demands = demands});
  both({.lights = false, .full_ladder = true});
}

/// Margin lean and published, then every kind of rank, over a tick with small moves and a crash.
void compare(const book& source, std::uint64_t seed) {
  const auto device = emulated_backend();
  ASSERT_NE(device, nullptr);
  const auto naive = make_naive_backend();
  expect_ok(device->load(source));
  expect_ok(naive->load(source));
  margin_result got;
  margin_result wanted;
  for (const double move : {-0.2, 0.0}) {
    if (slow_build && move == 0) { break; }  // The same kernels, minutes longer.
    const tick_prices prices = make_tick(source, move);
    for (const bool publish : {true, false}) {
      expect_ok(device->margin(prices, publish, got));
      expect_ok(naive->margin(prices, publish, wanted));
      expect_equal(got, wanted, publish);
    }
    compare_ranks(*device, *naive, seed);
  }
}

class kernel_backend : public scheduled_test {};

TEST_P(kernel_backend, no_book_at_all) {
  spec none;
  none.accounts = 0;
  none.market_maker = false;
  compare(make_book(none), 1);
}

TEST_P(kernel_backend, units_around_warps_blocks_and_tiles) {
  for (const std::uint32_t units : {1U, 2U, 31U, 32U, 33U, 255U, 256U, 257U, 1023U, 1024U, 1025U}) {
    SCOPED_TRACE(units);
    if (slow_build && units % 32 != 1) { continue; }
    spec wanted = synthetic::one_unit_an_account(units, units);
    wanted.instruments = 7;
    compare(make_book(wanted), units);
  }
}

TEST_P(kernel_backend, every_score) {
  for (const score_traits& row : all_scores) {
    const score_kind score = row.kind;
    for (const collateral_mode mode : {collateral_mode::single, collateral_mode::multi}) {
      SCOPED_TRACE(std::string(to_string(score)) + " " + to_string(mode));
      if (slow_build && (score != score_kind::binance) != (mode == collateral_mode::single)) { continue; }
      spec wanted;
      wanted.accounts = sized(400);
      wanted.instruments = 12;
      wanted.score = score;
      wanted.collateral = mode;
      wanted.seed = 3 + static_cast<std::uint64_t>(score);
      compare(make_book(wanted), wanted.seed);
    }
  }
}

TEST_P(kernel_backend, long_sides_of_few_instruments) {
  spec wanted;  // Segments of several tiles, and of one.
  wanted.accounts = sized(14'000);
  wanted.positions_per_account = 2;
  wanted.instruments = 3;
  wanted.seed = 17;
  compare(make_book(wanted), 17);
}

TEST_P(kernel_backend, every_key_equal) {
  spec wanted;
  wanted.accounts = sized(12'000);
  wanted.positions_per_account = 2;
  wanted.instruments = 2;
  wanted.flat_share = 1;
  wanted.seed = 5;
  compare(make_book(wanted), 5);
}

TEST_P(kernel_backend, long_units_and_many_instruments) {
  spec wanted;  // The market maker holds both sides of each: too long for a tile. Tables too long for shared memory.
  wanted.accounts = sized(500);
  wanted.instruments = 200;
  wanted.isolated_share = 0;
  wanted.seed = 23;
  compare(make_book(wanted), 23);
}

INSTANTIATE_TEST_SUITE_P(schedules, kernel_backend, ::testing::ValuesIn(every_schedule),
                         [](const auto& each) { return name_of(each.param); });

TEST_F(device_test, kernel_backend_answers_usage_without_a_tick) {
  const auto device = emulated_backend();
  margin_result margin;
  rank_result rank;
  EXPECT_EQ(device->margin({}, false, margin).error().code, error_code::usage);
  EXPECT_EQ(device->rank({}, rank).error().code, error_code::usage);
  const book source = make_book(synthetic::one_unit_an_account(10, 1));
  expect_ok(device->load(source));
  EXPECT_EQ(device->rank({}, rank).error().code, error_code::usage);
  expect_ok(device->margin(make_tick(source), false, margin));
  expect_ok(device->rank({}, rank));
  const cover_demand twice[] = {{1, 5}, {1, 5}};
  EXPECT_EQ(device->rank({.demands = twice}, rank).error().code, error_code::usage);
  const cover_demand beyond[] = {{static_cast<std::uint32_t>(source.sides.segments()), 5}};
  EXPECT_EQ(device->rank({.demands = beyond}, rank).error().code, error_code::usage);
  expect_ok(device->rank({}, rank));  // A refused question leaves the tick as it was.
}

TEST_F(device_test, kernel_backend_names_its_stages) {
  const auto device = emulated_backend();
  const book source = make_book(synthetic::one_unit_an_account(100, 1));
  margin_result margin;
  rank_result rank;
  expect_ok(device->load(source));
  expect_ok(device->margin(make_tick(source), false, margin));
  expect_ok(device->rank({.full_ladder = true}, rank));
  const auto names = [&] {
    std::vector<std::string> all;
    for (const stage_time& each : device->times()) { all.push_back(each.stage); }
    return all;
  };
  const std::vector<std::string> wanted{"load",   "upload", "margin", "compact", "download",
                                        "inputs", "scores", "lights", "sort",    "download"};
  EXPECT_EQ(names(), wanted);
  expect_ok(device->rank({.full_ladder = true}, rank));
  EXPECT_EQ(names().size(), wanted.size() - 1);  // The score inputs are still there.
  for (const stage_time& each : device->times()) { EXPECT_GE(each.seconds, 0) << each.stage; }
}

}  // namespace
}  // namespace plimsoll::emulated
