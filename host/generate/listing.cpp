#include "host/generate/listing.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/generate/random.hpp"
#include "kernels/rules/shock.hpp"
#include "kernels/rules/tiers.hpp"

namespace plimsoll {

namespace {

constexpr int money_digits = 8;
constexpr std::int64_t as_of_ns = 1'767'225'600'000'000'000;  // 2026-01-01T00:00:00Z

/// A band of a model tier table: floor in whole quote units.
struct model_band {
  std::uint64_t floor;
  std::uint32_t maintenance_ppm;
  std::uint32_t initial_ppm;
};

// From the most popular contracts to the least. 38 % of the positions are beyond the first step.
constexpr model_band major_bands[] = {{0, 4'000, 8'000},
                                      {50'000, 5'000, 10'000},
                                      {500'000, 10'000, 20'000},
                                      {4'000'000, 25'000, 50'000},
                                      {20'000'000, 50'000, 100'000},
                                      {60'000'000, 100'000, 200'000},
                                      {120'000'000, 125'000, 250'000},
                                      {250'000'000, 150'000, 300'000},
                                      {500'000'000, 250'000, 500'000}};
constexpr model_band large_bands[] = {{0, 6'500, 13'400},
                                      {25'000, 10'000, 20'000},
                                      {200'000, 15'000, 30'000},
                                      {1'000'000, 25'000, 50'000},
                                      {5'000'000, 50'000, 100'000},
                                      {12'000'000, 125'000, 250'000},
                                      {30'000'000, 250'000, 500'000}};
constexpr model_band middle_bands[] = {{0, 10'000, 20'000},           {10'000, 15'000, 25'000},
                                       {80'000, 20'000, 40'000},      {400'000, 50'000, 100'000},
                                       {1'000'000, 100'000, 200'000}, {2'000'000, 125'000, 250'000},
                                       {6'000'000, 250'000, 500'000}};
constexpr model_band small_bands[] = {{0, 15'000, 40'000},         {5'000, 25'000, 50'000},
                                      {30'000, 50'000, 100'000},   {120'000, 100'000, 200'000},
                                      {400'000, 125'000, 250'000}, {1'500'000, 500'000, 1'000'000}};

struct liquidity_class {
  const char* tier_table;
  std::span<const model_band> bands;
};
constexpr liquidity_class classes[] = {{"tier-major", major_bands},
                                       {"tier-large", large_bands},
                                       {"tier-middle", middle_bands},
                                       {"tier-small", small_bands}};

/// Liquidity class of a rank: the 3 most popular, then up to rank 12, then up to a third of the rest, then all others.
std::uint32_t class_of(std::size_t rank, std::size_t count) {
  if (rank < 3) { return 0; }
  if (rank < 12) { return 1; }
  return rank < 12 + (count - std::min<std::size_t>(count, 12)) / 3 ? 2 : 3;
}

std::uint64_t ten_to(int exponent) {
  std::uint64_t power = 1;
  for (int i = 0; i < exponent; ++i) { power *= 10; }
  return power;
}

/// 10^exponent as a decimal.
decimal decimal_power(int exponent) {
  return exponent >= 0 ? decimal{static_cast<int128>(ten_to(exponent)), 0} : decimal{1, -exponent};
}

/// multiple x 10^exponent, as a reduced fraction.
contract_rate rate_of(std::uint64_t multiple, int exponent, bool inverse) {
  contract_rate rate{multiple, 1, inverse};
  if (exponent >= 0) {
    rate.a *= ten_to(exponent);
  } else {
    rate.b = ten_to(-exponent);
  }
  const std::uint64_t common = greatest_common_divisor(rate.a, rate.b);
  rate.a /= common;
  rate.b /= common;
  return rate;
}

/// Rounds to two significant digits, so that floors in coins look realistic.
std::uint64_t two_digits(std::uint64_t x) {
  std::uint64_t power = 1;
  while (x / power >= 100) { power *= 10; }
  return x / power * power;
}

/// Parts of one contract before ids are known.
struct draft {
  std::string coin;
  std::string name;
  bool inverse = false;
  int decade = 0;               ///< The price is in [10^decade, 10^(decade + 1)).
  std::int64_t mark_ticks = 0;  ///< Six digits, price step 10^(decade - 5).
  int contract_exponent = 0;    ///< The contract size is 10^this.
  std::int64_t trend_octaves = 0;
  std::uint64_t weight = 0;
};

draft make_draft(const venue_recipe& recipe, std::size_t rank, int width) {
  random_stream random(recipe.seed, 1, rank);
  draft out;
  out.coin = fmt::format("SYN{:0{}}", rank + 1, width);
  // The two most popular contracts have high prices, as on real venues; the others are spread over five decades of
  // price.
  const int drawn = static_cast<int>(random.between(-1, 3));
  out.decade = rank == 0 ? 4 : (rank == 1 ? 3 : drawn);
  out.mark_ticks = static_cast<std::int64_t>(scale_octaves(100'000, random.between(0, 3 * 65'536)) +
                                             static_cast<std::uint64_t>(random.between(0, 99)));
  constexpr int contract_exponents[] = {0, 0, 0, -1, 1};
  out.contract_exponent = contract_exponents[random.below(5)];
  out.trend_octaves = random.bell() / 12;  // About 6 % up or down.
  out.weight = (std::uint64_t{1} << 40) / (recipe.shape == venue_shape::uniform ? 1 : rank + 1);
  return out;
}

/// Goes down the ranks and makes a contract inverse if that keeps the share of the weight closest to the requested one.
void choose_inverse(const venue_recipe& recipe, std::vector<draft>& drafts) {
  int128 owed_ppm = 0;
  for (draft& one : drafts) {
    owed_ppm += static_cast<int128>(one.weight) * recipe.inverse_ppm;
    const int128 own_ppm = static_cast<int128>(one.weight) * limits::ppm;
    one.inverse = owed_ppm * 2 >= own_ppm;
    if (one.inverse) { owed_ppm -= own_ppm; }
    one.name = one.coin + (one.inverse ? "-COIN" : "-PERP");
    if (one.inverse) { one.contract_exponent = one.decade >= 4 ? 2 : 1; }
  }
}

/// Appends a table of bands in steps of the settlement asset; returns the index of its first band.
std::uint32_t append_bands(reference_data& reference, std::span<const model_band> model, std::uint64_t steps_num,
                           std::uint64_t steps_den, bool rounded) {
  const auto first = static_cast<std::uint32_t>(reference.bands.size());
  for (const model_band& from : model) {
    tier_band band;
    const auto exact = static_cast<std::uint64_t>(static_cast<uint128>(from.floor) * steps_num / steps_den);
    band.floor = rounded ? two_digits(exact) : exact;
    band.maintenance_ppm = from.maintenance_ppm;
    band.initial_ppm = from.initial_ppm;
    if (reference.bands.size() > first) {
      band.amount = next_amount(reference.bands.back(), band.floor, band.maintenance_ppm);
    }
    reference.bands.push_back(band);
  }
  return first;
}

mark mark_at(std::int64_t ticks, const venue_recipe& recipe) {
  mark out;
  out.ticks = shocked_ticks(ticks, price_move::of_ppm(recipe.shock_ppm));
  out.as_of_ns = as_of_ns;
  return out;
}

/// A mark as a decimal in lowest terms.
decimal price_of(std::int64_t ticks, int exponent) {
  decimal out{ticks, 0};
  for (; exponent > 0; --exponent) { out.mantissa *= 10; }
  for (; exponent < 0 && out.mantissa % 10 == 0; ++exponent) { out.mantissa /= 10; }
  out.scale = -exponent;
  return out;
}

class lister {
 public:
  explicit lister(const venue_recipe& recipe) : recipe_(recipe) {}

  listing run() {
    const auto width = static_cast<int>(std::max<std::size_t>(2, std::to_string(recipe_.instruments).size()));
    for (std::size_t rank = 0; rank < recipe_.instruments; ++rank) {
      drafts_.push_back(make_draft(recipe_, rank, width));
    }
    choose_inverse(recipe_, drafts_);
    list_venue();
    list_assets();
    list_tiers();
    for (std::size_t rank = 0; rank < drafts_.size(); ++rank) { list_contract(rank); }
    list_collateral();
    sort_instruments();
    return std::move(out_);
  }

 private:
  void list_venue() {
    venue_config& venue = out_.reference.venue;
    venue.name = fmt::format("synthetic-{}", recipe_.seed);
    venue.quote = "QUSD";
    venue.collateral = recipe_.collateral;
    venue.max_mark_age_ns = 60'000'000'000;
    out_.reference.quote = 0;
  }

  void list_assets() {
    list_asset("QUSD");
    for (const draft& one : drafts_) {  // Zero-padded, so in name order.
      list_asset(one.coin).price = price_of(mark_at(one.mark_ticks, recipe_).ticks, one.decade - 5);
    }
  }

  asset& list_asset(std::string name) {
    asset listed;
    listed.name = std::move(name);
    listed.digits = money_digits;
    return out_.reference.assets.emplace_back(std::move(listed));
  }

  void list_tiers() {
    for (const liquidity_class& one : classes) {
      class_bands_.push_back(append_bands(out_.reference, one.bands, ten_to(money_digits), 1, false));
      out_.reference.tier_table_names.emplace_back(one.tier_table);
    }
  }

  void list_contract(std::size_t rank) {
    const draft& from = drafts_[rank];
    const std::uint32_t grade = class_of(rank, drafts_.size());
    instrument contract;
    contract.name = from.name;
    contract.kind = from.inverse ? instrument_kind::inverse : instrument_kind::linear;
    contract.base = static_cast<std::uint32_t>(rank + 1);
    contract.settle = from.inverse ? contract.base : 0;
    contract.contract_size = decimal_power(from.contract_exponent);
    contract.price_step = decimal_power(from.decade - 5);
    contract.band_count = static_cast<std::uint32_t>(classes[grade].bands.size());
    if (from.inverse) {
      // Value in coin steps: lots x contract size / (ticks x price step x 10^-8).
      contract.size_step = {1, 0};
      contract.rate = rate_of(1, from.contract_exponent - (from.decade - 5) + money_digits, true);
      contract.tier_table = static_cast<std::uint32_t>(out_.reference.tier_table_names.size());
      out_.reference.tier_table_names.push_back("tier-" + from.name);
      // Floors of the class, at the mark, in coins: quote / (ticks x 10^(decade - 5)).
      contract.first_band = append_bands(out_.reference, classes[grade].bands, ten_to(money_digits - (from.decade - 5)),
                                         static_cast<std::uint64_t>(from.mark_ticks), true);
    } else {
      // A lot is worth 1 to 10 quote units whatever the contract size.
      const int size_exponent = -from.decade - from.contract_exponent;
      contract.size_step = decimal_power(size_exponent);
      contract.rate = rate_of(1, size_exponent + from.contract_exponent + from.decade - 5 + money_digits, false);
      contract.tier_table = grade;
      contract.first_band = class_bands_[grade];
    }
    const value_rate rate = value_rate_at(contract.rate, {from.mark_ticks}).rate;
    out_.contracts.push_back(
        {static_cast<std::uint32_t>(rank), from.mark_ticks, rate, from.trend_octaves, from.weight});
    out_.marks.push_back(mark_at(from.mark_ticks, recipe_));
    out_.reference.instruments.push_back(std::move(contract));
  }

  /// In `multi`: up to eight coins count as collateral; every second coin has a spot instrument as its price.
  void list_collateral() {
    if (recipe_.collateral != collateral_mode::multi) { return; }
    for (std::size_t rank = 0; rank < std::min<std::size_t>(8, drafts_.size()); ++rank) {
      const draft& from = drafts_[rank];
      asset& coin = out_.reference.assets[rank + 1];
      coin.asset_weight_ppm = static_cast<std::uint32_t>(975'000 - 25'000 * rank);
      coin.liability_weight_ppm = static_cast<std::uint32_t>(1'025'000 + 25'000 * rank);
      // Both have 8 digits: a coin step is worth ticks x 10^(decade - 5) quote steps.
      const int exponent = from.decade - 5;
      out_.coins.push_back({static_cast<std::uint32_t>(rank + 1),
                            static_cast<std::uint64_t>(from.mark_ticks) * (exponent > 0 ? ten_to(exponent) : 1),
                            exponent < 0 ? ten_to(-exponent) : 1});
      if (rank % 2 == 0) { continue; }
      instrument spot;
      spot.name = from.coin + "-SPOT";
      spot.kind = instrument_kind::spot;
      spot.base = static_cast<std::uint32_t>(rank + 1);
      spot.settle = 0;
      spot.price_step = decimal_power(exponent);
      coin.price.reset();
      coin.spot = static_cast<std::uint32_t>(out_.reference.instruments.size());
      out_.marks.push_back(mark_at(from.mark_ticks, recipe_));
      out_.reference.instruments.push_back(std::move(spot));
    }
  }

  /// Ids are in bytewise order of names, whatever the order in which they were listed.
  void sort_instruments() {
    std::vector<instrument>& listed = out_.reference.instruments;
    std::vector<std::uint32_t> order(listed.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return listed[a].name < listed[b].name; });
    std::vector<std::uint32_t> place(order.size());
    std::vector<instrument> sorted;
    std::vector<mark> marks;
    for (std::uint32_t id = 0; id < order.size(); ++id) {
      place[order[id]] = id;
      sorted.push_back(std::move(listed[order[id]]));
      marks.push_back(out_.marks[order[id]]);
    }
    listed = std::move(sorted);
    out_.marks = std::move(marks);
    for (listed_contract& contract : out_.contracts) { contract.id = place[contract.id]; }
    for (asset& one : out_.reference.assets) {
      if (one.spot != no_id) { one.spot = place[one.spot]; }
    }
    sort_tier_names();
  }

  /// Tier tables are in order of names as well, as in a book that was read.
  void sort_tier_names() {
    std::vector<std::string>& names = out_.reference.tier_table_names;
    std::vector<std::string> sorted = names;
    std::sort(sorted.begin(), sorted.end());
    for (instrument& one : out_.reference.instruments) {
      if (one.tier_table == no_id) { continue; }
      const auto at = std::lower_bound(sorted.begin(), sorted.end(), names[one.tier_table]);
      one.tier_table = static_cast<std::uint32_t>(at - sorted.begin());
    }
    names = std::move(sorted);
  }

  const venue_recipe& recipe_;
  std::vector<draft> drafts_;
  std::vector<std::uint32_t> class_bands_;
  listing out_;
};

}  // namespace

listing make_listing(const venue_recipe& recipe) { return lister(recipe).run(); }

}  // namespace plimsoll
