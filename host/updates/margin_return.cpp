#include "host/updates/margin_return.hpp"

#include <utility>
#include <vector>

#include "host/book/find.hpp"

namespace plimsoll {

namespace {

bool holds_position(const book& source, std::uint32_t unit) {
  for (std::uint32_t p = source.units.first_position[unit]; p < source.units.first_position[unit + 1]; ++p) {
    if (source.positions.lots[p] != 0) { return true; }
  }
  return false;
}

unit_code cross_code_of(const book& source, std::uint32_t unit) {
  const bool multi = source.reference.venue.collateral == collateral_mode::multi;
  return unit_code::cross(multi ? source.reference.quote : source.asset_of(unit));
}

}  // namespace

/// Opens missing cross units that receive margin. That changes ids, so it finds `units_` again.
void margin_return::open_cross_units(live_book& live) {
  const book& source = live.columns();
  named_.clear();
  growth_.balances.clear();
  for (const std::uint32_t unit : units_) {
    const std::uint32_t account = source.units.account[unit];
    named_.emplace_back(account, source.units.code[unit]);
    const unit_code cross_unit = cross_code_of(source, unit);
    if (source.units.balance[unit] <= 0 || find_unit(source, account, cross_unit) != no_id) { continue; }
    const book_growth::balance row{account, static_cast<std::uint16_t>(cross_unit.asset()), 0};
    if (!growth_.balances.empty() && growth_.balances.back().account == account &&
        growth_.balances.back().asset == row.asset) {
      continue;
    }
    growth_.balances.push_back(row);
  }
  if (growth_.balances.empty()) { return; }
  live.open(growth_, places_);
  for (std::size_t i = 0; i < units_.size(); ++i) { units_[i] = find_unit(source, named_[i].first, named_[i].second); }
  std::erase(units_, no_id);  // A new layout drops empty units.
}

status margin_return::run(const plan_sink& posted) {
  ledger_.take_emptied(units_);
  if (units_.empty()) { return ok(); }
  const book& source = ledger_.target();
  std::erase_if(units_, [&](std::uint32_t unit) { return holds_position(source, unit); });
  if (live_book* const live = ledger_.live()) { open_cross_units(*live); }
  for (const std::uint32_t unit : units_) {
    const std::uint32_t cross_unit = find_unit(source, source.units.account[unit], cross_code_of(source, unit));
    if (source.units.balance[unit] > 0 && cross_unit != no_id) {
      plan_.id = ledger_.next_id();
      plan_.step = ledger_step::update;
      plan_.cause = "margin returned";
      plan_.legs.assign(2, {});
      for (ledger_leg& leg : plan_.legs) { leg.asset = source.asset_of(unit); }
      plan_.legs[0].unit = unit;
      plan_.legs[0].amount = -source.units.balance[unit];
      plan_.legs[1].unit = cross_unit;
      plan_.legs[1].amount = source.units.balance[unit];
      PLIMSOLL_TRY(ledger_.post(plan_));
      posted(plan_);
    }
    ledger_.close_later(unit);
  }
  ledger_.take_emptied(units_);  // Drops the units that the transfers themselves emptied.
  return ok();
}

}  // namespace plimsoll
