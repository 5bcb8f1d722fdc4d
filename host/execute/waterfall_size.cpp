// How many lots a liquidation closes: whole, a fraction, one risk tier, or just enough for a target health.
#include <algorithm>

#include "host/execute/waterfall.hpp"

namespace plimsoll {

std::vector<std::uint64_t> waterfall::lots_to_close(const unit_closing& unit) const {
  std::vector<std::uint64_t> lots;
  for (const closing_position& position : unit.positions) { lots.push_back(position.left()); }
  const liquidation_rules& rules = owner_.rules_.liquidation;
  if (unit.bankrupt || rules.mode == liquidation_mode::whole) { return lots; }

  if (rules.mode == liquidation_mode::fraction) {
    const std::string key = std::string(book_.accounts[book_.units.account[unit.unit]]) + '\n' +
                            book_.unit_name(book_.units.code[unit.unit]);
    const auto began = owner_.cooling_until_.find(key);
    uint128 notional = 0;
    for (const closing_position& position : unit.positions) { notional += magnitude(value_now(position.position())); }
    const int digits = book_.reference.assets[book_.asset_of(unit.unit)].digits;
    const bool small =
        rules.whole_below && static_cast<int128>(notional) < to_units(*rules.whole_below, digits).value_or(0);
    if (small || began != owner_.cooling_until_.end()) {
      owner_.cooling_until_.erase(key);
      return lots;
    }
    owner_.cooling_until_[key] = tick_ + rules.cooldown_ticks;
    for (std::uint64_t& one : lots) {
      one = static_cast<std::uint64_t>((static_cast<uint128>(one) * rules.fraction_ppm + limits::ppm - 1) /
                                       static_cast<uint128>(limits::ppm));
    }
    return lots;
  }

  if (rules.mode == liquidation_mode::tier_down) {
    for (std::size_t i = 0; i < lots.size(); ++i) { lots[i] = lots_for_tier(unit.positions[i].position()); }
    return lots;
  }

  // Positions in order: each takes what brings the unit to the target, or is closed whole and the next one goes on.
  const std::uint32_t id = unit.unit;
  int128 margin_equity = scan_.margin.units.margin_equity[id];
  uint128 maintenance_ppm = scan_.margin.units.maintenance_ppm[id];
  for (std::size_t i = 0; i < lots.size(); ++i) {
    const std::uint32_t position = unit.positions[i].position();
    lots[i] = lots_for_health(position, margin_equity, maintenance_ppm);
    maintenance_ppm -= figures_of(book_, scan_.prices, position).required.maintenance_ppm;
    const std::int64_t kept_lots = unit.positions[i].signed_lots(unit.positions[i].left() - lots[i]);
    const value_rate& rate = scan_.prices.rates[book_.positions.instrument[position]];
    const std::int64_t kept = value_of({kept_lots}, rate).raw;
    maintenance_ppm +=
        requirement_of(magnitude(kept), book_.tiers_of(book_.positions.instrument[position])).maintenance_ppm;
    margin_equity -= static_cast<int128>(magnitude(value_now(position) - kept)) * rules.fee_ppm / limits::ppm;
  }
  return lots;
}

std::uint64_t waterfall::lots_for_health(std::uint32_t position, int128 margin_equity, uint128 maintenance_ppm) const {
  const liquidation_rules& rules = owner_.rules_.liquidation;
  const std::uint16_t instrument_id = book_.positions.instrument[position];
  const value_rate& rate = scan_.prices.rates[instrument_id];
  const std::int64_t lots = book_.positions.lots[position];
  const uint128 others_ppm = maintenance_ppm - figures_of(book_, scan_.prices, position).required.maintenance_ppm;
  const std::int64_t whole_value = value_now(position);
  // Closing `closed` lots at the mark costs the fee and frees their requirement.
  const auto reaches = [&](std::uint64_t closed) {
    const std::int64_t kept_lots =
        lots > 0 ? lots - static_cast<std::int64_t>(closed) : lots + static_cast<std::int64_t>(closed);
    const std::int64_t kept = value_of({kept_lots}, rate).raw;
    const uint128 required =
        others_ppm + requirement_of(magnitude(kept), book_.tiers_of(instrument_id)).maintenance_ppm;
    const int128 fee_ppm = static_cast<int128>(magnitude(whole_value - kept)) * rules.fee_ppm;
    const int128 margin_ppm = margin_equity * limits::ppm - fee_ppm;
    return margin_ppm * limits::ppm >= static_cast<int128>(required) * rules.target_health_ppm;
  };
  std::uint64_t low = 0;
  std::uint64_t high = magnitude(lots);
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (reaches(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

std::uint64_t waterfall::lots_for_tier(std::uint32_t position) const {
  const std::uint16_t instrument_id = book_.positions.instrument[position];
  const tier_view tiers = book_.tiers_of(instrument_id);
  const std::int64_t lots = book_.positions.lots[position];
  const std::uint32_t band = band_of(magnitude(value_now(position)), tiers);
  if (band == 0) { return magnitude(lots); }
  const std::uint64_t floor = tiers.bands[band].floor;
  const value_rate& rate = scan_.prices.rates[instrument_id];
  // Fewest lots after which the notional lies below the band's floor.
  std::uint64_t low = 0;
  std::uint64_t high = magnitude(lots);
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const std::int64_t kept =
        lots > 0 ? lots - static_cast<std::int64_t>(middle) : lots + static_cast<std::int64_t>(middle);
    if (magnitude(value_of({kept}, rate).raw) < floor) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace plimsoll
