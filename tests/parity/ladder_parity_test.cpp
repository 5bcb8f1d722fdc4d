// One long ladder after another, of every shape and of lengths around every edge of every backend: tiny, histogram,
// chunked, many ties. Lights, prefixes and whole orders must be those of the naive sort.
#include <cmath>
#include <functional>

#include "kernels/rules/digest.hpp"
#include "tests/parity/backends.hpp"
#include "tests/parity/hand_made_book.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll::parity {
namespace {

/// Scores by entry, from a hash of the entry's number and the ladder's length.
struct shape {
  const char* name;
  double (*score)(std::uint32_t entry, std::uint32_t length, std::uint64_t hash);
};

double share_of(std::uint64_t hash) { return static_cast<double>(hash >> 11) * 0x1p-53; }

const shape shapes[] = {
    {"all_equal", [](std::uint32_t, std::uint32_t, std::uint64_t) { return 3.5; }},
    {"all_zero", [](std::uint32_t, std::uint32_t, std::uint64_t) { return 0.0; }},
    {"rising", [](std::uint32_t entry, std::uint32_t, std::uint64_t) { return static_cast<double>(entry); }},
    {"falling", [](std::uint32_t entry, std::uint32_t, std::uint64_t) { return -static_cast<double>(entry); }},
    {"two_values", [](std::uint32_t, std::uint32_t, std::uint64_t hash) { return (hash & 1U) != 0 ? 1.0 : 2.0; }},
    {"few_values",
     [](std::uint32_t, std::uint32_t, std::uint64_t hash) { return static_cast<double>(hash % 11) - 5.0; }},
    {"mostly_zero",
     [](std::uint32_t, std::uint32_t, std::uint64_t hash) { return hash % 50 == 0 ? share_of(hash) - 0.5 : 0.0; }},
    {"around_zero", [](std::uint32_t, std::uint32_t, std::uint64_t hash) { return share_of(hash) - 0.5; }},
    {"every_magnitude",
     [](std::uint32_t, std::uint32_t, std::uint64_t hash) {
       return std::ldexp((hash & 1U) != 0 ? 1.0 + share_of(hash) : -1.0 - share_of(hash),
                         static_cast<int>((hash >> 1) % 2000) - 1000);
     }},
    {"neighbours",  // Scores that differ in their last bits only: no coarse digit parts them.
     [](std::uint32_t, std::uint32_t, std::uint64_t hash) { return 1.0 + static_cast<double>(hash % 4096) * 0x1p-52; }},
    {"an_outlier_first",
     [](std::uint32_t entry, std::uint32_t, std::uint64_t hash) { return entry == 0 ? 1e300 : share_of(hash); }},
};

/// Lots by entry: all one, heavy-tailed, or one entry with nearly everything.
const std::function<std::int64_t(std::uint64_t)> lots_shapes[] = {
    [](std::uint64_t) { return std::int64_t{1}; },
    [](std::uint64_t hash) {
      return std::int64_t{1} + static_cast<std::int64_t>((hash >> 40) % (1 + ((hash & 255U) == 0 ? 1'000'000 : 100)));
    },
    [](std::uint64_t hash) {
      return hash % 997 == 3 ? std::int64_t{1} << 40 : std::int64_t{1 + static_cast<std::int64_t>(hash % 3)};
    },
};

class ladder_parity : public testing::TestWithParam<contender> {
 protected:
  void SetUp() override {
    auto made = make(GetParam());
    if (made.machine == nullptr) { GTEST_SKIP() << "SKIPPED: " << made.missing; }
    machine_ = std::move(made.machine);
  }

  /// A market whose shorts are `length` accounts with these scores; one in nine is off the ladder.
  void expect_ladder(const shape& scores, std::size_t lots_shape, std::uint32_t length) {
    SCOPED_TRACE(testing::Message() << scores.name << ", lots " << lots_shape << ", length " << length);
    hand_made_book rows;
    rows.score(score_kind::given);
    const std::uint16_t market = rows.market(10);
    for (std::uint32_t entry = 0; entry < length; ++entry) {
      const std::uint64_t hash = mix64(entry * 31U + length);
      const std::int64_t lots = lots_shapes[lots_shape](mix64(hash));
      const bool bankrupt = mix64(hash + 1) % 9 == 0;
      rows.position(rows.account(bankrupt ? -1 : 100 * lots), market, -lots, -10 * lots,
                    scores.score(entry, length, hash));
    }
    const book source = rows.assemble();
    const auto naive = make_naive_backend();
    expect_agreement(source, synthetic::make_tick(source), *machine_, *naive);
  }

  std::unique_ptr<backend> machine_;
};

TEST_P(ladder_parity, every_shape_at_every_small_length) {
  const bool emulated = GetParam().kind == "emulated";
  for (const shape& scores : shapes) {
    for (const std::uint32_t length :
         {1U, 2U, 5U, 31U, 32U, 33U, 95U, 96U, 97U, 192U, 193U, 255U, 256U, 257U, 511U, 513U}) {
      if (emulated && length > 257 && length % 2 == 1) { continue; }
      for (std::size_t lots_shape = 0; lots_shape < std::size(lots_shapes); ++lots_shape) {
        expect_ladder(scores, lots_shape, length);
      }
    }
  }
}

TEST_P(ladder_parity, every_shape_at_lengths_where_algorithms_change) {
  if (GetParam().kind == "emulated") { GTEST_SKIP() << "SKIPPED: tests/emulator meets the kernels' own edges"; }
  for (const shape& scores : shapes) {
    for (const std::uint32_t length : {8'191U, 8'192U, 32'767U, 32'768U, 32'769U, 70'000U}) {
      expect_ladder(scores, length % 3, length);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(backends, ladder_parity, testing::ValuesIn(contenders()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace plimsoll::parity
