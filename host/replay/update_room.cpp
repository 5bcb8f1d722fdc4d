#include "host/replay/update_room.hpp"

#include <algorithm>

#include "host/book/find.hpp"

namespace plimsoll {

void update_room::add(const update& one) {
  switch (one.kind) {
    case update_kind::fill:
      want_fill(one.account, one.instrument, one.lots);
      if (!one.to.empty()) { want_fill(one.to, one.instrument, -one.lots); }
      break;
    case update_kind::deposit: want_balance(account_id(one.account), one.asset); break;
    case update_kind::transfer: want_balance(account_id(one.to), one.asset); break;
    case update_kind::settle:
    case update_kind::delist: close_all(one.instrument); break;
    default: break;
  }
}

book_growth update_room::growth() const {
  book_growth out{accounts_, {}, positions_};
  for (const auto& [account, asset] : balances_) { out.balances.push_back({account, static_cast<std::uint16_t>(asset), 0}); }
  return out;
}

std::uint32_t update_room::account_id(const std::string& name) {
  const std::uint32_t known = book_.accounts.find(name);
  if (known != no_id) { return known; }
  const auto [found, is_new] = new_ids_.try_emplace(name, book_.accounts.size() + static_cast<std::uint32_t>(accounts_.size()));
  if (is_new) { accounts_.push_back(name); }
  return found->second;
}

void update_room::want_balance(std::uint32_t account, std::uint32_t asset) {
  const bool multi = book_.reference.venue.collateral == collateral_mode::multi;
  const std::uint32_t quote = book_.reference.quote;
  const bool is_known = account < book_.accounts.size();
  const std::uint32_t unit = is_known ? find_unit(book_, account, unit_code::cross(multi ? quote : asset)) : no_id;
  if (multi && unit == no_id) { balances_.insert({account, quote}); }
  const bool held = unit != no_id && (!multi || asset == quote || find_collateral(book_, unit, asset) != no_id);
  if (!held) { balances_.insert({account, asset}); }
}

update_room::holding& update_room::holding_of(std::uint32_t account, std::uint32_t instrument, position_side side) {
  const auto [found, is_new] = holdings_.try_emplace({account, segment_of(instrument, side)});
  if (is_new && account < book_.accounts.size()) {
    const std::uint32_t position = find_position(book_, account, instrument, side);
    if (position != no_id) {
      const bool settled = settled_.count(instrument) != 0;
      found->second = {settled ? 0 : static_cast<int128>(magnitude(book_.positions.lots[position])), true};
      held_.push_back({account, static_cast<std::uint16_t>(instrument), side});
    }
  }
  return found->second;
}

void update_room::want_fill(const std::string& name, std::uint32_t instrument, std::int64_t lots) {
  const std::uint32_t account = account_id(name);
  want_balance(account, book_.reference.instruments[instrument].settle);
  const position_side side = lots > 0 ? position_side::long_side : position_side::short_side;
  holding& own = holding_of(account, instrument, side);
  holding& against = holding_of(account, instrument, opposite(side));
  const auto traded = static_cast<int128>(magnitude(lots));
  const int128 closed = std::min(traded, against.lots);
  against.lots -= closed;
  own.lots += traded - closed;
  if (traded == closed || own.place) { return; }
  own.place = true;
  positions_.push_back({account, static_cast<std::uint16_t>(instrument), side});
}

void update_room::close_all(std::uint32_t instrument) {
  settled_.insert(instrument);
  for (auto& [at, one] : holdings_) {
    if (at.second / 2 == instrument) { one.lots = 0; }
  }
}

}  // namespace plimsoll
