#include "host/replay/update_room.hpp"

#include <algorithm>

#include "host/book/find.hpp"

namespace plimsoll {

void update_room::clear() {
  growth_.accounts.clear();
  growth_.balances.clear();
  growth_.positions.clear();
  if (!new_ids_.empty()) { new_ids_.clear(); }
  balances_.clear();
  held_.clear();
  holdings_.clear();
  settled_.clear();
}

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

const book_growth& update_room::growth() {
  growth_.balances.clear();
  for (const auto& one : balances_.entries()) {
    growth_.balances.push_back({static_cast<std::uint32_t>(one.key >> 32U), static_cast<std::uint16_t>(one.key), 0});
  }
  std::sort(growth_.balances.begin(), growth_.balances.end(),
            [](const auto& a, const auto& b) { return a.account != b.account ? a.account < b.account : a.asset < b.asset; });
  return growth_;
}

std::uint32_t update_room::account_id(const std::string& name) {
  const std::uint32_t known = book_.accounts.find(name);
  if (known != no_id) { return known; }
  const auto [found, is_new] = new_ids_.try_emplace(name, book_.accounts.size() + static_cast<std::uint32_t>(growth_.accounts.size()));
  if (is_new) { growth_.accounts.push_back(name); }
  return found->second;
}

void update_room::want_balance(std::uint32_t account, std::uint32_t asset) {
  const bool multi = book_.reference.venue.collateral == collateral_mode::multi;
  const std::uint32_t quote = book_.reference.quote;
  const bool is_known = account < book_.accounts.size();
  const std::uint32_t unit = is_known ? find_unit(book_, account, unit_code::cross(multi ? quote : asset)) : no_id;
  if (multi && unit == no_id) { balances_.try_emplace(key(account, quote)); }
  const bool held = unit != no_id && (!multi || asset == quote || find_collateral(book_, unit, asset) != no_id);
  if (!held) { balances_.try_emplace(key(account, asset)); }
}

void update_room::follow(std::uint32_t account, std::uint32_t instrument, position_side side) {
  const auto [one, is_new] = holdings_.try_emplace(key(account, segment_of(instrument, side)));
  if (!is_new || account >= book_.accounts.size()) { return; }
  const std::uint32_t position = find_position(book_, account, instrument, side);
  if (position == no_id) { return; }
  const bool settled = settled_.find(instrument) != nullptr;
  one = {settled ? 0 : static_cast<int128>(magnitude(book_.positions.lots[position])), true};
  held_.push_back({account, instrument, side, position});
}

void update_room::want_fill(const std::string& name, std::uint32_t instrument, std::int64_t lots) {
  const std::uint32_t account = account_id(name);
  want_balance(account, book_.reference.instruments[instrument].settle);
  const position_side side = lots > 0 ? position_side::long_side : position_side::short_side;
  follow(account, instrument, side);
  follow(account, instrument, opposite(side));
  holding& own = *holdings_.find(key(account, segment_of(instrument, side)));
  holding& against = *holdings_.find(key(account, segment_of(instrument, opposite(side))));
  const auto traded = static_cast<int128>(magnitude(lots));
  const int128 closed = std::min(traded, against.lots);
  against.lots -= closed;
  own.lots += traded - closed;
  if (traded == closed || own.place) { return; }
  own.place = true;
  growth_.positions.push_back({account, static_cast<std::uint16_t>(instrument), side});
}

void update_room::close_all(std::uint32_t instrument) {
  settled_.try_emplace(instrument);
  for (auto& [at, one] : holdings_.entries()) {
    if (static_cast<std::uint32_t>(at) / 2 == instrument) { one.lots = 0; }
  }
}

}  // namespace plimsoll
