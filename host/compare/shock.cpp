#include "host/compare/shock.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "host/compare/list_text.hpp"
#include "host/text/decimal.hpp"
#include "host/text/number_fault.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

error wrong_shock(std::string_view shock, std::string_view why) {
  return {error_code::usage, fmt::format("shock \"{}\" {}", shock, why)};
}

result<std::int64_t> read_part(std::string_view shock, std::string_view text) {
  decimal value;
  if (const decimal_fault fault = parse_decimal(text, value); fault != decimal_fault::none) {
    if (text.starts_with('+')) { return wrong_shock(shock, "begins with +; write a rise without a sign"); }
    return wrong_shock(shock, text.empty() || text == shock
                                  ? fault_of_number(fault, text)
                                  : fmt::format("has \"{}\", which {}", text, fault_of_number(fault, text)));
  }
  const auto ppm = to_units(value, 6);
  if (!ppm) { return wrong_shock(shock, "has more than six decimals"); }
  if (*ppm <= -limits::ppm || *ppm > 10 * limits::ppm) {
    return wrong_shock(shock, "must be above -1 and at most 10; it is a fraction of the mark, so -0.2 means 20 % down");
  }
  return static_cast<std::int64_t>(*ppm);
}

std::uint32_t instrument_named(const book& source, std::string_view name) {
  const auto& all = source.reference.instruments;
  const auto at = std::lower_bound(all.begin(), all.end(), name,
                                   [](const instrument& it, std::string_view wanted) { return it.name < wanted; });
  return at == all.end() || at->name != name ? no_id : static_cast<std::uint32_t>(at - all.begin());
}

}  // namespace

result<market_shock> parse_shock(std::string_view text, const book& source, const beta_list& betas) {
  const auto& instruments = source.reference.instruments;
  market_shock out{std::string(text), std::vector<price_move>(instruments.size())};
  if (text.find('=') == std::string_view::npos) {
    const result<std::int64_t> part = read_part(text, text);
    if (!part) { return part.error(); }
    for (std::size_t i = 0; i < instruments.size(); ++i) {
      const bool spot = instruments[i].kind == instrument_kind::spot;
      const std::int64_t neutral = spot ? 0 : limits::ppm;
      const std::int64_t beta = i < betas.size() ? betas[i].value_or(neutral) : neutral;
      out.moves[i].raw = static_cast<int128>(part.value()) * beta;
    }
    return out;
  }
  std::vector<bool> named(instruments.size(), false);
  for (const std::string_view item : split_list(text, ',')) {
    const std::size_t equals = item.rfind('=');
    if (equals == std::string_view::npos) {
      return wrong_shock(text, fmt::format("has \"{}\", which is not of the form INSTRUMENT=FRACTION", item));
    }
    const std::uint32_t id = instrument_named(source, item.substr(0, equals));
    if (id == no_id) {
      return wrong_shock(text,
                         fmt::format("names \"{}\", which is not an instrument of this book", item.substr(0, equals)));
    }
    if (named[id]) { return wrong_shock(text, fmt::format("names \"{}\" twice", instruments[id].name)); }
    named[id] = true;
    const result<std::int64_t> part = read_part(text, item.substr(equals + 1));
    if (!part) { return part.error(); }
    out.moves[id] = price_move::of_ppm(part.value());
  }
  return out;
}

result<std::vector<market_shock>> parse_shocks(std::string_view list, const book& source, const beta_list& betas) {
  std::vector<market_shock> out;
  const auto add = [&](std::string_view text) -> status {
    result<market_shock> one = parse_shock(text, source, betas);
    if (!one) { return one.error(); }
    const auto same = [&](const market_shock& other) {
      return std::equal(other.moves.begin(), other.moves.end(), one.value().moves.begin(),
                        [](price_move a, price_move b) { return a.raw == b.raw; });
    };
    if (std::any_of(out.begin(), out.end(), same)) {
      return wrong_shock(text, "moves the marks exactly as another shock of the list does");
    }
    out.push_back(std::move(one).value());
    return ok();
  };
  PLIMSOLL_TRY(for_each_item(list, add));
  return out;
}

tick_marks shocked_marks(const book& source, const market_shock& shock, std::int64_t tick) {
  tick_marks out{tick, {}};
  for (std::uint32_t i = 0; i < source.marks.size(); ++i) {
    if (shock.moves[i].raw == 0 || !is_marked(source.marks[i].ticks)) { continue; }
    mark moved = source.marks[i];
    moved.ticks = shocked_ticks(moved.ticks, shock.moves[i]);
    out.changed.emplace_back(i, moved);
  }
  return out;
}

}  // namespace plimsoll
