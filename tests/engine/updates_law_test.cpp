// An update has the same effect on a book that has taken all updates before it and on one that is laid out again for
// this one: same state, same holdings of the system.
#include <array>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/book/live_book.hpp"
#include "host/book/rebuild.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/updates/update.hpp"
#include "tests/engine/feed.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

/// The holdings of a system account, in plain figures.
using holding = std::tuple<int, int, std::uint32_t, int128, int128>;
std::vector<holding> holdings_of(const ledger_state& state) {
  std::vector<holding> out;
  for (int account = 0; account < 5; ++account) {
    for (const auto& [asset, amount] : state.system[static_cast<std::size_t>(account)].balance) {
      out.push_back({account, 0, asset, amount, 0});
    }
    for (const auto& [instrument, held] : state.system[static_cast<std::size_t>(account)].positions) {
      out.push_back({account, 1, instrument, held.lots, held.cost});
    }
  }
  return out;
}

struct tally {
  std::array<std::uint64_t, 10> applied{};
};

void run(collateral_mode collateral, std::uint64_t seed, tally& seen) {
  SCOPED_TRACE(testing::Message() << to_string(collateral) << ", seed " << seed);
  synthetic::spec venue;
  venue.accounts = static_cast<std::uint32_t>(10 + 40 * (seed % 4));
  venue.instruments = seed % 2 == 0 ? 3 : 12;
  venue.collateral = collateral;
  venue.seed = seed;
  venue.giant_share = 0;
  tick_engine engine(
      make_backend("cpu", 1).value(),
      {.threads = 1, .spare_share = seed % 2 == 0 ? 0.25 : 1.0 / 32, .shift_limit = seed % 3 == 0 ? 4096U : 4U});
  ASSERT_TRUE(engine.load(synthetic::make_book(venue)));
  ASSERT_TRUE(engine.open_cross_units());
  book dense = engine.snapshot();
  ledger_state system = engine.system();
  std::vector<std::uint8_t> delisted;
  feed::source from(seed);
  for (int i = 0; i < 700; ++i) {
    const update one = from.next_update(engine.columns());
    if (!engine.apply({&one, 1})) { continue; }
    ++seen.applied[static_cast<std::size_t>(one.kind)];
    live_book rebuilt(std::move(dense));
    ledger books(rebuilt);
    books.restore(std::move(system));
    update_writer writer(rebuilt, books, "updates");
    writer.restore(std::move(delisted));
    margin_return returns(books);
    std::vector<ledger_plan> plans;
    refusal_list refusals;
    const status written = writer.apply({&one, 1}, plans, refusals);
    ASSERT_TRUE(written) << to_string(one.kind) << ": " << written.error().message;
    ASSERT_TRUE(returns.run([](const ledger_plan&) {}));
    books.close_emptied();
    dense = rebuilt.dense();
    system = books.state();
    delisted = writer.delisted();
    if (i % 7 != 0 && one.kind != update_kind::funding && one.kind != update_kind::settle &&
        one.kind != update_kind::delist) {
      continue;
    }
    ASSERT_EQ(state_digest(engine.columns()), state_digest(dense)) << to_string(one.kind) << ", update " << i;
    ASSERT_EQ(holdings_of(engine.system()), holdings_of(system)) << to_string(one.kind) << ", update " << i;
    ASSERT_EQ(engine.system().last_id, system.last_id);
  }
  const book snapshot = engine.snapshot();
  ASSERT_EQ(state_digest(snapshot), state_digest(dense));
  // The name of a refused update stays in the live book.
  for (std::uint32_t id = 0; id < snapshot.accounts.size(); ++id) { ASSERT_FALSE(snapshot.accounts.is_vacant(id)); }
  for (std::uint32_t id = 0; id < dense.accounts.size(); ++id) {
    ASSERT_NE(snapshot.accounts.find(dense.accounts[id]), no_id);
  }
}

TEST(updates_law, mean_the_same_to_a_book_that_lived_and_to_one_laid_out_again) {
  tally seen;
  for (const collateral_mode collateral : {collateral_mode::single, collateral_mode::multi}) {
    for (std::uint64_t seed = 1; seed <= 16; ++seed) {
      run(collateral, seed, seen);
      if (testing::Test::HasFatalFailure()) { return; }
    }
  }
  for (std::size_t kind = 0; kind < seen.applied.size(); ++kind) {
    EXPECT_GT(seen.applied[kind], 5U) << to_string(static_cast<update_kind>(kind));
  }
}

}  // namespace
}  // namespace plimsoll
