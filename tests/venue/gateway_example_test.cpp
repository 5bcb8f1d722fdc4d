// The gateway of host/execute/README.md, as an embedder would compile it.
#include <cstdint>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "host/book/rebuild.hpp"
#include "host/execute/order_gateway.hpp"
#include "tests/venue/small_book.hpp"

namespace {

struct execution_report {
  std::uint64_t plan;
  std::uint32_t part;
  std::uint32_t number;
  std::uint64_t lots;
  std::int64_t price_ticks;
  bool is_final;
};

/// A venue that fills every order at its limit, from a thread of its own.
class venue_session {
 public:
  std::function<void(const execution_report&)> on_report;
  void new_order(std::uint64_t plan, std::uint32_t part, std::uint32_t, std::int64_t lots, std::int64_t limit) {
    const auto count = static_cast<std::uint64_t>(lots < 0 ? -lots : lots);
    std::thread([=, this] { on_report({plan, part, 1, count, limit, false}); }).join();
  }
  void cancel_order(std::uint64_t, std::uint32_t) {}
};

// README
class venue_gateway final : public plimsoll::order_gateway {
 public:
  explicit venue_gateway(venue_session& session) : session_(session) {
    // On the session's own thread.
    session_.on_report = [this](const execution_report& report) {
      const plimsoll::market_answer one{
          {report.plan, report.part}, report.number, kind_of(report), report.lots, report.price_ticks};
      while (!answer(one)) { std::this_thread::yield(); }  // The inbox is full until the next tick.
    };
  }
  void send(const plimsoll::market_order& order) override {
    session_.new_order(order.id.plan, order.id.part, order.instrument, order.lots, order.limit_ticks);
  }
  void cancel(plimsoll::order_id order) override { session_.cancel_order(order.plan, order.part); }

 private:
  static plimsoll::answer_kind kind_of(const execution_report& report) {
    if (report.lots > 0) { return plimsoll::answer_kind::fill; }
    return report.is_final ? plimsoll::answer_kind::done : plimsoll::answer_kind::accepted;
  }
  venue_session& session_;
};

plimsoll::status liquidate_tick(plimsoll::executor& engine, plimsoll::book& book, plimsoll::backend& machine,
                                std::int64_t tick) {
  const auto begun = engine.begin_tick(tick, book.marks);  // Late fills first: they change the book.
  if (!begun) { return begun.error(); }
  book = plimsoll::drop_closed(std::move(book));
  PLIMSOLL_TRY(machine.load(book));
  plimsoll::refusal_list refusals;
  plimsoll::scan_options options;
  options.ladders = plimsoll::ladder_extent::demanded;
  const auto scan = plimsoll::scan_book(book, machine, options, refusals);
  if (!scan) { return scan.error(); }
  const auto outcome = engine.run(tick, plimsoll::view_of(scan.value()));
  if (!outcome) { return outcome.error(); }
  for (const auto& one : begun.value().orders.refused) { std::clog << one.reason << '\n'; }
  for (const auto& one : outcome.value().orders.refused) { std::clog << one.reason << '\n'; }
  book = plimsoll::drop_closed(std::move(book));
  return plimsoll::ok();
}
// README

TEST(gateway_example, is_the_one_in_the_readme) {
  const auto text_of = [](const std::string& path) {
    std::ifstream file(std::string(PLIMSOLL_SOURCE_DIR) + path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string source = text_of("/tests/venue/gateway_example_test.cpp");
  const std::string mark = "// README\n";
  const std::size_t begin = source.find("\n" + mark) + 1 + mark.size();
  const std::string code = source.substr(begin, source.find("\n" + mark, begin) + 1 - begin);
  EXPECT_NE(text_of("/host/execute/README.md").find("```cpp\n" + code + "```"), std::string::npos);
}

TEST(gateway_example, liquidates) {
  plimsoll::small_book made(2);
  made.contract("X", 0, 0, 100, {{0, 100'000, 200'000}});
  made.balance("long", 5'000).position("long", "X", 10, 100'000);
  made.balance("short", 1'000'000).position("short", "X", -10, -100'000);
  plimsoll::book book = made.build();
  venue_session session;
  plimsoll::executor engine(book, book.reference.venue.rules, std::make_unique<venue_gateway>(session));
  const auto machine = plimsoll::make_cpu_backend(1);
  ASSERT_TRUE(liquidate_tick(engine, book, *machine, 1).has_value());
  ASSERT_TRUE(liquidate_tick(engine, book, *machine, 2).has_value());
  EXPECT_EQ(engine.books().holdings(plimsoll::system_account::market).positions.at(0).lots, 10);
  EXPECT_EQ(book.positions.size(), 1U);
}

}  // namespace
