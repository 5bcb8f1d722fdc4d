#include "host/cli/command_table.hpp"

#include <algorithm>
#include <string>

#include "host/cli/bench_options.hpp"
#include "host/cli/shared_options.hpp"
#include "host/import/import_map.hpp"

namespace plimsoll::cli {

namespace {

constexpr operand_spec book_operand = {
    .name = "BOOK",
    .kind = option_kind::folder,
    .help = "Folder of a book: venue.toml and its tables, each as .csv, .parquet or .arrow."};

// ------------------------------------------------------------------------------------------------ scan
constexpr operand_spec scan_operands[] = {book_operand};
constexpr option_spec scan_options[] = {
    {.name = "out",
     .kind = option_kind::folder,
     .argument = "DIR",
     .help = "Folder to write the tables into. It is written beside and renamed, so it is there whole or not at all. "
             "Without it only the summary is printed.",
     .letter = 'o'},
    format_option,
    {.name = "positions", .help = "Also write `positions`: every position with its verdict.", .needs = "out"},
    {.name = "ladder",
     .kind = option_kind::choice,
     .argument = "WHICH",
     .fallback = "cover",
     .choices = "cover|full",
     .help = "How much of the ADL ladders to write: as far as the cover needs, or everything.",
     .needs = "out|report"},
    as_of_option,
    {.name = "fail-on",
     .kind = option_kind::list,
     .argument = "LIST",
     .choices = "bankrupt|liquidatable|margin_call|held|uncovered",
     .help =
         "Exit with code 10 if there is any of these, separated by commas: a unit that is not held in this state or "
         "a worse one; a unit that is held because of its mark; a bankrupt position that too few winners cover."},
    summary_option,
    rulebook_option,
    report_option,
    force_option,
    round_option,
    backend_option,
    threads_option};
constexpr example_spec scan_examples[] = {
    {"plimsoll scan venue --out today", "Scan a book and write its tables as CSV."},
    {"plimsoll scan venue --out today --format parquet --positions --ladder full", "Write everything, as Parquet."},
    {"plimsoll scan venue --report scan.html", "One page with charts, for the browser, a mail or the printer."},
    {"plimsoll scan venue --fail-on bankrupt,held --quiet || echo look at it", "Watch a book from a script."}};

// ---------------------------------------------------------------------------------------------- replay
constexpr operand_spec replay_operands[] = {book_operand};
constexpr option_spec replay_options[] = {
    {.name = "ticks",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Marks tick by tick: `tick` and the columns of `marks`, only what changed. .csv, .parquet or .arrow; - is "
             "stdin."},
    {.name = "updates",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Fills, funding, fees, deposits, withdrawals, transfers, margin, settle, list and delist, in order."},
    {.name = "out",
     .kind = option_kind::folder,
     .argument = "DIR",
     .help = "Folder to write events, ticks, markets, deleveraged, feasibility, the final book and summary.json into, "
             "whole or "
             "not at all.",
     .letter = 'o'},
    {.name = "resume",
     .help = "Go on from the last whole tick of a replay to the same DIR that was interrupted or killed."},
    {.name = "checkpoint",
     .kind = option_kind::count,
     .argument = "SECONDS",
     .fallback = "60",
     .help = "Keep the last whole tick in DIR.resume this often, and when interrupted; 0: after every tick."},
    format_option,
    summary_option,
    rulebook_option,
    report_option,
    force_option,
    round_option,
    backend_option,
    threads_option};
constexpr example_spec replay_examples[] = {
    {"plimsoll replay venue --ticks crash.csv --out replayed", "Take a book through a crash, with the executor."},
    {"plimsoll replay venue --ticks crash.csv --out replayed --report replayed/crash.html",
     "The same with a page of charts beside the tables."},
    {"plimsoll replay venue --ticks day.parquet --updates fills.parquet --out replayed",
     "The same with the day's fills."},
    {"plimsoll replay venue --ticks day.parquet --out replayed --resume",
     "Go on where Ctrl-C, or worse, stopped it: the same bytes."}};

// --------------------------------------------------------------------------------------------- compare
constexpr option_spec betas_option = {.name = "betas",
                                      .kind = option_kind::file,
                                      .argument = "FILE",
                                      .help =
                                          "`instrument`, `beta`: a plain shock moves a mark by shock x beta. An "
                                          "instrument that is not listed has 1, a spot "
                                          "price 0. .csv, .parquet or .arrow."};
constexpr option_spec shock_betas_option = [] {
  option_spec out = betas_option;
  out.needs = "shock";
  return out;
}();
constexpr operand_spec compare_operands[] = {book_operand};
constexpr option_spec compare_options[] = {
    {.name = "policies",
     .kind = option_kind::text,
     .argument = "LIST",
     .help =
         "ADL policies, separated by commas: queue, pro_rata:size, pro_rata:pnl, pro_rata:notional, pro_rata:equity, "
         "capped[:CAP], risk_aware[:CAP], min_max. Default: all of them."},
    {.name = "rulebooks",
     .kind = option_kind::text,
     .argument = "LIST",
     .help =
         "Compare rulebooks instead of policies: names as for --rulebook, separated by commas. Each fork follows its "
         "rulebook with that one's own ADL policy."},
    {.name = "ticks",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "The path that each fork takes, as for replay. Default: one tick at the book's own marks."},
    {.name = "updates",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Updates along the path, as for replay.",
     .needs = "ticks"},
    {.name = "shock",
     .kind = option_kind::text,
     .argument = "SHOCK",
     .help =
         "One tick at moved marks: -0.2 moves every contract by that part of its mark, A=-0.3,B=0.1 these instruments. "
         "Moved marks are rounded down to the price step; at least one step."},
    shock_betas_option,
    {.name = "out",
     .kind = option_kind::folder,
     .argument = "DIR",
     .help = "Folder to write `policies` and summary.json into, whole or not at all. Without it they are only printed.",
     .letter = 'o'},
    {.name = "haircuts", .help = "Also write `haircuts`: what each account gave up under each policy.", .needs = "out"},
    format_option,
    summary_option,
    rulebook_option,
    report_option,
    force_option,
    round_option,
    backend_option,
    threads_option};
constexpr example_spec compare_examples[] = {
    {"plimsoll compare venue --shock -0.2", "Eight policies on the same fall of 20 %."},
    {"plimsoll compare venue --ticks crash.csv --policies queue,pro_rata:equity,capped:0.5 --out compared",
     "Three of them through a whole crash, kept."},
    {"plimsoll compare venue --shock -0.2 --out compared --haircuts",
     "With what each account gave up under each policy."},
    {"plimsoll compare venue --shock -0.2 --rulebooks okx,binance,hyperliquid",
     "Three venues' rules on the same fall."},
    {"plimsoll compare venue --shock -0.2 --report policies.html", "One page with the policies side by side."}};

// ---------------------------------------------------------------------------------------------- stress
constexpr operand_spec stress_operands[] = {book_operand};
constexpr option_spec stress_options[] = {
    {.name = "shocks",
     .kind = option_kind::text,
     .argument = "LIST",
     .fallback = "-0.5,-0.3,-0.2,-0.1,-0.05,0.05,0.1,0.2,0.3,0.5",
     .help = "Moves of the marks, as for compare --shock: plain ones between commas, named ones between semicolons: "
             "-0.1,-0.2;A=-0.3,B=0.1."},
    {.name = "funds",
     .kind = option_kind::text,
     .argument = "LIST",
     .help = "What the insurance fund opens with: 0,1000000 in every settlement asset, or QUSD=1000000,SYN01=5 in "
             "these (the others as "
             "in the rulebook), between semicolons. Default: 0, 1/4, 1/2, 1, 2 and 4 times the rulebook's; where it "
             "has none, 0 and "
             "10 thousand to 100 million of the quote, and of other assets the power of ten that is worth no more."},
    betas_option,
    {.name = "out",
     .kind = option_kind::folder,
     .argument = "DIR",
     .help = "Folder to write `stress` and summary.json into, whole or not at all. Without it they are only printed.",
     .letter = 'o'},
    format_option,
    summary_option,
    rulebook_option,
    report_option,
    force_option,
    round_option,
    backend_option,
    threads_option};
constexpr example_spec stress_examples[] = {
    {"plimsoll stress venue", "Ten shocks against six funds."},
    {"plimsoll stress venue --shocks -0.1,-0.2,-0.3 --funds 0,1000000,5000000 --betas betas.csv --out stressed",
     "By beta, and kept."},
    {"plimsoll stress venue --report stress.html", "One page with fund adequacy as heat maps."}};

// --------------------------------------------------------------------------------------------- explain
constexpr operand_spec explain_operands[] = {
    book_operand, {.name = "ACCOUNT", .help = "Name of the account. Write -- before a name that begins with a dash."}};
constexpr option_spec explain_options[] = {
    {.name = "unit",
     .kind = option_kind::text,
     .argument = "UNIT",
     .help = "Only this risk unit: `cross:ASSET`, `isolated:INSTRUMENT:long` or `isolated:INSTRUMENT:short`.",
     .letter = 'u'},
    {.name = "format",
     .kind = option_kind::choice,
     .argument = "FORMAT",
     .fallback = "text",
     .choices = "text|json",
     .help = "Text for people, or JSON with the same figures.",
     .letter = 'f'},
    report_option,
    force_option,
    rulebook_option,
    as_of_option,
    round_option,
    backend_option,
    threads_option};
constexpr example_spec explain_examples[] = {
    {"plimsoll explain venue acc-00000042", "Every term of an account's verdict, in exact decimals."},
    {"plimsoll explain venue acc-00000042 --unit isolated:SYN01-PERP:long", "One unit of it."},
    {"plimsoll explain venue acc-00000042 --report account.html", "The same as a page, to send to somebody."},
    {"plimsoll explain venue acc-00000042 --format json | jq '.units[].state'", "The same, for a program."}};

// ------------------------------------------------------------------------------------------------ init
constexpr operand_spec init_operands[] = {
    {.name = "DIR", .kind = option_kind::folder, .help = "Folder of the new book."}};
constexpr option_spec init_options[] = {{.name = "force", .help = "Replace DIR where it exists and is not empty."}};
constexpr example_spec init_examples[] = {
    {"plimsoll init venue && plimsoll validate venue", "A book to fill in; an empty one is a book, too."}};

// -------------------------------------------------------------------------------------------- validate
constexpr operand_spec validate_operands[] = {book_operand};
constexpr option_spec validate_options[] = {
    {.name = "ticks",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Also read marks tick by tick, as replay would; - is stdin."},
    {.name = "updates",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Also read updates, as replay would. Whether accounts can afford them shows in replay alone."},
    summary_option,
    rulebook_option,
    round_option,
    threads_option};
constexpr example_spec validate_examples[] = {
    {"plimsoll validate venue", "Print what a book holds, or every place where it breaks a rule (exit code 3)."}};

// ------------------------------------------------------------------------------------------------ diff
constexpr operand_spec diff_operands[] = {
    {.name = "A", .kind = option_kind::folder, .help = "What scan --out wrote."},
    {.name = "B", .kind = option_kind::folder, .help = "What a later one wrote, or one of another book or rulebook."}};
constexpr option_spec diff_options[] = {
    {.name = "fail-on",
     .kind = option_kind::choice,
     .argument = "WHAT",
     .choices = "change",
     .help = "Exit with code 10 if any unit came, went or changed its state, or any total moved."},
    summary_option};
constexpr example_spec diff_examples[] = {
    {"plimsoll diff yesterday today", "Who changed state, and which totals moved, by how much."},
    {"plimsoll diff before after --fail-on change --quiet", "A check in a script."}};

// --------------------------------------------------------------------------------------------- convert
constexpr operand_spec convert_operands[] = {book_operand};
constexpr option_spec convert_options[] = {
    {.name = "out", .kind = option_kind::folder, .argument = "DIR", .help = "Folder of the new book.", .letter = 'o'},
    format_option,
    force_option,
    round_option,
    threads_option};
constexpr example_spec convert_examples[] = {
    {"plimsoll convert venue --out venue-parquet --format parquet", "The same book, ten times faster to read."}};

// ---------------------------------------------------------------------------------------------- import
/// "binance|bybit|...": a preset is a file, and takes no line here.
std::string_view preset_choices() {
  static const std::string all = [] {
    std::string names;
    for (const std::string_view one : importing::known_presets()) {
      names += (names.empty() ? "" : "|") + std::string(one);
    }
    return names;
  }();
  return all;
}
constexpr operand_spec import_operands[] = {
    {.name = "EXPORT",
     .kind = option_kind::folder,
     .help =
         "Folder of an export, or its one file: .csv, .tsv, .json, .jsonl (each also with .gz), .parquet, .arrow."}};
const option_spec import_options[] = {
    {.name = "map",
     .kind = option_kind::file,
     .argument = "FILE.toml",
     .help = "How the export's files and columns become those of a book; docs/import.md describes it."},
    {.name = "preset",
     .kind = option_kind::choice,
     .argument = "NAME",
     .choices = preset_choices(),
     .help = "A map that comes with the program."},
    {.name = "quote",
     .kind = option_kind::text,
     .argument = "ASSET",
     .help = "The book's quote, in place of the map's."},
    {.name = "out", .kind = option_kind::folder, .argument = "DIR", .help = "Folder of the new book.", .letter = 'o'},
    round_option,
    format_option,
    force_option,
    threads_option};
constexpr example_spec import_examples[] = {
    {"plimsoll import export --preset ccxt --quote USDT --out venue",
     "Markets, tiers, balances, positions and tickers as ccxt gives them."},
    {"plimsoll import positions.parquet --map desk.toml --out venue", "One file, with a map of one's own."}};

// -------------------------------------------------------------------------------------------- generate
constexpr option_spec generate_options[] = {
    {.name = "out", .kind = option_kind::folder, .argument = "BOOK", .help = "Folder of the new book.", .letter = 'o'},
    format_option,
    {.name = "accounts",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "100k",
     .help = "Accounts, the market maker among them."},
    {.name = "positions",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "400k",
     .help = "Positions: 0, 2 or more."},
    {.name = "instruments", .kind = option_kind::count, .argument = "N", .fallback = "64", .help = "Contracts listed."},
    {.name = "seed",
     .kind = option_kind::count,
     .argument = "S",
     .fallback = "1",
     .help = "Same seed and sizes, same book, everywhere."},
    shape_option,
    {.name = "collateral",
     .kind = option_kind::choice,
     .argument = "MODE",
     .fallback = "single",
     .choices = "single|multi",
     .help = "One unit per settlement asset, or all assets together with haircuts."},
    {.name = "inverse-share",
     .kind = option_kind::share,
     .argument = "SHARE",
     .help = "Of positions, in contracts settled in their coin; default 0.1, with multi collateral or a giant 0."},
    {.name = "isolated-share",
     .kind = option_kind::share,
     .argument = "SHARE",
     .fallback = "0.15",
     .help = "Of positions, isolated."},
    {.name = "distressed-share",
     .kind = option_kind::share,
     .argument = "SHARE",
     .fallback = "0.01",
     .help = "Of accounts, below their maintenance margin; a quarter of them bankrupt."},
    {.name = "hedge-share",
     .kind = option_kind::share,
     .argument = "SHARE",
     .fallback = "0.02",
     .help = "Of accounts, long and short in the same instruments."},
    {.name = "shock",
     .kind = option_kind::change,
     .argument = "CHANGE",
     .fallback = "0",
     .help = "Move all marks by this part once everybody's balance is set: -0.2 is a crash."},
    force_option,
    threads_option};
constexpr example_spec generate_examples[] = {
    {"plimsoll generate --out venue", "A venue of 100,000 accounts and 400,000 positions."},
    {"plimsoll generate --accounts 10M --positions 40M --instruments 500 -f parquet --out giant",
     "One as large as the largest."},
    {"plimsoll generate --shock -0.2 --out crash && plimsoll scan crash", "What a fall of 20 % does."}};

// ---------------------------------------------------------------------------------------------- doctor
constexpr option_spec doctor_options[] = {{.name = "format",
                                           .kind = option_kind::choice,
                                           .argument = "FORMAT",
                                           .fallback = "text",
                                           .choices = "text|json",
                                           .help = "Text for people, or JSON.",
                                           .letter = 'f'},
                                          backend_option,
                                          threads_option};
constexpr example_spec doctor_examples[] = {
    {"plimsoll doctor", "What this machine has, and which backend a scan would take."},
    {"plimsoll doctor --backend cuda --quiet && echo there is a GPU", "Exit code 4 where CUDA is not usable."}};

// ------------------------------------------------------------------------------------ help, completion
constexpr operand_spec help_operands[] = {
    {.name = "COMMAND",
     .required = false,
     .help = "Command to explain, or what goes in and comes out: tables, venue.toml, updates, outputs. Default: all "
             "commands, in short."}};
constexpr option_spec help_options[] = {
    {.name = "man", .help = "Print the manual page of the whole program, as roff."},
    {.name = "markdown", .help = "Print all that goes in and comes out as Markdown: docs/formats.md."}};
constexpr example_spec help_examples[] = {{"plimsoll help scan", "The options of scan."},
                                          {"plimsoll help tables", "Every column of every table of a book."},
                                          {"plimsoll help --man > plimsoll.1 && man ./plimsoll.1", "The manual page."}};
constexpr operand_spec completion_operands[] = {{.name = "SHELL", .help = "bash, zsh or fish."}};
constexpr example_spec completion_examples[] = {
    {"source <(plimsoll completion bash)", "Complete commands and options in this bash."},
    {"plimsoll completion zsh > ~/.zfunc/_plimsoll", "Install for zsh, where ~/.zfunc is in fpath."},
    {"plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish", "Install for fish."}};

constexpr command_spec table[] = {
    {"scan", "Recompute margin of every risk unit, flag the bankrupt, rank and cover ADL.",
     "Reads a venue's whole book, recomputes margin for every risk unit, flags liquidatable and bankrupt units, ranks "
     "the ADL ladders and shows who would stand in for the bankrupt. Writes units, flagged, ladder, cover, markets, "
     "held "
     "and summary.json (and positions, if asked for) into DIR.\n\n"
     "On stdout: a summary for people on a terminal, the text of summary.json otherwise. The tables are the same bytes "
     "on every backend and for any number of threads.",
     scan_operands, scan_options, scan_examples, run_scan},
    {"replay", "Take a book through ticks and updates, with the liquidation executor.",
     "In each tick: updates in file order, marks, scan, then the waterfall of the venue's rulebook (market, backstop, "
     "insurance fund, auto-deleveraging, socialised loss) until impact moves no more marks, 16 scans at most. Writes "
     "events (one row a "
     "ledger leg), ticks, markets, deleveraged, feasibility, held, final/ (a book in the input format) and "
     "summary.json with the sums over "
     "every account before "
     "and after. An interruption finishes the tick, keeps it in DIR.resume and exits with 130; --resume goes on from "
     "there. "
     "The events are the same bytes on every backend and for any number of threads.\n\n"
     "On stdout: a summary for people on a terminal, the text of summary.json otherwise.",
     replay_operands, replay_options, replay_examples, run_replay},
    {"compare", "Run ADL policies on forks of the same book, side by side.",
     "Takes forks of a book through the same ticks under the venue's own rulebook, only the ADL policy differs, and "
     "says what "
     "each one cost whom, per settlement asset. removed: what winners gave up against the mark; overshoot: removed "
     "less what "
     "the positions left to ADL lacked against the mark (below zero: undershoot); worst and mean: of haircut / equity "
     "over the units "
     "that gave, equity before their first fill of a wave; Gini: of the same over every unit on the ladders asked, who "
     "gave "
     "nothing counts 0; accounts: that gave; fund_used, socialised, unpaid. A wave is a scan carried out: a tick has "
     "several where "
     "impact moves marks. Writes policies (a row per policy and asset) and summary.json into DIR.\n\n"
     "On stdout: a table for people on a terminal, the text of summary.json otherwise.",
     compare_operands, compare_options, compare_examples, run_compare},
    {"stress", "Hold shocks against sizes of the insurance fund.",
     "Each cell of the grid is a fork of the book: one tick at shocked marks, then the waterfall of the venue's own "
     "rulebook until nothing "
     "more is flagged, with the fund opening at that size. Per settlement asset it says needed (what bankrupt units "
     "could not bear: fund_used, "
     "adl_haircut, socialised and unpaid together), who bore it, and how many accounts were deleveraged; and per shock "
     "the smallest fund of "
     "the grid at which nothing goes beyond it, or that none is enough. No probability is attached. Writes stress (a "
     "row per shock, fund "
     "and asset) and summary.json into DIR.\n\n"
     "On stdout: the fund-adequacy table for people on a terminal, the text of summary.json otherwise.",
     stress_operands, stress_options, stress_examples, run_stress},
    {"explain", "Show every term of one account's verdict, in exact decimals.",
     "Shows the arithmetic behind an account's state as one would show it to the customer: balances, each position's "
     "value, the part of its notional in each tier band, allotment, bankruptcy and liquidation price, score, place in "
     "the ladder and lights. Its figures are those of the tables of scan.",
     explain_operands, explain_options, explain_examples, run_explain},
    {"init", "Write an empty book with every key and column in it.",
     "Writes venue.toml with each key, its meaning and its default as comments, and each table with its header. "
     "`plimsoll help tables` says what the columns are.",
     init_operands, init_options, init_examples, run_init},
    {"validate", "Read a book and say what it holds, or what is wrong with it.",
     "Reads a book as scan does. Every place that breaks a rule is listed by file, row, column, value and reason, up "
     "to "
     "a hundred; the exit code is then 3. With --ticks and --updates these files are read as well.",
     validate_operands, validate_options, validate_examples, run_validate},
    {"diff", "Say what differs between two scans.",
     "Reads `units` and summary.json of two folders that scan --out wrote, in any format, and lists the units that "
     "came, "
     "went or changed their state, and the totals per asset that moved, with their difference. JSON lists every unit; "
     "the text the first ones.",
     diff_operands, diff_options, diff_examples, run_diff},
    {"convert", "Write a book in another format.",
     "Reads a book, refuses it as scan would, and writes it with the same exact numbers as CSV, Parquet or Arrow.",
     convert_operands, convert_options, convert_examples, run_convert},
    {"import", "Make a book of an export.",
     "Reads what strict readers refuse: other separators and column names, gzip, JSON, floats, epochs, sides and "
     "signs, "
     "several rows a position. A map says what becomes of each column; what is left out, blanked or summed is "
     "reported. The book is then checked as scan would check it.",
     import_operands, import_options, import_examples, run_import},
    {"generate",
     "Make a venue from a seed.",
     "Makes an honest venue of any size: sizes and costs sum to zero in every instrument, balances and leverage are "
     "heavy-tailed, instruments Zipf-sized on tier tables of realistic shape, cross and isolated, linear and inverse, "
     "with one giant market maker and a chosen share of distressed accounts. The same recipe gives the same book on "
     "every machine and for any number of threads.",
     {},
     generate_options,
     generate_examples,
     run_generate},
#if defined(PLIMSOLL_WITH_BENCH)
    {"bench", "Time every stage of a scan on this machine.",
     "Runs the stages of a scan on a generated venue, or on your book, and prints for each the median and the 99th "
     "percentile, the bytes it must move, that rate beside a plain copy measured between the same samples, and a "
     "digest "
     "of its result. Digests are equal on every backend and for any number of threads.\n\n"
     "`bench compare A B` says of each stage that both files hold whether B is better, worse or noise. A verdict needs "
     "medians "
     "further apart than --least, further than what a plain copy changed by between the runs, and samples that a rank "
     "test tells "
     "apart (p < 0.02). Where digests differ the two are not the same work, and the exit code is 1. `bench crossover A "
     "B` takes "
     "runs over several sizes, of the CPU and of a GPU, and prints as Markdown how many times faster B is and from "
     "which size on.",
     bench_operands, bench_options, bench_examples, run_bench},
#endif
    {"doctor",
     "Say what this machine has, and which backend would be chosen and why.",
     "Lists driver, device, memory, threads and library versions, and which backend a scan would take and why not the "
     "other. Exit code 0, unless --backend names one that is not usable: then 4.",
     {},
     doctor_options,
     doctor_examples,
     run_doctor},
    {"completion",
     "Print a shell's completion script.",
     "Prints a script that completes commands, options and their values.",
     completion_operands,
     {},
     completion_examples,
     run_completion},
    {"help", "Explain a command or a format, or print the manual page.",
     "Explains the program, one command, or what goes in and comes out: tables, venue.toml, updates, outputs.",
     help_operands, help_options, help_examples, run_help},
};

constexpr exit_code_spec codes[] = {
    {0, "done"},
    {1, "failed: a file could not be written, memory was exhausted, or a defect"},
    {2, "usage: an unknown command, option or name, or a folder that is in the way"},
    {3, "bad data: the book was refused; nothing was written"},
    {4, "the device asked for is not usable"},
    {10, "with --fail-on: there is some of what it names"},
    {130, "interrupted; nothing half-written is left"},
};

}  // namespace

std::span<const command_spec> commands() { return table; }
std::span<const option_spec> common_options() { return common; }
std::span<const exit_code_spec> exit_codes() { return codes; }

const command_spec* find_command(std::string_view name) {
  const auto at =
      std::find_if(std::begin(table), std::end(table), [&](const command_spec& one) { return one.name == name; });
  return at == std::end(table) ? nullptr : at;
}

const option_spec* find_option(const command_spec& command, std::string_view name) {
  for (const std::span<const option_spec> options : {command.options, common_options()}) {
    for (const option_spec& option : options) {
      if (option.name == name) { return &option; }
    }
  }
  return nullptr;
}

}  // namespace plimsoll::cli
