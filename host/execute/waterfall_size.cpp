// How many lots a liquidation closes: whole, a fraction, one risk tier, or just enough for a target health.
#include <string>

#include "host/execute/first_where.hpp"
#include "host/execute/target_health.hpp"
#include "host/execute/waterfall.hpp"

namespace plimsoll {

std::vector<std::uint64_t> waterfall::lots_to_close(const unit_closing& unit) const {
  std::vector<std::uint64_t> all;
  for (const closing_position& position : unit.positions) { all.push_back(position.left()); }
  const liquidation_rules& rules = owner_.rules_.liquidation;
  if (unit.bankrupt || rules.mode == liquidation_mode::whole) { return all; }
  const bool cuts = rules.mode == liquidation_mode::fraction;
  // A unit whose cooldown has passed was reduced once before; now the rest is closed.
  if (cuts && owner_.cooling_until_.erase(unit_key(book_, unit.unit)) > 0) { return all; }
  std::vector<std::uint64_t> lots = rules.mode == liquidation_mode::target_health ? lots_for_target(unit) : all;
  for (std::size_t i = 0; i < lots.size(); ++i) {
    if (rules.mode == liquidation_mode::tier_down) { lots[i] = lots_for_tier(unit.positions[i].position()); }
    if (cuts) {
      lots[i] = static_cast<std::uint64_t>((static_cast<uint128>(lots[i]) * rules.fraction_ppm + limits::ppm - 1) /
                                           static_cast<uint128>(limits::ppm));
    }
  }
  if (leaves_too_little(unit, lots)) { return all; }
  if (cuts) { owner_.cooling_until_[unit_key(book_, unit.unit)] = at_.now_ns + rules.cooldown_ns; }
  return lots;
}

bool waterfall::leaves_too_little(const unit_closing& unit, std::span<const std::uint64_t> closed) const {
  const std::optional<decimal>& least = owner_.rules_.liquidation.whole_below;
  if (!least) { return false; }
  uint128 notional = 0;
  for (std::size_t i = 0; i < closed.size(); ++i) {
    const closing_position& position = unit.positions[i];
    const value_rate& rate = rate_of(book_.positions.instrument[position.position()]);
    notional += magnitude(value_of({position.signed_lots(position.left() - closed[i])}, rate).raw);
  }
  const int digits = book_.reference.assets[book_.asset_of(unit.unit)].digits;
  return static_cast<int128>(notional) < to_units(*least, digits).value_or(0);
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
  const value_rate& rate = rate_of(instrument_id);
  const auto key_after = [&](std::uint64_t closed) {
    const auto gone = static_cast<std::int64_t>(closed);
    const std::uint64_t notional = magnitude(value_of({lots > 0 ? lots - gone : lots + gone}, rate).raw);
    return tier_key(notional, magnitude(lots) - closed, tiers.by_lots);
  };
  const std::uint32_t band = band_of(key_after(0), tiers);
  if (band == 0) { return magnitude(lots); }
  // Fewest lots after which the position is below the band's floor.
  return first_where<std::uint64_t>(0, magnitude(lots),
                                    [&](std::uint64_t closed) { return key_after(closed) < tiers.bands[band].floor; });
}

}  // namespace plimsoll
