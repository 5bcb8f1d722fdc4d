#include "host/execute/lost_in.hpp"

#include "host/book/find.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {

std::string unit_key(const book& source, std::uint32_t unit) {
  return std::string(source.accounts[source.units.account[unit]]) + '\n' + source.unit_name(source.units.code[unit]);
}

std::uint32_t find_unit(const book& source, std::string_view key) {
  const std::size_t end = key.rfind('\n');
  const std::uint32_t account = source.accounts.find(key.substr(0, end));
  if (account == no_id) { return no_id; }
  const unit_range units = units_of_account(source, account);
  for (std::uint32_t unit = units.first; unit < units.last; ++unit) {
    const unit_code code = source.units.code[unit];
    if (!code.is_vacant() && source.unit_name(code) == key.substr(end + 1)) { return unit; }
  }
  return no_id;
}

void add_closings(gone_results& gone, const book& source, std::span<const ledger_plan> plans, bool at_mark) {
  for (const ledger_plan& plan : plans) {
    for (const ledger_leg& leg : plan.legs) {
      if (leg.unit == no_id || leg.position == no_id || source.units.code[leg.unit].is_isolated()) { continue; }
      std::int64_t result = leg.amount;  // Opening a position moves no money.
      const std::int64_t mark_ticks = source.marks[leg.instrument].ticks;
      if (at_mark && is_marked(mark_ticks)) {
        const auto rate = value_rate_at(source.reference.instruments[leg.instrument].rate, {mark_ticks});
        result = value_of({-leg.lots}, rate.rate).raw + leg.cost;
      }
      if (result != 0) { gone[unit_key(source, leg.unit)][leg.instrument] += result; }
    }
  }
}

}  // namespace plimsoll
