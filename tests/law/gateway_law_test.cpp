// Crashes over a venue that answers late, twice, in the wrong order, wrongly or not at all.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "host/execute/gateway_market.hpp"
#include "kernels/rules/trade.hpp"
#include "tests/law/crash.hpp"
#include "tests/law/shadow_book.hpp"

namespace plimsoll {
namespace {

/// Decides at once the outcome of an order, and reports it as badly as a venue can.
class adversary final : public order_gateway {
 public:
  explicit adversary(std::uint64_t seed) : draw_(seed, 4) {}

  void send(const market_order& order) override {
    story& one = stories_[order.id];
    one.order = order;
    std::uint32_t sequence = 0;
    if (quiet_) {
      one.truth = {{order.id, 1, answer_kind::rejected, {}, {}}};
    } else {
      if (draw_.chance(700'000)) { one.truth.push_back({order.id, ++sequence, answer_kind::accepted, {}, {}}); }
      std::uint64_t left = magnitude(order.lots.raw);
      for (std::uint64_t fills = draw_.below(4); fills > 0 && left > 0; --fills) {
        const std::uint64_t lots = draw_.chance(300'000) ? left : 1 + draw_.below(left);
        one.truth.push_back(
            {order.id, ++sequence, answer_kind::fill, {static_cast<std::int64_t>(lots)}, better_than(order)});
        left -= lots;
      }
      one.truth.push_back({order.id,
                           ++sequence,
                           sequence == 1 && draw_.chance(500'000) ? answer_kind::rejected : answer_kind::done,
                           {},
                           {}});
    }
    if (quiet_ || draw_.chance(300'000)) { tell_all(one); }
  }

  void cancel(order_id order) override {
    story& one = stories_.at(order);
    if (!draw_.chance(500'000) || one.passed >= one.truth.size()) { return; }
    one.truth.resize(one.passed);
    one.truth.push_back({order, static_cast<std::uint32_t>(one.passed + 1), answer_kind::done, {}, {}});
  }

  /// Some of the truth, some of it again, some of it too early, and some lies.
  void mumble() {
    for (auto& [id, one] : stories_) {
      for (std::uint64_t times = draw_.below(4); times > 0; --times) {
        const std::size_t next = std::min(one.passed, one.truth.size() - 1);
        const std::size_t at = draw_.chance(700'000) ? next : draw_.below(std::min(one.truth.size(), next + 2));
        tell(one, at);
      }
      if (draw_.chance(100'000)) { lie(one); }
    }
  }

  /// All answers, in order; from now on orders are rejected.
  void come_clean() {
    quiet_ = true;
    for (auto& [id, one] : stories_) { tell_all(one); }
  }

  /// Contracts and cost that the market has taken, by instrument.
  [[nodiscard]] std::map<std::uint32_t, shadow_book::position> filled(const reference_data& reference) const {
    std::map<std::uint32_t, shadow_book::position> out;
    for (const auto& [id, one] : stories_) {
      for (const market_answer& answer : one.truth) {
        if (answer.kind != answer_kind::fill) { continue; }
        const std::int64_t lots = one.order.lots.raw > 0 ? -answer.lots.raw : answer.lots.raw;
        out[one.order.instrument].lots += lots;
        out[one.order.instrument].cost +=
            value_of_trade({lots}, reference.instruments[one.order.instrument].rate, answer.price).steps;
      }
    }
    return out;
  }

  [[nodiscard]] std::uint64_t lies() const { return lies_; }

 private:
  struct story {
    market_order order;
    std::vector<market_answer> truth;
    std::size_t passed = 0;  ///< Answers that were passed on, or are before one that was.
  };

  price_ticks better_than(const market_order& order) {
    const std::int64_t limit = order.limit.raw;
    const std::int64_t by = draw_.between(0, limit / 20);
    return {order.lots.raw > 0 ? std::max<std::int64_t>(1, limit - by) : std::min(limits::price_ticks_max, limit + by)};
  }
  void tell(story& one, std::size_t at) {
    RC_ASSERT(answer(one.truth[at]));
    one.passed = std::max(one.passed, at + 1);
  }
  void tell_all(story& one) {
    for (std::size_t at = 0; at < one.truth.size(); ++at) { tell(one, at); }
  }
  void lie(const story& one) {
    market_answer made_up{one.order.id,
                          static_cast<std::uint32_t>(1 + draw_.below(one.truth.size() + 1)),
                          answer_kind::fill,
                          {1},
                          one.order.limit};
    switch (draw_.below(4)) {
      case 0: made_up.lots = {std::abs(one.order.lots.raw) + 1}; break;
      case 1: made_up.price.raw += one.order.lots.raw > 0 ? 1 : -1; break;
      case 2: made_up.order.plan += 1'000'000; break;
      default: made_up.sequence += 100; break;
    }
    ++lies_;
    RC_ASSERT(answer(made_up));
  }

  random_stream draw_;
  std::map<order_id, story> stories_;
  bool quiet_ = false;
  std::uint64_t lies_ = 0;
};

RC_GTEST_PROP(gateway_law, book_is_what_the_fills_say, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  book opening = crash_book(seed);
  rulebook rules = crash_rules(opening, seed);
  adversary* venue = nullptr;
  replay_options options;
  options.order_timeout_ns = *rc::gen::inRange<std::int64_t>(1, 4) * second_ns;
  options.make_market = [&](const book&, const market_rules&) {
    auto made = std::make_unique<adversary>(seed);
    venue = made.get();
    return std::make_unique<gateway_market>(std::move(made));
  };
  auto made = replay::make(std::move(opening), rules, make_cpu_backend(1), options);
  RC_ASSERT(made.has_value());
  replay& run = *made.value();
  shadow_book shadow(run);
  crash_path path(seed);
  const auto tick = [&] {
    refusal_list refusals;
    const status stepped = run.step(path.next_marks(run.state()), {}, refusals);
    if (!stepped) { RC_FAIL(stepped.error().message); }
    if (const auto wrong = shadow.take(run)) { RC_FAIL(*wrong); }
    if (const auto wrong = shadow.compare(run)) { RC_FAIL(*wrong); }
  };
  for (int i = 0; i < 8; ++i) {
    venue->mumble();
    tick();
  }
  venue->come_clean();
  tick();
  RC_ASSERT(run.engine().orders().open.empty());
  RC_ASSERT(run.engine().orders().unread.empty());
  RC_ASSERT(run.log().orders.refused.size() >= venue->lies() || run.log().orders.duplicates > 0);
  const auto wanted = venue->filled(run.state().reference);
  for (std::uint32_t i = 0; i < run.state().reference.instruments.size(); ++i) {
    const auto& taken = shadow.system("market").positions;
    const auto found = taken.find({i, position_side::long_side});
    const shadow_book::position held = found == taken.end() ? shadow_book::position{} : found->second;
    const shadow_book::position filled = wanted.count(i) != 0 ? wanted.at(i) : shadow_book::position{};
    RC_ASSERT(held.lots == filled.lots);
    RC_ASSERT(held.cost == filled.cost);
  }
  RC_CLASSIFY(run.log().orders.late_lots > 0, "late fills");
  RC_CLASSIFY(run.log().orders.overdue > 0, "overdue");
  RC_CLASSIFY(run.log().orders.duplicates > 0, "duplicates");
  RC_CLASSIFY(!run.log().orders.refused.empty(), "refused");
}

}  // namespace
}  // namespace plimsoll
