// Reference data revised under a loaded book = the same book loaded with them, after and before any updates.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "host/backend/choose.hpp"
#include "host/book/assemble.hpp"
#include "host/book/live_book.hpp"
#include "host/book/rebuild.hpp"
#include "host/engine/tick_engine.hpp"
#include "tests/engine/feed.hpp"
#include "tests/engine/same_tick.hpp"
#include "tests/support/synthetic_book.hpp"

namespace plimsoll {
namespace {

using feed::difference;
using feed::lines_of;

template <class Named>
std::uint32_t id_of(const std::vector<Named>& all, const std::string& name) {
  for (std::uint32_t id = 0; id < all.size(); ++id) {
    if (all[id].name == name) { return id; }
  }
  return no_id;
}

/// Reference data by name, to be changed and put in order again.
struct named_reference {
  struct contract {
    instrument it;
    std::string base, settle;
    std::vector<tier_band> bands;
  };
  reference_data rest;
  std::map<std::string, asset> assets;
  std::map<std::string, std::string> spot_of;  ///< Asset: its spot instrument.
  std::map<std::string, contract> instruments;

  explicit named_reference(const reference_data& from) : rest(from) {
    for (const asset& one : from.assets) {
      assets[one.name] = one;
      if (one.spot != no_id) { spot_of[one.name] = from.instruments[one.spot].name; }
    }
    for (const instrument& one : from.instruments) {
      instruments[one.name] = {
          one,
          from.assets[one.base].name,
          from.assets[one.settle].name,
          {from.bands.begin() + one.first_band, from.bands.begin() + one.first_band + one.band_count}};
    }
  }

  [[nodiscard]] reference_data in_order() const {
    reference_data out = rest;
    out.assets.clear();
    out.instruments.clear();
    out.bands.clear();
    out.tier_table_names.clear();
    for (const auto& [name, one] : assets) { out.assets.push_back(one); }
    for (const auto& [name, one] : instruments) {
      instrument it = one.it;
      it.name = name;
      it.base = id_of(out.assets, one.base);
      it.settle = id_of(out.assets, one.settle);
      if (!one.bands.empty()) {
        it.tier_table = static_cast<std::uint32_t>(out.tier_table_names.size());
        it.first_band = static_cast<std::uint32_t>(out.bands.size());
        it.band_count = static_cast<std::uint32_t>(one.bands.size());
        out.tier_table_names.push_back("T" + name);
        out.bands.insert(out.bands.end(), one.bands.begin(), one.bands.end());
      }
      out.instruments.push_back(it);
    }
    for (asset& one : out.assets) {
      const auto spot = spot_of.find(one.name);
      one.spot = spot == spot_of.end() ? no_id : id_of(out.instruments, spot->second);
    }
    out.quote = id_of(out.assets, out.venue.quote);
    return out;
  }
};

std::vector<tier_band> random_bands(feed::source& from) {
  std::vector<tier_band> bands;
  tier_band band;
  band.maintenance_ppm = 1'000 + static_cast<std::uint32_t>(from.below(40'000));
  band.initial_ppm = band.maintenance_ppm + static_cast<std::uint32_t>(from.below(50'000));
  for (std::uint64_t left = 1 + from.below(6); left > 0; --left) {
    bands.push_back(band);
    const std::uint64_t floor = band.floor + 1 + from.below(std::uint64_t{1} << (30 + from.below(12)));
    const auto rate = band.maintenance_ppm + static_cast<std::uint32_t>(from.below(20'000));
    band.amount = next_amount(band, floor, rate);
    band.floor = floor;
    band.maintenance_ppm = rate;
    band.initial_ppm = std::max(band.initial_ppm, rate + static_cast<std::uint32_t>(from.below(30'000)));
  }
  return bands;
}

/// A name that no instrument or asset has, anywhere in their order.
std::string random_name(feed::source& from) {
  const std::string first(1, static_cast<char>('0' + from.below(75)));
  return first + std::to_string(from.below(100'000));
}

const std::string& any_contract(feed::source& from, const named_reference& of) {
  for (;;) {
    auto at = of.instruments.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(from.below(of.instruments.size())));
    if (at->second.it.kind != instrument_kind::spot) { return at->first; }
  }
}

/// Something new, something changed, as it comes.
void revise_at_random(feed::source& from, named_reference& of, revision& wanted) {
  const bool multi = of.rest.venue.collateral == collateral_mode::multi;
  wanted = {};
  const bool lists = from.below(2) == 0;
  for (std::uint64_t left = lists ? from.below(3) : 0; left > 0; --left) {
    asset one;
    one.name = random_name(from);
    if (of.assets.count(one.name) != 0) { continue; }
    if (multi && from.below(2) == 0) { one.price = decimal{1 + static_cast<int128>(from.below(500)), 1}; }
    one.asset_weight_ppm = multi ? 900'000 : one.asset_weight_ppm;
    of.assets[one.name] = one;
    ++wanted.assets;
    if (!multi || one.price || from.below(3) == 0) { continue; }
    named_reference::contract spot;
    spot.it.kind = instrument_kind::spot;
    spot.base = one.name;
    spot.settle = of.rest.venue.quote;
    const std::string name = random_name(from);
    if (of.instruments.count(name) != 0) { continue; }
    of.instruments[name] = spot;
    of.spot_of[one.name] = name;
    ++wanted.instruments;
  }
  for (std::uint64_t left = lists ? from.below(5) : 0; left > 0 && of.instruments.size() < 60; --left) {
    named_reference::contract made = of.instruments[any_contract(from, of)];
    auto base = of.assets.begin();
    std::advance(base, static_cast<std::ptrdiff_t>(from.below(of.assets.size())));
    if (base->first != of.rest.venue.quote && base->second.digits == 8) {
      made.base = base->first;
      if (made.it.kind == instrument_kind::inverse) { made.settle = made.base; }
    }
    made.bands = random_bands(from);
    const std::string name = random_name(from);
    if (!of.instruments.emplace(name, made).second) { continue; }
    ++wanted.instruments;
  }
  std::set<std::string> retiered;
  const std::set<std::string> listed = [&] {
    std::set<std::string> out;
    for (const auto& [name, one] : of.instruments) {
      if (id_of(of.rest.instruments, name) == no_id) { out.insert(name); }
    }
    return out;
  }();
  for (std::uint64_t left = from.below(4); left > 0; --left) {
    const std::string name = any_contract(from, of);
    of.instruments[name].bands = random_bands(from);
    if (listed.count(name) == 0) { retiered.insert(name); }
  }
  wanted.retiered = static_cast<std::uint32_t>(retiered.size());
}

/// One thing that must be refused, and the column that must be named.
std::string spoil(feed::source& from, reference_data& next, const reference_data& current) {
  const auto any_current = [&](const auto& current_rows, auto& rows) -> auto& {
    return rows[id_of(rows, current_rows[from.below(current_rows.size())].name)];
  };
  instrument& it = any_current(current.instruments, next.instruments);
  asset& money = any_current(current.assets, next.assets);
  const bool contract = it.kind != instrument_kind::spot;
  switch (from.below(9)) {
    case 0: {
      const auto at = next.instruments.begin() + (&it - next.instruments.data());
      next.instruments.erase(at);
      return "instrument";
    }
    case 1: it.price_step = {it.price_step.mantissa + 1, it.price_step.scale}; return "price_step";
    case 2:
      if (!contract) { break; }
      it.size_step = {7, 2};
      return "size_step";
    case 3:
      if (!contract) { break; }
      it.contract_size = {7, 3};
      return "contract_size";
    case 4: it.base = (it.base + 1) % static_cast<std::uint32_t>(next.assets.size()); return "base";
    case 5: money.digits -= 1; return "step";
    case 6: money.liability_weight_ppm += 1; return "liability_weight";
    case 7:
      next.venue.collateral =
          next.venue.collateral == collateral_mode::multi ? collateral_mode::single : collateral_mode::multi;
      return "collateral";
    default: break;
  }
  next.venue.margin_call_ppm += 1;
  return "margin.margin_call_at";
}

/// The rows of a dense book under other reference data, by name.
book under(const reference_data& next, const book& dense) {
  std::vector<std::uint32_t> instruments;
  std::vector<std::uint32_t> assets;
  for (const instrument& one : dense.reference.instruments) {
    instruments.push_back(id_of(next.instruments, one.name));
  }
  for (const asset& one : dense.reference.assets) { assets.push_back(id_of(next.assets, one.name)); }
  balance_rows balances;
  position_rows positions;
  const auto add_balance = [&](std::uint32_t unit, std::uint32_t asset, std::int64_t amount) {
    balances.account.push_back(dense.units.account[unit]);
    balances.asset.push_back(static_cast<std::uint16_t>(assets[asset]));
    balances.amount.push_back(amount);
  };
  for (std::uint32_t unit = 0; unit < dense.units.size(); ++unit) {
    const bool isolated = dense.units.code[unit].is_isolated();
    if (!isolated) { add_balance(unit, dense.asset_of(unit), dense.units.balance[unit]); }
    for (std::uint32_t p = dense.units.first_position[unit]; p < dense.units.first_position[unit + 1]; ++p) {
      positions.account.push_back(dense.units.account[unit]);
      positions.instrument.push_back(static_cast<std::uint16_t>(instruments[dense.positions.instrument[p]]));
      positions.lots.push_back(dense.positions.lots[p]);
      positions.cost.push_back(dense.positions.cost[p]);
      positions.isolated.push_back(isolated ? 1 : 0);
      positions.isolated_margin.push_back(isolated ? dense.units.balance[unit] : 0);
      if (!dense.positions.given.empty()) { positions.given.push_back(dense.positions.given[p]); }
    }
    if (dense.units.first_collateral.empty()) { continue; }
    for (std::uint32_t row = dense.units.first_collateral[unit]; row < dense.units.first_collateral[unit + 1]; ++row) {
      add_balance(unit, dense.collateral.asset[row], dense.collateral.amount[row]);
    }
  }
  std::vector<mark> marks(next.instruments.size());
  for (std::size_t i = 0; i < instruments.size(); ++i) { marks[instruments[i]] = dense.marks[i]; }
  std::vector<bare_unit> bare = bare_units_of(dense);
  for (bare_unit& one : bare) { one.code = unit_code::isolated(instruments[one.code.instrument()], one.code.side()); }
  assemble_outcome out =
      assemble_book(next, dense.accounts, std::move(balances), std::move(positions), std::move(marks));
  EXPECT_TRUE(out.faults.empty());
  add_bare_units(out.built, bare);
  return std::move(out.built);
}

/// The sums that must not change, by name.
std::map<std::string, std::string> sums_by_name(const tick_engine& of) {
  const ledger_sums sums = sums_of(of.snapshot(), of.system());
  std::map<std::string, std::string> out;
  const reference_data& reference = of.columns().reference;
  for (std::size_t a = 0; a < sums.money.size(); ++a) {
    if (sums.money[a] != 0) { out["asset " + reference.assets[a].name] = format_units(sums.money[a], 0); }
  }
  for (std::size_t i = 0; i < sums.lots.size(); ++i) {
    if (sums.lots[i] != 0) { out["instrument " + reference.instruments[i].name] = format_units(sums.lots[i], 0); }
  }
  return out;
}

struct course {
  std::uint64_t seed = 1;
  int ticks = 400;
  std::string backend = "cpu";
};

/// Counts of a run's cases, so that a run without any is noticed.
struct tally {
  std::uint32_t revisions = 0, listed = 0, assets = 0, retiered = 0, refused = 0, quiet = 0, fills_in_new = 0,
                screened = 0, delisted = 0, touched = 0, listed_screened = 0;
};

class revision_law : public testing::TestWithParam<course> {
 protected:
  void SetUp() override {
    const course& one = GetParam();
    synthetic::spec venue;
    venue.seed = one.seed;
    venue.accounts = static_cast<std::uint32_t>(10 + 9 * one.seed);
    venue.instruments = one.seed % 3 == 0 ? 2 : 10;
    venue.collateral = one.seed % 2 == 0 ? collateral_mode::multi : collateral_mode::single;
    constexpr score_kind scores[] = {score_kind::pnl_leverage, score_kind::binance, score_kind::given};
    venue.score = scores[one.seed % std::size(scores)];
    venue.giant_share = 0;
    venue.held_share = 0;
    book made = synthetic::make_book(venue);
    if (one.seed % 4 == 3) { made.reference.venue.max_mark_age_ns = 3'000'000'000; }
    for (mark& m : made.marks) { m.as_of_ns = 0; }
    revised_ = engine(one.backend);
    fresh_ = engine("cpu");
    ASSERT_TRUE(fresh_->load(book(made)));
    ASSERT_TRUE(revised_->load(std::move(made)));
    from_ = feed::source(one.seed);
  }

  [[nodiscard]] std::unique_ptr<tick_engine> engine(const std::string& backend) const {
    return std::make_unique<tick_engine>(make_backend(backend, 1).value(),
                                         engine_options{.threads = 1,
                                                        .spare_share = GetParam().seed % 2 == 0 ? 0.25 : 1.0 / 32,
                                                        .shift_limit = GetParam().seed % 3 == 0 ? 4096U : 4U});
  }

  void update_both() {
    const update next = from_.next_update(revised_->columns());
    const auto applied = revised_->apply({&next, 1});
    const auto wanted = fresh_->apply({&next, 1});
    ASSERT_EQ(applied.has_value(), wanted.has_value()) << (applied ? wanted : applied).error().message;
    if (!applied) {
      ASSERT_EQ(applied.error().message, wanted.error().message);
      return;
    }
    const std::string& name = revised_->columns().reference.instruments[next.instrument].name;
    if (next.kind == update_kind::delist) { seen_.delisted += delisted_.insert(name).second ? 1 : 0; }
    if (next.kind == update_kind::list) { delisted_.erase(name); }
    if (next.kind == update_kind::fill && listed_.count(name) != 0) { ++seen_.fills_in_new; }
  }

  void tick_both() {
    std::vector<mark_update> marks = from_.next_marks(revised_->columns(), from_.next_share());
    for (std::uint32_t i = 0; i < revised_->columns().marks.size(); ++i) {
      if (revised_->columns().marks[i].ticks < 1 && from_.below(2) == 0) {
        marks.push_back({i, {1'000 + static_cast<std::int64_t>(from_.below(100'000))}, 0});
      }
    }
    tick_result tick;
    tick_result other;
    const status outcome = revised_->tick(marks, tick);
    const status wanted = fresh_->tick(marks, other);
    ASSERT_EQ(outcome.has_value(), wanted.has_value()) << (outcome ? wanted : outcome).error().message;
    ASSERT_EQ(state_digest(revised_->columns()), state_digest(fresh_->columns()));
    if (!outcome) {
      ASSERT_EQ(outcome.error().message, wanted.error().message);
      return;
    }
    ASSERT_EQ(difference(lines_of(tick), lines_of(other)), "");
    const bool tiers = because_ == "tiers changed";
    const bool loaded = std::any_of(tick.stages.begin(), tick.stages.end(),
                                    [](const stage_seconds& one) { return one.stage == "load"; });
    if (changed_ && tick.screened) {
      ++(tiers ? seen_.touched
               : seen_.listed_screened);  // Only the units that hold a retiered instrument were judged again.
    } else if (changed_) {
      // If the machine took it over, or updates laid the book out again, the first reason is reported.
      const bool other_reason = tick.full_because.starts_with("marks moved") ||
                                tick.full_because == "first tick since the book was laid out" ||
                                tick.full_because == "an instrument has its first mark";
      EXPECT_TRUE(other_reason || tick.full_because == because_) << tick.full_because;
    }
    // A listing is taken over into the present book.
    if (changed_) { EXPECT_TRUE(!loaded || revised_->vacancy().layouts != layouts_); }
    layouts_ = revised_->vacancy().layouts;
    changed_ = false;
    seen_.screened += tick.screened ? 1 : 0;
  }

  void revise() {
    const book dense = revised_->snapshot();
    const auto sums = sums_by_name(*revised_);
    named_reference next(dense.reference);
    revision wanted;
    revise_at_random(from_, next, wanted);
    const reference_data expected = next.in_order();
    reference_data given = expected;
    for (asset& one : given.assets) { one.spot = no_id; }  // To be found.
    if (from_.below(3) == 0) {
      reference_data bad = given;
      const std::string column = spoil(from_, bad, dense.reference);
      const auto refused = revised_->revise(std::move(bad));
      ASSERT_FALSE(refused) << column;
      ASSERT_EQ(refused.error().code, error_code::bad_data);
      ASSERT_NE(refused.error().message.find(column), std::string::npos) << column << ": " << refused.error().message;
      ++seen_.refused;
      tick_both();  // With the old data.
    }
    const book now = revised_->snapshot();
    const auto outcome = revised_->revise(std::move(given));
    ASSERT_TRUE(outcome) << outcome.error().message;
    ASSERT_EQ(outcome.value().instruments, wanted.instruments);
    ASSERT_EQ(outcome.value().assets, wanted.assets);
    ASSERT_EQ(outcome.value().retiered, wanted.retiered);
    ASSERT_EQ(sums_by_name(*revised_), sums);
    changed_ = wanted.instruments + wanted.assets + wanted.retiered != 0;
    because_ = wanted.instruments + wanted.assets != 0 ? "an instrument or asset was listed" : "tiers changed";
    ++seen_.revisions;
    seen_.quiet += changed_ ? 0 : 1;
    seen_.listed += wanted.instruments;
    seen_.assets += wanted.assets;
    seen_.retiered += wanted.retiered;
    for (const instrument& one : expected.instruments) {
      if (id_of(dense.reference.instruments, one.name) == no_id) { listed_.insert(one.name); }
    }
    fresh_ = engine("cpu");
    ASSERT_TRUE(fresh_->load(under(expected, now)));
    for (const std::string& name : delisted_) {
      update one;
      one.kind = update_kind::delist;
      one.instrument = id_of(expected.instruments, name);
      ASSERT_TRUE(fresh_->apply({&one, 1}));
    }
  }

  feed::source from_{1};
  std::unique_ptr<tick_engine> revised_, fresh_;
  std::set<std::string> delisted_, listed_;
  bool changed_ = false;
  std::string because_;
  std::uint64_t layouts_ = ~std::uint64_t{0};  ///< Of the tick before.
  tally seen_;
};

TEST_P(revision_law, revised_is_loaded_again) {
  for (int t = 0; t < GetParam().ticks; ++t) {
    SCOPED_TRACE(testing::Message() << "tick " << t);
    for (std::uint64_t left = from_.below(8); left > 0; --left) { ASSERT_NO_FATAL_FAILURE(update_both()); }
    if (from_.below(8) == 0) { ASSERT_NO_FATAL_FAILURE(revise()); }
    for (std::uint64_t left = from_.below(8); left > 0; --left) { ASSERT_NO_FATAL_FAILURE(update_both()); }
    if (t % 37 == 36) {
      ASSERT_TRUE(revised_->make_room());
      EXPECT_GT(revised_->vacancy().least(), 1.0 / 64);
    }
    ASSERT_NO_FATAL_FAILURE(tick_both());
  }
  std::printf(
      "revisions %u, listed %u, assets %u, retiered %u, refused %u, quiet %u, fills in what was listed %u, delisted "
      "%u, ticks screened %u, screened over other tiers %u, over a listing %u\n",
      seen_.revisions, seen_.listed, seen_.assets, seen_.retiered, seen_.refused, seen_.quiet, seen_.fills_in_new,
      seen_.delisted, seen_.screened, seen_.touched, seen_.listed_screened);
  EXPECT_GT(seen_.listed_screened, 0U);
  if (GetParam().ticks < 200) { return; }
  EXPECT_GT(seen_.revisions, 20U);
  EXPECT_GT(seen_.listed, 10U);
  EXPECT_GT(seen_.assets, 5U);
  EXPECT_GT(seen_.retiered, 10U);
  EXPECT_GT(seen_.refused, 3U);
  EXPECT_GT(seen_.fills_in_new, 50U);
  if (GetParam().seed > 3) { EXPECT_GT(seen_.touched, 2U); }
  EXPECT_GT(seen_.listed_screened, 5U);
}

std::vector<course> courses(int ticks, const std::string& backend) {
  std::vector<course> all;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) { all.push_back({seed, ticks, backend}); }
  return all;
}
std::string name_of(const testing::TestParamInfo<course>& one) { return "seed_" + std::to_string(one.param.seed); }

INSTANTIATE_TEST_SUITE_P(random_venues, revision_law, testing::ValuesIn(courses(400, "cpu")), &name_of);
INSTANTIATE_TEST_SUITE_P(on_the_emulated_device, revision_law, testing::ValuesIn(courses(90, "emulated")), &name_of);

/// One contract; ann is long `lots` and bob short `shorts`, at a mark of 1: a step of USDT a lot.
book large_book(std::int64_t lots, std::uint32_t initial_ppm, std::int64_t shorts) {
  reference_data reference;
  reference.venue.name = "large";
  reference.venue.quote = "USDT";
  reference.quote = 0;
  reference.assets.push_back({});
  reference.assets[0].name = "USDT";
  instrument it;
  it.name = "BTC";
  it.base = it.settle = 0;
  it.rate = {1, 1, false};
  it.tier_table = 0;
  it.band_count = 1;
  reference.instruments.push_back(it);
  reference.tier_table_names.push_back("T");
  tier_band band;
  band.initial_ppm = initial_ppm;
  reference.bands.push_back(band);
  name_table accounts;
  accounts.append("ann");
  accounts.append("bob");
  mark m;
  m.ticks = 1;
  return assemble_book(reference, std::move(accounts), {{0, 1}, {0, 0}, {0, 0}},
                       {{0, 1}, {0, 0}, {lots, -shorts}, {lots, -shorts}, {0, 0}, {0, 0}, {}}, {m})
      .built;
}

TEST(revision, tiers_under_which_the_book_cannot_stand_are_refused) {
  constexpr std::int64_t lots = std::int64_t{1} << 59;  // At a rate of 8 just 2^62 steps are required.
  for (const std::int64_t shorts : {lots, std::int64_t{1}}) {
    tick_engine engine(make_backend("cpu", 1).value(), {.threads = 1});
    ASSERT_TRUE(engine.load(large_book(lots, 10'000, shorts)));
    tick_result tick;
    ASSERT_TRUE(engine.tick({}, tick)) << engine.tick({}, tick).error().message;
    const auto before = lines_of(tick);
    const auto refused = engine.revise(large_book(lots, 8'000'001, shorts).reference);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, error_code::bad_data);
    EXPECT_NE(refused.error().message.find("ann cross:USDT"), std::string::npos) << refused.error().message;
    EXPECT_NE(refused.error().message.find("2^62 steps of USDT"), std::string::npos) << refused.error().message;
    ASSERT_TRUE(engine.tick({}, tick));
    EXPECT_EQ(lines_of(tick), before);
    EXPECT_TRUE(tick.screened);
    // A load reports it with its first tick; a value that just fits is accepted by both.
    ASSERT_TRUE(engine.load(large_book(lots, 8'000'001, shorts)));
    EXPECT_EQ(engine.tick({}, tick).error().code, error_code::bad_data);
    ASSERT_TRUE(engine.load(large_book(lots, 10'000, shorts)));
    ASSERT_TRUE(engine.revise(large_book(lots, 8'000'000, shorts).reference));
    ASSERT_TRUE(engine.tick({}, tick));
    EXPECT_EQ(tick.full_because, "tiers changed");
  }
}

/// Two spot instruments price COIN, one after the other.
TEST(revision, an_asset_is_priced_by_what_has_priced_it) {
  reference_data current = large_book(1, 1, 1).reference;
  current.venue.collateral = collateral_mode::multi;
  for (const char* name : {"COIN", "KIND"}) {
    asset one;
    one.name = name;
    current.assets.push_back(one);
  }
  std::rotate(current.assets.begin(), current.assets.begin() + 1, current.assets.end());
  current.quote = current.instruments[0].base = current.instruments[0].settle = 2;
  for (const char* name : {"COIN-A", "COIN-B"}) {
    instrument spot;
    spot.name = name;
    spot.kind = instrument_kind::spot;
    spot.base = 0;
    spot.settle = 2;
    current.instruments.push_back(spot);
  }
  current.assets[0].spot = 2;
  reference_data next = current;
  next.assets[0].spot = no_id;
  next.instruments.push_back(next.instruments[2]);
  next.instruments[3].name = "KIND-A";
  next.instruments[3].base = 1;
  reference_change change;
  refusal_list none;
  ASSERT_TRUE(find_change(current, next, {}, none, change));
  EXPECT_EQ(next.assets[0].spot, 2U);
  EXPECT_EQ(next.assets[1].spot, 3U);
  EXPECT_EQ(next.assets[2].spot, no_id);
  next.instruments[3].base = 0;
  reference_places places;
  places.instrument_rows = {2, 3, 4, 9};
  refusal_list refusals;
  ASSERT_FALSE(find_change(current, next, places, refusals, change));
  EXPECT_EQ(to_string(refusals.listed().at(0)),
            "instruments, row 9, column base: \"COIN\" is priced already, by COIN-B");
}

TEST(revision, comes_after_a_load) {
  tick_engine engine(make_backend("cpu", 1).value(), {.threads = 1});
  EXPECT_EQ(engine.revise(large_book(1, 1, 1).reference).error().code, error_code::usage);
}

}  // namespace
}  // namespace plimsoll
