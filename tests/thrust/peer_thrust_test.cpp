// The Thrust peer on Thrust's sequential system: its digests are those of the CPU backend.
#include "bench/peer_thrust.cu"

#include <gtest/gtest.h>

#include "bench/digests.hpp"
#include "host/engine/scan.hpp"
#include "host/generate/generate.hpp"

namespace plimsoll::bench {
namespace {

struct venue {
  book source;
  tick_prices prices;
  std::unique_ptr<backend> machine = make_cpu_backend(2);
  margin_result margin{};
  std::unique_ptr<thrust_peer> peer{};

  explicit venue(const venue_recipe& recipe) : source(generate_book(recipe).value()) {
    refusal_list refusals;
    EXPECT_TRUE(prepare_tick(source, source.marks, {}, prices, refusals));
    EXPECT_TRUE(machine->load(source));
    EXPECT_TRUE(machine->margin(prices, false, margin));
    peer = make_thrust_peer(source, prices).value();
    EXPECT_TRUE(peer->margin());
    EXPECT_TRUE(peer->lights());
  }
};

void expect_same(const venue_recipe& recipe) {
  venue on(recipe);
  margin_result theirs;
  theirs.units.verdicts = on.peer->verdicts();
  EXPECT_EQ(digest_of_verdicts(theirs), digest_of_verdicts(on.margin));

  rank_result ours;
  EXPECT_TRUE(on.machine->rank({}, ours));
  rank_result lit;
  lit.lights = on.peer->entry_lights();
  EXPECT_EQ(digest_of_lights(lit), digest_of_lights(ours));

  rank_request everything;
  everything.full_ladder = true;
  EXPECT_TRUE(on.machine->rank(everything, ours));
  EXPECT_TRUE(on.peer->sort());
  rank_result sorted;
  on.peer->ladders(sorted);
  EXPECT_EQ(digest_of_prefixes(sorted), digest_of_prefixes(ours));
  EXPECT_EQ(sorted.entries.size(), ours.entries.size());
}

TEST(thrust_peer, answers_as_the_cpu_does) {
  for (const venue_shape shape : {venue_shape::zipf, venue_shape::uniform, venue_shape::giant}) {
    for (const std::int32_t shock_ppm : {0, -200'000}) {
      SCOPED_TRACE(std::string(to_string(shape)) + " " + std::to_string(shock_ppm));
      venue_recipe recipe = recipe_of_shape(shape, 40);
      if (shape == venue_shape::giant) { recipe.instruments = 2'000; }
      recipe.accounts = 5'000;
      recipe.positions = 20'000;
      recipe.shock_ppm = shock_ppm;
      expect_same(recipe);
    }
  }
}

TEST(thrust_peer, gives_the_same_twice) {
  venue_recipe recipe;
  recipe.accounts = 500;
  recipe.positions = 2'000;
  venue on(recipe);
  const std::vector<std::uint8_t> first = on.peer->entry_lights();
  EXPECT_TRUE(on.peer->margin());
  EXPECT_TRUE(on.peer->lights());
  EXPECT_EQ(on.peer->entry_lights(), first);
}

TEST(thrust_peer, says_what_it_does_not_know) {
  venue_recipe recipe;
  recipe.accounts = 50;
  recipe.positions = 200;
  recipe.collateral = collateral_mode::multi;
  recipe.inverse_ppm = 0;
  const book source = generate_book(recipe).value();
  EXPECT_EQ(make_thrust_peer(source, {}).error().code, error_code::not_supported);
}

}  // namespace
}  // namespace plimsoll::bench
