// The refusals of a ledger and their messages: legs against its rules, sums that pass a limit, ids out of order.
#include "host/updates/ledger.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "host/book/assemble.hpp"
#include "tests/unit/small_reference.hpp"

namespace plimsoll {
namespace {

constexpr std::int64_t lots_most = limits::size_lots_max;
constexpr std::int64_t money_most = limits::money_steps_max;

/// Collateral of two assets, contracts in the second: ann is long 5 of A at a cost of 500 and short 4 of B at -400,
/// with 70 in her unit and 5 of BTC; bob holds only 9 BTC and an empty unit.
book two_accounts() {
  reference_data reference = small_reference({"BTC", "USD"}, {"A", "B"});
  reference.venue.collateral = collateral_mode::multi;
  name_table accounts;
  accounts.append("ann");
  accounts.append("bob");
  position_rows rows;
  rows.account = {0, 0};
  rows.instrument = {0, 1};
  rows.lots = {5, -4};
  rows.cost = {500, -400};
  rows.isolated = {0, 0};
  rows.isolated_margin = {0, 0};
  auto made = assemble_book(std::move(reference), std::move(accounts), {{0, 0, 1}, {1, 0, 0}, {70, 5, 9}},
                            std::move(rows), std::vector<mark>(2));
  EXPECT_TRUE(made.faults.empty());
  return std::move(made.built);
}

constexpr std::uint32_t usd = 1;
constexpr std::uint32_t ann = 0;

ledger_leg money(std::uint32_t unit, std::int64_t amount, std::uint32_t asset = usd) {
  ledger_leg leg;
  leg.unit = unit;
  leg.asset = asset;
  leg.amount = amount;
  return leg;
}
ledger_leg change(std::uint32_t position, std::uint32_t instrument, std::int64_t lots, std::int64_t cost) {
  ledger_leg leg = money(ann, 0);
  leg.position = position;
  leg.instrument = instrument;
  leg.lots = lots;
  leg.cost = cost;
  return leg;
}
/// The same from the outside world, so that the plan balances.
ledger_leg against(const ledger_leg& leg) {
  ledger_leg out = leg;
  out.unit = no_id;
  out.position = no_id;
  out.system = system_account::external;
  out.lots = -leg.lots;
  out.cost = -leg.cost;
  out.amount = -leg.amount;
  return out;
}

/// The parts of a book in memory that a plan may change.
std::vector<std::vector<std::int64_t>> figures(const book& of) {
  return {of.units.balance, of.units.cash, of.positions.lots, of.positions.cost, of.collateral.amount};
}

/// Posts legs, each against the outside world.
struct posted {
  explicit posted(std::vector<ledger_leg> legs, bool try_it = true) : source(two_accounts()), books(source) {
    post(std::move(legs), try_it);
  }
  posted(std::vector<std::vector<ledger_leg>> earlier, std::vector<ledger_leg> legs)
      : source(two_accounts()), books(source) {
    for (std::vector<ledger_leg>& one : earlier) {
      post(std::move(one), true);
      EXPECT_EQ(error_text, "");
    }
    post(std::move(legs), true);
  }
  void post(std::vector<ledger_leg> legs, bool try_it) {
    for (std::size_t i = legs.size(); i-- > 0;) { legs.push_back(against(legs[i])); }
    const auto before = figures(source);
    const ledger_plan plan{books.next_id(), ledger_step::update, "test", std::move(legs)};
    const status done = try_it ? books.try_post(plan) : books.post(plan);
    code = done ? std::nullopt : std::optional(done.error().code);
    error_text = done ? "" : done.error().message;
    if (!done) {
      EXPECT_EQ(figures(source), before);
      EXPECT_EQ(books.state().last_id + 1, plan.id);
    }
  }

  book source;
  ledger books;
  std::optional<error_code> code;
  std::string error_text;
};

TEST(ledger, legs_against_its_rules_poison_it_by_name) {
  ledger_leg elsewhere = change(0, 0, -5, -500);
  elsewhere.unit = 1;
  ledger_leg moves_position = change(0, 0, 0, 0);
  moves_position.asset = 0;
  const std::vector<std::pair<ledger_leg, std::string>> wrong = {
      {money(1, 1, 7), "a leg moves an asset that its unit does not hold"},
      {moves_position, "a leg moves an asset that its unit does not hold"},
      {change(no_id, 0, 1, 0), "a leg changes a position that it does not name"},
      {change(no_id, 0, 0, 1), "a leg changes a position that it does not name"},
      {elsewhere, "a leg names a position of another unit"},
      {change(0, 1, -5, -500), "a leg names a position in another instrument"},
      {change(0, 0, -6, -500), "a position would change its side"},
      {change(1, 1, 5, 400), "a position would change its side"},
      {change(0, 0, -5, -499), "a closed position would keep a cost"},
      {change(1, 1, 4, 401), "a closed position would keep a cost"},
  };
  for (const auto& [leg, why] : wrong) {
    const posted done({leg});
    EXPECT_EQ(done.code, error_code::invariant_broken) << why;
    EXPECT_EQ(done.error_text, "Invariant: plan 1 (update, test): " + why);
    EXPECT_TRUE(done.books.poisoned());
    ASSERT_TRUE(done.books.broken_plan().has_value());
    EXPECT_EQ(done.books.broken_plan()->id, 1U);
  }
}

TEST(ledger, what_its_rules_allow_is_applied_to_the_step) {
  posted done({change(0, 0, -5, -500), change(1, 1, 3, 300), money(ann, 7), money(ann, -5, 0), money(1, 11)});
  ASSERT_EQ(done.error_text, "");
  EXPECT_EQ(done.source.positions.lots, (std::vector<std::int64_t>{0, -1}));
  EXPECT_EQ(done.source.positions.cost, (std::vector<std::int64_t>{0, -100}));
  EXPECT_EQ(done.source.units.balance, (std::vector<std::int64_t>{77, 11}));
  EXPECT_EQ(done.source.units.cash, (std::vector<std::int64_t>{70 - 100 + 7 + 200, 11}));
  EXPECT_EQ(done.source.collateral.amount, (std::vector<std::int64_t>{0, 9}));
  EXPECT_EQ(done.books.balance(system_account::external, usd), -18);
  EXPECT_EQ(done.books.balance(system_account::external, 0), 5);
  EXPECT_EQ(done.books.balance(system_account::fund, usd), 0);
  const auto& held = done.books.holdings(system_account::external).positions;
  EXPECT_EQ(held.at(0).lots, 5);
  EXPECT_EQ(held.at(0).cost, 500);
  EXPECT_EQ(held.at(1).lots, -3);
  EXPECT_EQ(held.at(1).cost, -300);
}

TEST(ledger, legs_of_one_plan_add_up_before_they_are_judged) {
  // Twice 3 lots of 5; BTC twice.
  EXPECT_EQ(posted({change(0, 0, -3, -300), change(0, 0, -3, -200)}).error_text,
            "Invariant: plan 1 (update, test): a position would change its side");
  posted done({change(0, 0, -3, -300), change(0, 0, -2, -200), money(ann, 4, 0), money(ann, 4, 0), money(ann, 1),
               money(ann, 1)});
  ASSERT_EQ(done.error_text, "");
  EXPECT_EQ(done.source.positions.lots[0], 0);
  EXPECT_EQ(done.source.collateral.amount[0], 13);
  EXPECT_EQ(done.source.units.balance[ann], 72);
}

TEST(ledger, a_limit_holds_to_the_last_step_and_beyond_it_the_figures_are_at_fault) {
  const std::string unit_limit = "the balance of ann would pass 2^62 steps";
  struct limit_case {
    std::vector<ledger_leg> within;
    std::vector<ledger_leg> beyond;
    std::string why;
  };
  const std::vector<limit_case> cases = {
      {{change(0, 0, lots_most - 5, 0)}, {change(0, 0, 1, 0)}, "a position would pass 2^61 lots"},
      {{change(1, 1, 4 - lots_most, 0)}, {change(1, 1, -1, 0)}, "a position would pass 2^61 lots"},
      // Costs lie in cash with the opposite sign: money pays for them.
      {{change(0, 0, 0, money_most - 500)}, {change(0, 0, 0, 1)}, "a cost would pass 2^62 steps"},
      {{change(0, 0, 0, -money_most - 500), money(ann, -470)}, {change(0, 0, 0, -1)}, "a cost would pass 2^62 steps"},
      {{money(ann, money_most - 70)}, {money(ann, 1)}, unit_limit},
      {{money(ann, -money_most + 30)}, {money(ann, -1)}, unit_limit},  // Of the cash: 70 - 100 at the start.
      {{change(0, 0, 0, -500), change(1, 1, 0, -money_most + 400 + 70)}, {change(1, 1, 0, -1)}, unit_limit},
      {{money(ann, money_most - 5, 0)}, {money(ann, 1, 0)}, "a balance would pass 2^62 steps"},
      {{money(ann, -money_most - 5, 0)}, {money(ann, -1, 0)}, "a balance would pass 2^62 steps"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const posted done({cases[i].within}, cases[i].beyond);
    EXPECT_EQ(done.code, error_code::bad_data) << i;
    EXPECT_EQ(done.error_text, cases[i].why) << i;
    EXPECT_FALSE(done.books.poisoned()) << i;
  }
}

TEST(ledger, a_limit_passed_by_a_plan_of_our_own_poisons_it) {
  const posted done({change(0, 0, lots_most, 0)}, false);
  EXPECT_EQ(done.code, error_code::invariant_broken);
  EXPECT_EQ(done.error_text, "Invariant: plan 1 (update, test): a position would pass 2^61 lots");
  EXPECT_TRUE(done.books.poisoned());
}

TEST(ledger, ids_rise_without_gaps_and_an_old_one_changes_nothing) {
  book source = two_accounts();
  ledger books(source);
  const auto plan = [](std::uint64_t id) {
    return ledger_plan{id, ledger_step::update, "test", {money(ann, 1), against(money(ann, 1))}};
  };
  EXPECT_EQ(books.next_id(), 1U);
  ASSERT_TRUE(books.post(plan(1)).has_value());
  ASSERT_TRUE(books.post(plan(2)).has_value());
  EXPECT_EQ(books.next_id(), 3U);
  ASSERT_TRUE(books.post(plan(1)).has_value());
  ASSERT_TRUE(books.post(plan(2)).has_value());
  EXPECT_EQ(source.units.balance[ann], 72);
  const status skipped = books.post(plan(4));
  ASSERT_FALSE(skipped.has_value());
  EXPECT_EQ(skipped.error().message, "Invariant: plan 4 (update, test): follows plan 2");
  EXPECT_EQ(skipped.error().code, error_code::invariant_broken);
  EXPECT_EQ(source.units.balance[ann], 72);
}

TEST(ledger, what_does_not_balance_is_named_by_the_lowest_id_lots_first) {
  const auto outcome = [](std::vector<ledger_leg> legs) {
    return imbalance_of({1, ledger_step::update, "test", std::move(legs)}).value_or("");
  };
  EXPECT_EQ(outcome({money(ann, 3), against(money(ann, 3))}), "");
  EXPECT_EQ(outcome({money(ann, 3), money(ann, -2)}), "steps of asset 1 sum to 1");
  EXPECT_EQ(outcome({money(ann, 3), money(ann, -2, 0)}), "steps of asset 0 sum to -2");
  EXPECT_EQ(outcome({change(0, 0, 0, 4)}), "steps of asset 1 sum to -4");
  EXPECT_EQ(outcome({change(1, 1, 2, 4), change(0, 0, 1, 0)}), "lots of instrument 0 sum to 1");
  EXPECT_EQ(outcome({change(1, 1, 2, 4), change(0, 0, 1, 0), change(0, 0, -1, 0)}), "lots of instrument 1 sum to 2");
}

TEST(ledger, the_least_contract_and_then_the_least_asset_that_does_not_sum_to_zero_is_named) {
  const auto fault_of = [](std::vector<ledger_leg> legs) {
    return imbalance_of({1, ledger_step::update, "test", std::move(legs)}).value_or("");
  };
  EXPECT_EQ(fault_of({change(1, 1, 4, 0), change(0, 0, -5, 0)}), "lots of instrument 0 sum to -5");
  EXPECT_EQ(fault_of({money(ann, 3, 1), money(ann, 2, 0)}), "steps of asset 0 sum to 2");
  EXPECT_EQ(fault_of({change(1, 1, 4, 7), against(change(1, 1, 4, 6))}), "steps of asset 1 sum to -1");
}

TEST(ledger, rows_of_system_accounts_keep_all_that_they_hold) {
  const book source = two_accounts();
  ledger_state state;
  const auto of = [&](system_account account) -> system_holdings& {
    return state.system[static_cast<std::size_t>(account)];
  };
  of(system_account::market).positions[0] = {0, -15};  // Sold what it had bought, and gained.
  of(system_account::market).positions[1] = {3, 0};
  of(system_account::backstop).positions[0] = {0, 0};
  of(system_account::backstop).balance[usd] = -4;
  of(system_account::fees).balance[0] = 0;
  of(system_account::fund).balance[usd] = 12;
  state.fund_parts = {{"A", 12}, {"B", 0}};
  const ledger_state again = opened_with(system_rows_of(state, source.reference));
  const auto in = [&](system_account account) -> const system_holdings& {
    return again.system[static_cast<std::size_t>(account)];
  };
  EXPECT_EQ(in(system_account::market).positions.at(0).cost, -15);
  EXPECT_EQ(in(system_account::market).positions.at(1).lots, 3);
  EXPECT_EQ(in(system_account::backstop).positions.size(), 0U);
  EXPECT_EQ(in(system_account::backstop).balance.at(usd), -4);
  EXPECT_EQ(in(system_account::fees).balance.size(), 0U);
  EXPECT_EQ(in(system_account::fund).balance.at(usd), 12);
  EXPECT_EQ(again.fund_parts, state.fund_parts);
}

}  // namespace
}  // namespace plimsoll
