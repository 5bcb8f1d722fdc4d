#include "host/execute/working_orders.hpp"

#include "host/book/find.hpp"

namespace plimsoll {

order_place place_of(const book& source, std::uint32_t position) {
  const std::uint32_t unit = source.positions.unit[position];
  return {std::string(source.accounts[source.units.account[unit]]), source.units.code[unit],
          source.positions.instrument[position], side_of({source.positions.lots[position]})};
}

std::uint32_t position_at(const book& source, const order_place& place) {
  const std::uint32_t account = source.accounts.find(place.account);
  if (account == no_id) { return no_id; }
  const std::uint32_t position = find_position(source, account, place.instrument, place.side);
  return position != no_id && source.units.code[source.positions.unit[position]] == place.unit ? position : no_id;
}

void add_orders(order_report& sum, const order_report& part) {
  sum.sent += part.sent;
  sum.rejected += part.rejected;
  sum.overdue += part.overdue;
  sum.duplicates += part.duplicates;
  sum.late_lots += part.late_lots;
  sum.refused.insert(sum.refused.end(), part.refused.begin(), part.refused.end());
}

}  // namespace plimsoll
