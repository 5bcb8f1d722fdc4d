#include "host/engine/dust.hpp"

#include <algorithm>

namespace plimsoll {

void dust_limits::set(const reference_data& reference) {
  steps_.clear();
  if (reference.venue.dust.empty()) { return; }
  steps_.resize(reference.assets.size(), 0);
  for (std::uint32_t a = 0; a < steps_.size(); ++a) {
    auto found = reference.venue.dust.find(reference.assets[a].name);
    if (found == reference.venue.dust.end() && a == reference.quote) { found = reference.venue.dust.find(""); }
    if (found == reference.venue.dust.end()) { continue; }
    steps_[a] = static_cast<std::int64_t>(to_units(found->second, reference.assets[a].digits).value_or(0));
  }
}

bool dust_limits::is_dust(const book& source, const unit_record& one) const {
  if (steps_.empty() || !one.outcome.flagged() || one.outcome.state() != unit_state::bankrupt) { return false; }
  if (deficit_of(one.equity) >= steps_[source.asset_of(one.unit)]) { return false; }
  const auto lots = source.positions.lots.begin();
  return std::all_of(lots + source.units.first_position[one.unit], lots + source.units.first_position[one.unit + 1],
                     [](std::int64_t held) { return held == 0; });
}

}  // namespace plimsoll
