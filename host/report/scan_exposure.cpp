#include "host/report/scan_exposure.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/text/decimal.hpp"
#include "kernels/rules/margin.hpp"

namespace plimsoll {

namespace {

/// part x scale / whole, rounded half away from zero; `whole` above 0.
int128 rounded_part(int128 part, int128 scale, int128 whole) {
  const int128 twice = 2 * part * scale;
  return (twice < 0 ? twice - whole : twice + whole) / (2 * whole);
}

/// Distance of a position to its liquidation price.
struct liquidation_distance {
  std::uint32_t position = no_id;
  std::int64_t price = 0;  ///< Ticks.
  int128 part_ppm = 0;     ///< (price - mark) / |mark|, rounded half away from zero.
  [[nodiscard]] int128 far() const { return part_ppm < 0 ? -part_ppm : part_ppm; }
};

constexpr std::uint32_t looked_at_max = 64;  // A market maker has thousands of positions, and the page shows only one.

liquidation_distance nearest_liquidation(const scan_result& scan, std::uint32_t unit) {
  const book& source = *scan.source;
  liquidation_distance best;
  const std::uint32_t first = source.units.first_position[unit];
  const std::uint32_t last = std::min(source.units.first_position[unit + 1], first + looked_at_max);
  for (std::uint32_t p = first; p < last; ++p) {
    const std::int64_t mark = source.marks[source.positions.instrument[p]].ticks;
    const std::int64_t price = liquidation_price_of(scan, p).raw;
    if (!is_marked(price) || mark == 0) { continue; }
    const liquidation_distance distance{p, price,
                                        rounded_part(static_cast<int128>(price) - mark, limits::ppm, std::abs(mark))};
    if (best.position == no_id || distance.far() < best.far()) { best = distance; }
  }
  return best;
}

/// An account's contracts on one side.
struct holder {
  std::uint32_t account = no_id;
  std::uint64_t lots = 0;
};

/// An account has one position per side, because cross and isolated positions do not exist side by side.
holder largest_holder(const book& source, std::uint32_t segment) {
  holder best;
  const side_columns& sides = source.sides;
  for (std::uint32_t entry = sides.first_entry[segment]; entry < sides.first_entry[segment + 1]; ++entry) {
    const std::uint32_t position = sides.position[entry];
    const std::uint64_t lots = magnitude(source.positions.lots[position]);
    if (lots > best.lots) { best = {source.units.account[source.positions.unit[position]], lots}; }
  }
  return best;
}

}  // namespace

page_table next_to_go(const scan_report& report, std::size_t rows_max) {
  const scan_result& scan = report.scan();
  const book& source = *scan.source;
  const unit_figures& figures = scan.margin.units;
  struct candidate {
    int128 health_ppm;
    std::uint32_t unit;
    bool operator<(const candidate& other) const {
      return health_ppm != other.health_ppm ? health_ppm < other.health_ppm : unit < other.unit;
    }
  };
  std::vector<candidate> all;
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    const verdict& outcome = figures.verdicts[unit];
    if (outcome.held() || outcome.state() >= unit_state::liquidatable || figures.maintenance_ppm[unit] == 0) {
      continue;
    }
    all.push_back({health_factor_ppm(figures.margin_equity[unit], figures.maintenance_ppm[unit]), unit});
  }
  const std::size_t shown = std::min(rows_max, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), all.end());
  page_table out;
  out.id = "next-to-go";
  out.title = "Nearest to liquidation.";
  out.reading = fmt::format(
      "Room: margin equity less maintenance. Distance: from the mark to the liquidation price, the smallest of the "
      "unit's first {} positions.",
      looked_at_max);
  out.columns = {{"account"},
                 {"unit"},
                 {"asset"},
                 {"state"},
                 {"maintenance", true},
                 {"room", true},
                 {"health_factor", true},
                 {"instrument"},
                 {"mark", true},
                 {"liquidation_price", true},
                 {"distance_%", true}};
  for (std::size_t i = 0; i < shown; ++i) {
    const std::uint32_t unit = all[i].unit;
    const int digits = report.digits_of_unit(unit);
    const std::int64_t maintenance = maintenance_of(scan, unit);
    std::vector<std::string>& row = out.rows.emplace_back(std::vector<std::string>{
        std::string(report.account_of_unit(unit)), std::string(report.unit_name(unit)), report.asset_of_unit(unit),
        to_string(figures.verdicts[unit].state()), format_units(maintenance, digits),
        format_units(figures.margin_equity[unit] - maintenance, digits), format_units(all[i].health_ppm, 6)});
    const liquidation_distance distance = nearest_liquidation(scan, unit);
    if (distance.position == no_id) {
      row.insert(row.end(), {"", "", "", ""});
      continue;
    }
    const std::uint16_t id = source.positions.instrument[distance.position];
    const instrument& it = source.reference.instruments[id];
    const auto price = [&](std::int64_t ticks) {
      return format_units(step_units(ticks, it.price_step), it.price_step.scale);
    };
    row.insert(row.end(),
               {it.name, price(source.marks[id].ticks), price(distance.price), format_units(distance.part_ppm, 4)});
  }
  out.rows_total = all.size();
  out.whole = "table units";
  return out;
}

page_table largest_accounts(const scan_report& report, std::size_t rows_max) {
  const book& source = *report.scan().source;
  struct line {
    std::uint32_t segment;
    holder who;
    std::uint64_t open;
  };
  std::vector<line> all;
  for (std::uint32_t segment = 0; segment < source.sides.segments(); ++segment) {
    const holder who = largest_holder(source, segment);
    if (who.account != no_id) { all.push_back({segment, who, source.sides.lots[segment]}); }
  }
  std::stable_sort(all.begin(), all.end(), [](const line& a, const line& b) {
    return static_cast<uint128>(a.who.lots) * b.open > static_cast<uint128>(b.who.lots) * a.open;
  });
  page_table out;
  out.id = "largest-accounts";
  out.title = "Largest accounts.";
  out.columns = {{"instrument"}, {"side"}, {"account"}, {"size", true}, {"of_contracts", true}, {"share_%", true}};
  out.rows_total = all.size();
  all.resize(std::min(all.size(), rows_max));
  for (const line& one : all) {
    const instrument& it = source.reference.instruments[one.segment / 2];
    const auto size = [&](std::uint64_t lots) {
      return format_units(step_units(static_cast<int128>(lots), it.size_step), it.size_step.scale);
    };
    out.rows.push_back(
        {it.name, to_string(static_cast<position_side>(one.segment % 2)), std::string(source.accounts[one.who.account]),
         size(one.who.lots), size(one.open),
         format_units(rounded_part(static_cast<int128>(one.who.lots), 10'000, static_cast<int128>(one.open)), 2)});
  }
  out.whole = "positions of the book";
  return out;
}

}  // namespace plimsoll
