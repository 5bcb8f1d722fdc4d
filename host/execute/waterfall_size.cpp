// How many lots a liquidation closes: whole, a fraction, one risk tier, or just enough for a target health.
#include <string>

#include "host/execute/first_where.hpp"
#include "host/execute/target_health.hpp"
#include "host/execute/waterfall.hpp"

namespace plimsoll {

std::vector<std::uint64_t> waterfall::lots_to_close(const unit_closing& unit) const {
  std::vector<std::uint64_t> lots;
  for (const closing_position& position : unit.positions) { lots.push_back(position.left()); }
  if (unit.bankrupt) { return lots; }
  switch (owner_.rules_.liquidation.mode) {
    case liquidation_mode::whole: break;
    case liquidation_mode::fraction: return lots_for_fraction(unit);
    case liquidation_mode::tier_down:
      for (std::size_t i = 0; i < lots.size(); ++i) { lots[i] = lots_for_tier(unit.positions[i].position()); }
      break;
    case liquidation_mode::target_health: return lots_for_target(unit);
  }
  return lots;
}

std::vector<std::uint64_t> waterfall::lots_for_fraction(const unit_closing& unit) const {
  const liquidation_rules& rules = owner_.rules_.liquidation;
  std::vector<std::uint64_t> lots;
  uint128 notional = 0;
  for (const closing_position& position : unit.positions) {
    lots.push_back(position.left());
    notional += magnitude(value_now(position.position()));
  }
  const int digits = book_.reference.assets[book_.asset_of(unit.unit)].digits;
  const bool small =
      rules.whole_below && static_cast<int128>(notional) < to_units(*rules.whole_below, digits).value_or(0);
  // A unit whose cooldown has passed was cut once: now the rest follows.
  const std::string key = unit_key(book_, unit.unit);
  if (owner_.cooling_until_.erase(key) > 0 || small) { return lots; }
  owner_.cooling_until_[key] = tick_ + rules.cooldown_ticks;
  for (std::uint64_t& one : lots) {
    one = static_cast<std::uint64_t>((static_cast<uint128>(one) * rules.fraction_ppm + limits::ppm - 1) /
                                     static_cast<uint128>(limits::ppm));
  }
  return lots;
}

std::vector<std::uint64_t> waterfall::lots_for_target(const unit_closing& unit) const {
  const liquidation_rules& rules = owner_.rules_.liquidation;
  const unit_record& found = *flagged_.at(unit.unit);
  target_health_search search(found.margin_equity, found.maintenance_ppm, rules.fee_ppm, rules.target_health_ppm);
  std::vector<std::uint64_t> lots;
  for (const closing_position& position : unit.positions) {
    const std::uint16_t instrument_id = book_.positions.instrument[position.position()];
    lots.push_back(
        search.close({position.signed_lots(position.left())}, rate_of(instrument_id), book_.tiers_of(instrument_id)));
  }
  return lots;
}

std::uint64_t waterfall::lots_for_tier(std::uint32_t position) const {
  const std::uint16_t instrument_id = book_.positions.instrument[position];
  const tier_view tiers = book_.tiers_of(instrument_id);
  const std::int64_t lots = book_.positions.lots[position];
  const std::uint32_t band = band_of(magnitude(value_now(position)), tiers);
  if (band == 0) { return magnitude(lots); }
  const std::uint64_t floor = tiers.bands[band].floor;
  const value_rate& rate = rate_of(instrument_id);
  // Fewest lots after which the notional lies below the band's floor.
  return first_where<std::uint64_t>(0, magnitude(lots), [&](std::uint64_t closed) {
    const auto gone = static_cast<std::int64_t>(closed);
    return magnitude(value_of({lots > 0 ? lots - gone : lots + gone}, rate).raw) < floor;
  });
}

}  // namespace plimsoll
