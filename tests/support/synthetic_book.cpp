#include "tests/support/synthetic_book.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "host/engine/scan.hpp"
#include "kernels/rules/digest.hpp"

namespace plimsoll::synthetic {
namespace {

constexpr int money_digits = 8;
constexpr double whole_unit = 1e8;

/// A stream of random numbers from a seed; nothing of libm, so equal everywhere.
class random_stream {
 public:
  explicit random_stream(std::uint64_t seed) : state_(mix64(seed ^ 0x9e3779b97f4a7c15ULL)) {}
  std::uint64_t bits() { return mix64(state_ += 0x9e3779b97f4a7c15ULL); }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<uint128>(bits()) * bound) >> 64);
  }
  bool chance(double share) { return uniform() < share; }
  /// About normal, mean 0, deviation 1: four uniforms.
  double bell() { return (uniform() + uniform() + uniform() + uniform() - 2.0) * 1.7320508075688772; }

 private:
  std::uint64_t state_;
};

/// About 2^x: exact at whole x, continuous and rising between.
double power_of_two(double x) {
  const double whole = std::floor(x);
  const double part = x - whole;
  return std::ldexp(1.0 + part * (0.6565 + part * 0.3435), static_cast<int>(whole));
}

std::string numbered(const char* prefix, std::uint32_t number, int digits) {
  std::string text = std::to_string(number);
  return prefix + std::string(static_cast<std::size_t>(digits) - text.size(), '0') + text;
}

/// A market in the generator: its worth, and how often it is chosen.
struct market {
  value_rate rate;
  double lot_worth = 0;   ///< |value| of a lot at the mark, in steps.
  double unit_worth = 0;  ///< Steps of the settlement asset that are worth one quote unit.
  double cumulative = 0;  ///< Of the choice.
};

class generator {
 public:
  explicit generator(const spec& wanted) : spec_(wanted), random_(wanted.seed) {}

  rows run() {
    make_venue();
    make_markets();
    for (std::uint32_t account = 0; account < spec_.accounts; ++account) { make_account(account); }
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool multi() const { return spec_.collateral == collateral_mode::multi; }

  void make_venue() {
    auto& reference = out_.reference;
    reference.venue.name = "synthetic";
    reference.venue.quote = "USDT";
    reference.venue.collateral = spec_.collateral;
    reference.venue.adl_score = spec_.score;
    if (spec_.held_share > 0) { reference.venue.max_mark_age_ns = 5'000'000'000; }
    constexpr std::uint32_t coins = 4;
    for (std::uint32_t coin = 0; coin < coins; ++coin) {
      asset one;
      one.name = numbered("C", coin, 2);
      one.digits = money_digits;
      one.price = decimal{coin == 0 ? 30'000 : 7 * (coin + 1), coin == 3 ? 1 : 0};
      one.asset_weight_ppm = 1'000'000 - 50'000 * coin;
      one.liability_weight_ppm = 1'000'000 + 100'000 * coin;
      reference.assets.push_back(one);
    }
    asset quote;
    quote.name = "USDT";
    quote.digits = money_digits;
    quote.asset_weight_ppm = 990'000;
    quote.liability_weight_ppm = 1'050'000;
    reference.quote = coins;
    reference.assets.push_back(quote);
    if (multi()) { price_a_coin_by_spot(); }
  }

  /// One collateral asset is priced by a spot instrument, which may be held.
  void price_a_coin_by_spot() {
    instrument spot;
    spot.name = "A-SPOT";  // Ahead of every other instrument.
    spot.kind = instrument_kind::spot;
    spot.base = 1;
    spot.settle = out_.reference.quote;
    out_.reference.assets[1].price.reset();
    out_.reference.assets[1].spot = 0;
    out_.reference.instruments.push_back(spot);
    out_.marks.push_back(make_mark(17));
    markets_.push_back({});
  }

  mark make_mark(std::int64_t ticks) {
    mark one;
    one.ticks = ticks;
    constexpr std::int64_t now_ns = 1'700'000'000'000'000'000;
    one.as_of_ns = now_ns - (random_.chance(spec_.held_share) ? 60'000'000'000 : 0);
    return one;
  }

  void make_markets() {
    double total = 0;
    for (std::uint32_t i = 0; i < spec_.instruments; ++i) {
      total += 1.0 / (i + 1.0);
      make_market(i, total);
    }
    for (market& one : markets_) { one.cumulative /= total; }
    // One mark is always the newest, so that staleness has a reference.
    if (!out_.marks.empty()) { out_.marks.back().as_of_ns = 1'700'000'000'000'000'000; }
  }

  void make_market(std::uint32_t number, double cumulative) {
    const bool inverse = !multi() && random_.chance(spec_.inverse_share);
    const bool divided = !inverse && random_.chance(spec_.divided_share);
    instrument it;
    it.name = numbered("I", number, 5);
    it.kind = inverse ? instrument_kind::inverse : instrument_kind::linear;
    it.base = number % 4;
    it.settle = inverse ? it.base : out_.reference.quote;
    // Steps a lot and tick: contract size x size step x price step x 10^8, or the same over the price.
    std::int64_t ticks = inverse ? 60'000 + static_cast<std::int64_t>(random_.below(100'000))
                                 : 1'000 + static_cast<std::int64_t>(random_.below(1'000'000));
    if (inverse) {
      it.contract_size = {100, 0};
      it.price_step = {5, 1};
      it.rate = {20'000'000'000, 1, true};
    } else if (divided) {
      it.contract_size = {1, 1};
      it.size_step = {1, 3};
      it.price_step = {3, 5};
      it.rate = {3, 10, false};
    } else {
      it.size_step = {1, 3};
      it.price_step = {1, 1};
      it.rate = {10'000, 1, false};
    }
    it.rate.below_zero = !inverse && spec_.below_zero_share > 0 && random_.chance(spec_.below_zero_share);
    if (it.rate.below_zero && random_.chance(0.5)) { ticks = -ticks; }
    make_tiers(it, inverse ? 0.5 * static_cast<double>(ticks) : 1.0);
    market one;
    one.rate = value_rate_at(it.rate, {ticks}).rate;
    one.lot_worth = static_cast<double>(one.rate.num) / static_cast<double>(one.rate.den);
    one.unit_worth = whole_unit / (inverse ? 0.5 * static_cast<double>(ticks) : 1.0);
    one.cumulative = cumulative;
    if (spec_.whole_share > 0 && random_.chance(spec_.whole_share)) { make_whole(it, one.lot_worth); }
    markets_.push_back(one);
    out_.reference.instruments.push_back(std::move(it));
    out_.marks.push_back(make_mark(ticks));
  }

  /// A table of its own: floors around the sizes that occur (38 % of positions above the first), rising rates.
  void make_tiers(instrument& it, double price) {
    it.tier_table = static_cast<std::uint32_t>(out_.reference.tier_table_names.size());
    out_.reference.tier_table_names.push_back("T" + it.name);
    it.first_band = static_cast<std::uint32_t>(out_.reference.bands.size());
    it.band_count = 1 + static_cast<std::uint32_t>(random_.below(spec_.bands_max));
    if (it.name == "I00000") { it.band_count = spec_.bands_max; }
    tier_band band;
    band.maintenance_ppm = 4'000 + static_cast<std::uint32_t>(random_.below(3'000));
    band.initial_ppm = 2 * band.maintenance_ppm;
    double floor_quote = 3'700;
    const double floor_growth = spec_.bands_max > 16 ? 1.5 : 2.5;
    const double rate_growth = std::min(1.5, 1.0 + 4.0 / spec_.bands_max);
    for (std::uint32_t b = 0; b < it.band_count; ++b) {
      out_.reference.bands.push_back(band);
      const auto floor = static_cast<std::uint64_t>(floor_quote * whole_unit / price) + 1;
      const auto rate = static_cast<std::uint32_t>(band.maintenance_ppm * rate_growth) + 1;
      band.amount = next_amount(band, floor, rate);
      band.floor = floor;
      band.maintenance_ppm = rate;
      band.initial_ppm = 2 * rate;
      floor_quote *= floor_growth;
    }
  }

  /// Its rates are those of the whole position, and MM jumps at floors; some floors count lots.
  void make_whole(instrument& it, double lot_worth) {
    it.tiers_whole = true;
    it.tiers_by_lots = random_.chance(spec_.lots_share);
    for (std::uint32_t b = it.first_band; b < it.first_band + it.band_count; ++b) {
      tier_band& band = out_.reference.bands[b];
      band.amount = 0;
      if (!it.tiers_by_lots || b == it.first_band) { continue; }
      const auto lots = static_cast<std::uint64_t>(static_cast<double>(band.floor) / lot_worth);
      band.floor = std::max(out_.reference.bands[b - 1].floor + 1, lots);
    }
  }

  /// The future content of the account's units, gathered while positions are made.
  struct unit_plan {
    double gross = 0;  ///< Sum of notionals.
    std::int64_t pnl = 0;
    bool used = false;
  };

  void make_account(std::uint32_t account) {
    out_.accounts.append(numbered("a", account, 8));
    plans_.assign(out_.reference.assets.size(), {});
    if (account == 0 && spec_.market_maker) {
      for (std::uint32_t i = 0; i < markets_.size(); ++i) {
        if (markets_[i].cumulative == 0) { continue; }
        add_position(account, i, true, 64);
        add_position(account, i, false, 64);
      }
    } else {
      choose_positions(account);
    }
    for (std::uint16_t asset = 0; asset < plans_.size(); ++asset) { add_balance(account, asset); }
  }

  void choose_positions(std::uint32_t account) {
    const double mean = spec_.positions_per_account;
    // Most hold few, one in fifty ten times as many.
    const double tail = random_.chance(0.02) ? 10.0 : 0.82;
    const auto count = static_cast<std::uint32_t>(mean * tail * 2 * random_.uniform() + random_.uniform());
    chosen_.clear();
    for (std::uint32_t k = 0; k < count; ++k) { chosen_.push_back(2 * choose_market() + (random_.bits() & 1U)); }
    std::sort(chosen_.begin(), chosen_.end());
    chosen_.erase(std::unique(chosen_.begin(), chosen_.end()), chosen_.end());
    for (const std::uint64_t one : chosen_) {
      add_position(account, static_cast<std::uint32_t>(one / 2), (one & 1U) != 0, 1);
    }
  }

  std::uint64_t choose_market() {
    const double at = random_.uniform();
    const auto found = std::lower_bound(markets_.begin(), markets_.end(), at,
                                        [](const market& one, double share) { return one.cumulative < share; });
    return static_cast<std::uint64_t>(std::min(found, markets_.end() - 1) - markets_.begin());
  }

  void add_position(std::uint32_t account, std::uint32_t id, bool is_long, double scale) {
    const market& it = markets_[id];
    // 2,000 quote units in the middle, a factor of eight a deviation; the largest ones fill their account's unit up to
    // the limit.
    double worth = 2'000 * power_of_two(3 * random_.bell()) * scale * it.unit_worth;
    if (random_.chance(spec_.giant_share)) { worth = 0x1p58 * (0.5 + 0.5 * random_.uniform()); }
    const auto size = std::max<std::int64_t>(1, static_cast<std::int64_t>(worth / it.lot_worth));
    const std::int64_t lots = is_long ? size : -size;
    const std::int64_t value = value_of({lots}, it.rate).raw;
    std::int64_t cost = value;
    if (!random_.chance(spec_.flat_share)) {
      cost -= static_cast<std::int64_t>(static_cast<double>(value) * 0.1 * random_.bell());
    }
    if (random_.chance(0.001)) { cost = random_.chance(0.5) ? 0 : -cost; }
    const std::int64_t pnl = value - cost;
    auto& positions = out_.positions;
    positions.account.push_back(account);
    positions.instrument.push_back(static_cast<std::uint16_t>(id));
    positions.lots.push_back(lots);
    positions.cost.push_back(cost);
    const bool isolated = random_.chance(spec_.isolated_share);
    positions.isolated.push_back(isolated ? 1 : 0);
    const double notional = static_cast<double>(magnitude(value));
    positions.isolated_margin.push_back(isolated ? wanted_equity(notional) - pnl : 0);
    if (spec_.score == score_kind::given) { positions.given.push_back(static_cast<double>(random_.below(50)) - 20.0); }
    if (!isolated) {
      unit_plan& plan = plans_[out_.reference.instruments[id].settle];
      plan.gross += notional;
      plan.pnl += pnl;
      plan.used = true;
    }
  }

  /// Equity for a unit of that gross notional: a tenth of it in the middle, now and then below zero.
  std::int64_t wanted_equity(double gross) {
    const double share =
        random_.chance(spec_.bankrupt_share) ? -0.05 * random_.uniform() : 0.1 * power_of_two(2 * random_.bell());
    return static_cast<std::int64_t>(std::min(gross * share, 0x1p60));
  }

  void add_balance(std::uint32_t account, std::uint16_t asset) {
    const unit_plan& plan = plans_[asset];
    const bool quote = asset == out_.reference.quote;
    std::int64_t amount = 0;
    if (plan.used) {
      amount = wanted_equity(plan.gross) - plan.pnl;
    } else if (quote) {
      amount = static_cast<std::int64_t>(random_.below(1'000'000'000'000));
    } else if (multi() && random_.chance(0.3)) {
      amount = static_cast<std::int64_t>(random_.below(100'000'000)) - (random_.chance(0.2) ? 50'000'000 : 0);
    } else {
      return;
    }
    out_.balances.account.push_back(account);
    out_.balances.asset.push_back(asset);
    out_.balances.amount.push_back(amount);
  }

  spec spec_;
  random_stream random_;
  rows out_;
  std::vector<market> markets_;
  std::vector<unit_plan> plans_;
  std::vector<std::uint64_t> chosen_;
};

/// Applies one random order to every column.
template <class... Columns>
void shuffle_together(std::uint64_t seed, std::size_t count, Columns&... columns) {
  random_stream random(seed);
  for (std::size_t left = count; left > 1; --left) {
    const std::size_t other = random.below(left);
    const auto swap_in = [&](auto& column) {
      if (!column.empty()) { std::swap(column[left - 1], column[other]); }
    };
    (swap_in(columns), ...);
  }
}

/// These books must be valid. If one is not, the generator has a fault, and no later result would have a meaning.
[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "synthetic book: %s\n", what);
  std::abort();
}

}  // namespace

spec one_unit_an_account(std::uint32_t accounts, std::uint64_t seed) {
  spec out;
  out.accounts = accounts;
  out.seed = seed;
  out.isolated_share = 0;
  out.inverse_share = 0;
  return out;
}

rows make_rows(const spec& wanted) { return generator(wanted).run(); }

book make_book(const spec& wanted) {
  rows made = make_rows(wanted);
  if (wanted.shuffle != 0) {
    auto& b = made.balances;
    auto& p = made.positions;
    shuffle_together(wanted.shuffle, b.account.size(), b.account, b.asset, b.amount);
    shuffle_together(wanted.shuffle, p.account.size(), p.account, p.instrument, p.lots, p.cost, p.isolated_margin,
                     p.isolated, p.given);
  }
  assemble_outcome outcome = assemble_book(std::move(made.reference), std::move(made.accounts),
                                           std::move(made.balances), std::move(made.positions), std::move(made.marks));
  if (!outcome.faults.empty()) { give_up("assembly found faults"); }
  return std::move(outcome.built);
}

tick_prices make_tick(const book& source, double move) {
  std::vector<mark> marks = source.marks;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    // Not all by the same share, or no rank would change.
    const double share = move * (0.8 + 0.4 * static_cast<double>(mix64(i) >> 11) * 0x1p-53);
    const std::int64_t least = source.reference.instruments[i].rate.below_zero ? -limits::price_ticks_max : 1;
    marks[i].ticks = std::max<std::int64_t>(
        least, marks[i].ticks + static_cast<std::int64_t>(static_cast<double>(marks[i].ticks) * share));
  }
  tick_prices prices;
  refusal_list refusals;
  if (!prepare_tick(source, marks, std::nullopt, prices, refusals)) { give_up("a mark was refused"); }
  return prices;
}

}  // namespace plimsoll::synthetic
