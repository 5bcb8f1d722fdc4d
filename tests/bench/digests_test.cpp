// A stage's digest changes with each field of its result; its bytes are those of its columns.
//
// Structures are taken apart by structured bindings: a new field must be listed here before this compiles.
#include "bench/digests.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/bench.hpp"
#include "host/backend/choose.hpp"
#include "host/engine/moves.hpp"
#include "host/generate/generate.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::bench {
namespace {

/// Digests seen so far: each must be new.
class distinct {
 public:
  explicit distinct(std::uint64_t first) : seen_{first} {}
  void expect_new(std::uint64_t digest, const std::string& what) {
    EXPECT_TRUE(seen_.insert(digest).second) << what << " does not change the digest, or as another field does";
  }

 private:
  std::set<std::uint64_t> seen_;
};

/// Changes a number by one, and in its highest bits.
template <class Number>
void each_change(Number& field, const std::function<void(const char*)>& changed) {
  const Number before = field;
  field = static_cast<Number>(field + 1);
  changed(" + 1");
  field = static_cast<Number>(before ^ static_cast<Number>(Number{1} << (8 * sizeof(Number) - 1)));
  changed(" in its highest bit");
  field = before;
}

unit_figures some_figures() {
  unit_figures out;
  out.equity = {10, -20, 30};
  out.margin_equity = {11, -21, 31};
  out.maintenance_ppm = {12, 22, 32};
  out.initial_ppm = {13, 23, 33};
  out.verdicts = {{0}, {3}, {6}};
  return out;
}

TEST(bench_digests, of_figures_change_with_every_figure_of_every_unit) {
  margin_result margin;
  margin.units = some_figures();
  distinct seen(digest_of_figures(margin));
  distinct verdicts_seen(digest_of_verdicts(margin));
  auto& [equity, margin_equity, maintenance, initial, verdicts] = margin.units;
  const auto look = [&](const char* name, auto& column) {
    for (std::size_t unit = 0; unit < 3; ++unit) {
      each_change(column[unit], [&](const char* how) {
        seen.expect_new(digest_of_figures(margin), name + std::to_string(unit) + how);
      });
    }
  };
  look("equity ", equity);
  look("margin equity ", margin_equity);
  look("MM ", maintenance);
  look("IM ", initial);
  for (std::size_t unit = 0; unit < 3; ++unit) {
    each_change(verdicts[unit].bits, [&](const char* how) {
      seen.expect_new(digest_of_figures(margin), "verdict " + std::to_string(unit) + how);
      verdicts_seen.expect_new(digest_of_verdicts(margin), "verdict " + std::to_string(unit) + how);
    });
  }
  // Two units that exchange their figures, and one more.
  std::swap(equity[0], equity[1]);
  seen.expect_new(digest_of_figures(margin), "equity exchanged");
  std::swap(equity[0], equity[1]);
  std::swap(verdicts[0], verdicts[1]);
  seen.expect_new(digest_of_figures(margin), "verdicts exchanged");
  verdicts_seen.expect_new(digest_of_verdicts(margin), "verdicts exchanged");
  verdicts.push_back({0});
  verdicts_seen.expect_new(digest_of_verdicts(margin), "a unit more");
}

TEST(bench_digests, of_flags_change_with_each_unit_and_its_place) {
  margin_result margin;
  margin.flagged = {3, 5, 9};
  distinct seen(digest_of_flagged(margin));
  for (std::uint32_t& unit : margin.flagged) {
    each_change(unit, [&](const char* how) { seen.expect_new(digest_of_flagged(margin), how); });
  }
  std::swap(margin.flagged[0], margin.flagged[2]);
  seen.expect_new(digest_of_flagged(margin), "order");
  margin.flagged.push_back(0);
  seen.expect_new(digest_of_flagged(margin), "one more");
}

TEST(bench_digests, of_a_judgement_change_with_every_field_of_every_record) {
  tick_judgement judgement;
  judgement.records = {{1, {2}, 10, 11, 12}, {4, {3}, -20, 21, 22}};
  for (std::uint64_t state = 0; state < 4; ++state) { judgement.counts[state] = 30 + state; }
  judgement.held = 40;
  distinct seen(digest_of_judgement(judgement));
  auto& [counts, held, call_hashes, records, over_limit, evaluated] = judgement;
  const auto look = [&](const std::string& name, auto& field) {
    each_change(field, [&](const char* how) { seen.expect_new(digest_of_judgement(judgement), name + how); });
  };
  for (std::uint64_t& count : counts) { look("count", count); }
  look("held", held);
  for (unit_record& one : records) {
    auto& [unit, outcome, equity, margin_equity, maintenance] = one;
    look("unit", unit);
    look("verdict", outcome.bits);
    look("equity", equity);
    look("margin equity", margin_equity);
    look("MM", maintenance);
  }
  std::swap(counts[1], counts[2]);
  seen.expect_new(digest_of_judgement(judgement), "counts exchanged");
  records.pop_back();
  seen.expect_new(digest_of_judgement(judgement), "a record less");
  // Which units were looked at may differ between machines; a unit over the limit ends the tick before a digest.
  const std::uint64_t before = digest_of_judgement(judgement);
  ++evaluated;
  EXPECT_EQ(digest_of_judgement(judgement), before);
  // The hashes of margin calls are part of the tick's digest, not of a pass's.
  static_cast<void>(call_hashes);
  static_cast<void>(over_limit);
}

TEST(bench_digests, of_ranks_change_with_keys_lights_and_every_place) {
  rank_result ranks;
  ranks.keys = {5, 6, 7};
  ranks.lights = {1, 2, 3};
  ranks.totals = {9};
  ranks.first_entry = {0, 2, 3};
  ranks.entries = {{1, 50}, {2, 40}, {1, 50}};
  distinct scores(digest_of_scores(ranks)), lights(digest_of_lights(ranks)), prefixes(digest_of_prefixes(ranks));
  for (std::uint64_t& key : ranks.keys) {
    each_change(key, [&](const char* how) { scores.expect_new(digest_of_scores(ranks), how); });
  }
  for (std::uint8_t& light : ranks.lights) {
    each_change(light, [&](const char* how) { lights.expect_new(digest_of_lights(ranks), how); });
  }
  for (ladder_entry& entry : ranks.entries) {
    auto& [position, key] = entry;
    each_change(position, [&](const char* how) { prefixes.expect_new(digest_of_prefixes(ranks), how); });
    each_change(key, [&](const char* how) { prefixes.expect_new(digest_of_prefixes(ranks), how); });
  }
  std::swap(ranks.keys[0], ranks.keys[1]);
  scores.expect_new(digest_of_scores(ranks), "keys exchanged");
  std::swap(ranks.lights[0], ranks.lights[1]);
  lights.expect_new(digest_of_lights(ranks), "lights exchanged");
  std::swap(ranks.entries[0], ranks.entries[1]);
  prefixes.expect_new(digest_of_prefixes(ranks), "places exchanged");
  ranks.first_entry[1] = 1;
  prefixes.expect_new(digest_of_prefixes(ranks), "an entry of the next ladder");
  ranks.first_entry = {0, 2};
  prefixes.expect_new(digest_of_prefixes(ranks), "a ladder less");
}

TEST(bench_digests, of_a_book_change_with_every_column_and_with_names) {
  const auto book_with = [](const std::function<void(book&)>& deed) {
    synthetic::spec wanted;
    wanted.accounts = 5;
    wanted.instruments = 3;
    book source = synthetic::make_book(wanted);
    deed(source);
    return digest_of_book(source);
  };
  distinct seen(book_with([](book&) {}));
  seen.expect_new(book_with([](book& b) { ++b.units.balance[1]; }), "balance");
  seen.expect_new(book_with([](book& b) { ++b.units.cash[1]; }), "cash");
  seen.expect_new(book_with([](book& b) { b.units.code[1].bits ^= 1; }), "unit");
  seen.expect_new(book_with([](book& b) { b.units.account[1] ^= 1; }), "account");
  seen.expect_new(book_with([](book& b) { ++b.positions.lots[2]; }), "lots");
  seen.expect_new(book_with([](book& b) { ++b.positions.cost[2]; }), "cost");
  seen.expect_new(book_with([](book& b) { b.positions.instrument[2] ^= 1; }), "instrument");
  seen.expect_new(book_with([](book& b) { b.positions.unit[2] ^= 1; }), "unit of a position");
  seen.expect_new(book_with([](book& b) { std::swap(b.units.balance[0], b.units.balance[1]); }), "exchanged");
  seen.expect_new(book_with([](book& b) {
                    name_table other;
                    for (std::uint32_t i = 0; i < b.accounts.size(); ++i) {
                      other.append(std::string(b.accounts[i]) + (i == 2 ? "x" : ""));
                    }
                    b.accounts = other;
                  }),
                  "a name");
}

// --------------------------------------------------------------------------------------------------- bytes

std::uint64_t bytes_of(const backend& machine, std::string_view stage) {
  std::uint64_t found = 0, count = 0;
  for (const stage_time& one : machine.times()) {
    if (one.stage == stage) {
      found = one.bytes;
      ++count;
    }
  }
  EXPECT_EQ(count, 1U) << stage;
  return found;
}

/// The bytes of a column per row.
constexpr std::uint64_t lots = 8, cost = 8, instrument_id = 2, unit_id = 4, key = 8, money = 8, wide = 16, state = 1;

struct shape {
  std::uint64_t positions, units, collateral;
};

class bench_bytes : public testing::TestWithParam<collateral_mode> {
 protected:
  bench_bytes() {
    synthetic::spec wanted;
    wanted.accounts = 300;
    wanted.instruments = 7;
    wanted.bankrupt_share = 0.1;
    wanted.collateral = GetParam();
    source_ = synthetic::make_book(wanted);
    prices_ = synthetic::make_tick(source_);
    of_ = {source_.positions.size(), source_.units.size(), source_.collateral.amount.size()};
  }
  /// The columns that every margin pass reads of positions and of other balances.
  [[nodiscard]] std::uint64_t rows_read() const {
    return of_.positions * (instrument_id + lots) + of_.collateral * (2 + money);
  }
  /// Keys and lots of a side are looked through more than once, those off the ladder among them.
  [[nodiscard]] std::uint64_t searched(std::uint32_t segment) const {
    return (source_.sides.first_entry[segment + 1] - source_.sides.first_entry[segment]) * (2 * key + lots);
  }
  [[nodiscard]] bool multi() const { return GetParam() == collateral_mode::multi; }

  book source_;
  tick_prices prices_;
  shape of_{};
};

TEST_P(bench_bytes, of_the_cpu_s_stages_are_those_of_their_columns) {
  const auto machine = make_cpu_backend(1);
  ASSERT_TRUE(machine->load(source_));
  EXPECT_EQ(bytes_of(*machine, "load"), of_.positions * 44);
  margin_result margin;
  ASSERT_TRUE(machine->margin(prices_, false, margin));
  // First row, cash, equity for the ladder; verdict.
  const std::uint64_t lean = rows_read() + of_.units * (4 + money + money + state);
  EXPECT_EQ(bytes_of(*machine, "margin"), lean);
  EXPECT_GT(margin.flagged.size(), 10U);
  EXPECT_EQ(bytes_of(*machine, "compact"), of_.units * state + margin.flagged.size() * unit_id);
  rank_result ranks;
  rank_request request;
  ASSERT_TRUE(machine->rank(request, ranks));
  EXPECT_EQ(bytes_of(*machine, "scores"), of_.positions * (lots + cost + unit_id + money + key));
  EXPECT_EQ(bytes_of(*machine, "lights"), of_.positions * (2 * key + lots + 1));
  const std::vector<cover_demand> demands{{0, 5}, {3, 1'000'000'000}};
  request = {};
  request.lights = false;
  request.demands = demands;
  ASSERT_TRUE(machine->rank(request, ranks));
  EXPECT_EQ(bytes_of(*machine, "cover"), ranks.entries.size() * 16 + searched(0) + searched(3));
  request = {};
  request.lights = false;
  request.full_ladder = true;
  ASSERT_TRUE(machine->rank(request, ranks));
  EXPECT_EQ(bytes_of(*machine, "sort"), ranks.entries.size() * (key + 4 + 16));
  ASSERT_TRUE(machine->margin(prices_, true, margin));
  EXPECT_EQ(bytes_of(*machine, "margin"), lean + of_.units * (2 * money + 2 * wide));
  const move_groups groups = make_move_groups(source_, prices_);
  tick_judgement judgement;
  ASSERT_TRUE(machine->judge(prices_, judgement));
  EXPECT_EQ(bytes_of(*machine, "judge"), lean + judgement.records.size() * 64);
  ASSERT_TRUE(machine->rebase(prices_, groups, judgement));
  EXPECT_EQ(bytes_of(*machine, "rebase"), lean + of_.units * 12);
  tick_moves moves;
  moves.of_groups.fill(300);
  ASSERT_TRUE(machine->screen(prices_, moves, judgement).value());
  EXPECT_GT(judgement.evaluated, 0U);
  EXPECT_EQ(bytes_of(*machine, "screen"), of_.units * 3 + judgement.evaluated * 64);
}

TEST_P(bench_bytes, of_the_device_s_stages_are_those_of_their_columns) {
  auto made = make_backend("emulated", 1);
  ASSERT_TRUE(made.has_value());
  backend& machine = *made.value();
  ASSERT_TRUE(machine.load(source_));
  margin_result margin;
  ASSERT_TRUE(machine.margin(prices_, true, margin));
  // First row, cash; in `multi` also whether it is a cross unit, and its first other balance.
  const std::uint64_t unit_read = 4 + money + (multi() ? 1 + 4 : 0);
  EXPECT_EQ(bytes_of(machine, "margin"), rows_read() + of_.units * (unit_read + state + money + 2 * money + 2 * wide));
  EXPECT_EQ(bytes_of(machine, "compact"), of_.units * 2 * state);
  rank_result ranks;
  rank_request request;
  ASSERT_TRUE(machine.rank(request, ranks));
  EXPECT_EQ(bytes_of(machine, "scores"), of_.positions * (unit_id + lots + cost + money + key));
  EXPECT_EQ(bytes_of(machine, "lights"), of_.positions * (2 * (key + lots) + key + (key + 1)));
  request.lights = false;
  request.full_ladder = true;
  ASSERT_TRUE(machine.rank(request, ranks));
  EXPECT_EQ(bytes_of(machine, "sort"), of_.positions * 2 * key + ranks.entries.size() * (12 + 16));
  const std::vector<cover_demand> demands{{0, 5}, {3, 1'000'000'000}};
  request = {};
  request.lights = false;
  request.demands = demands;
  ASSERT_TRUE(machine.rank(request, ranks));
  EXPECT_EQ(bytes_of(machine, "cover"),
            of_.positions * (2 * (key + lots) + key + 2 * key) + ranks.entries.size() * (12 + 16));
  tick_judgement judgement;
  ASSERT_TRUE(machine.judge(prices_, judgement));
  // A record: unit, verdict, equity, margin equity, MM, in 48 bytes.
  EXPECT_EQ(bytes_of(machine, "judge"),
            rows_read() + of_.units * (unit_read + money + state) + judgement.records.size() * 48);
  ASSERT_TRUE(machine.rebase(prices_, make_move_groups(source_, prices_), judgement));
  EXPECT_EQ(bytes_of(machine, "rebase"), rows_read() + of_.units * (unit_read + state + 2 + 1 + 1));
}

INSTANTIATE_TEST_SUITE_P(modes, bench_bytes, testing::Values(collateral_mode::single, collateral_mode::multi),
                         [](const auto& one) { return one.param == collateral_mode::multi ? "multi" : "single"; });

TEST(bench_run, gives_a_stage_the_bytes_of_its_parts) {
  options wanted;
  wanted.sizes = {{300, 1'200}};
  wanted.instruments = 8;
  wanted.backend = "cpu";
  wanted.threads = 1;
  wanted.samples = 1;
  wanted.energy_seconds = 0;
  wanted.stages = {"margin_publish", "lights"};
  venue_recipe recipe;
  recipe.accounts = 300;
  recipe.positions = 1'200;
  recipe.instruments = 8;
  const book source = generate_book(recipe).value();
  const std::uint64_t positions = source.positions.size(), units = source.units.size();
  const std::uint64_t scores = positions * (lots + cost + unit_id + money + key);
  const auto records = run(wanted).value();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].bytes, positions * 10 + units * 69);
  EXPECT_EQ(records[1].bytes, scores + positions * 25);
}

}  // namespace
}  // namespace plimsoll::bench
