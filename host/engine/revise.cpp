// Reference data that changes under a loaded book: instruments and assets listed, tiers changed.
#include <utility>

#include "host/book/by_new_ids.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/memory/guarded.hpp"

namespace plimsoll {

namespace {

/// If positions in retiered instruments are more than this share of the units, all units are evaluated again.
constexpr std::uint64_t touched_share = 8;

/// New instruments and assets have no price yet.
tick_prices renumbered(const tick_prices& prices, const reference_change& change, const reference_data& next) {
  const auto kept_or_none = [](const auto& kept, const std::vector<std::uint32_t>& ids, std::size_t count) {
    return kept.empty() ? kept : by_new_ids(kept, ids, count);
  };
  return {kept_or_none(prices.rates, change.instrument_ids, next.instruments.size()),
          kept_or_none(prices.held, change.instrument_ids, next.instruments.size()),
          kept_or_none(prices.assets, change.asset_ids, next.assets.size()),
          kept_or_none(prices.asset_held, change.asset_ids, next.assets.size())};
}

/// New instruments go to the group of those with little open interest.
move_groups renumbered(const move_groups& groups, const reference_change& change, const reference_data& next) {
  move_groups out;
  if (groups.of_instrument.empty()) { return out; }
  out.of_instrument.assign(next.instruments.size(), rest_group);
  for (std::size_t old = 0; old < groups.of_instrument.size(); ++old) {
    out.of_instrument[change.instrument_ids[old]] = groups.of_instrument[old];
  }
  out.of_asset.assign(groups.of_asset.empty() ? 0 : next.assets.size(), balances_group);
  return out;
}

ledger_state renumbered(const ledger_state& books, const reference_change& change) {
  ledger_state out = books;
  for (std::size_t account = 0; account < books.system.size(); ++account) {
    out.system[account] = {};
    for (const auto& [asset, amount] : books.system[account].balance) {
      out.system[account].balance.emplace(change.asset_ids[asset], amount);
    }
    for (const auto& [instrument, held] : books.system[account].positions) {
      out.system[account].positions.emplace(change.instrument_ids[instrument], held);
    }
  }
  return out;
}

}  // namespace

/// Checks that the book is within the limits at its marks under new tiers, as a load would.
status tick_engine::admit_tiers(const reference_data& next, const reference_change& change,
                                const reference_places& places) const {
  const book& columns = live_->columns();
  refusal_list refusals;
  tick_prices prices;
  PLIMSOLL_TRY(prepare_tick(columns, columns.marks, std::nullopt, prices, refusals));
  const std::uint32_t unit = beyond_tiers(columns, next, change, prices.rates);
  if (unit == no_id) { return ok(); }
  const std::string& asset = columns.reference.assets[columns.asset_of(unit)].name;
  refusals.add({places.tiers_file, 0, "",
                std::string(columns.accounts[columns.units.account[unit]]) + ' ' +
                    std::string(names()[columns.units.code[unit]]),
                "would have a requirement beyond 2^62 steps of " + asset});
  return refusals.to_error();
}

/// Replaces the ids of instruments and assets in the book and in all tables by id.
void tick_engine::renumber(reference_data&& next, const reference_change& change) {
  book named;
  named.reference = std::move(next);
  auto names = std::make_shared<const named_book>(named);
  ledger_state books = renumbered(ledger_->state(), change);
  std::vector<std::uint8_t> delisted =
      by_new_ids(writer_->delisted(), change.instrument_ids, named.reference.instruments.size());
  std::vector<int128> money =
      by_new_ids(std::vector<int128>(ledger_->customers_money().begin(), ledger_->customers_money().end()),
                 change.asset_ids, named.reference.assets.size());
  tick_prices reference = renumbered(reference_, change, named.reference);
  tick_prices last = renumbered(last_, change, named.reference);
  move_groups groups = renumbered(groups_, change, named.reference);
  live_->renumber(std::move(named.reference), change);
  // Nothing can fail after this line.
  ledger_->renumber(std::move(books), std::move(money));
  writer_->restore(std::move(delisted));
  names_ = std::move(names);
  reference_ = std::move(reference);
  last_ = std::move(last);
  groups_ = std::move(groups);
  unpriced_ = true;
}

/// Passes the new ids to the backend. If the backend cannot take them it loads the book again; if it fails, the next
/// tick reports that.
void tick_engine::relist() {
  if (!loaded_on_machine_) { return; }
  const auto taken = machine_->relist(reference_, groups_);
  loaded_on_machine_ = taken && taken.value();
  tiers_stale_ = tiers_stale_ && !loaded_on_machine_;
}

/// Marks every unit that holds one of these instruments as changed, so that it is evaluated again. False: there are so
/// many that a pass over all units costs less.
bool tick_engine::touch_holders(const std::vector<std::uint32_t>& instruments) {
  const book& columns = live_->columns();
  std::uint64_t left = columns.units.size() / touched_share;
  for (const std::uint32_t id : instruments) {
    const std::uint32_t last = columns.sides.first_entry[segment_of(id, position_side::short_side) + 1];
    for (std::uint32_t e = columns.sides.first_entry[segment_of(id, position_side::long_side)]; e < last; ++e) {
      const std::uint32_t position = columns.sides.position[e];
      if (position == no_id) { continue; }
      if (left-- == 0) { return false; }
      live_->wrote_unit(columns.positions.unit[position]);
    }
  }
  return true;
}

result<revision> tick_engine::revise(reference_data&& next, const reference_places& places,
                                     const revision_follower& follower) {
  revision made;
  status outcome = guarded(
      "the tick engine could not get the memory it needs for new reference data; nothing has changed", [&]() -> status {
        PLIMSOLL_TRY(ready("revise"));
        refusal_list refusals;
        reference_change change;
        PLIMSOLL_TRY(find_change(live_->columns().reference, next, places, refusals, change));
        if (!change.retiered.empty()) { PLIMSOLL_TRY(admit_tiers(next, change, places)); }
        dust_limits dust;
        dust.set(next);
        std::function<void()> follow;
        if (follower && change.renumbers()) { follow = follower(change, next); }
        const bool touched = based_ && touch_holders(change.retiered);
        if (change.renumbers()) {
          renumber(std::move(next), change);
          if (follow) { follow(); }
        } else {
          live_->columns().reference = std::move(next);
        }
        dust_limits_ = std::move(dust);
        made = {change.instruments_added, change.assets_added, static_cast<std::uint32_t>(change.retiered.size())};
        if (!change.renumbers() && change.retiered.empty()) { return ok(); }
        tiers_stale_ = true;
        if (change.renumbers()) { relist(); }
        if (touched && loaded_on_machine_) { return ok(); }
        based_ = false;
        not_based_because_ = change.renumbers() ? "an instrument or asset was listed" : "tiers changed";
        return ok();
      });
  if (!outcome) { return std::move(outcome).error(); }
  return made;
}

}  // namespace plimsoll
