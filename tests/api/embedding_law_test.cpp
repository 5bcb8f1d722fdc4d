// The library's results on a book: the executor on a scanner's book does the same as a replay, and the scanner's
// figures of an account are those of a batch scan, now and after an update.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "host/book/find.hpp"
#include "host/engine/scan.hpp"
#include "host/io/load_book.hpp"
#include "host/io/write_book.hpp"
#include "host/replay/replay.hpp"
#include "host/report/replay_tables.hpp"
#include "kernels/rules/ladder.hpp"
#include "plimsoll/executor.hpp"
#include "plimsoll/plimsoll.h"
#include "plimsoll/scanner.hpp"
#include "tests/law/crash.hpp"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

/// Rulebooks by their text: each step of the waterfall acts in one of them.
const char* const rulebooks[] = {
    "[adl]\nscore = \"pnl_leverage\"\n",
    "[market]\ndepth = 20000\npermanent = 0.3\n[liquidation]\nmode = \"fraction\"\nfraction = 0.4\nliquidation_fee = "
    "0.002\n"
    "[backstop]\nenabled = true\ncapacity = 3000\n",
    "[market]\ndepth = 5000\nhalf_life = 1\nimpact = \"square_root\"\n[adl]\npolicy = \"pro_rata:pnl\"\nprice = "
    "\"mark\"\n"
    "[liquidation]\nmode = \"target_health\"\nsurplus_to = \"account\"\n[socialise]\nby = \"equity\"\n",
    "[market]\ndepth = 2000000\nimpact = \"square_root\"\n[socialise]\nenabled = false\n",
    "[market]\ndepth = 8000\n[fund]\nscope = \"instrument\"\n",
};

/// A crash of random accounts in a folder, and everything that acts on it.
class world {
 public:
  explicit world(std::uint64_t seed) : path_(seed) {
    folder_ =
        fs::temp_directory_path() / ("plimsoll-embedding-" + std::to_string(::getpid()) + "-" + std::to_string(seed));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "book");
    const book drawn = crash_book(seed);
    const venue_config& venue = drawn.reference.venue;
    std::string toml =
        "name = \"law\"\nquote = \"" + venue.quote + "\"\ncollateral = \"" + to_string(venue.collateral) + "\"\n";
    std::string rules = rulebooks[seed % std::size(rulebooks)];
    if (rules.find("score") == std::string::npos) {
      const std::string score = std::string("score = \"") + to_string(venue.adl_score) + "\"\n";
      const std::size_t adl = rules.find("[adl]\n");
      rules = adl == std::string::npos ? rules + "[adl]\n" + score : rules.insert(adl + 6, score);
    }
    EXPECT_TRUE(write_book(folder_ / "book", {toml + rules}, make_book_tables(drawn), table_format::csv));
    const status loaded = scan.load((folder_ / "book").string());
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
    auto acting = executor::make(scan, {});
    EXPECT_TRUE(acting) << (acting ? "" : acting.error().message);
    engine.emplace(std::move(acting).value());
    refusal_list refusals;
    auto read = load_book(folder_ / "book", {}, refusals);
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    rulebook own = read.value().reference.venue.rules;
    auto made = replay::make(std::move(read).value(), std::move(own), make_cpu_backend(1), {});
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    run = std::move(made).value();
  }
  ~world() { fs::remove_all(folder_); }
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  [[nodiscard]] std::string snapshot(const char* name) const {
    const std::string to = (folder_ / name).string();
    const status written = scan.snapshot(to);
    EXPECT_TRUE(written) << (written ? "" : written.error().message);
    return to;
  }

  /// Lists an asset and a contract of it whose names sort before all others, so that every id changes.
  void list_first(int number) {
    const std::string name = "!" + std::to_string(9 - number);
    const auto add = [&](const char* table, const std::string& row) {
      std::ofstream(folder_ / "book" / table, std::ios::app) << row << '\n';
    };
    const auto columns = [&](const char* table) {
      std::ifstream file(folder_ / "book" / table);
      std::string header;
      std::getline(file, header);
      return std::count(header.begin(), header.end(), ',') + 1;
    };
    ASSERT_EQ(columns("assets.csv"), 5);
    add("assets.csv", name + ",0.01,,1,1");
    ASSERT_EQ(columns("instruments.csv"), 8);
    add("instruments.csv", name + "-P,linear," + name + "," + name + ",1,0.1,1," + name);
    add("tiers.csv", name + ",0,0.01,0.02" + (columns("tiers.csv") > 4 ? ",band,notional" : ""));
    const auto revised = scan.revise((folder_ / "book").string());
    ASSERT_TRUE(revised) << revised.error().message;
    ASSERT_EQ(revised.value().instruments, 1U);
    ASSERT_EQ(revised.value().assets, 1U);
  }

  crash_path& path() { return path_; }

  scanner scan = scanner::make({.backend = "cpu", .threads = 1}).value();
  std::optional<executor> engine;
  std::unique_ptr<replay> run;

 private:
  fs::path folder_;
  crash_path path_;
};

using leg_text = std::tuple<std::uint64_t, int, std::string, std::string, std::string, std::uint32_t, int, std::int64_t,
                            std::int64_t, std::uint32_t, std::int64_t, std::int64_t>;

/// Legs of all plans of a tick, but for updates.
std::vector<leg_text> legs_of(const execution& done) {
  std::vector<leg_text> out;
  for (const plan& one : done.plans) {
    if (one.step == plan_step::update) { continue; }
    for (const plan_leg& leg : done.legs_of(one)) {
      out.emplace_back(one.id, static_cast<int>(one.step), one.cause, leg.account, leg.unit, leg.instrument,
                       leg.side ? 1 + static_cast<int>(*leg.side) : 0, leg.lots.raw, leg.cost.raw, leg.asset,
                       leg.amount.raw, leg.price.value_or(price_ticks{no_ticks}).raw);
    }
  }
  return out;
}
std::vector<leg_text> legs_of(const replay_log& log, std::size_t first) {
  std::vector<leg_text> out;
  for (std::size_t i = first; i < log.events.size(); ++i) {
    const event_row& row = log.events[i];
    if (row.step == ledger_step::update) { continue; }
    out.emplace_back(row.plan, static_cast<int>(row.step), log.name(row.cause), log.name(row.account),
                     row.unit == no_id ? "" : log.name(row.unit), row.instrument, static_cast<int>(row.side), row.lots,
                     row.cost, row.asset, row.amount, row.price_ticks);
  }
  return out;
}

std::vector<mark_update> updates_of(const tick_marks& marks) {
  std::vector<mark_update> out;
  for (const auto& [instrument, to] : marks.changed) { out.push_back({instrument, {to.ticks}, to.as_of_ns}); }
  return out;
}

/// A row of a scan's tables beside the scanner's figures.
void expect_rows(const scan_result& wanted, std::uint32_t unit, const unit_report& outcome, bool ladders) {
  const book& source = *wanted.source;
  const unit_figures& units = wanted.margin.units;
  EXPECT_EQ(outcome.unit, source.unit_name(source.units.code[unit]));
  EXPECT_EQ(outcome.asset, source.asset_of(unit));
  EXPECT_EQ(outcome.balance.raw, source.units.balance[unit]);
  EXPECT_EQ(outcome.equity.raw, units.equity[unit]);
  EXPECT_EQ(outcome.margin_equity.raw, units.margin_equity[unit]);
  EXPECT_EQ(outcome.maintenance.raw, maintenance_of(wanted, unit));
  EXPECT_EQ(static_cast<uint128>(outcome.initial.raw), ceil_ppm(units.initial_ppm[unit]));
  EXPECT_EQ(outcome.free.raw, static_cast<int128>(units.margin_equity[unit]) - outcome.initial.raw);
  EXPECT_EQ(outcome.state, units.verdicts[unit].state());
  EXPECT_EQ(outcome.held, units.verdicts[unit].held());
  const std::uint32_t first = source.units.first_position[unit];
  ASSERT_EQ(outcome.positions.size(), source.units.first_position[unit + 1] - first);
  const auto allotted = allot_equity(source, wanted.prices, unit, outcome.equity.raw);
  for (std::uint32_t i = 0; i < outcome.positions.size(); ++i) {
    const position_report& one = outcome.positions[i];
    const std::uint32_t p = first + i;
    const position_figures figures = figures_of(source, wanted.prices, p);
    EXPECT_EQ(one.instrument, source.positions.instrument[p]);
    EXPECT_EQ(one.lots.raw, source.positions.lots[p]);
    EXPECT_EQ(one.value.raw, figures.value);
    EXPECT_EQ(one.cost.raw, source.positions.cost[p]);
    EXPECT_EQ(one.pnl.raw, figures.pnl);
    EXPECT_EQ(static_cast<std::uint64_t>(one.notional.raw), figures.notional);
    EXPECT_EQ(one.allotted.raw, allotted[i]);
    EXPECT_EQ(one.liquidation_price.value_or(price_ticks{no_ticks}).raw, liquidation_price_of(wanted, p).raw);
    EXPECT_EQ(one.score, score_of(source.reference.venue.adl_score, score_input_of(wanted, p)));
    if (!ladders) { continue; }
    const std::uint32_t segment = segment_of(one.instrument, side_of(one.lots));
    std::uint64_t place = 0;
    for (std::uint64_t e = wanted.ladder.first_entry[segment]; e < wanted.ladder.first_entry[segment + 1]; ++e) {
      if (wanted.ladder.entries[e].position == p) { place = e - wanted.ladder.first_entry[segment] + 1; }
    }
    EXPECT_EQ(one.ladder_place, place);
    for (std::uint32_t e = source.sides.first_entry[segment]; e < source.sides.first_entry[segment + 1]; ++e) {
      if (source.sides.position[e] == p) { EXPECT_EQ(one.lights, wanted.ladder.lights[e]); }
    }
  }
}

/// Every account of the scanner's book beside a batch scan of its snapshot.
void expect_accounts(const world& at, const char* name) {
  refusal_list refusals;
  auto read = load_book(at.snapshot(name), {}, refusals);
  ASSERT_TRUE(read) << read.error().message;
  const book& source = read.value();
  auto machine = make_cpu_backend(1);
  ASSERT_TRUE(machine->load(source));
  scan_options options;
  options.ladders = ladder_extent::full;
  const auto wanted = scan_book(source, *machine, options, refusals);
  ASSERT_TRUE(wanted) << wanted.error().message;
  for (std::uint32_t account = 0; account < source.accounts.size(); ++account) {
    const auto outcome = at.scan.account(source.accounts[account], {.ladders = true});
    ASSERT_TRUE(outcome) << outcome.error().message;
    const unit_range units = units_of_account(source, account);
    ASSERT_EQ(outcome.value().units.size(), units.last - units.first) << source.accounts[account];
    for (std::uint32_t unit = units.first; unit < units.last; ++unit) {
      expect_rows(wanted.value(), unit, outcome.value().units[unit - units.first], true);
    }
  }
}

void expect_same(const account_report& a, const account_report& b) {
  EXPECT_EQ(a.account, b.account);
  ASSERT_EQ(a.units.size(), b.units.size());
  for (std::size_t u = 0; u < a.units.size(); ++u) {
    EXPECT_EQ(a.units[u].unit, b.units[u].unit);
    EXPECT_EQ(a.units[u].balance, b.units[u].balance);
    EXPECT_EQ(a.units[u].equity, b.units[u].equity);
    EXPECT_EQ(a.units[u].maintenance, b.units[u].maintenance);
    EXPECT_EQ(a.units[u].free, b.units[u].free);
    EXPECT_EQ(a.units[u].health_ppm, b.units[u].health_ppm);
    ASSERT_EQ(a.units[u].positions.size(), b.units[u].positions.size());
    for (std::size_t p = 0; p < a.units[u].positions.size(); ++p) {
      EXPECT_EQ(a.units[u].positions[p].lots, b.units[u].positions[p].lots);
      EXPECT_EQ(a.units[u].positions[p].cost, b.units[u].positions[p].cost);
      EXPECT_EQ(a.units[u].positions[p].liquidation_price, b.units[u].positions[p].liquidation_price);
    }
  }
}

TEST(embedding_law, executor_does_what_a_replay_does) {
  std::size_t legs = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    world at(seed);
    tick_result found;
    execution done;
    for (int tick = 1; tick <= 6; ++tick) {
      const tick_marks marks = at.path().next_marks(at.run->state());
      const std::vector<update> updates = at.path().next_updates(at.run->state());
      const std::size_t first = at.run->log().events.size();
      refusal_list refusals;
      const status stepped = at.run->step(marks, updates, refusals);
      ASSERT_TRUE(stepped) << stepped.error().message;
      const auto applied = at.scan.apply(updates);
      ASSERT_TRUE(applied) << applied.error().message;
      const status ran = at.engine->run(tick, updates_of(marks), found, done);
      ASSERT_TRUE(ran) << ran.error().message;
      ASSERT_EQ(legs_of(done), legs_of(at.run->log(), first));
      ASSERT_EQ(at.scan.state_digest(), state_digest(at.run->columns()));
      EXPECT_TRUE(at.engine->conserved());
      legs += done.legs.size();
    }
  }
  EXPECT_GT(legs, 2'000U) << "the crashes are too tame for this test";
}

/// Translates ids of a replay's book to those of the scanner's book.
struct listed_ids {
  const reference_data& of;
  const scanner& scan;
  [[nodiscard]] std::uint32_t instrument(std::uint32_t id) const {
    return id < of.instruments.size() ? scan.instrument(of.instruments[id].name) : id;
  }
  [[nodiscard]] std::uint32_t asset(std::uint32_t id) const {
    return id < of.assets.size() ? scan.asset(of.assets[id].name) : id;
  }
};

TEST(embedding_law, an_executor_goes_on_after_a_listing) {
  std::size_t after = 0;
  for (std::uint64_t seed = 600; seed < 640; ++seed) {
    SCOPED_TRACE(seed);
    world at(seed);
    const listed_ids ids{at.run->columns().reference, at.scan};
    tick_result found;
    execution done;
    for (int tick = 1; tick <= 7; ++tick) {
      tick_marks marks = at.path().next_marks(at.run->state());
      std::vector<update> updates = at.path().next_updates(at.run->state());
      const std::size_t first = at.run->log().events.size();
      refusal_list refusals;
      const status stepped = at.run->step(marks, updates, refusals);
      ASSERT_TRUE(stepped) << stepped.error().message;
      if (tick == 3 || tick == 5) {
        at.list_first(tick);
        ArrowArrayStream stream{};
        ASSERT_TRUE(executor::export_events(done, stream)) << "of the ids before the listing";
        stream.release(&stream);
      }
      for (auto& [instrument, to] : marks.changed) { instrument = ids.instrument(instrument); }
      for (update& one : updates) {
        one.instrument = ids.instrument(one.instrument);
        one.asset = ids.asset(one.asset);
      }
      const auto applied = at.scan.apply(updates);
      ASSERT_TRUE(applied) << applied.error().message;
      const status ran = at.engine->run(tick, updates_of(marks), found, done);
      ASSERT_TRUE(ran) << ran.error().message;
      std::vector<leg_text> wanted = legs_of(at.run->log(), first);
      for (leg_text& leg : wanted) {
        std::get<5>(leg) = ids.instrument(std::get<5>(leg));
        std::get<9>(leg) = ids.asset(std::get<9>(leg));
      }
      ASSERT_EQ(legs_of(done), wanted);
      ASSERT_EQ(at.scan.state_digest(), state_digest(at.run->columns()));
      EXPECT_TRUE(at.engine->conserved());
      after += tick >= 3 ? done.legs.size() : 0;
    }
  }
  EXPECT_GT(after, 1'000U) << "the crashes are too tame for this test";
}

TEST(embedding_law, account_is_its_rows_of_a_scan) {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    SCOPED_TRACE(seed);
    world at(seed);
    tick_result found;
    execution done;
    for (int tick = 1; tick <= 3; ++tick) {
      ASSERT_TRUE(at.engine->run(tick, updates_of(at.path().next_marks(at.run->state())), found, done));
    }
    ASSERT_TRUE(at.scan.tick({}, found));
    expect_accounts(at, "after");
    // Ladders are those of a tick.
    const std::string any(found.flagged.empty() ? "balancer" : found.flagged[0].account);
    update deposit;
    deposit.kind = update_kind::deposit;
    deposit.account = "balancer";
    deposit.asset = 0;
    deposit.amount = {5};
    ASSERT_TRUE(at.scan.apply({&deposit, 1}));
    EXPECT_EQ(at.scan.account("balancer", {.ladders = true}).error().code, error_code::usage);
    EXPECT_TRUE(at.scan.account("balancer"));
  }
}

TEST(embedding_law, preview_is_apply_and_a_question) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 200; seed < 240; ++seed) {
    SCOPED_TRACE(seed);
    world at(seed);
    tick_result found;
    for (int tick = 1; tick <= 4; ++tick) {
      const tick_marks marks = at.path().next_marks(at.run->state());
      ASSERT_TRUE(at.scan.tick(updates_of(marks), found));
      for (const update& one : at.path().next_updates(at.run->state())) {
        const auto asked = at.scan.preview(one);
        const std::uint64_t before = at.scan.state_digest();
        ASSERT_EQ(before, at.scan.state_digest());
        const auto applied = at.scan.apply({&one, 1});
        if (one.kind == update_kind::funding) {
          EXPECT_EQ(asked.error().code, error_code::usage);
          continue;
        }
        ASSERT_EQ(asked.has_value(), applied.has_value()) << (asked ? applied.error() : asked.error()).message;
        if (!asked) {
          EXPECT_EQ(asked.error().message, applied.error().message);
          continue;
        }
        const auto now = at.scan.account(one.account);
        ASSERT_TRUE(now) << now.error().message;
        expect_same(asked.value(), now.value());
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100U);
}

TEST(embedding_law, largest_order_is_exact) {
  std::size_t found_one = 0;
  for (std::uint64_t seed = 300; seed < 312; ++seed) {
    SCOPED_TRACE(seed);
    world at(seed);
    tick_result found;
    ASSERT_TRUE(at.scan.tick({}, found));
    for (std::uint32_t id = 0; id < at.scan.instruments(); ++id) {
      const auto it = at.scan.describe_instrument(id);
      ASSERT_TRUE(it);
      if (it.value().kind == instrument_kind::spot || it.value().mark.value_or(price_ticks{}).raw < 1) { continue; }
      const decimal price{static_cast<int128>(it.value().mark->raw) * it.value().price_step.mantissa,
                          it.value().price_step.scale};
      for (const position_side side : {position_side::long_side, position_side::short_side}) {
        const auto most = at.scan.largest_order("balancer", id, side, price);
        ASSERT_TRUE(most) << most.error().message;
        const int sign = side == position_side::long_side ? 1 : -1;
        const auto free_after = [&](std::int64_t bought) -> std::optional<bool> {
          update fill;
          fill.kind = update_kind::fill;
          fill.account = "balancer";
          fill.instrument = id;
          fill.price = price;
          fill.lots = {sign * bought};
          const auto left = at.scan.preview(fill);
          if (!left) { return false; }
          const auto settles = "cross:" + at.scan.describe_asset(it.value().settle).value().name;
          for (const unit_report& unit : left.value().units) {
            if (unit.unit == settles && unit.free.raw < 0) { return false; }
          }
          return true;
        };
        const std::int64_t lots = most.value().raw;
        if (lots > 0) { EXPECT_TRUE(*free_after(lots)); }
        EXPECT_FALSE(*free_after(lots + 1));
        found_one += lots > 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(found_one, 5U);
}

TEST(embedding_law, readers_see_one_moment) {
  for (std::uint64_t seed = 500; seed < 506; ++seed) {
    SCOPED_TRACE(seed);
    world at(seed);
    tick_result found;
    execution done;
    ASSERT_TRUE(at.engine->run(1, updates_of(at.path().next_marks(at.run->state())), found, done));
    const auto view = at.scan.view();
    ASSERT_TRUE(view) << view.error().message;
    const auto wanted = at.scan.account("balancer");
    ASSERT_TRUE(wanted) << wanted.error().message;
    EXPECT_EQ(view.value().state_digest(), at.scan.state_digest());
    std::atomic<bool> stop{false};
    std::atomic<int> same{0};
    const auto read = [&, view = view.value()] {
      while (!stop) {
        const auto outcome = view.account("balancer");
        if (!outcome || outcome.value().units.size() != wanted.value().units.size()) { return; }
        if (outcome.value().units[0].equity != wanted.value().units[0].equity) { return; }
        ++same;
      }
    };
    std::thread first(read);
    std::thread second(read);
    for (int tick = 2; tick <= 5; ++tick) {
      EXPECT_TRUE(at.engine->run(tick, updates_of(at.path().next_marks(at.run->state())), found, done));
    }
    while (same < 4) { std::this_thread::yield(); }
    stop = true;
    first.join();
    second.join();
    EXPECT_EQ(view.value().account("nobody").error().code, error_code::usage);
  }
}

/// Closes isolated positions far from the mark, so that their units owe more than their margin and hold nothing.
void close_at_a_loss(scanner& scan, const book& source) {
  for (std::uint32_t p = 0; p < source.positions.size(); ++p) {
    const std::uint32_t unit = source.positions.unit[p];
    const std::uint32_t instrument = source.positions.instrument[p];
    if (!source.units.code[unit].is_isolated() || source.marks[instrument].ticks < 4) { continue; }
    const bool is_long = source.positions.lots[p] > 0;
    const decimal step = source.reference.instruments[instrument].price_step;
    const std::int64_t ticks = is_long ? source.marks[instrument].ticks / 4 : source.marks[instrument].ticks * 4;
    update one;
    one.kind = update_kind::fill;
    one.account = source.accounts[source.units.account[unit]];
    one.instrument = instrument;
    one.lots = {-source.positions.lots[p]};
    one.side = is_long ? position_side::long_side : position_side::short_side;
    one.price = {static_cast<int128>(ticks) * step.mantissa, step.scale};
    static_cast<void>(scan.apply({&one, 1}));
  }
}

TEST(embedding_law, snapshot_is_the_book) {
  std::size_t owing = 0;
  std::size_t flagged = 0;
  for (std::uint64_t seed = 400; seed < 430; ++seed) {
    SCOPED_TRACE(seed);
    world at(seed);
    tick_result found;
    execution done;
    if (seed % 3 == 0) { close_at_a_loss(at.scan, at.run->state()); }
    for (int tick = 1; tick <= 4; ++tick) {
      ASSERT_TRUE(at.engine->run(tick, updates_of(at.path().next_marks(at.run->state())), found, done));
    }
    const std::string folder = at.snapshot("kept");
    owing += fs::exists(folder + "/units.parquet") ? 1 : 0;
    scanner again = scanner::make({.backend = "cpu", .threads = 1}).value();
    const status loaded = again.load(folder);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(again.state_digest(), at.scan.state_digest());
    auto acting = executor::make(again, {});
    ASSERT_TRUE(acting) << acting.error().message;
    for (std::uint32_t asset = 0; asset < at.scan.assets(); ++asset) {
      for (const char* account : {"fund", "fees", "market", "backstop", "external"}) {
        EXPECT_EQ(acting.value().balance(account, asset).value(), at.engine->balance(account, asset).value())
            << account;
      }
    }
    tick_result other;
    for (int tick = 5; tick <= 24; ++tick) {
      const std::vector<update> updates = at.path().next_updates(at.run->state());
      ASSERT_EQ(again.apply(updates).has_value(), at.scan.apply(updates).has_value());
      const std::vector<mark_update> marks = updates_of(at.path().next_marks(at.run->state()));
      ASSERT_TRUE(at.scan.tick(marks, found));
      ASSERT_TRUE(again.tick(marks, other));
      ASSERT_EQ(other.tick_digest, found.tick_digest);
      ASSERT_EQ(again.state_digest(), at.scan.state_digest());
      flagged += found.flagged.size();
    }
  }
  EXPECT_GT(flagged, 100U) << "nothing happens after the snapshots";
  EXPECT_GT(owing, 0U) << "no isolated unit owed anything without a position";
}

}  // namespace
}  // namespace plimsoll
