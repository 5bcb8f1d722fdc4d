// The margin pass's own kernels at the edges of their tiles: cutting units, summing rows, compacting flags.
#include <algorithm>
#include <map>

#include "host/backend/device_backend.hpp"
#include "kernels/scan/compact_flagged.hpp"
#include "kernels/scan/scan_units.hpp"
#include "kernels/scan/unit_tiles.hpp"
#include "tests/emulator/support.hpp"

namespace plimsoll::emulated {
namespace {

// ---------------------------------------------------------------------------------------------------- the cut

/// First positions of units with these lengths.
std::vector<std::uint32_t> offsets_of(const std::vector<std::uint32_t>& lengths) {
  std::vector<std::uint32_t> first{0};
  for (const std::uint32_t length : lengths) { first.push_back(first.back() + length); }
  return first;
}

void expect_whole(const std::vector<std::uint32_t>& lengths) {
  const auto first = offsets_of(lengths);
  const unit_cut cut = cut_units(first);
  std::map<std::uint32_t, int> seen;
  for (const unit_tile tile : cut.tiles) {
    EXPECT_GE(tile.unit_count, 1u);
    EXPECT_LE(tile.unit_count, tile_policy::tile_units);
    EXPECT_LE(first[tile.first_unit + tile.unit_count] - first[tile.first_unit], tile_policy::tile_positions);
    for (std::uint32_t unit = 0; unit < tile.unit_count; ++unit) {
      EXPECT_LE(lengths[tile.first_unit + unit], tile_policy::unit_positions);
      ++seen[tile.first_unit + unit];
    }
  }
  for (const std::uint32_t long_unit : cut.long_units) {
    EXPECT_GT(lengths[long_unit], tile_policy::unit_positions);
    ++seen[long_unit];
  }
  EXPECT_EQ(seen.size(), lengths.size());
  for (const auto& [unit, times] : seen) { EXPECT_EQ(times, 1) << "unit " << unit; }
}

TEST(unit_tiles, every_unit_once_at_every_edge) {
  expect_whole({});
  expect_whole({0});
  expect_whole({128});
  expect_whole({129});
  expect_whole({129, 129});
  expect_whole({0, 129, 0, 0, 130, 1});
  for (const std::uint32_t units : {255U, 256U, 257U, 512U, 513U}) {
    expect_whole(std::vector<std::uint32_t>(units, 0));
  }
  for (const std::uint32_t length : {1U, 4U, 5U, 127U, 128U}) {
    expect_whole(std::vector<std::uint32_t>(1'000, length));
  }
  std::vector<std::uint32_t> any(5'000);
  for (std::size_t i = 0; i < any.size(); ++i) {
    any[i] = static_cast<std::uint32_t>(mixed(i) % (i % 50 == 0 ? 400 : 7));
  }
  expect_whole(any);
}

// ---------------------------------------------------------------------------------------------------- the pass

/// A margin pass over columns made here, without a backend.
struct pass {
  std::vector<std::uint16_t> instrument;
  std::vector<std::int64_t> lots;
  std::vector<std::uint32_t> first_position{0};
  std::vector<std::int64_t> cash;
  std::vector<instrument_row> rows;
  std::vector<tier_band> bands;
  std::uint32_t call_ppm = 1'250'000;

  void unit(std::int64_t with_cash, const std::vector<std::pair<std::uint16_t, std::int64_t>>& positions) {
    for (const auto& [id, size] : positions) {
      instrument.push_back(id);
      lots.push_back(size);
    }
    first_position.push_back(static_cast<std::uint32_t>(lots.size()));
    cash.push_back(with_cash);
  }
};

/// Instruments with one band, three bands, a divided rate, an inverse rate and a stale mark.
pass with_instruments() {
  pass of;
  of.bands = {{0, 5'000, 10'000, 0}, {0, 4'000, 8'000, 0}};
  of.bands.push_back({1'000'000, 10'000, 20'000, next_amount(of.bands[1], 1'000'000, 10'000)});
  of.bands.push_back({50'000'000, 25'000, 50'000, next_amount(of.bands[2], 50'000'000, 25'000)});
  const auto row = [&](value_rate rate, std::uint32_t first, std::uint32_t count, std::uint32_t held) {
    instrument_row made;
    made.rate = rate;
    made.first_band = first;
    made.band_count = count;
    made.second_floor = count > 1 ? of.bands[first + 1].floor : ~std::uint64_t{0};
    made.first_rate_ppm = of.bands[first].maintenance_ppm;
    made.held = static_cast<std::uint8_t>(held);
    set_common(made);
    of.rows.push_back(made);
  };
  row(make_value_rate(977, 1, false), 0, 1, 0);
  row(make_value_rate(31'337, 1, false), 1, 3, 0);
  row(make_value_rate(10'007, 13, false), 1, 3, 0);
  row(make_value_rate(99'991, 7, true), 0, 1, 0);
  row(make_value_rate(5, 1, false), 0, 1, 1);
  return of;
}

struct pass_answer {
  scan_header header;
  std::vector<std::uint8_t> verdicts;
  std::vector<std::int64_t> equity;
  std::vector<uint128> maintenance;
  std::vector<uint128> initial;
  std::vector<std::int64_t> score_inputs;
};

template <class T>
device_buffer<T> resident_copy(const std::vector<T>& from, const stream& on) {
  auto made = device_buffer<T>::make(from.size()).value();
  EXPECT_TRUE(copy_to_device(made.view(), std::span<const T>(from), on));
  return made;
}

template <class T>
std::vector<T> host_copy(const device_buffer<T>& from, const stream& on) {
  std::vector<T> out(from.count());
  EXPECT_TRUE(copy_to_host(std::span<T>(out), from.view(), on));
  EXPECT_TRUE(on.synchronize());
  return out;
}

/// Buffers of results, filled so that outputs of a pass are recognised: not every depth writes all of them.
template <class T>
device_buffer<T> result_buffer(std::size_t count, const stream& on) {
  auto made = device_buffer<T>::make(count).value();
  EXPECT_TRUE(fill_bytes(made.view(), 0xCD, on));
  return made;
}

/// How a pass comes to a unit's verdict: by narrow sums where they are proven, or always from its positions.
enum class way : std::uint8_t { narrow, wide };

pass_answer run(const pass& of, scan_depth depth, way by = way::narrow) {
  const auto on = stream::make().value();
  const unit_cut cut = cut_units(of.first_position);
  const auto instrument = resident_copy(of.instrument, on);
  const auto lots = resident_copy(of.lots, on);
  const auto first_position = resident_copy(of.first_position, on);
  const auto cash = resident_copy(of.cash, on);
  const auto tiles = resident_copy(cut.tiles, on);
  const auto long_units = resident_copy(cut.long_units, on);
  const auto rows = resident_copy(of.rows, on);
  const auto bands = resident_copy(of.bands, on);
  std::vector<std::uint64_t> band_floors;
  for (const tier_band& band : of.bands) { band_floors.push_back(band.floor); }
  const auto floors = resident_copy(band_floors, on);
  const auto header_start = std::vector<scan_header>{{{0, 0, 0, 0}, 0, ~0U, 0, 0, 0}};
  auto header = resident_copy(header_start, on);
  const std::size_t units = of.cash.size();
  auto verdicts = result_buffer<std::uint8_t>(units, on);
  auto score_inputs = result_buffer<std::int64_t>(units, on);
  auto equity = result_buffer<std::int64_t>(units, on);
  auto margin_equity = result_buffer<std::int64_t>(units, on);
  auto maintenance = result_buffer<uint128>(units, on);
  auto initial = result_buffer<uint128>(units, on);
  units_view columns;
  columns.instrument = instrument.view();
  columns.lots = lots.view();
  columns.first_position = first_position.view();
  columns.cash = cash.view();
  columns.tiles = tiles.view();
  columns.long_units = long_units.view();
  tick_view tick;
  tick.instruments = rows.view();
  tick.bands = bands.view();
  tick.floors = floors.view();
  tick.call_ppm = of.call_ppm;
  for (const tier_band& band : of.bands) { tick.rate_ppm_max = std::max(tick.rate_ppm_max, band.initial_ppm); }
  tick.bound_max = by == way::narrow ? bound_max_of(tick.rate_ppm_max) : 0;
  scan_target out;
  out.verdicts = verdicts.view();
  out.score_inputs.equity = score_inputs.view();
  out.equity = equity.view();
  out.margin_equity = margin_equity.view();
  out.maintenance_ppm = maintenance.view();
  out.initial_ppm = initial.view();
  out.header = header.data();
  EXPECT_TRUE(scan_units(columns, tick, out, depth, collateral_mode::single, {.multiprocessors = 2}, on));
  return {host_copy(header, on)[0],   host_copy(verdicts, on), host_copy(equity, on),
          host_copy(maintenance, on), host_copy(initial, on),  host_copy(score_inputs, on)};
}

/// The same, unit after unit.
pass_answer naive(const pass& of) {
  pass_answer out{{{0, 0, 0, 0}, 0, ~0U, 0, 0, 0}, {}, {}, {}, {}, {}};
  for (std::uint32_t unit = 0; unit < of.cash.size(); ++unit) {
    int128 own = of.cash[unit];
    requirement need;
    bool held = false;
    for (std::uint32_t p = of.first_position[unit]; p < of.first_position[unit + 1]; ++p) {
      const instrument_row& row = of.rows[of.instrument[p]];
      const money_steps value = value_of({of.lots[p]}, row.rate);
      const requirement each = requirement_of(
          magnitude(value.raw), magnitude(of.lots[p]),
          {of.bands.data() + row.first_band, row.band_count, (row.tier_kind & tiers_by_lots) != 0, false});
      own += value.raw;
      need.maintenance_ppm += each.maintenance_ppm;
      need.initial_ppm += each.initial_ppm;
      held = held || (row.held != 0 && of.lots[p] != 0);
    }
    const bool admitted =
        money_admitted(own) && requirement_admitted(need.maintenance_ppm) && requirement_admitted(need.initial_ppm);
    if (!admitted && out.header.over_limit == ~0U) { out.header.over_limit = unit; }
    const auto equity = static_cast<std::int64_t>(own);
    const verdict outcome =
        make_verdict(classify(equity, equity, admitted ? need.maintenance_ppm : 0, of.call_ppm), held);
    ++out.header.counts[static_cast<int>(outcome.state())];
    out.header.held += held ? 1 : 0;
    out.verdicts.push_back(outcome.bits);
    out.equity.push_back(equity);
    out.maintenance.push_back(need.maintenance_ppm);
    out.initial.push_back(need.initial_ppm);
    out.score_inputs.push_back(outcome.on_ladder() ? equity : off_ladder_equity);
  }
  return out;
}

void expect_counts(const scan_header& got, const scan_header& wanted) {
  for (int state = 0; state < 4; ++state) { EXPECT_EQ(got.counts[state], wanted.counts[state]) << "state " << state; }
  EXPECT_EQ(got.held, wanted.held);
}

void compare(const pass& of, way by) {
  SCOPED_TRACE(by == way::narrow ? "narrow" : "wide");
  const pass_answer wanted = naive(of);
  const pass_answer published = run(of, scan_depth::publish, by);
  EXPECT_EQ(published.verdicts, wanted.verdicts);
  EXPECT_EQ(published.equity, wanted.equity);
  EXPECT_TRUE(published.maintenance == wanted.maintenance);
  EXPECT_TRUE(published.initial == wanted.initial);
  EXPECT_EQ(published.score_inputs, wanted.score_inputs);
  expect_counts(published.header, wanted.header);
  EXPECT_EQ(published.header.over_limit, wanted.header.over_limit);
  const pass_answer lean = run(of, scan_depth::lean, by);
  if (lean.header.uncertain == 0) {
    EXPECT_EQ(lean.verdicts, wanted.verdicts);
    expect_counts(lean.header, wanted.header);
    EXPECT_EQ(lean.header.over_limit, wanted.header.over_limit);
  }
  EXPECT_EQ(run(of, scan_depth::score_inputs, by).score_inputs, wanted.score_inputs);
}
void compare(const pass& of) {
  compare(of, way::narrow);
  compare(of, way::wide);
}

/// A position of unit `at`, mixed: any instrument, either side, small or large.
std::pair<std::uint16_t, std::int64_t> any_position(std::uint64_t at) {
  const std::uint64_t bits = mixed(at);
  const auto size = static_cast<std::int64_t>(1 + bits % (bits % 5 == 0 ? 100'000'000 : 1'000));
  return {static_cast<std::uint16_t>((bits >> 40) % 5), (bits >> 50) % 2 == 0 ? size : -size};
}

class kernel_scan : public scheduled_test {};

TEST_P(kernel_scan, rows_of_every_length_in_every_place) {
  for (const std::uint32_t units : {1U, 31U, 33U, 255U, 256U, 257U, 1023U, 1025U}) {
    pass of = with_instruments();
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      std::vector<std::pair<std::uint16_t, std::int64_t>> positions;
      const std::uint64_t length = mixed(unit * 7 + units) % (unit % 17 == 3 ? 40 : 6);
      for (std::uint64_t i = 0; i < length; ++i) { positions.push_back(any_position(unit * 1'000 + i)); }
      of.unit(static_cast<std::int64_t>(mixed(unit) % 200'000'000) - 10'000'000, positions);
    }
    SCOPED_TRACE(units);
    compare(of);
  }
}

TEST_P(kernel_scan, units_around_the_bounds_of_a_tile) {
  for (const std::uint32_t length : {127U, 128U, 129U, 255U, 256U, 257U, 1'023U, 1'024U, 1'025U, 5'000U}) {
    pass of = with_instruments();
    for (int unit = 0; unit < 10; ++unit) {  // Among short ones, so that a tile is closed before and after it.
      std::vector<std::pair<std::uint16_t, std::int64_t>> positions;
      for (std::uint32_t i = 0; i < (unit % 3 == 1 ? length : 2U); ++i) {
        positions.push_back(any_position(unit * 10'000U + i));
      }
      of.unit(5'000'000'000, positions);
    }
    SCOPED_TRACE(length);
    compare(of);
  }
}

TEST_P(kernel_scan, sums_beyond_64_bits_and_beyond_the_limits) {
  constexpr std::int64_t most = limits::money_steps_max;
  pass of = with_instruments();
  of.rows[0].rate = make_value_rate(1, 1, false);
  of.unit(0, {{0, most}, {0, most}, {0, -most}, {0, -most}, {0, 1}});  // Sums pass 2^63 and come back.
  of.unit(-most, {{0, most}, {0, 1'000}});
  of.unit(most, {});
  of.unit(-most, {});
  compare(of);
  of.unit(most, {{0, 1}});  // One step too many.
  of.unit(-most, {{0, -1}});
  compare(of);
}

/// The least cash with which a unit of these sums has each state, and a step less: next to every threshold.
std::vector<std::int64_t> cash_next_to_thresholds(int128 values, uint128 maintenance_ppm, std::uint32_t call_ppm) {
  const auto least = [&](int128 required_ppm, int128 unit) {
    return static_cast<std::int64_t>(ceil_divide(required_ppm, unit) - values);
  };
  constexpr int128 ppm = limits::ppm;
  const auto required = static_cast<int128>(maintenance_ppm);
  std::vector<std::int64_t> out;
  for (const std::int64_t at : {least(0, 1), least(required, ppm), least(required * call_ppm, ppm * ppm)}) {
    out.insert(out.end(), {at - 1, at, at + 1});
  }
  return out;
}

TEST_P(kernel_scan, units_next_to_a_threshold_and_places_of_every_kind) {
  pass of = with_instruments();
  const auto row_of = [&](value_rate rate, std::uint8_t kind, std::uint64_t second_floor) {
    instrument_row made = of.rows[1];
    made.rate = rate;
    made.tier_kind = kind;
    made.second_floor = second_floor;
    set_common(made);
    of.rows.push_back(made);
  };
  row_of(make_value_rate(31'337, 1, true), tiers_by_lots, 1'000'000);  // 5 and 6: floors that count lots.
  row_of(make_value_rate(10'007, 13, false), tiers_by_lots, 1'000'000);
  row_of(make_value_rate(0, 1, false), 0, 1'000'000);  // 7: a mark of 0, which has no factor to tell it by.
  for (std::uint64_t unit = 0; unit < 300; ++unit) {
    std::vector<std::pair<std::uint16_t, std::int64_t>> positions;
    for (std::uint64_t i = 0; i < mixed(unit) % 9; ++i) {
      const std::uint64_t bits = mixed(unit * 100 + i);
      // Up to 2^47 lots: figures of all lengths, some of which no binary64 holds.
      const auto size = static_cast<std::int64_t>(mixed(bits) >> (17 + bits % 46));
      const bool vacant = bits % 11 == 0;
      positions.emplace_back(static_cast<std::uint16_t>((bits >> 40) % 8),
                             vacant ? 0 : ((bits >> 50) % 2 == 0 ? size : -size) / 64);
    }
    pass alone = of;
    alone.instrument.clear();
    alone.lots.clear();
    alone.first_position = {0};
    alone.cash.clear();
    alone.unit(0, positions);
    const pass_answer sums = naive(alone);
    for (const std::int64_t cash : cash_next_to_thresholds(sums.equity[0], sums.maintenance[0], of.call_ppm)) {
      of.unit(cash, positions);
    }
  }
  compare(of);
}

TEST_P(kernel_scan, a_lean_pass_sums_an_initial_margin_near_the_limit_or_says_that_it_does_not) {
  pass of = with_instruments();
  of.bands[0] = {0, 0, 10'000'000, 0};  // No MM, ten times the notional as IM.
  of.rows[0].rate = make_value_rate(1, 1, false);
  const std::int64_t tenth = limits::money_steps_max / 10;
  of.unit(0, {{0, tenth}});  // IM just within the limit.
  compare(of);
  of.unit(0, {{0, tenth + 1}});
  compare(of);
  EXPECT_EQ(run(of, scan_depth::lean).header.uncertain, 0u);  // In a tile it is summed.
  of.unit(0, std::vector(200, std::pair<std::uint16_t, std::int64_t>{0, tenth / 200}));
  compare(of);
  EXPECT_EQ(run(of, scan_depth::lean).header.uncertain, 1u);  // Of a long unit it is left to a full pass.
  pass plain = with_instruments();
  plain.unit(1'000, {{1, 5}});
  EXPECT_EQ(run(plain, scan_depth::lean).header.uncertain, 0u);
}

// ------------------------------------------------------------------------------------------------ the flagged

std::vector<std::uint32_t> flagged_in(std::vector<std::uint8_t> verdicts) {
  const auto units = static_cast<std::uint32_t>(verdicts.size());
  const std::uint32_t tiles = compact_tiles(units);
  verdicts.resize(std::size_t{tiles} * compact_tile_units, 0);
  const auto on = stream::make().value();
  const auto from = resident_copy(verdicts, on);
  auto counts = device_buffer<std::uint32_t>::make(tiles + 1).value();
  auto list = result_buffer<std::uint32_t>(units, on);
  auto header = resident_copy(std::vector<scan_header>(1), on);
  const auto scan = workspace::make({.scan = tiles + 1}).value();
  EXPECT_TRUE(compact_flagged(from.view(), counts.view(), list.view(), header.data(), scan, on));
  std::vector<std::uint32_t> out = host_copy(list, on);
  out.resize(host_copy(header, on)[0].flagged);
  return out;
}

TEST_P(kernel_scan, flags_in_rising_order) {
  for (const std::uint32_t units : {0U, 1U, 15U, 16U, 17U, 31U, 32U, 33U, 255U, 256U, 257U, 1'023U, 1'024U, 1'025U,
                                    4'095U, 4'096U, 4'097U, 12'289U}) {
    for (const std::uint64_t share : {0U, 1U, 50U, 100U}) {
      std::vector<std::uint8_t> verdicts;
      std::vector<std::uint32_t> wanted;
      for (std::uint32_t unit = 0; unit < units; ++unit) {
        const std::uint64_t bits = mixed(unit * 31 + units);
        const bool flag = bits % 100 < share;
        const auto state = static_cast<unit_state>(flag ? 2 + bits / 128 % 2 : bits / 128 % 2);
        const bool held = !flag && bits % 3 == 0;
        const auto shown = held && bits % 2 == 0 ? unit_state::bankrupt : state;  // Held: shown, never flagged.
        verdicts.push_back(make_verdict(shown, held).bits);
        if (flag) { wanted.push_back(unit); }
      }
      EXPECT_EQ(flagged_in(verdicts), wanted) << units << " units, " << share << " %";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(schedules, kernel_scan, ::testing::ValuesIn(every_schedule),
                         [](const auto& each) { return name_of(each.param); });

}  // namespace
}  // namespace plimsoll::emulated
