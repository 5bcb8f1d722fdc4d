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
     .help = "Folder to write the tables into. It is written under another name and then renamed, so it is complete "
             "or absent. Without this option only the summary is printed.",
     .letter = 'o'},
    format_option,
    {.name = "positions",
     .help = "Also write `positions`: every position with its margin, prices and place on the ladder.",
     .needs = "out"},
    {.name = "ladder",
     .kind = option_kind::choice,
     .argument = "WHICH",
     .fallback = "cover",
     .choices = "cover|full",
     .help = "How much of the ADL ladders to write: the part that the cover needs, or everything.",
     .needs = "out|report"},
    as_of_option,
    {.name = "fail-on",
     .kind = option_kind::list,
     .argument = "LIST",
     .choices = "bankrupt|liquidatable|margin_call|held|uncovered",
     .help = "Exit with code 10 if the scan finds one of these, separated by commas: a unit that is not held and is in "
             "this state or a worse one; a unit that is held because of its mark (held); a bankrupt position that the "
             "winners do not cover (uncovered)."},
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
    {"plimsoll scan venue --report scan.html", "Write one page with charts, for a browser, a mail or a printer."},
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
     .help =
         "Fills, funding, fees, deposits, withdrawals, transfers, margin, settle, list and delist, in their order."},
    {.name = "out",
     .kind = option_kind::folder,
     .argument = "DIR",
     .help = "Folder to write events, ticks, markets, deleveraged, feasibility, the final book and summary.json into, "
             "completely or not at all.",
     .letter = 'o'},
    {.name = "resume",
     .help = "Continue a replay to the same DIR that was interrupted or killed, from its last complete tick."},
    {.name = "checkpoint",
     .kind = option_kind::count,
     .argument = "SECONDS",
     .fallback = "60",
     .help = "Save the last complete tick in DIR.resume this often, and when interrupted; 0: after every tick."},
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
     "Also write a page of charts beside the tables."},
    {"plimsoll replay venue --ticks day.parquet --updates fills.parquet --out replayed", "Also apply the day's fills."},
    {"plimsoll replay venue --ticks day.parquet --out replayed --resume",
     "Continue after Ctrl-C or a crash; the output is the same bytes."}};

// --------------------------------------------------------------------------------------------- compare
constexpr option_spec betas_option = {.name = "betas",
                                      .kind = option_kind::file,
                                      .argument = "FILE",
                                      .help =
                                          "Table with `instrument` and `beta`: a plain shock moves a mark by shock x "
                                          "beta. An instrument that is not listed has beta 1, a spot price 0. .csv, "
                                          ".parquet or .arrow."};
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
         "Compare rulebooks instead of policies: names as for --rulebook, separated by commas. Each fork follows one "
         "rulebook with its own ADL policy."},
    {.name = "ticks",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Ticks of the path that each fork takes, as for replay. Default: one tick at the book's own marks."},
    {.name = "updates",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Updates along the path, as for replay.",
     .needs = "ticks"},
    {.name = "shock",
     .kind = option_kind::text,
     .argument = "SHOCK",
     .help =
         "One tick at moved marks: -0.2 moves every contract by that fraction of its mark, A=-0.3,B=0.1 moves these "
         "instruments only. Moved marks are rounded down to the price step and are at least one step."},
    shock_betas_option,
    {.name = "out",
     .kind = option_kind::folder,
     .argument = "DIR",
     .help = "Folder to write `policies` and summary.json into, completely or not at all. Default: print them only.",
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
    {"plimsoll compare venue --shock -0.2", "Compare eight policies on the same fall of 20 %."},
    {"plimsoll compare venue --ticks crash.csv --policies queue,pro_rata:equity,capped:0.5 --out compared",
     "Compare three policies through a crash of several ticks, and keep the tables."},
    {"plimsoll compare venue --shock -0.2 --out compared --haircuts",
     "Also write the haircut of each account under each policy."},
    {"plimsoll compare venue --shock -0.2 --rulebooks okx,binance,hyperliquid",
     "Compare the rules of three venues on the same fall."},
    {"plimsoll compare venue --shock -0.2 --report policies.html", "Write one page with the policies side by side."}};

// ---------------------------------------------------------------------------------------------- stress
constexpr operand_spec stress_operands[] = {book_operand};
constexpr option_spec stress_options[] = {
    {.name = "shocks",
     .kind = option_kind::text,
     .argument = "LIST",
     .fallback = "-0.5,-0.3,-0.2,-0.1,-0.05,0.05,0.1,0.2,0.3,0.5",
     .help =
         "Moves of the marks, as for compare --shock. Plain shocks are separated by commas, named ones by semicolons: "
         "-0.1,-0.2;A=-0.3,B=0.1."},
    {.name = "funds",
     .kind = option_kind::text,
     .argument = "LIST",
     .help = "Opening balances of the insurance fund: 0,1000000 in every settlement asset, or QUSD=1000000,SYN01=5 "
             "in these (the others as in the rulebook); separate several of the latter by semicolons. Default: 0, "
             "1/4, 1/2, 1, 2 and 4 times the rulebook's balance. If the rulebook has none: 0 and 10 thousand to 100 "
             "million of the quote, and in other assets the largest power of ten that is not worth more."},
    betas_option,
    {.name = "out",
     .kind = option_kind::folder,
     .argument = "DIR",
     .help = "Folder to write `stress` and summary.json into, completely or not at all. Default: print them only.",
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
    {"plimsoll stress venue", "Run ten shocks against six sizes of the fund."},
    {"plimsoll stress venue --shocks -0.1,-0.2,-0.3 --funds 0,1000000,5000000 --betas betas.csv --out stressed",
     "Move marks by beta, and keep the tables."},
    {"plimsoll stress venue --report stress.html", "Write one page with fund adequacy as heat maps."}};

// --------------------------------------------------------------------------------------------- explain
constexpr operand_spec explain_operands[] = {
    book_operand, {.name = "ACCOUNT", .help = "Name of the account. Write -- before a name that begins with a dash."}};
constexpr option_spec explain_options[] = {
    {.name = "unit",
     .kind = option_kind::text,
     .argument = "UNIT",
     .help = "Explain only this risk unit: `cross:ASSET`, `isolated:INSTRUMENT:long` or `isolated:INSTRUMENT:short`.",
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
    {"plimsoll explain venue acc-00000042", "Show every term of an account's margin, in exact decimals."},
    {"plimsoll explain venue acc-00000042 --unit isolated:SYN01-PERP:long", "Show one unit of the account."},
    {"plimsoll explain venue acc-00000042 --report account.html", "Write the same as a page, to send to somebody."},
    {"plimsoll explain venue acc-00000042 --format json | jq '.units[].state'", "Print the same for a program."}};

// ------------------------------------------------------------------------------------------------ init
constexpr operand_spec init_operands[] = {
    {.name = "DIR", .kind = option_kind::folder, .help = "Folder of the new book."}};
constexpr option_spec init_options[] = {{.name = "force", .help = "Replace DIR where it exists and is not empty."}};
constexpr example_spec init_examples[] = {
    {"plimsoll init venue && plimsoll validate venue", "Make a book to fill in; an empty book is valid, too."}};

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
     .help = "Also read updates, as replay would. Only replay checks whether accounts can afford them."},
    summary_option,
    rulebook_option,
    round_option,
    threads_option};
constexpr example_spec validate_examples[] = {
    {"plimsoll validate venue", "Print the contents of a book, or every place where it breaks a rule (exit code 3)."}};

// ------------------------------------------------------------------------------------------------ diff
constexpr operand_spec diff_operands[] = {
    {.name = "A", .kind = option_kind::folder, .help = "Folder that scan --out wrote."},
    {.name = "B",
     .kind = option_kind::folder,
     .help = "Folder of a later scan, or of a scan of another book or rulebook."}};
constexpr option_spec diff_options[] = {
    {.name = "fail-on",
     .kind = option_kind::choice,
     .argument = "WHAT",
     .choices = "change",
     .help = "Exit with code 10 if a unit appeared, disappeared or changed its state, or a total changed."},
    summary_option};
constexpr example_spec diff_examples[] = {
    {"plimsoll diff yesterday today",
     "Show the units that changed state, and the totals that changed, with the amounts."},
    {"plimsoll diff before after --fail-on change --quiet", "Use it as a check in a script."}};

// --------------------------------------------------------------------------------------------- convert
constexpr operand_spec convert_operands[] = {book_operand};
constexpr option_spec convert_options[] = {
    {.name = "out", .kind = option_kind::folder, .argument = "DIR", .help = "Folder of the new book.", .letter = 'o'},
    format_option,
    force_option,
    round_option,
    threads_option};
constexpr example_spec convert_examples[] = {{"plimsoll convert venue --out venue-parquet --format parquet",
                                              "Write the same book as Parquet, which is ten times faster to read."}};

// ---------------------------------------------------------------------------------------------- import
/// "binance|bybit|...", from the preset files, so that a new preset needs no line here.
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
         "Folder of an export, or a single file: .csv, .tsv, .json, .jsonl (each also with .gz), .parquet, .arrow."}};
const option_spec import_options[] = {
    {.name = "map",
     .kind = option_kind::file,
     .argument = "FILE.toml",
     .help = "File that maps the export's files and columns to those of a book; docs/import.md describes it."},
    {.name = "preset",
     .kind = option_kind::choice,
     .argument = "NAME",
     .choices = preset_choices(),
     .help = "A map that comes with the program."},
    {.name = "quote",
     .kind = option_kind::text,
     .argument = "ASSET",
     .help = "The book's quote, in place of the quote of the map."},
    {.name = "out", .kind = option_kind::folder, .argument = "DIR", .help = "Folder of the new book.", .letter = 'o'},
    round_option,
    format_option,
    force_option,
    threads_option};
constexpr example_spec import_examples[] = {
    {"plimsoll import export --preset ccxt --quote USDT --out venue",
     "Import markets, tiers, balances, positions and tickers as ccxt returns them."},
    {"plimsoll import positions.parquet --map desk.toml --out venue", "Import one file with your own map."}};

// -------------------------------------------------------------------------------------------- generate
constexpr option_spec generate_options[] = {
    {.name = "out", .kind = option_kind::folder, .argument = "BOOK", .help = "Folder of the new book.", .letter = 'o'},
    format_option,
    {.name = "accounts",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "100k",
     .help = "Number of accounts, including the market maker."},
    {.name = "positions",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "400k",
     .help = "Number of positions: 0, or at least 2."},
    {.name = "instruments",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "64",
     .help = "Number of listed contracts."},
    {.name = "seed",
     .kind = option_kind::count,
     .argument = "S",
     .fallback = "1",
     .help = "The same seed and sizes give the same book on every machine."},
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
     .help = "Share of positions in contracts settled in their coin; default 0.1, or 0 with multi collateral or the "
             "giant shape."},
    {.name = "isolated-share",
     .kind = option_kind::share,
     .argument = "SHARE",
     .fallback = "0.15",
     .help = "Share of positions that are isolated."},
    {.name = "distressed-share",
     .kind = option_kind::share,
     .argument = "SHARE",
     .fallback = "0.01",
     .help = "Share of accounts below their maintenance margin; a quarter of these are bankrupt."},
    {.name = "hedge-share",
     .kind = option_kind::share,
     .argument = "SHARE",
     .fallback = "0.02",
     .help = "Share of accounts that are long and short in the same instruments."},
    {.name = "shock",
     .kind = option_kind::change,
     .argument = "CHANGE",
     .fallback = "0",
     .help = "Move all marks by this fraction after all balances are set; -0.2 is a crash."},
    force_option,
    threads_option};
constexpr example_spec generate_examples[] = {
    {"plimsoll generate --out venue", "Make a venue of 100,000 accounts and 400,000 positions."},
    {"plimsoll generate --accounts 10M --positions 40M --instruments 500 -f parquet --out giant",
     "Make a venue as large as the largest."},
    {"plimsoll generate --shock -0.2 --out crash && plimsoll scan crash", "See the effect of a fall of 20 %."}};

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
    {"plimsoll doctor", "Show the hardware and the backend that a scan would use."},
    {"plimsoll doctor --backend cuda --quiet && echo there is a GPU", "Exit with code 4 if CUDA is not usable."}};

// ------------------------------------------------------------------------------------ help, completion
constexpr operand_spec help_operands[] = {
    {.name = "COMMAND",
     .required = false,
     .help =
         "Command to explain, or a format: tables, venue.toml, updates, outputs. Default: a list of all commands."}};
constexpr option_spec help_options[] = {
    {.name = "man", .help = "Print the manual page of the whole program, as roff."},
    {.name = "markdown", .help = "Print all input and output formats as Markdown: docs/formats.md."}};
constexpr example_spec help_examples[] = {
    {"plimsoll help scan", "Show the options of scan."},
    {"plimsoll help tables", "Show every column of every table of a book."},
    {"plimsoll help --man > plimsoll.1 && man ./plimsoll.1", "Show the manual page."}};
constexpr operand_spec completion_operands[] = {{.name = "SHELL", .help = "bash, zsh or fish."}};
constexpr example_spec completion_examples[] = {
    {"source <(plimsoll completion bash)", "Complete commands and options in this bash."},
    {"plimsoll completion zsh > ~/.zfunc/_plimsoll", "Install for zsh, if ~/.zfunc is in fpath."},
    {"plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish", "Install for fish."}};

constexpr command_spec table[] = {
    {"scan", "Recompute the margin of every risk unit, flag the bankrupt, rank the ADL ladders and cover.",
     "Reads a venue's whole book, recomputes the margin of every risk unit, flags liquidatable and bankrupt units, "
     "ranks the auto-deleveraging (ADL) ladders and shows which winners would take over the positions of bankrupt "
     "units. Writes units, flagged, ladder, cover, markets, held and summary.json (and positions, with --positions) "
     "into DIR.\n\n"
     "On stdout: a summary for people on a terminal, the text of summary.json otherwise. The tables are the same "
     "bytes on every backend and for any number of threads.",
     scan_operands, scan_options, scan_examples, run_scan},
    {"replay", "Take a book through ticks and updates, with the liquidation executor.",
     "In each tick: updates in file order, marks, scan, then the waterfall of the venue's rulebook (market, "
     "backstop, insurance fund, auto-deleveraging, socialised loss) until market impact moves no more marks, or for "
     "16 scans at most. Writes events (one row per ledger leg), ticks, markets, deleveraged, feasibility, held, final/ "
     "(a book in the input format) and summary.json with the sums over all accounts before and after. On an "
     "interruption replay finishes the tick, saves it in DIR.resume and exits with code 130; --resume continues from "
     "there. The events are the same bytes on every backend and for any number of threads.\n\n"
     "On stdout: a summary for people on a terminal, the text of summary.json otherwise.",
     replay_operands, replay_options, replay_examples, run_replay},
    {"compare", "Run ADL policies on forks of the same book, side by side.",
     "Takes forks of a book through the same ticks under the venue's own rulebook. Only the ADL policy differs. "
     "Reports for each settlement asset what each policy cost and who paid. removed: the amount that winners gave up "
     "against the mark. overshoot: removed less the shortfall against the mark of the positions that reached ADL "
     "(below zero: undershoot). worst and mean: of haircut / equity over the deleveraged units, with their equity "
     "before their first fill of a wave. Gini: of the same ratio over every unit on the ladders that ADL used, where "
     "a unit that was not deleveraged counts as 0. accounts: number of deleveraged accounts. fund_used, socialised "
     "and unpaid: the losses that ADL did not bear. A wave is a scan that was carried out; a tick has several waves "
     "if market impact moves marks. Writes policies (a row per policy and asset) and summary.json into DIR.\n\n"
     "On stdout: a table for people on a terminal, the text of summary.json otherwise.",
     compare_operands, compare_options, compare_examples, run_compare},
    {"stress", "Run shocks against sizes of the insurance fund.",
     "Each cell of the grid is a fork of the book: one tick at shocked marks, then the waterfall of the venue's own "
     "rulebook until nothing more is flagged, with a fund of that size. Reports for each settlement asset the losses "
     "that bankrupt units could not bear (needed: fund_used, adl_haircut, socialised and unpaid together), who bore "
     "them, and how many accounts were deleveraged. Reports for each shock the smallest fund of the grid that covers "
     "all losses, or that none is enough. No probability is attached. Writes stress (a row per shock, fund and "
     "asset) and summary.json into DIR.\n\n"
     "On stdout: the fund-adequacy table for people on a terminal, the text of summary.json otherwise.",
     stress_operands, stress_options, stress_examples, run_stress},
    {"explain", "Show every term of one account's margin, in exact decimals.",
     "Shows the arithmetic behind an account's state as you would show it to the customer: balances, each position's "
     "value, the part of its notional in each tier band, its share of the equity, bankruptcy and liquidation price, "
     "score, place on the ladder and lights. The figures equal those in the tables of scan.",
     explain_operands, explain_options, explain_examples, run_explain},
    {"init", "Write an empty book with every key and column in it.",
     "Writes venue.toml with each key, its meaning and its default as comments, and each table with its header. "
     "`plimsoll help tables` describes the columns.",
     init_operands, init_options, init_examples, run_init},
    {"validate", "Read a book and print its contents, or its faults.",
     "Reads a book as scan does. Lists up to a hundred places that break a rule, by file, row, column, value and "
     "reason, and then exits with code 3. With --ticks and --updates these files are read as well.",
     validate_operands, validate_options, validate_examples, run_validate},
    {"diff", "Show the differences between two scans.",
     "Reads `units` and summary.json of two folders that scan --out wrote, in any format, and lists the units that "
     "appeared, disappeared or changed their state, and the totals per asset that changed, with their difference. "
     "JSON lists every unit, the text only the first ones.",
     diff_operands, diff_options, diff_examples, run_diff},
    {"convert", "Write a book in another format.",
     "Reads a book, checks it as scan would, and writes it with the same exact numbers as CSV, Parquet or Arrow.",
     convert_operands, convert_options, convert_examples, run_convert},
    {"import", "Make a book from an export.",
     "Reads input that the strict readers refuse: other separators and column names, gzip, JSON, floats, epochs, "
     "sides and signs, several rows per position. A map defines the target of each column; omitted, blanked and "
     "summed values are reported. The book is then checked as scan would check it.",
     import_operands, import_options, import_examples, run_import},
    {"generate",
     "Make a venue from a seed.",
     "Makes a consistent venue of any size: sizes and costs sum to zero in every instrument, balances and leverage "
     "are heavy-tailed, instruments Zipf-sized on tier tables of realistic shape, cross and isolated, linear and "
     "inverse, with one giant market maker and a chosen share of distressed accounts. The same recipe gives the same "
     "book on every machine and for any number of threads.",
     {},
     generate_options,
     generate_examples,
     run_generate},
#if defined(PLIMSOLL_WITH_BENCH)
    {"bench", "Time every stage of a scan on this machine.",
     "Runs the stages of a scan on a generated venue, or on your book. Prints for each stage the median and the 99th "
     "percentile, the bytes that it must move, its rate beside that of a plain copy measured between the same "
     "samples, and a digest of its result. Digests are equal on every backend and for any number of threads.\n\n"
     "`bench compare A B` reports for each stage in both files whether B is better, worse or noise. A stage is "
     "better or worse only if its medians are further apart than --least and further than the change of a plain copy "
     "between the runs, and if a rank test tells the samples apart (p < 0.02). If digests differ, the two runs did "
     "not do the same work, and the exit code is 1. `bench crossover A B` takes runs over several sizes, of the CPU "
     "and of a GPU, and prints as Markdown how many times faster B is and from which size.",
     bench_operands, bench_options, bench_examples, run_bench},
#endif
    {"doctor",
     "Show the hardware and libraries, and the backend that would be chosen, with the reason.",
     "Lists driver, device, memory, threads and library versions, the backend that a scan would use, and why it "
     "would not use the other one. The exit code is 0, or 4 if --backend names one that is not usable.",
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
     "Explains the program, one command, or a format: tables, venue.toml, updates, outputs.", help_operands,
     help_options, help_examples, run_help},
};

constexpr exit_code_spec codes[] = {
    {0, "done"},
    {1, "failed: a file could not be written, memory was exhausted, or a defect"},
    {2, "usage: an unknown command, option or name, or a folder that exists already"},
    {3, "bad data: the book was refused; nothing was written"},
    {4, "the requested device is not usable"},
    {10, "with --fail-on: one of the named conditions was found"},
    {130, "interrupted; no half-written output is left"},
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
