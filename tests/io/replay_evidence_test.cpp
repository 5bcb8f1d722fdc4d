// A defect within a replay: it ends, reports it, keeps nothing half-written, and leaves evidence.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "host/cli/command_table.hpp"
#include "host/cli/replay_command.hpp"
#include "host/execute/gateway_market.hpp"
#include "host/generate/generate.hpp"
#include "host/io/load_book.hpp"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

using deed = std::function<void(book&)>;

/// Rejects every order, and changes the book without the ledger while it has the first one.
class careless_venue final : public order_gateway {
 public:
  careless_venue(const book& source, deed what) : book_(const_cast<book&>(source)), what_(std::move(what)) {}
  void send(const market_order& order) override {
    if (!done_) { what_(book_); }
    done_ = true;
    static_cast<void>(answer({order.id, 1, answer_kind::rejected, {}, {}}));
  }
  void cancel(order_id) override {}

 private:
  book& book_;
  deed what_;
  bool done_ = false;
};

market_maker careless(deed what) {
  return [what](const book& source, const market_rules&) {
    return std::make_unique<gateway_market>(std::make_unique<careless_venue>(source, what));
  };
}

void makes_a_cent(book& source) { ++source.units.balance[0]; }
void loses_contracts(book& source) { source.positions.lots[0] = 5; }

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class replay_evidence : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("plimsoll-evidence-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "book");
    const auto file = [&](const char* name, const char* text) { std::ofstream(folder_ / "book" / name) << text; };
    file("venue.toml", "name = \"small\"\nquote = \"USD\"\n");
    file("assets.csv", "asset,step\nUSD,0.01\nX,0.01\n");
    file("instruments.csv",
         "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\nXP,linear,X,USD,1,1,1,T\n");
    file("tiers.csv", "tier_table,floor,maintenance_rate,initial_rate\nT,0,0.1,0.2\n");
    file("balances.csv", "account,asset,amount\nlong,USD,150\nshort,USD,10000\n");
    file("positions.csv", "account,instrument,size,entry_price\nlong,XP,10,100\nshort,XP,-10,100\n");
    file("marks.csv", "instrument,mark\nXP,100\n");
    std::ofstream(folder_ / "ticks.csv") << "tick,instrument,mark\n1,XP,99\n2,XP,80\n3,XP,81\n";
  }
  void TearDown() override { fs::remove_all(folder_); }

  int run(market_maker make_market, std::string& outcome) const {
    const cli::command_spec& command = *cli::find_command("replay");
    const cli::invocation call(
        command, {{"ticks", (folder_ / "ticks.csv").string()}, {"out", (folder_ / "out").string()}, {"format", "csv"}},
        {(folder_ / "book").string()});
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    int code = 0;
    {
      cli::session io(true);
      code = cli::run_replay_on(call, io, std::move(make_market));
      static_cast<void>(io.flush());
    }
    static_cast<void>(testing::internal::GetCapturedStdout());
    outcome = testing::internal::GetCapturedStderr();
    return code;
  }

  fs::path folder_;
};

TEST_F(replay_evidence, is_written_beside_an_output_that_is_not) {
  std::string outcome;
  EXPECT_EQ(run(careless(makes_a_cent), outcome), 1);
  EXPECT_THAT(outcome, HasSubstr("the sums over all accounts differ from the opening sums after tick 2"));
  EXPECT_THAT(outcome, HasSubstr("Evidence: " + (folder_ / "out.evidence").string()));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  const auto what = nlohmann::json::parse(text_of(folder_ / "out.evidence" / "evidence.json"));
  EXPECT_EQ(what["tick"], 2);
  EXPECT_EQ(what["whole_ticks"], 1);
  EXPECT_EQ(what["version"], PLIMSOLL_VERSION);
  EXPECT_TRUE(what["plan"].is_null()) << "no plan did it";
  EXPECT_EQ(what["balances_less_costs"]["USD"]["tick_start"], "10150.00");
  EXPECT_EQ(what["balances_less_costs"]["USD"]["now"], "10150.01");
  EXPECT_THAT(text_of(folder_ / "out.evidence" / "events.csv"), HasSubstr("2,,2,adl,long,cross:USD,XP,long,-10"));
  refusal_list refusals;
  const auto start = load_book(folder_ / "out.evidence" / "book", {}, refusals);
  ASSERT_TRUE(start.has_value()) << refusals.to_error().message;
  EXPECT_EQ(start.value().positions.size(), 2U);
  EXPECT_EQ(start.value().marks[0].ticks, 99) << "as the tick before left it";
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder_)) { left.push_back(entry.path().filename()); }
  EXPECT_THAT(left, testing::UnorderedElementsAre("book", "ticks.csv", "out.evidence"));

  EXPECT_EQ(run(careless(makes_a_cent), outcome), 1);
  EXPECT_THAT(outcome, HasSubstr("out.evidence.2")) << "evidence is never replaced";
}

TEST_F(replay_evidence, holds_the_plan_that_was_refused) {
  std::string outcome;
  EXPECT_EQ(run(careless(loses_contracts), outcome), 1);
  EXPECT_THAT(outcome, HasSubstr("plan 2 (adl, deleveraged): a position would change its side"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  const auto what = nlohmann::json::parse(text_of(folder_ / "out.evidence" / "evidence.json"));
  EXPECT_EQ(what["plan"], 2);
  EXPECT_EQ(what["contracts"]["XP"]["tick_start"], "0");
  EXPECT_EQ(what["contracts"]["XP"]["now"], "-5");
  EXPECT_THAT(text_of(folder_ / "out.evidence" / "plan.csv"), HasSubstr("2,,2,adl,long,cross:USD,XP,long,-10"));
  EXPECT_THAT(text_of(folder_ / "out.evidence" / "events.csv"), HasSubstr("2,,1,cancel,long"));
}

TEST_F(replay_evidence, every_later_step_fails_with_the_same_error) {
  refusal_list refusals;
  auto source = load_book(folder_ / "book", {}, refusals);
  ASSERT_TRUE(source.has_value()) << refusals.to_error().message;
  rulebook rules = source.value().reference.venue.rules;
  replay_options options;
  options.make_market = careless(makes_a_cent);
  auto made = replay::make(std::move(source).value(), rules, make_cpu_backend(1), options);
  ASSERT_TRUE(made.has_value());
  tick_marks crash{1, {{0, made.value()->state().marks[0]}}};
  crash.changed[0].second.ticks = 80;
  const auto first = made.value()->step(crash, {}, refusals);
  ASSERT_FALSE(first.has_value());
  EXPECT_EQ(first.error().code, error_code::invariant_broken);
  EXPECT_FALSE(made.value()->evidence().has_value()) << "not asked for";
  const std::size_t events = made.value()->log().events.size();
  for (int tick = 2; tick < 4; ++tick) {
    const auto later = made.value()->step({tick, {}}, {}, refusals);
    ASSERT_FALSE(later.has_value());
    EXPECT_EQ(later.error().message, first.error().message);
  }
  EXPECT_EQ(made.value()->log().events.size(), events) << "nothing is done any more";
}

TEST_F(replay_evidence, is_not_written_where_nothing_broke) {
  std::string outcome;
  EXPECT_EQ(run(make_simulated_market, outcome), 0);
  EXPECT_TRUE(fs::exists(folder_ / "out" / "events.csv"));
  EXPECT_FALSE(fs::exists(folder_ / "out.evidence"));
}

}  // namespace
}  // namespace plimsoll
