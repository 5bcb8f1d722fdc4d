#include "tests/engine/feed.hpp"

#include <algorithm>
#include <cstdlib>

#include "host/book/find.hpp"

namespace plimsoll::feed {

std::string source::account(const book& columns, bool maybe_new) {
  if (columns.accounts.size() == 0 || (maybe_new && below(6) == 0)) { return "new" + std::to_string(below(40)); }
  return std::string(columns.accounts[static_cast<std::uint32_t>(below(columns.accounts.size()))]);
}

std::uint32_t source::contract(const book& columns) {
  for (;;) {
    const auto id = static_cast<std::uint32_t>(below(columns.reference.instruments.size()));
    if (columns.reference.instruments[id].kind != instrument_kind::spot) { return id; }
  }
}

update source::next_update(const book& columns) {
  update one;
  one.row = 1;
  one.account = account(columns, false);
  one.asset = columns.reference.venue.collateral == collateral_mode::multi && below(2) == 0
                  ? columns.reference.quote
                  : static_cast<std::uint32_t>(below(columns.reference.assets.size()));
  one.instrument = contract(columns);
  const instrument& it = columns.reference.instruments[one.instrument];
  const std::uint64_t what = below(100);
  const auto amount = [&] { return static_cast<std::int64_t>(1 + below(std::uint64_t{1} << below(40))); };
  if (what < 62) {
    one.kind = update_kind::fill;
    one.account = account(columns, true);
    // Often in held instruments, so that positions also shrink, close and turn.
    if (columns.positions.size() != 0 && below(2) == 0) {
      const auto p = static_cast<std::uint32_t>(below(columns.positions.size()));
      if (columns.positions.lots[p] != 0) {
        one.account = columns.accounts[columns.units.account[columns.positions.unit[p]]];
        one.instrument = columns.positions.instrument[p];
        const std::int64_t held = columns.positions.lots[p];
        one.lots = {below(3) == 0
                        ? -held
                        : -held / static_cast<std::int64_t>(1 + below(4)) + static_cast<std::int64_t>(below(3)) - 1};
      }
    }
    if (one.lots.raw == 0) { one.lots = {(below(2) == 0 ? 1 : -1) * static_cast<std::int64_t>(1 + below(1000))}; }
    const instrument& traded = columns.reference.instruments[one.instrument];
    const bool below_zero = columns.marks[one.instrument].ticks < 0;
    const std::int64_t mark = std::max<std::int64_t>(1, std::abs(columns.marks[one.instrument].ticks));
    const std::int64_t ticks =
        (below_zero ? -1 : 1) *
        std::max<std::int64_t>(
            1, mark + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(mark) / 50 + 2)) - mark / 100);
    one.price = {static_cast<int128>(ticks) * traded.price_step.mantissa, traded.price_step.scale};
    if (below(3) == 0) { one.to = account(columns, true); }
    // In hedge mode a side must be named.
    const std::uint32_t id = columns.accounts.find(one.account);
    const both_sides held = id == no_id ? both_sides{} : find_positions(columns, id, one.instrument);
    if ((held.of[0] != no_id && held.of[1] != no_id && below(10) != 0) || below(12) == 0) {
      one.side = below(2) == 0 ? position_side::long_side : position_side::short_side;
    }
    if (below(8) == 0) { one.mode = below(2) == 0 || !opens_isolated ? margin_mode::cross : margin_mode::isolated; }
    if (below(4) == 0) { one.fee = {static_cast<std::int64_t>(below(1000)) - 200}; }
  } else if (what < 74) {
    one.kind = update_kind::deposit;
    one.account = account(columns, true);
    one.amount = {amount()};
  } else if (what < 81) {
    one.kind = update_kind::withdraw;
    one.amount = {amount()};
  } else if (what < 88) {
    one.kind = update_kind::transfer;
    one.to = account(columns, true);
    one.amount = {amount()};
  } else if (what < 92) {
    one.kind = update_kind::fee;
    one.amount = {static_cast<std::int64_t>(below(5000)) - 1000};
  } else if (what < 95) {
    one.kind = update_kind::margin;
    one.lots = {static_cast<std::int64_t>(below(3)) - 1};
    one.amount = {(below(2) == 0 ? 1 : -1) * amount()};
  } else if (what < 97) {
    one.kind = update_kind::funding;
    one.rate = {static_cast<int128>(below(2001)) - 1000, 6};
  } else if (what < 98) {
    one.kind = below(2) == 0 ? update_kind::settle : update_kind::delist;
    one.price = {static_cast<int128>(std::max<std::int64_t>(it.rate.below_zero ? -limits::price_ticks_max : 1,
                                                            columns.marks[one.instrument].ticks)) *
                     it.price_step.mantissa,
                 it.price_step.scale};
  } else {
    one.kind = update_kind::list;
  }
  return one;
}

double source::next_share() {
  constexpr double shares[] = {0, 0.0001, 0.0005, 0.0005, 0.002, 0.002, 0.005, 0.01, 0.03};
  return below(200) == 0 ? 0.2 : shares[below(std::size(shares))];
}

std::vector<mark_update> source::next_marks(const book& columns, double share) {
  std::vector<mark_update> marks;
  const bool all = below(4) != 0;
  for (std::uint32_t id = 0; id < columns.reference.instruments.size(); ++id) {
    const std::int64_t mark = columns.marks[id].ticks;
    if (!is_marked(mark) || (!all && below(3) != 0)) { continue; }
    const double unit = static_cast<double>(below(2001)) / 1000 - 1;
    const instrument& it = columns.reference.instruments[id];
    const std::int64_t least = it.kind != instrument_kind::linear ? 1
                               : it.rate.below_zero               ? -limits::price_ticks_max
                                                                  : 0;
    auto ticks = mark + static_cast<std::int64_t>(static_cast<double>(mark) * share * unit);
    if (it.rate.below_zero) {
      // Around zero it moves on, and now and then it crosses.
      if (std::abs(mark) < 1'000) { ticks += static_cast<std::int64_t>(below(401)) - 200; }
      if (below(400) == 0) { ticks = -ticks; }
      if (below(400) == 0) { ticks = 0; }
    }
    mark_update one{id, {std::clamp<std::int64_t>(ticks, least, limits::price_ticks_max)}};
    if (below(8) != 0) { one.as_of_ns = columns.marks[id].as_of_ns.value_or(0) + 1'000'000'000; }
    marks.push_back(one);
  }
  return marks;
}

}  // namespace plimsoll::feed
