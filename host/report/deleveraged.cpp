#include "host/report/deleveraged.hpp"

#include <map>
#include <tuple>

#include "host/book/find.hpp"

namespace plimsoll {

namespace {

/// Side of the position that a leg reduces, the opposite of its change.
position_side side_taken(const event_row& leg) {
  return leg.lots > 0 ? position_side::short_side : position_side::long_side;
}

}  // namespace

std::vector<deleveraged_position> find_deleveraged(const event_rows& events) {
  std::vector<deleveraged_position> out;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, position_side>, std::size_t> place;
  std::uint64_t plan = 0;
  std::uint64_t leg_of_plan = 0;
  events.visit([&](const event_row& leg) {
    leg_of_plan = leg.plan == plan ? leg_of_plan + 1 : 0;
    plan = leg.plan;
    // A plan of ADL has the loser's leg, the winner's leg, and sometimes a payment of the fund.
    if (leg.step != ledger_step::adl || leg_of_plan != 1) { return; }
    const auto [at, is_new] = place.try_emplace({leg.account, leg.unit, leg.instrument, side_taken(leg)}, out.size());
    if (is_new) {
      out.push_back({leg.account, leg.unit, leg.instrument, side_taken(leg), leg.asset, 0, 0, 0, leg.tick});
    }
    deleveraged_position& one = out[at->second];
    one.lots += magnitude(leg.lots);
    const int128 value = static_cast<int128>(leg.amount) - leg.cost;
    one.value += value < 0 ? -value : value;
    ++one.fills;
  });
  return out;
}

std::vector<deleveraged_side> sum_sides(const std::vector<deleveraged_position>& positions) {
  std::map<std::uint32_t, deleveraged_side> sums;
  for (const deleveraged_position& one : positions) {
    deleveraged_side& of = sums[segment_of(one.instrument, one.side)];
    of.segment = segment_of(one.instrument, one.side);
    of.asset = one.asset;
    of.lots += one.lots;
    of.value += one.value;
    ++of.positions;
  }
  std::vector<deleveraged_side> out;
  for (const auto& [segment, of] : sums) { out.push_back(of); }
  return out;
}

std::uint64_t lots_left(const book& source, const replay_log& log, const deleveraged_position& one) {
  const std::uint32_t account = source.accounts.find(log.name(one.account));
  if (account == no_id) { return 0; }
  const std::uint32_t position = find_position(source, account, one.instrument, one.side);
  return position == no_id ? 0 : magnitude(source.positions.lots[position]);
}

}  // namespace plimsoll
