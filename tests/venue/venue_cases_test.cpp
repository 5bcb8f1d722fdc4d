// The worked cases of venues beside the repository: each is claimed by a rulebook and matches exactly, or is listed
// with the reason why not. The cases are read at run time and are no part of this project; without them the tests skip.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "host/venue/read_rulebook.hpp"
#include "tests/venue/case_runs.hpp"

namespace plimsoll::cases {
namespace {

struct claimed_case {
  const char* id;
  const char* rulebook;
  runner run;
};

constexpr claimed_case claimed[] = {
    {"dydx-bankruptcy-01", "dydx", dydx_bankruptcy_value},
    {"dydx-bankruptcy-02", "dydx", dydx_bankruptcy_value},
    {"dydx-bankruptcy-05", "dydx", dydx_bankruptcy_value},
    {"dydx-bankruptcy-09", "dydx", dydx_bankruptcy_value},
    {"dydx-bankruptcy-11", "dydx", dydx_bankruptcy_value},
    {"dydx-bankruptcy-13", "dydx", dydx_bankruptcy_value},
    {"dydx-ifdelta-01", "dydx", dydx_fund_delta},
    {"dydx-ifdelta-03", "dydx", dydx_fund_delta},
    {"dydx-ifdelta-13", "dydx", dydx_fund_delta},
    {"dydx-im-05", "dydx", dydx_initial_margin},
    {"dydx-isliq-01", "dydx", dydx_is_liquidatable},
    {"dydx-isliq-03", "dydx", dydx_is_liquidatable},
    {"dydx-isliq-06", "dydx", dydx_is_liquidatable},
    {"dydx-isliq-07", "dydx", dydx_is_liquidatable},
    {"dydx-delev-09", "dydx", dydx_deleveraging},
    {"drift-base-01", "drift", drift_partial_size},
    {"drift-base-05", "drift", drift_partial_size},
    {"drift-mr-01", "drift", drift_margin_ratio},
    {"drift-mr-02", "drift", drift_margin_ratio},
    {"kucoin-adl-01", "default", kucoin_return},
    {"kucoin-adl-03", "default", kucoin_return},
    {"bitmex-adl-01", "bitmex", bitmex_fills},
    {"bybit-inv-01", "bybit", bybit_inverse_margin},
    {"binance-adl-01", "binance", binance_leverage_pnl},
    {"binance-tier-01", "binance", tier_amounts},
    {"hl-tier-01", "hyperliquid", tier_margin},
    {"hl-tier-02", "hyperliquid", tier_margin},
};

/// Why a case is not claimed.
struct other_cases {
  const char* reason;
  std::vector<const char*> ids;
};

const other_cases others[] = {
    {"rounding: the venue rounds this step the other way, one unit apart (full venue rounding comes later)",
     {"dydx-bankruptcy-12", "drift-base-02", "drift-base-04"}},
    {"definition: a trader's own contracts count in the venue's light, only those strictly ahead in ours; the order is "
     "the same",
     {"bitmex-adl-02"}},
    {"definition: negative equity is bankrupt here even without a requirement", {"dydx-isliq-05"}},
    {"flow: deleverages an account that is not bankrupt, as the venue's own flow would not; ours begins below zero",
     {"dydx-delev-03", "dydx-delev-04"}},
    {"flow: an error of the venue's call; the executor never asks for such a part",
     {"dydx-bankruptcy-15", "dydx-bankruptcy-17"}},
    {"not reproduced: dYdX's fillable price as the limit of a liquidation order",
     {"dydx-fillable-01", "dydx-fillable-03", "dydx-fillable-07", "dydx-fillable-11", "dydx-fillable-13",
      "dydx-fillable-14", "dydx-fillable-15"}},
    {"not reproduced: initial margin that scales with open interest",
     {"dydx-im-07", "dydx-im-09", "dydx-oimf-01", "dydx-oimf-03", "dydx-oimf-04", "dydx-oimf-05", "dydx-oimf-06",
      "dydx-oimf-07"}},
    {"not reproduced: dYdX's order of accounts by risk; ours is state, health factor, account",
     {"dydx-riskcmp-04", "dydx-riskcmp-06", "dydx-riskcmp-08", "dydx-riskcmp-10", "dydx-riskcmp-15",
      "dydx-riskcmp-16"}},
    {"not reproduced: Drift's spot borrowing", {"drift-liab-04", "drift-implied-01", "drift-implied-02"}},
    {"not reproduced: Drift's fund fee from the remaining margin",
     {"drift-iffee-02", "drift-iffee-04", "drift-iffee-06", "drift-iffee-07"}},
    {"not reproduced: Drift's fee and share that grow with time",
     {"drift-liqfee-01", "drift-liqfee-03", "drift-maxpct-01"}},
    {"not reproduced: Drift's socialised loss as a funding index; ours splits the loss itself", {"drift-social-01"}},
    {"not reproduced: Drift's margin for fills and its high-leverage mode",
     {"drift-mr-03", "drift-mr-05", "drift-mr-06"}},
    {"no rulebook: Mango's health, with weights per market and open orders",
     {"mango-health-01", "mango-health-03", "mango-health-06", "mango-health-08", "mango-health-09", "mango-health-10",
      "mango-health-12", "mango-health-13"}},
    {"no rulebook: Mango's settlement, insurance and socialised loss across tokens",
     {"mango-bankr-02", "mango-bankr-05", "mango-bankr-07", "mango-bankr-08", "mango-bankr-09", "mango-bankr-10",
      "mango-bankr-12"}},
    {"no rulebook: Paradex's share of all positions (its page contradicts itself), and the acceptance of orders",
     {"paradex-liq-01", "paradex-im-01"}},
    {"no rulebook: Cube's limit price", {"cube-liq-01"}},
    {"no rulebook: Percolator's global haircut", {"percolator-01"}},
    {"portfolio margin comes later", {"span-scan-02", "dederi-pm-01"}},
    {"research: another weight of risk-aware haircuts than the linear one", {"paper-rap-03"}},
    {"research: facts of an event, with nothing to compute them from",
     {"paper-oct10-01", "paper-oct10-02", "paper-oct10-03", "paper-oct10-05"}},
    {"research: a metric that is not among ours", {"paper-wave1-01"}},
};

/// Cases that differ from ours by one unit, and ours less theirs.
struct near_case {
  const char* id;
  const char* figure;
  int difference;
  runner run;
};
constexpr near_case near_cases[] = {
    {"dydx-bankruptcy-12", "delta_quote_quantums", -1, dydx_bankruptcy_value},
    {"drift-base-02", "base_asset_amount", 1, drift_partial_size},
    {"drift-base-04", "base_asset_amount", 1, drift_partial_size},
};

/// The cases by id; empty where they are absent.
const std::map<std::string, json>& all_cases() {
  static const std::map<std::string, json> cases = [] {
    const char* data = std::getenv("PLIMSOLL_DATA");
    const std::filesystem::path folder =
        data != nullptr ? data : std::filesystem::path(PLIMSOLL_SOURCE_DIR) / ".." / "shared" / "data";
    std::map<std::string, json> out;
    std::ifstream file(folder / "venue-cases" / "cases.json");
    if (!file) { return out; }
    for (json& one : json::parse(file)) { out.emplace(one["id"].get<std::string>(), one); }
    return out;
  }();
  return cases;
}

#define SKIP_WITHOUT_CASES() \
  if (all_cases().empty()) { GTEST_SKIP() << "no venue-cases/cases.json in ../shared/data or PLIMSOLL_DATA"; }

/// Is `ours` what the case expects: exactly, or within the absolute tolerance that it states for figures printed
/// rounded?
void expect_same(const json& expected, const json& ours) {
  const double tolerance = expected.value("abs_tol", 0.0);
  for (const auto& [figure, value] : expected.items()) {
    if (figure == "abs_tol" || figure == "unit") { continue; }
    ASSERT_TRUE(ours.contains(figure)) << figure;
    if (tolerance > 0) {
      EXPECT_LE(std::abs(value.get<double>() - ours[figure].get<double>()), tolerance)
          << figure << " " << ours[figure] << " for " << value;
    } else {
      EXPECT_EQ(value, ours[figure]) << figure;
    }
  }
}

class claimed_venue_case : public testing::TestWithParam<claimed_case> {};

TEST_P(claimed_venue_case, matches) {
  SKIP_WITHOUT_CASES();
  ASSERT_TRUE(rulebook_text(GetParam().rulebook).has_value());
  const auto found = all_cases().find(GetParam().id);
  ASSERT_NE(found, all_cases().end()) << "the data have no such case";
  expect_same(found->second["expected"], GetParam().run(found->second["inputs"]));
}

void PrintTo(const claimed_case& one, std::ostream* out) { *out << one.id; }

INSTANTIATE_TEST_SUITE_P(venues, claimed_venue_case, testing::ValuesIn(claimed), [](const auto& one) {
  std::string name = one.param.id;
  for (char& letter : name) { letter = letter == '-' ? '_' : letter; }
  return name;
});

TEST(venue_cases, differ_by_one_unit_where_the_reason_is_rounding) {
  SKIP_WITHOUT_CASES();
  for (const near_case& one : near_cases) {
    const json& it = all_cases().at(one.id);
    const auto theirs = it["expected"][one.figure].get<std::int64_t>();
    EXPECT_EQ(one.run(it["inputs"])[one.figure].get<std::int64_t>(), theirs + one.difference) << one.id;
  }
}

TEST(venue_cases, agree_on_the_order_where_lights_differ) {
  SKIP_WITHOUT_CASES();
  const json& it = all_cases().at("bitmex-adl-02");
  const json ours = bitmex_queue(it["inputs"]);
  EXPECT_EQ(ours["order"], it["expected"]["order"]);
  EXPECT_NE(ours["percentile"], it["expected"]["percentile"]) << "then the case can be claimed";
}

TEST(venue_cases, are_claimed_or_listed_each_once) {
  SKIP_WITHOUT_CASES();
  std::map<std::string, int> seen;
  std::size_t listed = 0;
  for (const claimed_case& one : claimed) { ++seen[one.id]; }
  for (const other_cases& group : others) {
    for (const char* id : group.ids) { ++seen[id]; }
    listed += group.ids.size();
  }
  for (const auto& [id, one] : all_cases()) { EXPECT_EQ(seen[id], 1) << id; }
  EXPECT_EQ(seen.size(), all_cases().size()) << "a case is named that the data do not have";

  // Figures that their own source did not print: a match is a hint, not conformance.
  int hints = 0;
  for (const claimed_case& one : claimed) {
    const std::string note = all_cases().at(one.id)["note"];
    for (const char* word : {"DERIVED", "third-party", "LOW", "not staff"}) {
      hints += note.find(word) != std::string::npos ? 1 : 0;
    }
  }
  RecordProperty("claimed", static_cast<int>(std::size(claimed)));
  RecordProperty("others", static_cast<int>(listed));
  std::cout << "venue cases: " << std::size(claimed) << " claimed (" << hints << " of them hints), " << listed
            << " others\n";
  for (const other_cases& group : others) { std::cout << "  " << group.ids.size() << "  " << group.reason << "\n"; }
}

}  // namespace
}  // namespace plimsoll::cases
