#include "host/book/book_growth.hpp"

#include <set>
#include <utility>

#include "host/book/find.hpp"

namespace plimsoll {

std::vector<book_growth::balance> missing_cross_units(const book& source) {
  const bool multi = source.reference.venue.collateral == collateral_mode::multi;
  std::set<std::pair<std::uint32_t, std::uint32_t>> wanted;
  for (std::uint32_t unit = 0; unit < source.units.size(); ++unit) {
    const unit_code code = source.units.code[unit];
    if (!code.is_isolated()) { continue; }
    const std::uint32_t asset = multi ? source.reference.quote : source.reference.instruments[code.instrument()].settle;
    if (find_unit(source, source.units.account[unit], unit_code::cross(asset)) == no_id) {
      wanted.insert({source.units.account[unit], asset});
    }
  }
  std::vector<book_growth::balance> out;
  for (const auto& [account, asset] : wanted) { out.push_back({account, static_cast<std::uint16_t>(asset), 0}); }
  return out;
}

}  // namespace plimsoll
