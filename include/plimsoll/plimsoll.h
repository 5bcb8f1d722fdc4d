/* Plimsoll for C, and for every language that speaks it.
 *
 *     plimsoll_scanner scan = 0;
 *     plimsoll_scanner_open(NULL, &scan);
 *     if (plimsoll_scanner_load(scan, "venue") != PLIMSOLL_OK) { plimsoll_last_error(&what); }
 *     plimsoll_tick found = {.struct_size = sizeof found, .flagged = &stream};
 *     plimsoll_scanner_tick(scan, &marks, &found);
 *     plimsoll_scanner_close(scan);
 *
 * Every function returns a status. After a failure nothing has changed, unless the function's comment says otherwise,
 * and `plimsoll_last_error` has the reason. No function throws, raises a signal or prints.
 *
 * Handles are numbers and are never reused. A handle that was closed, never existed or is of another kind is refused
 * (PLIMSOLL_BAD_HANDLE), at any time and from any thread. 0 is never a handle.
 *
 * Structs begin with their size, which the caller sets: `struct_size = sizeof(the struct)`. Set all other fields that
 * you do not use to 0. Later versions append fields and accept structs that were compiled against an earlier version.
 * Enumerations and status codes are appended to, never renumbered.
 *
 * Threads: any thread may call any function. Calls that name one scanner, or its executor, wait for each other. Calls
 * on a `plimsoll_view`, and `plimsoll_executor_answer`, never wait. A callback must not call any function of a scanner
 * or an executor except `plimsoll_executor_answer`. Such a call on the callback's own scanner or executor returns
 * PLIMSOLL_BUSY.
 *
 * Tables go in and out as Arrow C streams. A function takes over a stream that it receives: it releases the stream
 * whether the call succeeds or fails, and the stream's `release` is null afterwards. The stream stays with the caller
 * only if the struct that names it has a wrong size, or if the array of tables is refused. The caller must release a
 * stream that a function returns. Its former content is overwritten without release, and after a failure its `release`
 * is null. docs/embedding.md lists columns and types.
 *
 * Text is UTF-8 and ends in a NUL. A null pointer means no text where the function allows it; elsewhere it is refused.
 */
#ifndef PLIMSOLL_PLIMSOLL_H
#define PLIMSOLL_PLIMSOLL_H

#include <stdint.h>

#include "plimsoll/version.h"

/* Arrow's C data and stream interfaces, declared here as their specification requires. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------ status and errors */

typedef int32_t plimsoll_status;
enum {
  PLIMSOLL_OK = 0,
  PLIMSOLL_USAGE = 1,             /* The caller asked for something that does not exist or contradicts itself. */
  PLIMSOLL_BAD_DATA = 2,          /* The input breaks a rule of the format; plimsoll_last_refusal names the places. */
  PLIMSOLL_NOT_SUPPORTED = 3,     /* Valid, but this version does not do it yet. */
  PLIMSOLL_IO = 4,                /* A file, folder or stream could not be read or written. */
  PLIMSOLL_OUT_OF_MEMORY = 5,     /* Host memory is exhausted. */
  PLIMSOLL_DEVICE_MISSING = 6,    /* No usable device. */
  PLIMSOLL_DEVICE_MEMORY = 7,     /* Device or pinned memory is exhausted. */
  PLIMSOLL_DEVICE_FAULT = 8,      /* A device call failed; the context is still usable. */
  PLIMSOLL_DEVICE_LOST = 9,       /* A device call failed for good. */
  PLIMSOLL_INTERRUPTED = 10,      /* The caller asked to stop. */
  PLIMSOLL_INVARIANT_BROKEN = 11, /* A check of Plimsoll's own failed: a defect. */
  PLIMSOLL_BAD_ARGUMENT = 12,     /* A null pointer, a wrong struct_size, a number outside its enumeration. */
  PLIMSOLL_BAD_HANDLE = 13,       /* Closed, never issued, or of another kind. */
  PLIMSOLL_BUSY = 14              /* Called from a callback of the same scanner. */
};

/* "usage", "bad_data", ...; "unknown" for a number that is not a status. Never null. */
const char* plimsoll_status_text(plimsoll_status status);

typedef struct plimsoll_error {
  uint32_t struct_size;
  plimsoll_status status; /* PLIMSOLL_OK: no call of this thread has failed. */
  uint64_t detail;        /* errno, cudaError_t, the index of a refused update, ... */
  uint64_t refusals;      /* Places that plimsoll_last_refusal gives: at most 100. */
  const char* call;       /* The function that failed. */
  const char* message;    /* For people: one line, or one line for each place. */
} plimsoll_error;

typedef struct plimsoll_refusal {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t row;        /* 1 is the header, 2 the first row; 0 for the whole table. */
  const char* table;  /* Table or file: "positions", "positions.csv". */
  const char* column; /* Empty for a whole row. */
  const char* value;  /* As the input has it, cut to a readable length. */
  const char* reason; /* "is not a multiple of the price step 0.1" */
} plimsoll_refusal;

/* The error of this thread's last call that failed. Texts are valid until this thread's next failing call. */
plimsoll_status plimsoll_last_error(plimsoll_error* out);
/* Returns the place with number `index` (from 0). USAGE: there are fewer; the last error does not change. */
plimsoll_status plimsoll_last_refusal(uint64_t index, plimsoll_refusal* out);

/* ---------------------------------------------------------------------------------------------------------- version */

typedef struct plimsoll_version_info {
  uint32_t struct_size;
  uint32_t version_major;
  uint32_t version_minor;
  uint32_t version_patch;
  uint32_t cuda; /* 1: built with the CUDA backend. */
  uint32_t reserved;
  const char* text;  /* "0.1.0" */
  const char* arrow; /* The version of the Arrow C++ that was loaded. */
} plimsoll_version_info;

/* The version of the library that runs. PLIMSOLL_VERSION_MAJOR, _MINOR and _PATCH are the version of this header. */
plimsoll_status plimsoll_version(plimsoll_version_info* out);

/* ---------------------------------------------------------------------------------------------------------- numbers */

#define PLIMSOLL_NO_ID 0xffffffffu

typedef struct plimsoll_int128 {
  uint64_t low;
  int64_t high; /* high x 2^64 + low */
} plimsoll_int128;

/* mantissa x 10^-scale, exact; scale 0 to 38. */
typedef struct plimsoll_decimal {
  plimsoll_int128 mantissa;
  int32_t scale;
  int32_t reserved;
} plimsoll_decimal;

/* Enumerations, in fields of 32 bits. */
enum { PLIMSOLL_LONG = 0, PLIMSOLL_SHORT = 1 };
enum { PLIMSOLL_CROSS = 0, PLIMSOLL_ISOLATED = 1 };
enum { PLIMSOLL_LINEAR = 0, PLIMSOLL_INVERSE = 1, PLIMSOLL_OPTION = 2, PLIMSOLL_SPOT = 3 };
enum { PLIMSOLL_HEALTHY = 0, PLIMSOLL_MARGIN_CALL = 1, PLIMSOLL_LIQUIDATABLE = 2, PLIMSOLL_BANKRUPT = 3 };
enum { PLIMSOLL_NONE = -1 }; /* No side, no mode. */

/* ---------------------------------------------------------------------------------------------------------- scanner */

typedef uint64_t plimsoll_scanner;
typedef uint64_t plimsoll_view;
typedef uint64_t plimsoll_executor;

typedef struct plimsoll_scanner_options {
  uint32_t struct_size;
  int32_t threads;     /* CPU threads; 0: all. */
  const char* backend; /* "cpu", "cuda", "best"; null: "best". */
  int32_t full_passes; /* 1: every tick evaluates every unit. */
  int32_t reserved;
} plimsoll_scanner_options;

/* `options` may be null. */
plimsoll_status plimsoll_scanner_open(const plimsoll_scanner_options* options, plimsoll_scanner* out);
/* An executor that uses the scanner works on until it is closed too. */
plimsoll_status plimsoll_scanner_close(plimsoll_scanner scanner);

/* Reads a book folder in place of the loaded book. If the call fails, the loaded book stays. */
plimsoll_status plimsoll_scanner_load(plimsoll_scanner scanner, const char* folder);

/* The layout of this struct never changes. */
typedef struct plimsoll_table {
  const char* name; /* "assets", "instruments", "tiers", "balances", "positions", "marks", ... */
  struct ArrowArrayStream* rows;
} plimsoll_table;
/* The same from a book in memory: the text of its venue.toml and its tables, at most 64. */
plimsoll_status plimsoll_scanner_load_tables(plimsoll_scanner scanner, const char* venue_toml,
                                             const plimsoll_table* tables, uint64_t count);

typedef struct plimsoll_revision {
  uint32_t struct_size;
  uint32_t instruments; /* Newly listed. */
  uint32_t assets;      /* New to the book. */
  uint32_t retiered;    /* Instruments that were in the book before and have new bands. */
} plimsoll_revision;
/* Takes the reference data of another book folder while accounts stay. `out` may be null. */
plimsoll_status plimsoll_scanner_revise(plimsoll_scanner scanner, const char* folder, plimsoll_revision* out);

/* Ids of names, PLIMSOLL_NO_ID if there is no such name. Ids are valid until the next load or revision. */
plimsoll_status plimsoll_scanner_instrument(plimsoll_scanner scanner, const char* name, uint32_t* id);
plimsoll_status plimsoll_scanner_asset(plimsoll_scanner scanner, const char* name, uint32_t* id);
/* The number of instruments and of assets; ids are 0, 1, 2, ... Either pointer may be null. */
plimsoll_status plimsoll_scanner_counts(plimsoll_scanner scanner, uint32_t* instruments, uint32_t* assets);

/* An instrument and its mark now. USAGE: the book has none of this id. */
typedef struct plimsoll_instrument_info {
  uint32_t struct_size;
  int32_t kind;
  uint32_t base;   /* Asset id; PLIMSOLL_NO_ID if the base is only a label. */
  uint32_t settle; /* Asset id. */
  plimsoll_decimal contract_size;
  plimsoll_decimal price_step; /* Marks are counted in this step. */
  plimsoll_decimal size_step;  /* One lot. */
  int64_t mark_ticks;          /* If has_mark. */
  int32_t has_mark;
  uint32_t name_length; /* Of the whole name, without the NUL. */
  char* name;           /* In: a buffer for the name, which is cut to name_capacity - 1 bytes; may be null. */
  uint64_t name_capacity;
} plimsoll_instrument_info;
plimsoll_status plimsoll_scanner_describe_instrument(plimsoll_scanner scanner, uint32_t id,
                                                     plimsoll_instrument_info* out);

/* An asset. USAGE as above. */
typedef struct plimsoll_asset_info {
  uint32_t struct_size;
  uint32_t name_length;
  plimsoll_decimal step;  /* Its money is counted in this step. */
  plimsoll_decimal price; /* In the quote, if has_price. */
  int32_t has_price;
  int32_t reserved;
  char* name; /* As above. */
  uint64_t name_capacity;
} plimsoll_asset_info;
plimsoll_status plimsoll_scanner_describe_asset(plimsoll_scanner scanner, uint32_t id, plimsoll_asset_info* out);

/* ---------------------------------------------------------------------------------------------------------- updates */

enum {
  PLIMSOLL_FILL = 0,
  PLIMSOLL_FUNDING = 1,
  PLIMSOLL_FEE = 2,
  PLIMSOLL_DEPOSIT = 3,
  PLIMSOLL_WITHDRAW = 4,
  PLIMSOLL_TRANSFER = 5,
  PLIMSOLL_MARGIN = 6,
  PLIMSOLL_SETTLE = 7,
  PLIMSOLL_LIST = 8,
  PLIMSOLL_DELIST = 9
};

/* An update changes a book between ticks. All elements of an array have the size of the first. */
typedef struct plimsoll_update {
  uint32_t struct_size;
  int32_t kind;
  const char* account; /* Null for funding, settle, list, delist. */
  const char* to;      /* Other leg of a fill, receiver of a transfer; null: the market. */
  uint32_t instrument; /* PLIMSOLL_NO_ID if the update names none. */
  uint32_t asset;
  int64_t lots;           /* fill: bought > 0. margin: its sign picks the side if both are held. */
  plimsoll_decimal price; /* fill, settle. */
  int64_t amount;         /* deposit, withdraw, transfer, fee, margin: steps of the asset. */
  int64_t fee;            /* fill: steps of the settlement asset. */
  plimsoll_decimal rate;  /* funding: share of the value, signed. */
  int32_t side;           /* fill, in hedge mode: the side of the position that changes; else PLIMSOLL_NONE. */
  int32_t margin_mode;    /* fill: margin mode of the position that it opens; else PLIMSOLL_NONE. */
} plimsoll_update;

/* Applies updates in order. If one is refused, those before it stay applied. `applied` (may be null) gets their number.
 * */
plimsoll_status plimsoll_scanner_apply(plimsoll_scanner scanner, const plimsoll_update* updates, uint64_t count,
                                       uint64_t* applied);
/* The same from rows of the table `updates`, with names instead of ids. If a row breaks the format, none is applied. */
plimsoll_status plimsoll_scanner_apply_table(plimsoll_scanner scanner, struct ArrowArrayStream* updates,
                                             uint64_t* applied);

/* ------------------------------------------------------------------------------------------------------------- tick */

/* The layout of this struct never changes, because callers pass arrays of it. */
typedef struct plimsoll_mark {
  uint32_t instrument;
  int32_t has_time;
  int64_t ticks;    /* In price steps. */
  int64_t as_of_ns; /* UTC nanoseconds since 1970, within 2^62, if has_time. */
} plimsoll_mark;

/* New marks, as an array, as a stream of the table `marks`, or both. */
typedef struct plimsoll_marks {
  uint32_t struct_size;
  int32_t has_now;
  int64_t now_ns; /* Ages of marks count up to this, within 2^62, if has_now; else to the newest mark. */
  const plimsoll_mark* marks;
  uint64_t count;
  struct ArrowArrayStream* table; /* May be null. */
} plimsoll_marks;

typedef struct plimsoll_tick {
  uint32_t struct_size;
  int32_t screened;  /* 1: most units were ruled out by their safety radius. */
  uint64_t sequence; /* Ticks answered since load, this one included. */
  uint64_t updates;  /* Applied since load. */
  uint64_t units;
  uint64_t counts[4]; /* By state, held ones included. */
  uint64_t held;
  uint64_t dust;
  uint64_t flagged_rows;
  uint64_t cover_rows;
  uint64_t digest; /* Equal to that of a batch scan of the same state. */
  uint64_t evaluated;
  uint64_t notes_count;
  double seconds;
  /* In: a stream for each table; null: not requested. */
  struct ArrowArrayStream* flagged;
  struct ArrowArrayStream* cover;
  struct ArrowArrayStream* notes; /* One column, `note`: what a reader should know, such as a lost device. */
  /* Appended after the first version. A program that was compiled with the first version has a shorter struct. */
  uint64_t demand_rows;
  uint64_t totals_rows;
  uint64_t held_instruments; /* Instruments with too old marks: rows of held_table. */
  struct ArrowArrayStream* demand;
  struct ArrowArrayStream* totals;
  struct ArrowArrayStream* held_table;
  int32_t text_views; /* In: 1: text of flagged and cover is `string_view`, which refers to names instead of copying. */
  int32_t reserved;
} plimsoll_tick;

/* Takes new marks (null: none) and evaluates the book. `out` may be null. After a failure no mark was taken, except if
 * only a table of the result found no memory. */
plimsoll_status plimsoll_scanner_tick(plimsoll_scanner scanner, const plimsoll_marks* marks, plimsoll_tick* out);

/* -------------------------------------------------------------------------------------------------------- questions */

enum { PLIMSOLL_WITH_LADDERS = 1 }; /* Flags: include ladder places and lights. */

/* An account's units and positions at the marks of the last tick. Either stream may be null. USAGE: no such account. */
plimsoll_status plimsoll_scanner_account(plimsoll_scanner scanner, const char* account, uint32_t flags,
                                         struct ArrowArrayStream* units, struct ArrowArrayStream* positions);
/* The same after this update. Nothing changes. */
plimsoll_status plimsoll_scanner_preview(plimsoll_scanner scanner, const plimsoll_update* update,
                                         struct ArrowArrayStream* units, struct ArrowArrayStream* positions);
/* The most lots that the account can buy (`side` PLIMSOLL_LONG) or sell at this price with free margin left. */
plimsoll_status plimsoll_scanner_largest_order(plimsoll_scanner scanner, const char* account, uint32_t instrument,
                                               int32_t side, plimsoll_decimal price, int64_t* lots);
/* Writes the book as a folder that plimsoll_scanner_load reads. The folder is complete or absent. */
plimsoll_status plimsoll_scanner_snapshot(plimsoll_scanner scanner, const char* folder);
/* Equal for equal states; 0 before load. */
plimsoll_status plimsoll_scanner_state_digest(plimsoll_scanner scanner, uint64_t* digest);

/* A copy of the present accounts for readers on other threads. It does not change while the scanner goes on. Making one
 * takes about as long as a load from memory; reading it never waits. */
plimsoll_status plimsoll_scanner_view(plimsoll_scanner scanner, plimsoll_view* out);
plimsoll_status plimsoll_view_account(plimsoll_view view, const char* account, struct ArrowArrayStream* units,
                                      struct ArrowArrayStream* positions);
plimsoll_status plimsoll_view_state_digest(plimsoll_view view, uint64_t* digest);
plimsoll_status plimsoll_view_close(plimsoll_view view);

/* --------------------------------------------------------------------------------------------------------- executor */

/* The permanent name of an order. */
typedef struct plimsoll_order_id {
  uint64_t plan;
  uint32_t part;
  uint32_t reserved;
} plimsoll_order_id;

/* A limit order. Later versions append fields. */
typedef struct plimsoll_order {
  uint32_t struct_size;
  uint32_t instrument;
  plimsoll_order_id id;
  int64_t lots;        /* > 0 buys, < 0 sells. */
  int64_t limit_ticks; /* Worst price, in price steps. */
} plimsoll_order;

/* The connection to a real market. The thread that runs the executor calls both functions while it runs. They must
 * return soon and must not throw or jump out. Pass answers with plimsoll_executor_answer. */
typedef struct plimsoll_gateway {
  uint32_t struct_size;
  uint32_t inbox_max; /* Most answers that may wait; 0: 65,536. */
  void* context;      /* Passed to each call. */
  void (*send)(void* context, const plimsoll_order* order);
  void (*cancel)(void* context, plimsoll_order_id order);
} plimsoll_gateway;

typedef struct plimsoll_executor_options {
  uint32_t struct_size;
  int32_t passes_max;              /* 0: 16. */
  const char* rulebook;            /* Name of one that comes with Plimsoll; null: the book's own. */
  const char* rulebook_toml;       /* Or the text of a rulebook. */
  int64_t order_timeout_ns;        /* 0: 3 seconds. */
  const plimsoll_gateway* gateway; /* Null: the rulebook's simulated market. */
} plimsoll_executor_options;

/* One executor per scanner at a time; `options` may be null. */
plimsoll_status plimsoll_executor_open(plimsoll_scanner scanner, const plimsoll_executor_options* options,
                                       plimsoll_executor* out);
plimsoll_status plimsoll_executor_close(plimsoll_executor executor);

typedef struct plimsoll_execution {
  uint32_t struct_size;
  uint32_t passes; /* Scans until nothing new was flagged. */
  uint64_t plans;
  uint64_t legs;
  uint64_t liquidated;
  uint64_t bankrupt;
  uint64_t deleveraged;
  uint64_t orders_sent;
  double seconds;
  /* In: a stream for each table; null: not requested. */
  struct ArrowArrayStream* events; /* One row for each leg of a plan. */
  struct ArrowArrayStream* notes;  /* One column, `note`. */
  /* Appended after the first version, as in plimsoll_tick. */
  uint64_t flows_rows;
  struct ArrowArrayStream* flows; /* Amounts that moved, one row for each asset. */
  int32_t text_views;             /* In: 1: text of events is `string_view`. */
  int32_t reserved;
} plimsoll_execution;

/* Runs one tick and what the venue's rules require on it. `tick` must rise, else USAGE. `marks`, `found`, `done` may be
 * null. After a failure the state is as after plimsoll_scanner_tick. USAGE also if the scanner has loaded
 * another book since; after plimsoll_scanner_revise the executor continues. */
plimsoll_status plimsoll_executor_run(plimsoll_executor executor, int64_t tick, const plimsoll_marks* marks,
                                      plimsoll_tick* found, plimsoll_execution* done);

enum { PLIMSOLL_ACCEPTED = 0, PLIMSOLL_FILLED = 1, PLIMSOLL_REJECTED = 2, PLIMSOLL_DONE = 3 };
/* A report of the market about an order. */
typedef struct plimsoll_answer {
  uint32_t struct_size;
  int32_t kind;
  plimsoll_order_id order;
  uint32_t sequence; /* 1, 2, 3, ... within the order. An answer with a number already seen is a repeat. */
  uint32_t reserved;
  uint64_t lots;       /* Of a fill. */
  int64_t price_ticks; /* Of a fill. */
} plimsoll_answer;
/* May be called from any thread, callbacks included; never waits. `taken` 0: the inbox is full, so pass the answer
 * again after the next tick has begun. USAGE: the executor has no gateway. */
plimsoll_status plimsoll_executor_answer(plimsoll_executor executor, const plimsoll_answer* answer, int32_t* taken);

/* The holding of "fund", "fees", "market", "backstop" or "external" of an asset, in its steps. */
plimsoll_status plimsoll_executor_balance(plimsoll_executor executor, const char* system_account, uint32_t asset,
                                          plimsoll_int128* out);
/* 1: the sums over all accounts equal the opening sums plus deposits less withdrawals. */
plimsoll_status plimsoll_executor_conserved(plimsoll_executor executor, int32_t* out);

#ifdef __cplusplus
}
#endif

#endif
