// The fills of a cover, compared with the definition: one loser after the other, each down the whole ladder.
#include "host/engine/cover.hpp"

#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/book/find.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

/// Bankrupt positions one by one, and the entries they take, with every ladder in full.
struct defined_cover {
  std::vector<bankrupt_position> bankrupt;
  std::vector<cover_fill> fills;
};

defined_cover define_cover(const book& source, const tick_prices& prices, const margin_result& margin,
                           const rank_result& ladders) {
  defined_cover out;
  for (const bankrupt_unit& one : bankrupt_units(margin)) {
    const std::vector<std::int64_t> parts = allot_equity(source, prices, one.unit, one.equity);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const std::uint32_t position = source.units.first_position[one.unit] + static_cast<std::uint32_t>(k);
      const size_lots size{source.positions.lots[position]};
      const std::uint32_t instrument = source.positions.instrument[position];
      const contract_rate& contract = source.reference.instruments[instrument].rate;
      const bankruptcy closing = bankruptcy_of(size, value_of(size, prices.rates[instrument]), parts[k], contract);
      out.bankrupt.push_back({position, parts[k], closing, bankruptcy_price(size, closing.value, contract)});
    }
  }
  const auto account_of = [&](std::uint32_t position) { return source.units.account[source.positions.unit[position]]; };
  for (std::uint32_t segment = 0; segment < source.sides.segments(); ++segment) {
    const std::uint32_t winners = segment ^ 1U;
    const auto first = ladders.entries.begin() + static_cast<std::ptrdiff_t>(ladders.first_entry[winners]);
    const auto last = ladders.entries.begin() + static_cast<std::ptrdiff_t>(ladders.first_entry[winners + 1]);
    std::vector<std::uint64_t> left;
    for (auto entry = first; entry != last; ++entry) {
      left.push_back(magnitude(source.positions.lots[entry->position]));
    }
    for (const bankrupt_position& loser : out.bankrupt) {
      const std::int64_t lots = source.positions.lots[loser.position];
      if (segment_of(source.positions.instrument[loser.position], side_of({lots})) != segment) { continue; }
      const int128 worth = loser.closing.value < 0 ? -loser.closing.value : loser.closing.value;
      std::uint64_t done = 0;
      for (std::size_t e = 0; e < left.size() && done < magnitude(lots); ++e) {
        const std::uint32_t winner = first[static_cast<std::ptrdiff_t>(e)].position;
        const std::uint64_t taken = std::min(left[e], magnitude(lots) - done);
        if (taken == 0 || account_of(winner) == account_of(loser.position)) { continue; }
        const auto paid = [&](std::uint64_t of) {
          return static_cast<std::uint64_t>(worth * static_cast<int128>(of) / static_cast<int128>(magnitude(lots)));
        };
        out.fills.push_back({loser.position, winner, static_cast<std::uint32_t>(e), static_cast<std::int64_t>(taken),
                             paid(done + taken) - paid(done), loser.price});
        left[e] -= taken;
        done += taken;
      }
    }
  }
  return out;
}

TEST(cover, is_taken_one_loser_after_the_other_from_the_head_of_the_ladder) {
  cover_finder finder;  // The same for all venues: the content of its scratch memory must not matter.
  std::vector<bankrupt_position> bankrupt;
  std::vector<cover_demand> demands;
  std::vector<cover_fill> fills;
  std::size_t deepest = 0;
  std::uint64_t skipped = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    synthetic::spec venue;
    venue.accounts = seed % 2 == 0 ? 1'500 : 60;
    venue.instruments = seed % 3 == 0 ? 40 : 3;
    venue.bankrupt_share = 0.15;
    venue.isolated_share = 0.5;
    venue.held_share = 0;
    venue.giant_share = 0;
    venue.seed = seed;
    const book source = synthetic::make_book(venue);
    const tick_prices prices = synthetic::make_tick(source, seed % 4 == 0 ? -0.1 : 0);
    const auto machine = make_backend("cpu", 2).value();
    margin_result margin;
    rank_result whole;
    ASSERT_TRUE(machine->load(source));
    ASSERT_TRUE(machine->margin(prices, true, margin));
    ASSERT_TRUE(machine->rank({false, true, {}}, whole));
    const defined_cover wanted = define_cover(source, prices, margin, whole);

    finder.find_bankrupt(source, prices, bankrupt_units(margin), bankrupt);
    ASSERT_EQ(bankrupt.size(), wanted.bankrupt.size());
    for (std::size_t i = 0; i < bankrupt.size(); ++i) {
      ASSERT_EQ(bankrupt[i].position, wanted.bankrupt[i].position);
      ASSERT_EQ(bankrupt[i].allotted, wanted.bankrupt[i].allotted);
      ASSERT_EQ(bankrupt[i].closing.value, wanted.bankrupt[i].closing.value);
      ASSERT_EQ(bankrupt[i].price.raw, wanted.bankrupt[i].price.raw);
    }
    finder.find_demands(source, bankrupt, demands);
    rank_result prefixes;
    ASSERT_TRUE(machine->rank({false, false, demands, true}, prefixes));
    std::vector<std::uint32_t> segments;
    for (const cover_demand& one : demands) { segments.push_back(one.segment); }
    finder.merge(source, bankrupt, prefixes, segments, fills);
    ASSERT_EQ(fills.size(), wanted.fills.size());
    for (std::size_t i = 0; i < fills.size(); ++i) {
      SCOPED_TRACE(testing::Message() << "fill " << i);
      const cover_fill& right = wanted.fills[i];
      ASSERT_EQ(fills[i].loser, right.loser);
      ASSERT_EQ(fills[i].winner, right.winner);
      ASSERT_EQ(fills[i].place, right.place);
      ASSERT_EQ(fills[i].lots, right.lots);
      ASSERT_EQ(fills[i].value, right.value);
      ASSERT_EQ(fills[i].price.raw, right.price.raw);
      deepest = std::max<std::size_t>(deepest, right.place);
      // A step back on the ladder, because an earlier loser skipped its own entry.
      skipped += i > 0 && right.loser != wanted.fills[i - 1].loser && right.place < wanted.fills[i - 1].place ? 1 : 0;
    }
  }
  EXPECT_GT(deepest, 200U);
  EXPECT_GT(skipped, 0U);
}

}  // namespace
}  // namespace plimsoll
