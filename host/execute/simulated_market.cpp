// Depth as a ladder of price levels on each side of the mark. Orders walk it outward from the level that earlier ones
// consumed.
#include <algorithm>
#include <optional>

#include "host/book/by_new_ids.hpp"
#include "host/execute/depth.hpp"
#include "host/execute/first_where.hpp"
#include "host/execute/half_life.hpp"
#include "host/execute/market.hpp"
#include "kernels/rules/divide.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

/// Levels between the mark and `depth_move`. A fill every hundredth of the move is fine enough for a slippage curve.
constexpr std::int64_t levels_per_move = 100;
/// Most levels that an order may walk. A hundred moves away there is no depth left.
constexpr std::int64_t levels_max = 100 * levels_per_move;

class simulated_market final : public market {
 public:
  simulated_market(const book& source, const market_rules& rules) : book_(source), rules_(rules) {
    state_.consumed.resize(2 * source.reference.instruments.size());
    state_.consumed_at.resize(state_.consumed.size());
    consumed_now_.resize(state_.consumed.size());
    pushed_.resize(source.reference.instruments.size());
    marks_.resize(source.reference.instruments.size());
    depth_lots_.resize(source.reference.instruments.size());
  }

  void begin_tick(moment at, std::span<const mark> marks) override {
    state_.now_ns = at.now_ns;
    pushed_.assign(pushed_.size(), std::nullopt);
    consumed_now_.assign(state_.consumed.size(), std::nullopt);
    for (std::size_t i = 0; i < marks.size(); ++i) {
      marks_[i] = marks[i].ticks;
      depth_lots_[i] = depth_lots(static_cast<std::uint32_t>(i));
    }
  }

  void send(const market_order& order) override {
    std::uint32_t sequence = 0;
    for (const level_fill& fill : walk(order)) {
      answers_.push_back(
          {order.id, ++sequence, answer_kind::fill, {static_cast<std::int64_t>(fill.lots)}, {fill.price_ticks}});
    }
    answers_.push_back({order.id, ++sequence, answer_kind::done, {}, {}});
  }

  void cancel(order_id) override {}

  void take_answers(std::vector<market_answer>& out) override {
    out.insert(out.end(), answers_.begin(), answers_.end());
    answers_.clear();
  }

  [[nodiscard]] bool has_pushed(std::uint32_t instrument) const override { return pushed_[instrument].has_value(); }
  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t instrument) const override {
    return pushed_[instrument].value_or(0);
  }

  [[nodiscard]] std::function<void()> renumber(const reference_change& change, std::size_t instruments) override {
    struct lists {
      market_state state;
      std::vector<std::optional<std::uint64_t>> consumed_now;
      std::vector<std::optional<std::int64_t>> pushed;
      std::vector<std::int64_t> marks;
      std::vector<std::uint64_t> depth_lots;
    };
    std::vector<std::uint32_t> sides;
    for (const std::uint32_t id : change.instrument_ids) { sides.insert(sides.end(), {2 * id, 2 * id + 1}); }
    auto next = std::make_shared<lists>();
    next->state.now_ns = state_.now_ns;
    next->state.consumed = by_new_ids(state_.consumed, sides, 2 * instruments);
    next->state.consumed_at = by_new_ids(state_.consumed_at, sides, 2 * instruments);
    next->consumed_now.resize(2 * instruments);
    next->pushed = by_new_ids(pushed_, change.instrument_ids, instruments);
    next->marks = by_new_ids(marks_, change.instrument_ids, instruments);
    next->depth_lots = by_new_ids(depth_lots_, change.instrument_ids, instruments);
    return [this, next] {
      state_ = std::move(next->state);
      consumed_now_.swap(next->consumed_now);
      pushed_.swap(next->pushed);
      marks_.swap(next->marks);
      depth_lots_.swap(next->depth_lots);
    };
  }

  [[nodiscard]] market_state state() const override { return state_; }
  void restore(market_state state) override {
    state_ = std::move(state);
    consumed_now_.assign(state_.consumed.size(), std::nullopt);
  }

 private:
  struct level_fill {
    std::uint64_t lots;
    std::int64_t price_ticks;
  };

  /// Takes the lots of the levels within the limit, from the mark outward.
  std::vector<level_fill> walk(const market_order& order) {
    std::vector<level_fill> fills;
    const bool buys = order.lots.raw > 0;
    const std::size_t side = 2 * std::size_t{order.instrument} + (buys ? 1U : 0U);
    const std::uint64_t depth = depth_lots_[order.instrument];
    if (depth == 0 || rules_.shape == market_rules::impact::none) { return fills; }
    std::uint64_t consumed = consumed_now(side);
    std::uint64_t left = magnitude(order.lots.raw);
    std::int64_t level = level_of(consumed, depth);
    while (left > 0 && level < levels_max) {
      const std::int64_t price = price_at(order.instrument, level, buys);
      if (price < 1 || (buys ? price > order.limit.raw : price < order.limit.raw)) { break; }
      const std::uint64_t until = lots_until(level + 1, depth);
      const std::uint64_t here = until > consumed ? std::min(left, until - consumed) : 0;
      if (here > 0) {
        if (!fills.empty() && fills.back().price_ticks == price) {
          fills.back().lots += here;
        } else {
          fills.push_back({here, price});
        }
        consumed += here;
        left -= here;
      }
      ++level;
    }
    // An order without a fill must not change the state: the recovery goes on counting from the last trade.
    if (!fills.empty()) {
      state_.consumed[side] = consumed;
      consumed_now_[side] = consumed;
      state_.consumed_at[side] = state_.now_ns;
      const int128 move = fills.back().price_ticks - marks_[order.instrument];
      pushed_[order.instrument] = static_cast<std::int64_t>(move * rules_.permanent_ppm / limits::ppm);
    }
    return fills;
  }

  /// Lots whose notional at the mark is the depth: floor(depth / value of one lot). At a mark of zero or below, a share
  /// of the mark is not a distance, so there is no market.
  [[nodiscard]] std::uint64_t depth_lots(std::uint32_t instrument_id) const {
    const instrument& it = book_.reference.instruments[instrument_id];
    if (it.kind == instrument_kind::spot || marks_[instrument_id] < 1) { return 0; }
    const auto steps = to_units(depth_of(book_.reference, rules_, it), book_.reference.assets[it.settle].digits);
    const auto rate = value_rate_at(it.rate, {marks_[instrument_id]});
    if (!steps || *steps <= 0 || !rate.fits || rate.rate.num == 0 || *steps > limits::money_steps_max) { return 0; }
    const uint128 lots = static_cast<uint128>(*steps) * rate.rate.den / rate.rate.num;
    return static_cast<std::uint64_t>(std::min<uint128>(lots, static_cast<uint128>(limits::size_lots_max)));
  }

  /// Lots between the mark and the outer edge of a level. Linear: proportional to the distance; square root: the
  /// distance grows with the square root of the lots, so the lots grow with the square of the distance.
  [[nodiscard]] std::uint64_t lots_until(std::int64_t level, std::uint64_t depth) const {
    const auto n = static_cast<uint128>(level);
    const uint128 lots = rules_.shape == market_rules::impact::linear
                             ? n * depth / levels_per_move
                             : n * n * depth / (levels_per_move * levels_per_move);
    return static_cast<std::uint64_t>(std::min<uint128>(lots, static_cast<uint128>(limits::size_lots_max)));
  }

  /// The level of the next lot: the first one whose edge is beyond `consumed`.
  [[nodiscard]] std::int64_t level_of(std::uint64_t consumed, std::uint64_t depth) const {
    return first_where<std::int64_t>(0, levels_max,
                                     [&](std::int64_t level) { return lots_until(level + 1, depth) > consumed; });
  }

  /// Price of a level: the mark moved by level + 1 hundredths of the move, away from the taker's favour.
  [[nodiscard]] std::int64_t price_at(std::uint32_t instrument_id, std::int64_t level, bool buys) const {
    const int128 away = static_cast<int128>(marks_[instrument_id]) * rules_.depth_move_ppm * (level + 1) /
                        (levels_per_move * limits::ppm);
    const int128 price = buys ? marks_[instrument_id] + away : marks_[instrument_id] - away;
    return price > limits::price_ticks_max ? limits::price_ticks_max : static_cast<std::int64_t>(price);
  }

  /// Lots of a side that are still consumed in this tick.
  std::uint64_t consumed_now(std::size_t side) {
    std::optional<std::uint64_t>& now = consumed_now_[side];
    if (!now) {
      const instrument& it = book_.reference.instruments[side / 2];
      now = left_after(state_.consumed[side], state_.now_ns - state_.consumed_at[side],
                       it.half_life_ns.value_or(rules_.half_life_ns));
    }
    return *now;
  }

  const book& book_;
  market_rules rules_;
  market_state state_;
  std::vector<market_answer> answers_;
  std::vector<std::optional<std::uint64_t>> consumed_now_;  ///< By side; computed when an order needs it.
  std::vector<std::optional<std::int64_t>> pushed_;         ///< By instrument: of the last trade in this tick.
  std::vector<std::int64_t> marks_;                         ///< The feed's marks, as the depths use them.
  std::vector<std::uint64_t> depth_lots_;
};

}  // namespace

std::unique_ptr<market> make_simulated_market(const book& source, const market_rules& rules) {
  return std::make_unique<simulated_market>(source, rules);
}

}  // namespace plimsoll
