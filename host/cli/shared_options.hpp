// Options that several commands have, with the same words.
#pragma once

#include "host/cli/command_table.hpp"

namespace plimsoll::cli {

inline constexpr option_spec common[] = {
    {.name = "config",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Option defaults from a TOML file: `name = value`, for one command under `[command]`. The command line "
             "takes precedence; a key that is not an option is refused."},
    {.name = "quiet", .help = "Print neither notes nor progress on stderr, only errors.", .letter = 'q'},
    {.name = "help", .help = "Show this help.", .letter = 'h'},
};

inline constexpr option_spec backend_option = {
    .name = "backend",
    .kind = option_kind::choice,
    .argument = "NAME",
    .fallback = "best",
    .choices = "cpu|cuda|best|emulated",
    .help =
        "Where to compute. best takes CUDA if there is a usable device with enough memory, and reports the choice "
        "and its reason. Results do not depend on it. emulated runs the CUDA kernels on the CPU, for tests: exact "
        "and very slow."};
inline constexpr option_spec threads_option = {
    .name = "threads",
    .kind = option_kind::count,
    .argument = "N",
    .help = "CPU threads; default: all that the machine offers. Results do not depend on it.",
    .least = 1,
    .most = 1024};
inline constexpr option_spec format_option = {.name = "format",
                                              .kind = option_kind::choice,
                                              .argument = "FORMAT",
                                              .fallback = "csv",
                                              .choices = "csv|parquet|arrow",
                                              .help = "Format of the tables written.",
                                              .letter = 'f',
                                              .needs = "out"};
inline constexpr option_spec force_option = {
    .name = "force", .help = "Replace DIR where it exists and is not empty, and FILE.html.", .needs = "out|report"};
inline constexpr option_spec as_of_option = {
    .name = "as-of",
    .kind = option_kind::text,
    .argument = "TIME",
    .help = "RFC 3339 time against which the age of marks is taken; default: the newest `as_of` in the book."};

inline constexpr option_spec round_option = {
    .name = "round",
    .kind = option_kind::choice,
    .argument = "MODE",
    .choices = "refuse|half_even|down",
    .help =
        "How to round numbers finer than their step, floats and numbers longer than 38 digits: half_even rounds to "
        "the nearest step, down towards zero. The count and the largest change of each column are noted. Default: "
        "[import] round in venue.toml, else refuse."};

inline constexpr option_spec report_option = {
    .name = "report",
    .kind = option_kind::file,
    .argument = "FILE.html",
    .help =
        "Also write one HTML file with charts and the tables behind them; it loads nothing. Its folder must exist, "
        "or be that of --out; --force replaces an existing file."};

inline constexpr option_spec summary_option = {
    .name = "summary",
    .kind = option_kind::choice,
    .argument = "FORM",
    .choices = "text|json|markdown",
    .help =
        "Form of the summary on stdout: text for people, the JSON of summary.json, or Markdown. Default: text on a "
        "terminal, else json."};
inline constexpr option_spec rulebook_option = {
    .name = "rulebook",
    .kind = option_kind::text,
    .argument = "NAME",
    .help =
        "Use this rulebook in place of the book's own, for this run: one that comes with Plimsoll (`plimsoll help "
        "venue.toml` lists them) or a file ending in .toml. The keys that venue.toml sets itself take precedence."};

inline constexpr option_spec shape_option = {
    .name = "shape",
    .kind = option_kind::choice,
    .argument = "SHAPE",
    .fallback = "zipf",
    .choices = "zipf|uniform|giant",
    .help =
        "zipf: few contracts and accounts hold most positions. uniform: all hold equally many. giant: Zipf, and the "
        "market maker on both sides of every contract, by default of 65,535 linear ones, so that one unit has "
        "131,070 positions, the largest possible number."};

}  // namespace plimsoll::cli
