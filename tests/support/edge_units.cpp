#include "tests/support/edge_units.hpp"

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/book/assemble.hpp"
#include "host/engine/scan.hpp"
#include "kernels/rules/margin.hpp"

namespace plimsoll::edge_units {
namespace {

/// Draws that are the same on every machine.
class dice {
 public:
  explicit dice(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : random_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class T>
  T any_of(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }
  /// 1 to 2^bits: every length is as likely.
  std::uint64_t scaled(int bits) {
    const int length = static_cast<int>(below(static_cast<std::uint64_t>(bits) + 1));
    return (std::uint64_t{1} << length) + below(std::uint64_t{1} << length) / 2;
  }

 private:
  std::mt19937_64 random_;
};

/// The size of positions in a market.
struct market_size {
  std::int64_t lots = 1;
  std::uint64_t notional = 1;
};

std::int64_t any_ticks(dice& roll) {
  switch (roll.below(8)) {
    case 0: return static_cast<std::int64_t>(1 + roll.below(3));
    case 1: return static_cast<std::int64_t>(1 + roll.below(200));
    case 2: return (std::int64_t{1} << 20) - 1 + static_cast<std::int64_t>(roll.below(3));
    case 3: return static_cast<std::int64_t>((std::uint64_t{1} << 38) + roll.below(1 << 20));
    default: return static_cast<std::int64_t>((std::uint64_t{1} << 30) + roll.below(1 << 30));
  }
}

/// A few steps, some thousands, or so many that roundings do not show; some are close to the limits.
std::uint64_t any_notional(dice& roll) {
  switch (roll.below(12)) {
    case 0:
    case 1: return roll.scaled(6);
    case 2:
    case 3: return roll.scaled(20);
    case 4: {  // With a requirement of ten times that, a sixteenth more is beyond the limits.
      constexpr std::uint64_t tenth = static_cast<std::uint64_t>(limits::money_steps_max) / 10;
      return tenth - roll.below(tenth / 8);
    }
    default: return roll.scaled(53);
  }
}

/// A market whose typical position is worth about `size.notional`: a contract rate and the lots.
contract_rate any_contract(dice& roll, bool inverse, std::int64_t& ticks, market_size& size) {
  const std::uint64_t wanted = any_notional(roll);
  size.lots = static_cast<std::int64_t>(roll.scaled(20));
  uint128 a = 1;
  uint128 b = 1;
  if (inverse) {
    ticks = std::min<std::int64_t>(ticks, std::int64_t{1} << 31);
    a = static_cast<uint128>(std::min<std::uint64_t>(wanted, std::uint64_t{1} << 30)) *
        static_cast<std::uint64_t>(ticks) / static_cast<std::uint64_t>(size.lots);
    a += roll.below(2);
  } else {
    const uint128 product =
        static_cast<uint128>(static_cast<std::uint64_t>(size.lots)) * static_cast<std::uint64_t>(ticks);
    if (roll.one_in(3) && wanted < (std::uint64_t{1} << 40)) {  // Worth a whole number of steps, exactly.
      size.lots = static_cast<std::int64_t>(wanted * (1 + roll.below(3)));
      b = static_cast<uint128>(static_cast<std::uint64_t>(ticks)) * (1 + roll.below(3));
    } else if (product >= wanted) {
      b = product / wanted;
    } else {
      a = wanted / product;
    }
  }
  const auto numerator = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(a));
  const auto denominator = static_cast<std::uint64_t>(b);
  const std::uint64_t common = greatest_common_divisor(numerator, denominator);
  const contract_rate rate{numerator / common, denominator / common, inverse};
  const value_rate_or_none now = value_rate_at(rate, {ticks});
  size.notional = now.fits && value_admitted(static_cast<std::uint64_t>(size.lots), now.rate)
                      ? magnitude(value_of({size.lots}, now.rate).raw)
                      : 1;
  return rate;
}

/// A tier table with floors at, beside and above that notional, and rates that jump.
void add_tiers(dice& roll, std::uint64_t notional, reference_data& to, instrument& it) {
  std::set<std::uint64_t> floors{0};
  for (std::uint64_t k = roll.below(5); k > 0; --k) {
    const std::uint64_t near[] = {notional,
                                  notional + 1 + roll.below(5),
                                  notional - std::min<std::uint64_t>(notional, 1 + roll.below(2)),
                                  notional + roll.below(notional / 16 + 4),
                                  notional + roll.below(notional / 16 + 4),
                                  notional + notional / 16 + roll.below(3),
                                  notional + notional / 32,
                                  notional / 2,
                                  2 * notional};
    floors.insert(near[roll.below(std::size(near))]);
  }
  it.first_band = static_cast<std::uint32_t>(to.bands.size());
  it.band_count = static_cast<std::uint32_t>(floors.size());
  it.tiers_whole = roll.one_in(3);
  it.tiers_by_lots = it.tiers_whole && roll.one_in(3);
  tier_band band;
  band.maintenance_ppm = roll.any_of({0U, 0U, 1U, 5'000U, 10'000U, 400'000U, 10'000'000U});
  for (const std::uint64_t floor : floors) {
    if (floor != 0) {
      const std::uint32_t rate =
          std::min(10'000'000U, band.maintenance_ppm + roll.any_of({0U, 1U, 5'000U, 500'000U, 9'000'000U}));
      band.amount = it.tiers_whole ? 0 : next_amount(band, floor, rate);
      band.maintenance_ppm = rate;
    }
    band.floor = floor;
    band.initial_ppm = std::max({band.initial_ppm, band.maintenance_ppm, roll.any_of({0U, 20'000U, 10'000'000U})});
    to.bands.push_back(band);
  }
}

/// A draw that becomes a book.
struct drawing {
  dice roll;
  reference_data reference;
  name_table accounts;
  balance_rows balances;
  position_rows positions;
  std::vector<mark> marks;
  std::vector<market_size> sizes;              ///< Per contract.
  std::vector<std::int64_t> balance_of_asset;  ///< A typical balance; 0 if the asset is not to be held.

  explicit drawing(std::uint64_t seed) : roll(seed) {}
};

std::string numbered(const char* prefix, std::uint64_t number, int width) {
  char text[32];
  std::snprintf(text, sizeof text, "%s%0*llu", prefix, width, static_cast<unsigned long long>(number));
  return text;
}

void add_mark(drawing& to, std::int64_t ticks) {
  mark one;
  one.ticks = ticks;
  one.as_of_ns = to.roll.one_in(16) ? stale_ns : as_of_ns;
  to.marks.push_back(one);
}

void set_venue(drawing& to, bool multi) {
  venue_config& venue = to.reference.venue;
  venue.quote = "USDT";
  venue.collateral = multi ? collateral_mode::multi : collateral_mode::single;
  venue.margin_call_ppm =
      to.roll.any_of({1'000'000U, 1'000'001U, 1'250'000U, 1'250'000U, 2'000'000U, 10'000'000U, 1'000'000'000U});
  venue.max_mark_age_ns = 10'000'000'000;
}

/// Other assets in `multi`, a coin to settle in in `single`; then the quote.
void add_assets(drawing& to, bool multi, std::uint32_t markets) {
  dice& roll = to.roll;
  const std::uint32_t others = multi ? static_cast<std::uint32_t>(roll.below(markets + 3)) : 1;
  for (std::uint32_t k = 0; k < others; ++k) {
    asset it;
    it.name = numbered("A", k, 2);
    it.digits = roll.any_of({0, 8, 18});
    it.asset_weight_ppm = roll.any_of({1'000'000U, 950'000U, 900'001U, 500'000U, 0U});
    it.liability_weight_ppm = roll.any_of({1'000'000U, 1'100'000U, 1'000'001U, 3'000'000U, 10'000'000U});
    to.reference.assets.push_back(it);
  }
  asset quote;
  quote.name = "USDT";
  quote.digits = roll.any_of({2, 6, 8});
  if (multi) {
    quote.asset_weight_ppm = roll.any_of({1'000'000U, 1'000'000U, 990'000U, 333'333U});
    quote.liability_weight_ppm = roll.any_of({1'000'000U, 1'000'000U, 1'500'000U, 10'000'000U});
  }
  to.reference.quote = others;
  to.reference.assets.push_back(quote);
  to.balance_of_asset.assign(to.reference.assets.size(), 0);
}

void add_contract(drawing& to, bool multi, std::uint32_t number) {
  instrument it;
  it.name = numbered("M", number, 4);
  const bool inverse = !multi && to.roll.one_in(3);
  it.kind = inverse ? instrument_kind::inverse : instrument_kind::linear;
  it.settle = inverse ? 0 : to.reference.quote;
  it.base = it.settle;
  std::int64_t ticks = any_ticks(to.roll);
  market_size size;
  it.rate = any_contract(to.roll, inverse, ticks, size);
  it.tier_table = static_cast<std::uint32_t>(to.reference.tier_table_names.size());
  to.reference.tier_table_names.push_back(it.name);
  add_tiers(to.roll, size.notional, to.reference, it);
  to.reference.instruments.push_back(it);
  to.sizes.push_back(size);
  add_mark(to, ticks);
}

/// Prices an asset by the mark of a spot instrument, or once and for all; and a balance that is worth about so many
/// steps, or exactly, so that a tick less is a step less.
void add_price(drawing& to, std::uint32_t of, bool exactly) {
  asset& it = to.reference.assets[of];
  const std::uint64_t wanted = exactly ? 1 + to.roll.below(4) : any_notional(to.roll);
  const int quote_digits = to.reference.assets[to.reference.quote].digits;
  if (exactly) {
    it.digits = std::min(it.digits, 8);
    it.asset_weight_ppm = it.liability_weight_ppm = 1'000'000;
  }
  const std::int64_t ticks = exactly ? 1'000'000'000 : any_ticks(to.roll);
  const int scale = exactly ? 9 + quote_digits - it.digits : to.roll.any_of({0, 2, 8});
  if (!exactly && to.roll.one_in(4)) {
    it.price = decimal{ticks, scale};
  } else {
    instrument spot;
    spot.name = numbered("S", of, 4);
    spot.kind = instrument_kind::spot;
    spot.base = of;
    spot.settle = to.reference.quote;
    spot.price_step = {1, scale};
    it.spot = static_cast<std::uint32_t>(to.reference.instruments.size());
    to.reference.instruments.push_back(spot);
    to.sizes.emplace_back();
    add_mark(to, ticks);
  }
  double balance = static_cast<double>(wanted) / static_cast<double>(ticks);
  for (int digits = scale + it.digits - quote_digits; digits != 0; digits += digits < 0 ? 1 : -1) {
    balance = digits < 0 ? balance / 10 : balance * 10;
  }
  to.balance_of_asset[of] = static_cast<std::int64_t>(std::clamp(balance, 1.0, 0x1p55));
}

void add_position(drawing& to, std::uint32_t account, std::uint32_t of, bool is_long, bool isolated) {
  std::int64_t lots = to.sizes[of].lots;
  if (to.roll.one_in(3)) { lots = static_cast<std::int64_t>(1 + to.roll.below(2 * static_cast<std::uint64_t>(lots))); }
  to.positions.account.push_back(account);
  to.positions.instrument.push_back(static_cast<std::uint16_t>(of));
  to.positions.lots.push_back(is_long ? lots : -lots);
  to.positions.cost.push_back(0);
  to.positions.isolated_margin.push_back(0);
  to.positions.isolated.push_back(isolated ? 1 : 0);
}

void add_account(drawing& to, std::uint32_t number, bool multi) {
  to.accounts.append(numbered("a", number, 6));
  dice& roll = to.roll;
  const auto add_balance = [&](std::uint32_t of, std::int64_t amount) {
    to.balances.account.push_back(number);
    to.balances.asset.push_back(static_cast<std::uint16_t>(of));
    to.balances.amount.push_back(amount);
  };
  add_balance(to.reference.quote, 0);
  for (std::uint32_t of = 0; multi && of < to.reference.quote; ++of) {
    if (roll.one_in(3)) { continue; }
    std::int64_t amount = to.balance_of_asset[of];
    if (roll.one_in(3)) { amount = static_cast<std::int64_t>(1 + roll.below(2 * static_cast<std::uint64_t>(amount))); }
    add_balance(of, roll.one_in(3) ? -amount : amount);
  }
  const bool nothing_but_balances = multi && roll.one_in(3);
  for (std::uint32_t of = 0; !nothing_but_balances && of < to.sizes.size(); ++of) {
    if (to.reference.instruments[of].kind == instrument_kind::spot || roll.one_in(3)) { continue; }
    const bool isolated = roll.one_in(6);
    const std::uint64_t sides = roll.below(5);  // Both, long, or, most often, short: there both terms of a loss add up.
    if (sides <= 1) { add_position(to, number, of, true, isolated); }
    if (sides != 1) { add_position(to, number, of, false, isolated); }
  }
}

/// A unit's sums at the book's marks.
struct unit_totals {
  int128 value = 0;
  uint128 maintenance_ppm = 0;
  uint128 within_range_ppm = 0;  ///< MM if every notional were a sixteenth larger.
  uint128 notional = 0;
  std::uint32_t rows = 0, balances = 0;
  collateral_sum others;
};

unit_totals totals_of(const book& of, const tick_prices& prices, std::uint32_t unit) {
  unit_totals sums;
  for (std::uint32_t p = of.units.first_position[unit]; p < of.units.first_position[unit + 1]; ++p) {
    const std::uint16_t id = of.positions.instrument[p];
    const std::int64_t value = value_of({of.positions.lots[p]}, prices.rates[id]).raw;
    const std::uint64_t notional = magnitude(value);
    sums.value += value;
    sums.notional += notional;
    sums.maintenance_ppm += requirement_of(notional, magnitude(of.positions.lots[p]), of.tiers_of(id)).maintenance_ppm;
    sums.within_range_ppm +=
        requirement_of(notional + notional / 16, magnitude(of.positions.lots[p]), of.tiers_of(id)).maintenance_ppm;
    ++sums.rows;
  }
  if (of.units.first_collateral.empty()) { return sums; }
  for (std::uint32_t row = of.units.first_collateral[unit]; row < of.units.first_collateral[unit + 1]; ++row) {
    const asset_rates& rates = prices.assets[of.collateral.asset[row]];
    const std::int64_t amount = of.collateral.amount[row];
    add_collateral(sums.others, amount, rates.plain, amount < 0 ? rates.as_liability : rates.as_asset);
    sums.notional += magnitude(value_of({amount}, rates.plain).raw);
    ++sums.balances;
  }
  return sums;
}

/// The steps of margin equity above its threshold that the unit gets: none, a few, as many as roundings of a tick may
/// cost, or as many as a move of up to a sixteenth may cost.
int128 any_distance(dice& roll, const unit_totals& sums, std::uint32_t call_ppm) {
  const std::uint64_t call = (call_ppm + 999'999) / 1'000'000;
  const std::uint64_t roundings = sums.rows * (2 + 20 * call) + 2 * sums.balances + 2;
  const uint128 beyond = sums.within_range_ppm - sums.maintenance_ppm + sums.maintenance_ppm / 16;
  const uint128 lost = sums.notional / 16 + beyond / 1'000'000 * call_ppm / 1'000'000;
  const auto share = [&] { return static_cast<int128>(lost * roll.below(4'700) / 4'096); };
  switch (roll.below(8)) {
    case 0: return static_cast<int128>(roll.below(4));
    case 1: return static_cast<int128>(roll.below(3 * roundings));
    case 2: return static_cast<int128>(roundings / 2 + roll.below(roundings));
    case 3: return static_cast<int128>(roundings) + share() / 64;
    default: return static_cast<int128>(roundings) + share();
  }
}

/// Gives the unit the cash with which it is as close to a threshold as `roll` draws.
void place(book& of, const tick_prices& prices, std::uint32_t unit, dice& roll) {
  const unit_totals sums = totals_of(of, prices, unit);
  if (!collateral_admitted(sums.others)) { return; }
  const std::uint32_t call_ppm = of.reference.venue.margin_call_ppm;
  const auto required = static_cast<int128>(ceil_ppm(sums.maintenance_ppm));
  const auto called = static_cast<int128>(ceil_ppm(ceil_ppm(sums.maintenance_ppm * call_ppm)));
  const int128 distance = any_distance(roll, sums, call_ppm);
  const std::uint64_t side = roll.below(4);
  const int128 margin = side == 0                                       ? required + distance
                        : side == 1 && called - 1 - distance > required ? called - 1 - distance
                                                                        : called + distance;
  const quote_weights weights = of.weights_of(unit);
  const bool at_the_limit = roll.one_in(24);
  int128 own = at_the_limit ? limits::money_steps_max - sums.others.equity - static_cast<int128>(roll.below(3))
                            : margin - sums.others.margin_equity;
  const std::uint32_t weight = own > 0 ? weights.asset_ppm : weights.liability_ppm;
  if (weight != 1'000'000 && !at_the_limit) { own = ceil_divide(own * 1'000'000, weight); }
  const int128 cash = own - sums.value;
  if (!money_admitted(cash)) { return; }
  of.units.balance[unit] += static_cast<std::int64_t>(cash) - of.units.cash[unit];
  of.units.cash[unit] = static_cast<std::int64_t>(cash);
}

}  // namespace

book make_book(const spec& wanted) {
  drawing draw(wanted.seed);
  const bool multi = draw.roll.one_in(2);
  set_venue(draw, multi);
  add_assets(draw, multi, wanted.markets);
  const std::uint32_t contracts = 1 + static_cast<std::uint32_t>(draw.roll.below(wanted.markets));
  for (std::uint32_t k = 0; k < contracts; ++k) { add_contract(draw, multi, k); }
  const bool exactly = draw.roll.one_in(4);
  for (std::uint32_t of = 0; multi && of < draw.reference.quote; ++of) { add_price(draw, of, exactly); }
  for (std::uint32_t k = 0; k < wanted.accounts; ++k) { add_account(draw, k, multi); }
  book made = assemble_book(std::move(draw.reference), std::move(draw.accounts), std::move(draw.balances),
                            std::move(draw.positions), std::move(draw.marks))
                  .built;
  tick_prices prices;
  refusal_list refusals;
  if (!prepare_tick(made, made.marks, as_of_ns, prices, refusals)) { return made; }
  for (std::uint32_t unit = 0; unit < made.units.size(); ++unit) { place(made, prices, unit, draw.roll); }
  return made;
}

}  // namespace plimsoll::edge_units
