// A small risk server: a feed of marks and trades, a scanner that evaluates every account in each tick, an executor
// that liquidates, and an exchange that answers liquidation orders from its own thread.
//
//     risk_server [TICKS]
//
// Everything is in memory, without folders or files. It needs only include/plimsoll and the library.
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "plimsoll/executor.hpp"
#include "plimsoll/scanner.hpp"

namespace {

using plimsoll::decimal;

constexpr int traders = 400;
constexpr std::int64_t first_mark = 600'000;  // 60,000.0 in price steps of 0.1.

/// Prints why a call failed and ends the server. An embedder would return the error.
template <class Result>
auto must(Result outcome, const char* call) {
  if (!outcome) {
    std::cerr << "risk_server: " << call << ": " << outcome.error().message << '\n';
    std::exit(1);
  }
  return std::move(outcome).value();
}

/// One market and one asset. Traders are long or short with 5 to 50 times leverage, and the maker holds the other side.
plimsoll::book_rows opening_book() {
  plimsoll::book_rows book;
  book.venue_toml = R"(
name = "example"
quote = "USDT"
rulebook = "binance"
[fund.balance]
USDT = 50000
)";
  book.assets = {{.name = "USDT", .step = decimal{1, 2}}};
  book.instruments = {{.name = "BTC-PERP",
                       .base = "BTC",
                       .settle = "USDT",
                       .contract_size = decimal{1, 0},
                       .price_step = {1, 1},
                       .size_step = decimal{1, 3},
                       .tier_table = "btc"}};
  book.tiers = {{.table = "btc", .floor = {0, 0}, .maintenance_rate = {4, 3}, .initial_rate = decimal{8, 3}},
                {.table = "btc", .floor = {1'000'000, 0}, .maintenance_rate = {1, 2}, .initial_rate = decimal{2, 2}}};
  std::mt19937 draw(7);
  std::int64_t open = 0;
  for (int i = 0; i < traders; ++i) {
    const std::string name = "trader-" + std::to_string(i);
    const std::int64_t lots = static_cast<std::int64_t>(10 + draw() % 2'000) * (draw() % 3 == 0 ? -1 : 1);
    const std::int64_t notional_cents = std::abs(lots) * first_mark / 100;  // Lots of 0.001 at 0.1 a step, in cents.
    book.balances.push_back({name, "USDT", {notional_cents / static_cast<std::int64_t>(5 + draw() % 46), 2}});
    book.positions.push_back(
        {.account = name, .instrument = "BTC-PERP", .size = {lots, 3}, .entry_price = decimal{60'000, 0}});
    open += lots;
  }
  book.balances.push_back({"maker", "USDT", {100'000'000, 0}});
  book.positions.push_back(
      {.account = "maker", .instrument = "BTC-PERP", .size = {-open, 3}, .entry_price = decimal{60'000, 0}});
  book.marks = {{.instrument = "BTC-PERP", .price = {60'000, 0}}};
  return book;
}

/// An exchange that fills half of each order at its limit, and the rest a moment later.
class exchange final : public plimsoll::order_gateway {
 public:
  exchange() : session_([this] { trade(); }) {}
  ~exchange() override {
    {
      const std::lock_guard held(lock_);
      closing_ = true;
    }
    wake_.notify_one();
    session_.join();
  }

  void send(const plimsoll::market_order& order) override {
    {
      const std::lock_guard held(lock_);
      orders_.push_back(order);
    }
    wake_.notify_one();
  }
  void cancel(plimsoll::order_id /*order*/) override {}  // Not needed, because every order is filled within moments.

 private:
  void trade() {
    for (;;) {
      plimsoll::market_order order;
      {
        std::unique_lock held(lock_);
        wake_.wait(held, [this] { return closing_ || !orders_.empty(); });
        if (orders_.empty()) { return; }
        order = orders_.front();
        orders_.pop_front();
      }
      const std::int64_t lots = std::abs(order.lots.raw);
      std::uint32_t sequence = 0;
      tell({order.id, ++sequence, plimsoll::answer_kind::accepted, {}, {}});
      if (lots > 1) { tell({order.id, ++sequence, plimsoll::answer_kind::fill, {lots / 2}, order.limit}); }
      tell({order.id, ++sequence, plimsoll::answer_kind::fill, {lots - lots / 2}, order.limit});
      tell({order.id, ++sequence, plimsoll::answer_kind::done, {}, {}});
    }
  }
  void tell(const plimsoll::market_answer& one) {
    while (!answer(one)) { std::this_thread::yield(); }  // The inbox is full until the next tick.
  }

  std::mutex lock_;
  std::condition_variable wake_;
  std::deque<plimsoll::market_order> orders_;
  bool closing_ = false;
  std::thread session_;  // The last member, because it uses all others.
};

/// The trades since the last tick: here, one trader buys a little from the maker.
std::vector<plimsoll::update> trades_of(int tick, std::uint32_t btc, std::int64_t mark) {
  plimsoll::update trade;
  trade.kind = plimsoll::update_kind::fill;
  trade.account = "trader-" + std::to_string(tick % traders);
  trade.to = "maker";
  trade.instrument = btc;
  trade.lots = {1};
  trade.price = {mark, 1};
  return {trade};
}

}  // namespace

int main(int count, char** arguments) {
  const int ticks = count > 1 ? std::atoi(arguments[1]) : 20;
  plimsoll::scanner scan = must(plimsoll::scanner::make({.backend = "cpu"}), "make");
  must(scan.load(opening_book()), "load");
  exchange venue;
  plimsoll::executor engine = must(plimsoll::executor::make(scan, {.gateway = &venue}), "executor::make");
  const std::uint32_t btc = scan.instrument("BTC-PERP");
  const std::uint32_t usdt = scan.asset("USDT");

  plimsoll::tick_result found;
  plimsoll::execution done;
  for (int tick = 1; tick <= ticks; ++tick) {
    const std::int64_t mark = first_mark - 6'000 * tick;  // The mark falls by 600 USDT per tick.
    must(scan.apply(trades_of(tick, btc, mark)), "apply");
    const plimsoll::mark_update feed{btc, {mark}};
    must(engine.run(tick, {&feed, 1}, found, done), "run");
    std::cout << "tick " << tick << ": " << found.flagged.size() << " flagged, " << done.plans.size() << " plans, "
              << done.orders_sent << " orders, fund "
              << static_cast<std::int64_t>(must(engine.balance("fund", usdt), "balance").raw / 100) << " USDT\n";
    for (const std::string& note : done.notes) { std::cerr << "note: " << note << '\n'; }
    if (!engine.conserved()) {
      std::cerr << "risk_server: money was created or lost\n";
      return 1;
    }
  }

  const plimsoll::account_report maker = must(scan.account("maker"), "account");
  std::cout << "maker: equity " << maker.units[0].equity.raw / 100 << " USDT, free " << maker.units[0].free.raw / 100
            << " USDT\n";
  const plimsoll::size_lots most =
      must(scan.largest_order("maker", btc, plimsoll::position_side::short_side, {first_mark - 6'000 * ticks, 1}),
           "largest_order");
  std::cout << "maker could sell " << most.raw << " lots more\n";
  return 0;
}
