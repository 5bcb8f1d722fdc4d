// Depth as a ladder of price levels on each side of the mark; orders walk it outward from what earlier ones consumed.
#include <algorithm>

#include "host/execute/market.hpp"
#include "kernels/rules/divide.hpp"
#include "kernels/rules/value.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

/// Levels between the mark and `depth_move`: a fill every hundredth of the move is fine enough for a slippage curve.
constexpr std::int64_t levels_per_move = 100;
/// Levels that an order may walk: a hundred moves away there is nothing left.
constexpr std::int64_t levels_max = 100 * levels_per_move;

class simulated_market final : public market {
 public:
  simulated_market(const book& source, const market_rules& rules) : book_(source), rules_(rules) {
    state_.consumed.resize(2 * source.reference.instruments.size());
    marks_.resize(source.reference.instruments.size());
    depth_lots_.resize(source.reference.instruments.size());
  }

  void begin_tick(std::int64_t tick, std::span<const mark> marks) override {
    const std::int64_t passed = state_.started ? tick - state_.tick : 0;
    state_.tick = tick;
    state_.started = true;
    for (std::size_t i = 0; i < marks.size(); ++i) {
      marks_[i] = marks[i].ticks;
      depth_lots_[i] = depth_lots(static_cast<std::uint32_t>(i));
    }
    for (std::uint64_t& consumed : state_.consumed) { consumed = recover(consumed, passed); }
  }

  void send(const market_order& order) override {
    std::uint32_t sequence = 0;
    for (const level_fill& fill : walk(order)) {
      answers_.push_back({order.id, ++sequence, answer_kind::fill, fill.lots, fill.price_ticks});
    }
    answers_.push_back({order.id, ++sequence, answer_kind::done, 0, 0});
  }

  void cancel(order_id) override {}

  void take_answers(std::vector<market_answer>& out) override {
    out.insert(out.end(), answers_.begin(), answers_.end());
    answers_.clear();
  }

  [[nodiscard]] std::int64_t pushed_ticks(std::uint32_t instrument) const override {
    if (depth_lots_[instrument] == 0) { return 0; }
    const std::int64_t sold = level_of(state_.consumed[2 * instrument], depth_lots_[instrument]);
    const std::int64_t bought = level_of(state_.consumed[2 * instrument + 1], depth_lots_[instrument]);
    const int128 full = static_cast<int128>(marks_[instrument]) * rules_.depth_move_ppm * (bought - sold) /
                        (levels_per_move * limits::ppm);
    return static_cast<std::int64_t>(full * rules_.permanent_ppm / limits::ppm);
  }

  [[nodiscard]] market_state state() const override { return state_; }
  void restore(market_state state) override { state_ = std::move(state); }

 private:
  struct level_fill {
    std::uint64_t lots;
    std::int64_t price_ticks;
  };

  /// Takes what the levels within the limit hold, from the mark outward.
  std::vector<level_fill> walk(const market_order& order) {
    std::vector<level_fill> fills;
    const bool buys = order.lots > 0;
    std::uint64_t& consumed = state_.consumed[2 * order.instrument + (buys ? 1U : 0U)];
    const std::uint64_t depth = depth_lots_[order.instrument];
    if (depth == 0 || rules_.shape == market_rules::impact::none) { return fills; }
    std::uint64_t left = magnitude(order.lots);
    std::int64_t level = level_of(consumed, depth);
    while (left > 0 && level < levels_max) {
      const std::int64_t price = price_at(order.instrument, level, buys);
      if (price < 1 || (buys ? price > order.limit_ticks : price < order.limit_ticks)) { break; }
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
    return fills;
  }

  /// Lots whose notional at the mark is `depth`: floor(depth / value of one lot).
  [[nodiscard]] std::uint64_t depth_lots(std::uint32_t instrument_id) const {
    const instrument& it = book_.reference.instruments[instrument_id];
    if (it.kind == instrument_kind::spot || marks_[instrument_id] < 1) { return 0; }
    const auto steps = to_units(rules_.depth, book_.reference.assets[it.settle].digits);
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

  /// The level in which the next lot lies: the first whose edge is beyond `consumed`.
  [[nodiscard]] std::int64_t level_of(std::uint64_t consumed, std::uint64_t depth) const {
    std::int64_t low = 0;
    std::int64_t high = levels_max;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (lots_until(middle + 1, depth) > consumed) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /// Price of a level: the mark moved by level + 1 hundredths of the move, away from the taker's favour.
  [[nodiscard]] std::int64_t price_at(std::uint32_t instrument_id, std::int64_t level, bool buys) const {
    const int128 away = static_cast<int128>(marks_[instrument_id]) * rules_.depth_move_ppm * (level + 1) /
                        (levels_per_move * limits::ppm);
    const int128 price = buys ? marks_[instrument_id] + away : marks_[instrument_id] - away;
    return price > limits::price_ticks_max ? limits::price_ticks_max : static_cast<std::int64_t>(price);
  }

  /// What is still consumed after some ticks: halved every half-life, the part of a half-life linear between halvings.
  [[nodiscard]] std::uint64_t recover(std::uint64_t consumed, std::int64_t ticks) const {
    if (ticks <= 0 || rules_.half_life_ticks <= 0) { return ticks > 0 ? 0 : consumed; }
    const std::int64_t halvings = ticks / rules_.half_life_ticks;
    if (halvings >= 62) { return 0; }
    consumed >>= halvings;
    const auto rest = static_cast<uint128>(ticks % rules_.half_life_ticks);
    return consumed - static_cast<std::uint64_t>(consumed * rest / (2 * static_cast<uint128>(rules_.half_life_ticks)));
  }

  const book& book_;
  market_rules rules_;
  market_state state_;
  std::vector<market_answer> answers_;
  std::vector<std::int64_t> marks_;
  std::vector<std::uint64_t> depth_lots_;
};

}  // namespace

std::unique_ptr<market> make_simulated_market(const book& source, const market_rules& rules) {
  return std::make_unique<simulated_market>(source, rules);
}

}  // namespace plimsoll
