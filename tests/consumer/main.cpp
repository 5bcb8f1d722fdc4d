// A program of another project: a book in memory, a tick, an executor's run, and every public header.
#include <cstdint>
#include <cstdio>
#include <utility>

#include <plimsoll/account.hpp>
#include <plimsoll/book.hpp>
#include <plimsoll/executor.hpp>
#include <plimsoll/limits.hpp>
#include <plimsoll/order_gateway.hpp>
#include <plimsoll/revision.hpp>
#include <plimsoll/scanner.hpp>
#include <plimsoll/tick.hpp>
#include <plimsoll/update.hpp>
#include <plimsoll/vacancy.hpp>
#include <plimsoll/version.hpp>

namespace {

plimsoll::book_rows small_book() {
  using plimsoll::decimal;
  plimsoll::book_rows book;
  book.venue_toml = "name = \"consumer\"\nquote = \"USDT\"\n";
  book.assets = {{.name = "USDT", .step = decimal{1, 2}}};
  book.instruments = {{.name = "BTC-PERP",
                       .base = "BTC",
                       .settle = "USDT",
                       .contract_size = decimal{1, 0},
                       .price_step = {1, 0},
                       .size_step = decimal{1, 0},
                       .tier_table = "btc"}};
  book.tiers = {{.table = "btc", .maintenance_rate = {1, 2}, .initial_rate = decimal{2, 2}}};
  book.balances = {{"ann", "USDT", {1'000, 0}}, {"bob", "USDT", {100'000, 0}}};
  book.positions = {{.account = "ann", .instrument = "BTC-PERP", .size = {1, 0}, .entry_price = decimal{20'000, 0}},
                    {.account = "bob", .instrument = "BTC-PERP", .size = {-1, 0}, .entry_price = decimal{20'000, 0}}};
  book.marks = {{.instrument = "BTC-PERP", .price = {20'000, 0}}};
  return book;
}

/// A gateway that is notified of orders and fills none.
class silent final : public plimsoll::order_gateway {
 public:
  void send(const plimsoll::market_order& /*order*/) override { ++sent; }
  void cancel(plimsoll::order_id /*order*/) override {}
  int sent = 0;
};

}  // namespace

int main() {
  const plimsoll::library_version linked = plimsoll::version();
  if (linked.major != PLIMSOLL_VERSION_MAJOR || linked.minor != PLIMSOLL_VERSION_MINOR) { return 1; }
  auto made = plimsoll::scanner::make({.backend = "cpu", .threads = 1});
  if (!made) { return 2; }
  plimsoll::scanner scan = std::move(made).value();
  if (const auto loaded = scan.load(small_book()); !loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    return 3;
  }
  silent venue;
  auto acting = plimsoll::executor::make(scan, {.gateway = &venue});
  if (!acting) { return 4; }
  plimsoll::tick_result found;
  plimsoll::execution done;
  const plimsoll::mark_update mark{scan.instrument("BTC-PERP"), {19'100}};
  if (!acting.value().run(1, {&mark, 1}, found, done)) { return 5; }
  const auto ann = scan.account("ann");
  if (!ann || ann.value().units.size() != 1 || ann.value().units[0].equity.raw != 10'000) { return 6; }
  if (scan.account("nobody").error().code != plimsoll::error_code::usage) { return 7; }
  std::printf("plimsoll %s, arrow %s: %zu flagged, %d sent, digest %016llx\n", linked.text, linked.arrow,
              found.flagged.size(), venue.sent, static_cast<unsigned long long>(found.tick_digest));
  return found.flagged.size() == 1 && venue.sent == 1 ? 0 : 8;
}
