// Updates of the tick engine: refuses updates before the writer gets them, and applies the others to the live book.
#include <algorithm>
#include <utility>

#include "host/book/find.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/memory/guarded.hpp"
#include "host/updates/fill_parts.hpp"
#include "host/updates/update_ahead.hpp"

namespace plimsoll {

namespace {

constexpr const char* load_again = "the tick engine could not get the memory it needs; load the book again";

}  // namespace

/// True if a trade of `lots` leaves no more open than this mark and the limits allow.
std::optional<refusal> tick_engine::fault_of_fill(const update& one, const both_sides& positions, std::int64_t lots,
                                                  std::optional<position_side> acts_on, std::int64_t mark_ticks) const {
  const book& columns = live_->columns();
  const instrument& it = columns.reference.instruments[one.instrument];
  const position_side side = side_of({lots});
  const auto held = [&](position_side which) -> std::uint64_t {
    return positions[which] == no_id ? 0 : magnitude(columns.positions.lots[positions[which]]);
  };
  const std::uint64_t opened = parts_of_fill(lots, acts_on, held(opposite(side))).opened;
  if (opened == 0) { return std::nullopt; }
  const auto refused = [&](std::string why) {
    return refusal{options_.updates_file, one.row, "size",
                   format_units(static_cast<int128>(lots) * it.size_step.mantissa, it.size_step.scale), std::move(why)};
  };
  if (!is_marked(mark_ticks)) { return refusal{options_.updates_file, one.row, "instrument", it.name, "has no mark"}; }
  const auto at_mark = value_rate_at(it.rate, {mark_ticks});
  const uint128 size = static_cast<uint128>(held(side)) + opened;
  const bool in_range = size <= static_cast<uint128>(limits::size_lots_max);
  if (!in_range || !at_mark.fits || !value_admitted(static_cast<std::uint64_t>(size), at_mark.rate)) {
    return refused("makes a position beyond the limits: 2^61 lots, or 2^62 steps of value at the mark");
  }
  if (static_cast<uint128>(columns.sides.lots[segment_of(one.instrument, side)]) + opened >
      static_cast<uint128>(limits::size_lots_max)) {
    return refused("makes the open interest of its side more than 2^61 lots");
  }
  return std::nullopt;
}

/// Checks that the writer does not do: is the state after the update within the limits at the present marks, or at
/// those that the next tick brings (`coming`, by instrument; no_ticks: none)? Also finds a fill's positions.
std::optional<refusal> tick_engine::fault_of(const update& one, update_parties& parties,
                                             std::span<const std::int64_t> coming) const {
  const book& columns = live_->columns();
  const std::string& file = options_.updates_file;
  const auto mark_of = [&](std::uint32_t instrument) {
    const std::int64_t next = coming.empty() ? no_ticks : coming[instrument];
    return is_marked(next) ? next : columns.marks[instrument].ticks;
  };
  const auto known = [&](std::uint32_t id, std::size_t count) { return id < count; };
  const auto wants_instrument = [&] {
    return one.kind == update_kind::fill || one.kind == update_kind::funding || one.kind == update_kind::margin ||
           one.kind == update_kind::settle || one.kind == update_kind::list || one.kind == update_kind::delist;
  };
  if (wants_instrument() && (!known(one.instrument, columns.reference.instruments.size()) ||
                             columns.reference.instruments[one.instrument].kind == instrument_kind::spot)) {
    return refusal{file, one.row, "instrument", "", "is not a contract in this book"};
  }
  if (one.instrument != no_id && !known(one.instrument, columns.reference.instruments.size())) {
    return refusal{file, one.row, "instrument", "", "is not an instrument in this book"};  // Neither blank nor an id.
  }
  if ((!wants_instrument() || one.asset != no_id) && !known(one.asset, columns.reference.assets.size())) {
    return refusal{file, one.row, "asset", "", "is not an asset in this book"};
  }
  const bool of_account = one.kind != update_kind::funding && one.kind != update_kind::settle &&
                          one.kind != update_kind::list && one.kind != update_kind::delist;
  if (of_account && one.account.empty()) { return refusal{file, one.row, "account", "", "is empty"}; }
  // Within these bounds a change of sign cannot overflow.
  if (magnitude(one.lots.raw) > static_cast<std::uint64_t>(limits::size_lots_max)) {
    return refusal{file, one.row, "size", std::to_string(one.lots.raw), "is more than 2^61 lots"};
  }
  for (const auto& [column, money] : {std::pair{"amount", one.amount.raw}, std::pair{"fee", one.fee.raw}}) {
    if (!money_admitted(money)) {
      return refusal{file, one.row, column, std::to_string(money), "is more than 2^62 steps"};
    }
  }
  if (one.kind == update_kind::transfer && one.to.empty()) { return refusal{file, one.row, "to", "", "is empty"}; }
  const auto fault_of_price = [&]() -> std::optional<refusal> {
    const char* const fault = fault_of_sign(columns.reference.instruments[one.instrument], one.price.mantissa);
    if (fault == nullptr) { return std::nullopt; }
    return refusal{file, one.row, "price", format_decimal(one.price), fault};
  };
  switch (one.kind) {
    case update_kind::settle: return fault_of_price();
    case update_kind::fill: {
      if (one.lots.raw == 0) { return refusal{file, one.row, "size", "0", "must not be zero"}; }
      if (auto fault = fault_of_price()) { return fault; }
      if (parties.ids.account != no_id) { parties.held = find_positions(columns, parties.ids.account, one.instrument); }
      if (parties.ids.to != no_id) { parties.held_by_to = find_positions(columns, parties.ids.to, one.instrument); }
      if (auto fault = fault_of_sides(columns, one, parties.held, parties.held_by_to)) {
        return refusal{file, one.row, fault->column, std::move(fault->value), std::move(fault->reason)};
      }
      const std::int64_t mark_ticks = mark_of(one.instrument);
      if (auto fault = fault_of_fill(one, parties.held, one.lots.raw, one.side, mark_ticks)) { return fault; }
      return one.to.empty() ? std::nullopt
                            : fault_of_fill(one, parties.held_by_to, -one.lots.raw, std::nullopt, mark_ticks);
    }
    case update_kind::deposit:
    case update_kind::withdraw:
    case update_kind::transfer:
    case update_kind::fee: {
      if (one.amount.raw < 0 && one.kind != update_kind::fee) {
        return refusal{file, one.row, "amount",
                       format_units(one.amount.raw, columns.reference.assets[one.asset].digits),
                       "must not be below zero"};
      }
      const asset& it = columns.reference.assets[one.asset];
      const bool foreign =
          columns.reference.venue.collateral == collateral_mode::multi && one.asset != columns.reference.quote;
      const bool priced = it.price || (it.spot != no_id && is_marked(mark_of(it.spot)));
      if (foreign && !priced) {
        return refusal{file, one.row, "asset", it.name, "has neither a price nor a spot mark"};
      }
      return std::nullopt;
    }
    default: return std::nullopt;
  }
}

result<std::uint64_t> tick_engine::apply(std::span<const update> updates, const apply_context& context) {
  std::uint64_t applied = 0;
  status outcome = guarded(load_again, [&]() -> status {
    PLIMSOLL_TRY(ready("apply"));
    refusal_list refusals;
    const auto refused = [&] {
      if (context.refusals != nullptr) {
        for (const refusal& one : refusals.listed()) { context.refusals->add(one); }
      }
      return refusals.to_error();
    };
    const plan_sink on_plan = [&](const ledger_plan& plan) {
      if (context.on_plan) { context.on_plan(plan); }
    };
    std::vector<std::int64_t> coming(context.coming.empty() ? 0 : live_->columns().marks.size(), no_ticks);
    for (const new_mark& one : context.coming) { coming[one.instrument] = one.to.ticks; }
    update_ahead ahead(*live_, updates);
    ledger_->close_emptied();  // For plans that an executor posted since the tick.
    for (const update& one : updates) {
      ahead.next(applied);
      update_parties parties{find_accounts(live_->columns(), one), {}, {}};
      if (const auto fault = fault_of(one, parties, coming)) {
        refusals.add(*fault);
        return refused();
      }
      const auto written = writer_->apply(one, parties, refusals);
      if (!written && !refusals.empty()) { return refused(); }
      if (!written) { return broken(written.error()); }
      if (written.value() != nullptr) { on_plan(*written.value()); }
      status returned = returns_->run(on_plan);
      if (!returned) { return broken(returned); }
      ledger_->close_emptied();
      ++applied;
      ++updates_;
    }
    return ok();
  });
  if (outcome) { return applied; }
  if (outcome.error().code == error_code::out_of_memory) {
    poisoned_ = out_of_memory(load_again);
  }  // The error came in the middle of an update.
  outcome.error().detail = applied;
  return std::move(outcome).error();
}

}  // namespace plimsoll
