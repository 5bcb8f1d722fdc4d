/* A program of another project in C: the same book, tick and run as main.cpp, and the same line at the end. */
#include <stdio.h>
#include <string.h>

#include "text_stream.h"

/* A gateway that is notified of orders and fills none. */
static void count_order(void* context, const plimsoll_order* order) { *(int*)context += order->lots != 0; }
static void ignore_cancel(void* context, plimsoll_order_id order) {
  (void)context;
  (void)order;
}

static int failed(const char* what) {
  plimsoll_error why;
  memset(&why, 0, sizeof why);
  why.struct_size = sizeof why;
  plimsoll_last_error(&why);
  fprintf(stderr, "%s: %s: %s\n", what, plimsoll_status_text(why.status), why.message);
  return 1;
}

static plimsoll_status load(plimsoll_scanner scan) {
  static const char* const texts[][2] = {
      {"assets", "asset,step\nUSDT,0.01\n"},
      {"instruments",
       "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
       "BTC-PERP,linear,BTC,USDT,1,1,1,btc\n"},
      {"tiers", "tier_table,floor,maintenance_rate,initial_rate\nbtc,0,0.01,0.02\n"},
      {"balances", "account,asset,amount\nann,USDT,1000\nbob,USDT,100000\n"},
      {"positions", "account,instrument,size,entry_price\nann,BTC-PERP,1,20000\nbob,BTC-PERP,-1,20000\n"},
      {"marks", "instrument,mark\nBTC-PERP,20000\n"}};
  struct ArrowArrayStream rows[6];
  plimsoll_table tables[6];
  size_t i;
  for (i = 0; i < 6; ++i) {
    if (text_stream_make(texts[i][1], &rows[i]) != 0) { return PLIMSOLL_OUT_OF_MEMORY; }
    tables[i].name = texts[i][0];
    tables[i].rows = &rows[i];
  }
  return plimsoll_scanner_load_tables(scan, "name = \"consumer\"\nquote = \"USDT\"\n", tables, 6);
}

int main(void) {
  plimsoll_version_info linked;
  plimsoll_scanner_options options;
  plimsoll_scanner scan = 0;
  plimsoll_gateway gateway;
  plimsoll_executor_options acting;
  plimsoll_executor engine = 0;
  plimsoll_mark mark;
  plimsoll_marks marks;
  plimsoll_tick found;
  plimsoll_execution done;
  struct ArrowArrayStream units;
  int sent = 0;

  memset(&linked, 0, sizeof linked);
  linked.struct_size = sizeof linked;
  if (plimsoll_version(&linked) != PLIMSOLL_OK || linked.version_major != PLIMSOLL_VERSION_MAJOR) { return 1; }

  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.backend = "cpu";
  options.threads = 1;
  if (plimsoll_scanner_open(&options, &scan) != PLIMSOLL_OK) { return failed("open"); }
  if (load(scan) != PLIMSOLL_OK) { return failed("load"); }

  memset(&gateway, 0, sizeof gateway);
  gateway.struct_size = sizeof gateway;
  gateway.context = &sent;
  gateway.send = count_order;
  gateway.cancel = ignore_cancel;
  memset(&acting, 0, sizeof acting);
  acting.struct_size = sizeof acting;
  acting.gateway = &gateway;
  if (plimsoll_executor_open(scan, &acting, &engine) != PLIMSOLL_OK) { return failed("executor"); }

  memset(&mark, 0, sizeof mark);
  if (plimsoll_scanner_instrument(scan, "BTC-PERP", &mark.instrument) != PLIMSOLL_OK) { return failed("instrument"); }
  mark.ticks = 19100;
  memset(&marks, 0, sizeof marks);
  marks.struct_size = sizeof marks;
  marks.marks = &mark;
  marks.count = 1;
  memset(&found, 0, sizeof found);
  found.struct_size = sizeof found;
  memset(&done, 0, sizeof done);
  done.struct_size = sizeof done;
  if (plimsoll_executor_run(engine, 1, &marks, &found, &done) != PLIMSOLL_OK) { return failed("run"); }

  if (plimsoll_scanner_account(scan, "ann", 0, &units, NULL) != PLIMSOLL_OK) { return failed("account"); }
  if (text_stream_print(&units, stderr) != 0) { return 2; }
  if (plimsoll_scanner_account(scan, "nobody", 0, &units, NULL) != PLIMSOLL_USAGE) { return 3; }
  if (units.release != NULL) { return 3; }

  printf("plimsoll %s, arrow %s: %llu flagged, %d sent, digest %016llx\n", linked.text, linked.arrow,
         (unsigned long long)found.flagged_rows, sent, (unsigned long long)found.digest);
  if (plimsoll_executor_close(engine) != PLIMSOLL_OK || plimsoll_scanner_close(scan) != PLIMSOLL_OK) { return 4; }
  if (plimsoll_scanner_close(scan) != PLIMSOLL_BAD_HANDLE) { return 5; }
  return found.flagged_rows == 1 && sent == 1 ? 0 : 6;
}
