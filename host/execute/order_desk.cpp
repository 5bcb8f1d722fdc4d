#include "host/execute/order_desk.hpp"

#include <algorithm>
#include <utility>

#include "kernels/rules/trade.hpp"

namespace plimsoll {

namespace {

std::string text_of(order_id id) { return std::to_string(id.plan) + "." + std::to_string(id.part); }

ledger_leg leg_of(system_account account, std::uint32_t asset, std::int64_t amount) {
  ledger_leg leg;
  leg.system = account;
  leg.asset = asset;
  leg.amount = amount;
  return leg;
}

/// A system account's side of a trade: contracts at their value, no money.
ledger_leg trade_leg(system_account account, std::uint32_t asset, std::uint32_t instrument, std::int64_t lots,
                     std::int64_t value, std::int64_t price_ticks) {
  ledger_leg leg = leg_of(account, asset, 0);
  leg.instrument = instrument;
  leg.lots = lots;
  leg.cost = value;
  leg.price_ticks = price_ticks;
  return leg;
}

}  // namespace

order_desk::order_desk(waterfall_executor& owner, moment at, tick_outcome& out, poster post)
    : owner_(owner),
      book_(owner.book_),
      orders_(owner.orders_),
      now_ns_(at.now_ns),
      out_(out),
      post_(std::move(post)) {}

// ------------------------------------------------------------------------------------------------ orders

status order_desk::catch_up() {
  catching_up_ = true;
  orders_.freed.clear();
  const std::int64_t oldest = now_ns_ - owner_.order_timeout_ns_;
  std::erase_if(orders_.ended, [&](const auto& one) { return one.second.ended_ns < oldest; });
  std::vector<market_answer> answers = std::exchange(orders_.unread, {});
  owner_.market_->take_answers(answers);
  PLIMSOLL_TRY(take_in(answers));
  for (auto& [id, order] : orders_.open) {
    if (order.given_up || order.sent_ns > oldest) { continue; }
    owner_.market_->cancel(id);
    order.given_up = true;
    hold_fund(order, 0);
    orders_.freed.push_back({order.place, order.left()});
    ++out_.orders.overdue;
  }
  answers.clear();
  owner_.market_->take_answers(answers);
  PLIMSOLL_TRY(take_in(answers));
  catching_up_ = false;
  return ok();
}

status order_desk::send(closing_position& closing, order_id id, std::uint64_t lots, std::int64_t limit_ticks,
                        std::int64_t fund_held) {
  const std::uint32_t position = closing.position();
  working_order& order = orders_.open[id];
  order.place = place_of(book_, position);
  order.lots = lots;
  order.limit_ticks = limit_ticks;
  order.sent_ns = now_ns_;
  order.share = closing.share();
  order.fund_part = owner_.fund_.part_of(book_.positions.unit[position], order.place.instrument);
  hold_fund(order, fund_held);
  ++out_.orders.sent;
  filled_ = 0;
  owner_.market_->send({id, order.place.instrument, {-closing.signed_lots(lots)}, {limit_ticks}});
  std::vector<market_answer> answers;
  owner_.market_->take_answers(answers);
  for (const market_answer& one : answers) {
    if (one.order == id) {
      PLIMSOLL_TRY(take_in(one));
    } else {
      orders_.unread.push_back(one);
    }
  }
  orders_.ended.erase(id);  // The market answered all of it at once, so no answer can be late.
  if (filled_ > 0) { closing.take(filled_); }
  return ok();
}

void order_desk::hold_fund(working_order& order, std::int64_t amount) {
  owner_.fund_.hold(order.fund_part, amount - order.fund_held);
  order.fund_held = amount;
}

void order_desk::end(order_id id, const working_order& order) {
  if (catching_up_ && !order.given_up && order.left() > 0) { orders_.freed.push_back({order.place, order.left()}); }
  orders_.ended[id] = {order.answers, now_ns_};
  orders_.open.erase(id);
}

// ------------------------------------------------------------------------------------------------ answers

void order_desk::refuse(const market_answer& one, std::string reason) {
  out_.orders.refused.push_back({one, std::move(reason)});
}

status order_desk::take_in(const std::vector<market_answer>& answers) {
  for (const market_answer& one : answers) { PLIMSOLL_TRY(take_in(one)); }
  return ok();
}

status order_desk::take_in(const market_answer& one) {
  const auto name = [&] { return "answer " + std::to_string(one.sequence) + " to order " + text_of(one.order); };
  const auto open = orders_.open.find(one.order);
  if (open == orders_.open.end()) {
    const auto ended = orders_.ended.find(one.order);
    if (ended == orders_.ended.end()) {
      refuse(one, name() + ": no such order is open");
    } else if (one.sequence <= ended->second.answers || one.kind == answer_kind::done) {
      ++out_.orders.duplicates;
    } else {
      refuse(one, name() + ": the order has ended with answer " + std::to_string(ended->second.answers));
    }
    return ok();
  }
  working_order& order = open->second;
  if (one.sequence <= order.answers && one.sequence > 0) {
    ++out_.orders.duplicates;
    return ok();
  }
  if (one.sequence != order.answers + 1) {
    refuse(one, name() + ": expected answer " + std::to_string(order.answers + 1) + ", send again from there");
    return ok();
  }
  if (one.kind == answer_kind::fill) {
    if (auto fault = fault_of(order, one)) {
      refuse(one, name() + ": " + std::move(*fault));
      return ok();
    }
    PLIMSOLL_TRY(settle(order, one));
  }
  order.answers = one.sequence;
  if (one.kind == answer_kind::rejected) { ++out_.orders.rejected; }
  const bool is_over = one.kind == answer_kind::rejected || one.kind == answer_kind::done || order.left() == 0;
  if (is_over) {
    hold_fund(order, 0);
    end(one.order, order);
  }
  return ok();
}

std::optional<std::string> order_desk::fault_of(const working_order& order, const market_answer& fill) const {
  const bool buys = order.place.side == position_side::short_side;
  const std::int64_t lots = fill.lots.raw;
  if (lots == 0) { return "a fill of no lots"; }
  if (lots < 0) { return "a fill of " + std::to_string(lots) + " lots, which must be above zero"; }
  if (magnitude(lots) > order.left()) {
    return "a fill of " + std::to_string(lots) + " lots where " + std::to_string(order.left()) + " are left";
  }
  const contract_rate& contract = book_.reference.instruments[order.place.instrument].rate;
  const std::int64_t ticks = fill.price.raw;
  const bool beyond = buys ? ticks > order.limit_ticks : ticks < order.limit_ticks;
  if (beyond || !price_admitted(contract, ticks)) {
    return "a fill at " + std::to_string(ticks) + " ticks is worse than the limit of " +
           std::to_string(order.limit_ticks);
  }
  if (!value_of_trade(fill.lots, contract, fill.price).admitted) { return "a fill worth more than 2^62 steps"; }
  return std::nullopt;
}

// -------------------------------------------------------------------------------------------------- fills

status order_desk::settle(working_order& order, const market_answer& fill) {
  const bool is_long = order.place.side == position_side::long_side;
  const auto signed_lots = [&](std::uint64_t lots) {
    return is_long ? static_cast<std::int64_t>(lots) : -static_cast<std::int64_t>(lots);
  };
  const contract_rate& contract = book_.reference.instruments[order.place.instrument].rate;
  const auto filled = static_cast<std::uint64_t>(fill.lots.raw);
  const std::int64_t traded = value_of_trade({signed_lots(filled)}, contract, fill.price).steps;
  const std::uint32_t position = position_at(book_, order.place);
  const std::uint64_t held = position == no_id ? 0 : magnitude(book_.positions.lots[position]);
  const std::uint64_t own = std::min(filled, held);
  const auto own_part = static_cast<std::int64_t>(exact_split(magnitude(traded), filled).next(own));
  const std::int64_t own_value = traded < 0 ? -own_part : own_part;
  out_.flows[book_.reference.instruments[order.place.instrument].settle].market += magnitude(traded);
  order.filled += filled;
  filled_ += filled;
  if (own > 0) { PLIMSOLL_TRY(settle_with_unit(order, position, signed_lots(own), own_value, fill.price.raw)); }
  if (own < filled) {
    out_.orders.late_lots += filled - own;
    PLIMSOLL_TRY(settle_late(order, signed_lots(filled - own), traded - own_value, fill.price.raw));
  }
  return ok();
}

status order_desk::settle_with_unit(working_order& order, std::uint32_t position, std::int64_t lots, std::int64_t value,
                                    std::int64_t price_ticks) {
  const std::uint32_t unit = book_.positions.unit[position];
  const std::uint32_t asset = book_.asset_of(unit);
  const std::uint32_t instrument_id = order.place.instrument;
  const liquidation_rules& rules = owner_.rules_.liquidation;
  const std::int64_t released =
      released_cost(book_.positions.cost[position], magnitude(lots), magnitude(book_.positions.lots[position]));
  const std::int64_t worth = order.share.take(magnitude(lots));
  const std::int64_t surplus = value - worth;
  asset_flows& flows = out_.flows[asset];
  ledger_leg customer;
  customer.unit = unit;
  customer.position = position;
  customer.instrument = instrument_id;
  customer.lots = -lots;
  customer.cost = -released;
  customer.asset = asset;
  customer.amount = worth - released;
  customer.price_ticks = price_ticks;
  std::vector<ledger_leg> legs;
  const auto to_fund = [&](std::int64_t amount) {
    owner_.fund_.gained(unit, instrument_id, amount);
    legs.push_back(leg_of(system_account::fund, asset, amount));
  };
  if (surplus >= 0) {
    const auto fee_exact = static_cast<int128>(magnitude(value)) * rules.fee_ppm;
    const auto fee = static_cast<std::int64_t>(std::min<int128>(surplus, half_even_divide(fee_exact, limits::ppm)));
    const std::int64_t rest = surplus - fee;
    if (fee > 0) {
      if (rules.fee_to_fund) {
        to_fund(fee);
      } else {
        legs.push_back(leg_of(system_account::fees, asset, fee));
        flows.fees += fee;
      }
    }
    if (rules.surplus_to_account) {
      customer.amount += rest;
    } else if (rest > 0) {
      to_fund(rest);
    }
    flows.surplus += rest;
  } else {
    // The rest that the fund may not pay (at most the rounding of one fill) stays with the unit and is settled at the
    // end.
    const std::int64_t promised = order.fund_held;
    hold_fund(order, 0);
    const std::int64_t paid = std::min(-surplus, owner_.fund_.available(unit, instrument_id));
    customer.amount += surplus + paid;
    if (paid > 0) {
      owner_.fund_.paid(unit, instrument_id, paid);
      flows.fund_paid += paid;
      legs.push_back(leg_of(system_account::fund, asset, -paid));
    }
    hold_fund(order, std::max<std::int64_t>(0, promised - paid));
  }
  legs.insert(legs.begin(), customer);
  legs.push_back(trade_leg(system_account::market, asset, instrument_id, lots, value, price_ticks));
  return post_(ledger_step::liquidate, surplus >= 0 ? "surplus" : "shortfall", std::move(legs));
}

status order_desk::settle_late(const working_order& order, std::int64_t lots, std::int64_t value,
                               std::int64_t price_ticks) {
  const std::uint32_t asset = book_.reference.instruments[order.place.instrument].settle;
  return post_(ledger_step::backstop, "late fill",
               {trade_leg(system_account::backstop, asset, order.place.instrument, -lots, -value, price_ticks),
                trade_leg(system_account::market, asset, order.place.instrument, lots, value, price_ticks)});
}

}  // namespace plimsoll
