// The records of a run of the benches.
#include <optional>

#include <gtest/gtest.h>

#include "bench/bench.hpp"
#include "bench/energy_meter.hpp"

namespace plimsoll::bench {
namespace {

/// Ten joules from one reading to the next, until it breaks.
class fake_meter final : public energy_meter {
 public:
  std::optional<double> joules() override {
    ++readings;
    if (broken) { return std::nullopt; }
    return 10.0 * readings;
  }
  int readings = 0;
  bool broken = false;
};

options small_run(fake_meter& meter) {
  options wanted;
  wanted.sizes = {{300, 1'200}};
  wanted.instruments = 8;
  wanted.backend = "cpu";
  wanted.threads = 1;
  wanted.samples = 1;
  wanted.stages = {"margin", "tick"};
  wanted.energy = &meter;
  wanted.energy_seconds = 0.02;
  return wanted;
}

TEST(bench_run, divides_joules_by_runs) {
  fake_meter meter;
  const auto records = run(small_run(meter)).value();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(meter.readings, 4) << "before and after each stage's runs";
  for (const record& one : records) {
    // Ten joules over the runs that 20 ms hold: several, and a whole number of them.
    const double runs = 10.0 / one.joules.value();
    EXPECT_GT(runs, 1.5) << one.stage;
    EXPECT_NEAR(runs, static_cast<double>(static_cast<int>(runs + 0.5)), 1e-6) << one.stage;
  }
  refusal_list refusals;
  const auto read = read_records(to_json(records), "own.json", refusals);
  ASSERT_TRUE(refusals.empty());
  EXPECT_EQ(read[1].joules, records[1].joules);
}

TEST(bench_run, leaves_joules_blank_where_they_are_not_metered) {
  fake_meter meter;
  meter.broken = true;
  EXPECT_FALSE(run(small_run(meter)).value().front().joules);
  options never = small_run(meter);
  never.energy_seconds = 0;
  meter.readings = 0;
  EXPECT_FALSE(run(never).value().front().joules);
  EXPECT_EQ(meter.readings, 0);
}

TEST(bench_run, stops_sampling_when_its_time_is_over) {
  fake_meter meter;
  options wanted = small_run(meter);
  wanted.stages = {"margin"};
  wanted.energy_seconds = 0;
  wanted.samples = 8;
  EXPECT_EQ(run(wanted).value().front().samples, 8);
  wanted.seconds_most = 1e-9;
  const record cut = run(wanted).value().front();
  EXPECT_EQ(cut.samples, 5) << "the least";
  EXPECT_EQ(cut.sample_us.size(), 5U);
}

TEST(bench_run, hands_each_record_over_before_the_next_stage) {
  fake_meter meter;
  options wanted = small_run(meter);
  std::vector<std::string> kept;
  wanted.keep = [&](const record& one) {
    kept.push_back(one.stage);
    return one.stage == "margin" ? ok() : status(error{error_code::io, "the disk is full"});
  };
  wanted.stages = {"margin", "tick", "rebase"};
  EXPECT_EQ(run(wanted).error().message, "the disk is full");
  EXPECT_EQ(kept, (std::vector<std::string>{"margin", "tick"}));
}

TEST(bench_run, judges_the_same_with_and_without_radii_or_a_screen) {
  fake_meter meter;
  options wanted = small_run(meter);
  wanted.digests_only = true;
  wanted.stages = {"judge", "rebase", "engine_0.2", "engine_full"};
  const auto records = run(wanted).value();
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0].digest, records[1].digest);
  EXPECT_EQ(records[2].stage, "engine_0.2");
  EXPECT_EQ(records[2].digest, records[3].digest);
  EXPECT_NE(records[2].digest, records[0].digest);
}

TEST(bench_run, tries_launches_that_differ_in_times_alone) {
  fake_meter meter;
  options wanted = small_run(meter);
  wanted.backend = "emulated";
  wanted.stages = {"margin", "judge", "scores", "screen"};
  wanted.digests_only = true;
  const auto plain = run(wanted).value();
  wanted.variants = {"all"};
  const auto tried = run(wanted).value();
  ASSERT_EQ(tried.size(), plain.size() * variants_of_launches().size());
  for (std::size_t i = 0; i < tried.size(); ++i) {
    EXPECT_EQ(tried[i].digest, plain[i % plain.size()].digest) << tried[i].variant << " " << tried[i].stage;
    EXPECT_EQ(tried[i].variant, variants_of_launches()[i / plain.size()]);
  }
  refusal_list refusals;
  EXPECT_EQ(read_records(to_json(tried), "own.json", refusals).back().variant, tried.back().variant);
  EXPECT_TRUE(refusals.empty()) << "a stage of two variants is no stage twice";
  wanted.variants = {"plain", "none_such"};
  EXPECT_EQ(run(wanted).error().code, error_code::usage);
  wanted.variants = {"plain"};
  wanted.backend = "cpu";
  EXPECT_EQ(run(wanted).error().code, error_code::usage);
}

TEST(bench_run, gives_the_same_digests_without_times) {
  fake_meter meter;
  options wanted = small_run(meter);
  const auto timed = run(wanted).value();
  wanted.digests_only = true;
  meter.readings = 0;
  const auto bare = run(wanted).value();
  EXPECT_EQ(meter.readings, 0);
  for (std::size_t i = 0; i < bare.size(); ++i) {
    EXPECT_EQ(bare[i].digest, timed[i].digest);
    EXPECT_EQ(bare[i].samples, 0);
  }
}

}  // namespace
}  // namespace plimsoll::bench
