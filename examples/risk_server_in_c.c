/* A risk server in C: a book in memory, a market that falls tick by tick, an executor that liquidates, and an exchange
 * whose answers come back.
 *
 *     risk_server_in_c [TICKS]
 *
 * It needs include/plimsoll, text_stream.h and the library, nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/plimsoll.h"
#include "text_stream.h"

enum { traders = 200 };

/* Prints why a call failed, place by place, and ends the program. A server would hand the reason on. */
static void must(plimsoll_status status) {
  plimsoll_error why;
  plimsoll_refusal place;
  uint64_t i;
  if (status == PLIMSOLL_OK) { return; }
  memset(&why, 0, sizeof why);
  why.struct_size = sizeof why;
  plimsoll_last_error(&why);
  fprintf(stderr, "%s: %s: %s\n", why.call, plimsoll_status_text(why.status), why.message);
  for (i = 0; i < why.refusals; ++i) {
    memset(&place, 0, sizeof place);
    place.struct_size = sizeof place;
    if (plimsoll_last_refusal(i, &place) == PLIMSOLL_OK) {
      fprintf(stderr, "  %s, row %lld, column %s: %s %s\n", place.table, (long long)place.row, place.column,
              place.value, place.reason);
    }
  }
  exit(1);
}

/* ------------------------------------------------------------------------------------------------------- the book */

/* Traders are long with 5 to 40 times leverage; the maker holds the other side. */
static void load_book(plimsoll_scanner scan) {
  static char balances[64 * (traders + 2)] = "account,asset,amount\n";
  static char positions[64 * (traders + 2)] = "account,instrument,size,entry_price\n";
  const char* const texts[] = {
      "asset,step\nUSDT,0.01\n",
      "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
      "BTC-PERP,linear,BTC,USDT,1,0.1,0.001,btc\n",
      "tier_table,floor,maintenance_rate,initial_rate\nbtc,0,0.004,0.008\nbtc,1000000,0.01,0.02\n",
      balances,
      positions,
      "instrument,mark\nBTC-PERP,60000\n",
  };
  const char* const names[] = {"assets", "instruments", "tiers", "balances", "positions", "marks"};
  const char* const toml =
      "name = \"example\"\nquote = \"USDT\"\nrulebook = \"binance\"\n[fund.balance]\nUSDT = 50000\n";
  struct ArrowArrayStream rows[6];
  plimsoll_table tables[6];
  char* balance = balances + strlen(balances);
  char* position = positions + strlen(positions);
  long open = 0;
  int i;
  for (i = 0; i < traders; ++i) {
    const long lots = 100 + i * 37 % 1900; /* Of 0.001 at 60,000: 60 each. */
    balance += sprintf(balance, "trader-%d,USDT,%ld\n", i, lots * 60 / (5 + i % 36));
    position += sprintf(position, "trader-%d,BTC-PERP,%ld.%03ld,60000\n", i, lots / 1000, lots % 1000);
    open += lots;
  }
  sprintf(balance, "maker,USDT,100000000\n");
  sprintf(position, "maker,BTC-PERP,-%ld.%03ld,60000\n", open / 1000, open % 1000);
  for (i = 0; i < 6; ++i) {
    if (text_stream_make(texts[i], &rows[i]) != 0) { exit(2); }
    tables[i].name = names[i];
    tables[i].rows = &rows[i];
  }
  must(plimsoll_scanner_load_tables(scan, toml, tables, 6));
}

/* --------------------------------------------------------------------------------------------------- the exchange */

/* It takes orders while the executor runs, and fills them at their limits afterwards. */
struct exchange {
  plimsoll_order orders[traders];
  int count;
};

static void take_order(void* context, const plimsoll_order* order) {
  struct exchange* const at = (struct exchange*)context;
  if (at->count < traders) { at->orders[at->count++] = *order; }
}

static void cancel_order(void* context, plimsoll_order_id order) {
  (void)context; /* Whatever is here will be filled. */
  (void)order;
}

static void fill_orders(struct exchange* at, plimsoll_executor engine) {
  int i;
  for (i = 0; i < at->count; ++i) {
    const plimsoll_order* const order = &at->orders[i];
    plimsoll_answer fill;
    int32_t taken;
    memset(&fill, 0, sizeof fill);
    fill.struct_size = sizeof fill;
    fill.order = order->id;
    fill.kind = PLIMSOLL_FILLED;
    fill.sequence = 1;
    fill.lots = (uint64_t)llabs(order->lots);
    fill.price_ticks = order->limit_ticks;
    must(plimsoll_executor_answer(engine, &fill, &taken));
    fill.kind = PLIMSOLL_DONE;
    fill.sequence = 2;
    must(plimsoll_executor_answer(engine, &fill, &taken));
  }
  at->count = 0;
}

/* ------------------------------------------------------------------------------------------------------ the server */

int main(int count, char** words) {
  static struct exchange at;
  const int ticks = count > 1 ? atoi(words[1]) : 12;
  plimsoll_scanner scan;
  plimsoll_executor engine;
  plimsoll_gateway gateway;
  plimsoll_executor_options options;
  plimsoll_mark mark;
  plimsoll_marks marks;
  struct ArrowArrayStream table;
  uint64_t liquidated = 0;
  int32_t conserved;
  int tick;

  must(plimsoll_scanner_open(NULL, &scan));
  load_book(scan);
  memset(&gateway, 0, sizeof gateway);
  gateway.struct_size = sizeof gateway;
  gateway.context = &at;
  gateway.send = take_order;
  gateway.cancel = cancel_order;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.gateway = &gateway;
  must(plimsoll_executor_open(scan, &options, &engine));

  memset(&mark, 0, sizeof mark);
  must(plimsoll_scanner_instrument(scan, "BTC-PERP", &mark.instrument));
  memset(&marks, 0, sizeof marks);
  marks.struct_size = sizeof marks;
  marks.marks = &mark;
  marks.count = 1;
  for (tick = 1; tick <= ticks; ++tick) {
    plimsoll_tick found;
    plimsoll_execution done;
    memset(&found, 0, sizeof found);
    memset(&done, 0, sizeof done);
    found.struct_size = sizeof found;
    done.struct_size = sizeof done;
    found.flagged = &table;
    mark.ticks = 600000 - 9000 * tick; /* 1.5 % of the opening mark, in price steps of 0.1. */
    must(plimsoll_executor_run(engine, tick, &marks, &found, &done));
    liquidated += done.liquidated;
    printf("tick %d at %lld: %llu flagged, %llu orders, %llu plans\n", tick, (long long)mark.ticks / 10,
           (unsigned long long)found.flagged_rows, (unsigned long long)done.orders_sent,
           (unsigned long long)done.plans);
    if (tick == 7) {
      text_stream_print(&table, stdout);
    } else {
      table.release(&table);
    }
    fill_orders(&at, engine);
  }

  must(plimsoll_scanner_account(scan, "maker", 0, &table, NULL));
  text_stream_print(&table, stdout);
  must(plimsoll_executor_conserved(engine, &conserved));
  printf("%llu units liquidated, money conserved: %s\n", (unsigned long long)liquidated, conserved == 1 ? "yes" : "no");
  must(plimsoll_executor_close(engine));
  must(plimsoll_scanner_close(scan));
  return liquidated > 0 && conserved == 1 ? 0 : 1;
}
