#include "tests/law/adl_duel.hpp"

#include <algorithm>
#include <cstdlib>

#include <rapidcheck.h>

namespace plimsoll::small_venue {

duel draw_duel(const duel_kinds& kinds) {
  const int lot_digits = *rc::gen::inRange(0, kinds.rounded ? 3 : 2);
  const int tick_digits = *rc::gen::inRange(0, kinds.rounded ? 3 : 2);
  small_book made(2, "[adl]\nscore = \"given\"\n");
  made.contract("A", lot_digits, tick_digits, *rc::gen::inRange<std::int64_t>(5, 100), {{0, 10'000, 10'000}},
                kinds.inverse ? instrument_kind::inverse : instrument_kind::linear);
  const bool losers_long = draw_half();
  const std::int64_t side = losers_long ? 1 : -1;
  const int losers = *rc::gen::inRange(1, kinds.losers_max + 1);
  const int winners = *rc::gen::inRange(1, kinds.winners_max + 1);
  for (int i = 0; i < losers; ++i) {
    made.isolated(std::string(1, static_cast<char>('k' + i)), "A", side * draw_lots(), 0, 0);
  }
  for (int i = 0; i < winners; ++i) {
    const bool own = kinds.both_sides && *rc::gen::inRange(0, 4) == 0;
    const std::string name(1, static_cast<char>((own ? 'k' : 'w') + i));
    made.position(name, "A", -side * draw_lots(), *rc::gen::inRange<std::int64_t>(-2'000, 2'000),
                  static_cast<double>(winners - i));
  }
  const std::int64_t even_cost = *rc::gen::inRange<std::int64_t>(1, 12);
  duel out{made.build(), {}, {}};
  const book& source = out.source;
  for (std::uint32_t p = 0; p < source.positions.size(); ++p) {
    const std::uint32_t unit = source.positions.unit[p];
    if ((source.positions.lots[p] > 0) == losers_long) {
      out.losers.push_back(p);
      // The cost of a lot to the winners: now and then only the rounding.
      const std::int64_t deep = *rc::gen::element<std::int64_t>(3, 300, 3'000);
      const std::int64_t lots = std::abs(source.positions.lots[p]);
      set_equity(out.source, unit, kinds.even ? -even_cost * lots : -*rc::gen::inRange<std::int64_t>(1, deep));
    } else {
      out.winners.push_back(p);
      const whole enough = judge::ceiling_of(judge::unit_maintenance_ppm(source, unit), 1'000'000);
      const std::int64_t rich = *rc::gen::element<std::int64_t>(2, 100, 3'000);
      const std::int64_t least = kinds.rich ? 10'000'000 : 0;
      set_equity(out.source, unit, enough + least + *rc::gen::inRange<std::int64_t>(0, rich));
    }
  }
  std::stable_sort(out.winners.begin(), out.winners.end(), [&](std::uint32_t a, std::uint32_t b) {
    return source.positions.given[a] > source.positions.given[b];
  });
  return out;
}

rulebook only_adl() {
  rulebook rules;
  rules.socialise.enabled = false;
  return rules;
}

std::vector<adl_fill> fills_of(const course& at) {
  std::vector<adl_fill> out;
  for (const ledger_plan& plan : at.plans(ledger_step::adl)) {
    out.push_back({plan.legs[0].position, plan.legs[1].position, judge::size_of(plan.legs[0].lots)});
  }
  return out;
}

}  // namespace plimsoll::small_venue
