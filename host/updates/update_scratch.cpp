#include "host/updates/update_scratch.hpp"

#include <algorithm>

#include "host/book/find.hpp"
#include "host/updates/fill_parts.hpp"

namespace plimsoll {

void update_scratch::clear() {
  growth_.balances.clear();
  growth_.positions.clear();
  balances_.clear();
  held_.clear();
  holdings_.clear();
  settled_.clear();
}

joining joining_in(const update& one) {
  const bool fill = one.kind == update_kind::fill;
  return {fill || one.kind == update_kind::deposit, (fill && !one.to.empty()) || one.kind == update_kind::transfer};
}

void update_scratch::add(const update& one, const update_accounts& accounts, const update_parties* found) {
  switch (one.kind) {
    case update_kind::fill:
      want_fill(accounts.account, one, one.lots.raw, found == nullptr ? nullptr : &found->held);
      if (!one.to.empty()) {
        update other;  // Side and margin mode are those of the fill's own account.
        other.instrument = one.instrument;
        want_fill(accounts.to, other, -one.lots.raw, found == nullptr ? nullptr : &found->held_by_to);
      }
      break;
    case update_kind::deposit: want_balance(accounts.account, one.asset); break;
    case update_kind::transfer: want_balance(accounts.to, one.asset); break;
    case update_kind::settle:
    case update_kind::delist: close_all(one.instrument); break;
    default: break;
  }
}

const book_growth& update_scratch::growth() {
  growth_.balances.clear();
  for (const auto& one : balances_.entries()) {
    growth_.balances.push_back({static_cast<std::uint32_t>(one.key >> 32U), static_cast<std::uint16_t>(one.key), 0});
  }
  std::sort(growth_.balances.begin(), growth_.balances.end(), [](const auto& a, const auto& b) {
    return a.account != b.account ? a.account < b.account : a.asset < b.asset;
  });
  return growth_;
}

void update_scratch::want_balance(std::uint32_t account, std::uint32_t asset) {
  const bool multi = book_.reference.venue.collateral == collateral_mode::multi;
  const std::uint32_t quote = book_.reference.quote;
  const std::uint32_t unit = find_unit(book_, account, unit_code::cross(multi ? quote : asset));
  if (multi && unit == no_id) { balances_.try_emplace(key(account, quote)); }
  const bool held = unit != no_id && (!multi || asset == quote || find_collateral(book_, unit, asset) != no_id);
  if (!held) { balances_.try_emplace(key(account, asset)); }
}

void update_scratch::follow(std::uint32_t account, std::uint32_t instrument, const both_sides* found) {
  if (holdings_.find(key(account, segment_of(instrument, position_side::long_side))) != nullptr) { return; }
  const both_sides held = found != nullptr ? *found : find_positions(book_, account, instrument);
  for (const position_side side : {position_side::long_side, position_side::short_side}) {
    holding& one = holdings_.try_emplace(key(account, segment_of(instrument, side))).value;
    if (held[side] == no_id) { continue; }
    const bool settled = settled_.find(instrument) != nullptr;
    one = {settled ? 0 : static_cast<int128>(magnitude(book_.positions.lots[held[side]])), true};
    held_.push_back({account, instrument, side, held[side]});
  }
}

void update_scratch::want_fill(std::uint32_t account, const update& one, std::int64_t lots, const both_sides* found) {
  const std::uint32_t instrument = one.instrument;
  want_balance(account, book_.reference.instruments[instrument].settle);
  const position_side side = side_of({lots});
  follow(account, instrument, found);
  holding& own = *holdings_.find(key(account, segment_of(instrument, side)));
  holding& against = *holdings_.find(key(account, segment_of(instrument, opposite(side))));
  const fill_parts parts = parts_of_fill(lots, one.side, static_cast<uint128>(against.lots));
  against.lots -= std::min<int128>(parts.closed, against.lots);
  own.lots += parts.opened;
  if (parts.opened == 0 || own.place) { return; }
  own.place = true;
  growth_.positions.push_back(
      {account, static_cast<std::uint16_t>(instrument), side, one.mode == margin_mode::isolated});
}

void update_scratch::close_all(std::uint32_t instrument) {
  settled_.try_emplace(instrument);
  for (auto& [at, one] : holdings_.entries()) {
    if (static_cast<std::uint32_t>(at) / 2 == instrument) { one.lots = 0; }
  }
}

}  // namespace plimsoll
