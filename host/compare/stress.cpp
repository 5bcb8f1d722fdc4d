#include "host/compare/stress.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "host/compare/list_text.hpp"
#include "host/execute/depth.hpp"
#include "host/text/number_fault.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

error wrong_fund(std::string_view text, std::string_view why) {
  return {error_code::usage, fmt::format("fund \"{}\" {}", text, why)};
}

/// Parts of the fund by name, each with the asset in which it is counted.
std::map<std::string, std::uint32_t> fund_parts(const reference_data& reference) {
  std::map<std::string, std::uint32_t> parts;
  if (reference.venue.rules.fund.scope == fund_scope::asset) {
    for (const std::uint32_t asset : settlement_assets(reference)) { parts[reference.assets[asset].name] = asset; }
    return parts;
  }
  for (const instrument& it : reference.instruments) {
    if (it.kind != instrument_kind::spot) { parts[it.name] = it.settle; }
  }
  return parts;
}

/// Reads an amount that must be a whole number of steps of the part's asset.
result<decimal> read_size(std::string_view text, std::string_view number) {
  decimal value;
  if (const decimal_fault fault = parse_decimal(number, value); fault != decimal_fault::none) {
    return wrong_fund(text, number == text
                                ? fault_of_number(fault, number)
                                : fmt::format("has \"{}\", which {}", number, fault_of_number(fault, number)));
  }
  if (value.mantissa < 0) { return wrong_fund(text, "is below zero"); }
  return value;
}

status check_size(std::string_view text, const decimal& value, const asset& it) {
  const auto steps = to_units(value, it.digits);
  if (!steps) {
    return wrong_fund(text, fmt::format("is finer than the step {1} of {0}", it.name, format_decimal({1, it.digits})));
  }
  if (*steps > limits::money_steps_max) { return wrong_fund(text, fmt::format("is beyond 2^62 steps of {}", it.name)); }
  return ok();
}

result<fund_size> parse_fund(std::string_view text, const reference_data& reference) {
  const std::map<std::string, std::uint32_t> parts = fund_parts(reference);
  fund_size out{std::string(text), reference.venue.rules.fund.balance};
  if (text.find('=') == std::string_view::npos) {
    const result<decimal> value = read_size(text, text);
    if (!value) { return value.error(); }
    for (const auto& [name, asset] : parts) {
      PLIMSOLL_TRY(check_size(text, value.value(), reference.assets[asset]));
      out.balance[name] = value.value();
    }
    return out;
  }
  std::map<std::string, bool> named;
  for (const std::string_view item : split_list(text, ',')) {
    const std::size_t equals = item.rfind('=');
    if (equals == std::string_view::npos) {
      return wrong_fund(text,
                        fmt::format("has \"{}\", which is not of the form NAME=AMOUNT; separate sizes by semicolons "
                                    "where one names an asset, as in 0;USDT=500",
                                    item));
    }
    const std::string name(item.substr(0, equals));
    const auto part = parts.find(name);
    if (part == parts.end()) {
      const bool by_asset = reference.venue.rules.fund.scope == fund_scope::asset;
      return wrong_fund(text, fmt::format("names \"{}\", which is not a {}", name,
                                          by_asset ? "settlement asset of this book" : "contract of this book"));
    }
    if (!named.emplace(name, true).second) { return wrong_fund(text, fmt::format("names \"{}\" twice", name)); }
    const result<decimal> value = read_size(text, item.substr(equals + 1));
    if (!value) { return value.error(); }
    PLIMSOLL_TRY(check_size(text, value.value(), reference.assets[part->second]));
    out.balance[name] = value.value();
  }
  return out;
}

/// Exponent of the smallest power of ten that is at least the price of one unit of the asset in the quote. The price is
/// the mark of an inverse contract that settles in the asset, or of its spot instrument, or else `assets.price`.
/// Returns 0 for the quote, and where no price is known.
int price_power(const book& source, std::uint32_t asset) {
  const reference_data& reference = source.reference;
  if (reference.assets[asset].name == reference.venue.quote) { return 0; }
  decimal price = reference.assets[asset].price.value_or(decimal{0, 0});
  for (std::size_t i = 0; i < reference.instruments.size(); ++i) {
    const instrument& it = reference.instruments[i];
    const bool prices_it =
        i == reference.assets[asset].spot || (it.kind == instrument_kind::inverse && it.settle == asset);
    if (prices_it && source.marks[i].ticks > 0) {
      price = {source.marks[i].ticks * it.price_step.mantissa, it.price_step.scale};
      break;
    }
  }
  if (price.mantissa <= 0) { return 0; }
  int digits = 0;
  while (digits < 38 && power_of_ten(digits) < price.mantissa) { ++digits; }
  return digits - price.scale;
}

/// 10^`zeros`, raised to one step if it is less and limited to what a fund can hold.
decimal power_of_ten_in(int zeros, int digits) {
  constexpr int steps_most = 18;  // 10^18 < 2^62.
  return zeros < 0 ? decimal{1, std::min(-zeros, digits)}
                   : decimal{power_of_ten(std::min(zeros, steps_most - digits)), 0};
}

}  // namespace

result<std::vector<fund_size>> parse_funds(std::string_view list, const book& source) {
  if (list.empty()) { return default_funds(source); }
  const reference_data& reference = source.reference;
  std::vector<fund_size> out;
  const auto add = [&](std::string_view text) -> status {
    result<fund_size> one = parse_fund(text, reference);
    if (!one) { return one.error(); }
    const auto same = [&](const fund_size& other) { return other.balance == one.value().balance; };
    if (std::any_of(out.begin(), out.end(), same)) { return wrong_fund(text, "repeats another size of the list"); }
    out.push_back(std::move(one).value());
    return ok();
  };
  PLIMSOLL_TRY(for_each_item(list, add));
  return out;
}

std::vector<fund_size> default_funds(const book& source) {
  const reference_data& reference = source.reference;
  const std::map<std::string, std::uint32_t> parts = fund_parts(reference);
  const std::map<std::string, decimal>& own = reference.venue.rules.fund.balance;
  const bool has_one = std::any_of(own.begin(), own.end(), [](const auto& one) { return one.second.mantissa > 0; });
  std::vector<fund_size> out;
  if (!has_one) {
    fund_size none{"0", {}};
    for (const auto& [name, asset] : parts) { none.balance[name] = decimal{0, 0}; }
    out.push_back(std::move(none));
    for (int zeros = 4; zeros <= 8; ++zeros) {
      bool same = true;
      fund_size one;
      for (const auto& [name, asset] : parts) {
        const int power = price_power(source, asset);
        one.balance[name] = power_of_ten_in(zeros - power, reference.assets[asset].digits);
        same = same && power == 0;
      }
      one.text = (same ? "1" : "worth 1") + std::string(static_cast<std::size_t>(zeros), '0');
      out.push_back(std::move(one));
    }
    return out;
  }
  struct factor {
    const char* text;
    int quarters;
  };
  constexpr factor factors[] = {{"0", 0},        {"0.25 x rulebook", 1}, {"0.5 x rulebook", 2},
                                {"rulebook", 4}, {"2 x rulebook", 8},    {"4 x rulebook", 16}};
  for (const factor& by : factors) {
    fund_size one{by.text, own};
    for (const auto& [name, asset] : parts) {
      decimal& balance = one.balance[name];
      const int digits = reference.assets[asset].digits;
      const int128 steps = to_units(balance, digits).value_or(0) * by.quarters / 4;
      balance = {std::min<int128>(steps, limits::money_steps_max), digits};
    }
    out.push_back(std::move(one));
  }
  return out;
}

bool stress_cell::adequate() const {
  return std::none_of(outcome.assets.begin(), outcome.assets.end(),
                      [](const fork_figures& of) { return of.beyond_fund(); });
}

bool stress_grid::has_market() const {
  const market_rules& market = reference.venue.rules.market;
  return std::any_of(reference.instruments.begin(), reference.instruments.end(),
                     [&](const instrument& it) { return depth_of(reference, market, it).mantissa > 0; });
}

int128 stress_grid::opening(std::size_t fund, std::uint32_t asset) const {
  int128 sum = 0;
  for (const auto& [name, part_asset] : fund_parts(reference)) {
    const auto found = funds[fund].balance.find(name);
    if (part_asset != asset || found == funds[fund].balance.end()) { continue; }
    sum += to_units(found->second, reference.assets[asset].digits).value_or(0);
  }
  return sum;
}

std::size_t stress_grid::smallest_adequate(std::size_t shock, std::size_t asset_place) const {
  std::size_t best = no_fund;
  for (std::size_t fund = 0; fund < funds.size(); ++fund) {
    const fork_figures& of = at(shock, fund).outcome.assets[asset_place];
    if (of.beyond_fund()) { continue; }
    if (best == no_fund || opening(fund, of.asset) < opening(best, of.asset)) { best = fund; }
  }
  return best;
}

result<stress_grid> stress_book(book source, std::vector<market_shock> shocks, std::vector<fund_size> funds,
                                const fork_options& options, refusal_list& refusals) {
  stress_grid out{source.reference,
                  source.accounts.size(),
                  source.positions.size(),
                  false,
                  std::move(shocks),
                  std::move(funds),
                  {}};
  rulebook rules = source.reference.venue.rules;
  const std::size_t count = out.shocks.size() * out.funds.size();
  result<opened_book> opened = open_book(std::move(source));
  if (!opened) { return opened.error(); }
  // The fund of a cell replaces the fund of the book.
  std::erase_if(opened.value().opening, [](const system_row& row) { return row.account == system_account::fund; });
  std::unique_ptr<backend> machine;
  for (std::size_t cell = 0; cell < count; ++cell) {
    const market_shock& shock = out.shocks[cell / out.funds.size()];
    rules.fund.balance = out.funds[cell % out.funds.size()].balance;
    const tick_inputs tick{shocked_marks(opened.value().live.columns(), shock, 1), {}};
    fork_options how = options;
    how.inputs.ticks = "shock " + shock.text;
    // The last cell moves the book instead of copying it.
    opened_book start = cell + 1 < count ? opened.value() : std::move(opened.value());
    result<fork_outcome> ran = run_fork(std::move(start), rules, {&tick, 1}, how, machine, refusals);
    if (!ran) { return ran.error(); }
    out.cells.push_back({std::move(ran).value()});
  }
  return out;
}

}  // namespace plimsoll
