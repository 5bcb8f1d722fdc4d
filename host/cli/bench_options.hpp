// Operands, options and examples of `bench`, for command_table.cpp only.
#pragma once

#include "host/cli/command_table.hpp"
#include "host/cli/shared_options.hpp"

namespace plimsoll::cli {

#if defined(PLIMSOLL_WITH_BENCH)
inline constexpr operand_spec bench_operands[] = {
    {.name = "BOOK",
     .kind = option_kind::folder,
     .required = false,
     .help = "Book to measure on; default: a generated one. Or the word compare, to show the changes from A to B, or "
             "crossover, to find the size from which B is faster."},
    {.name = "A",
     .kind = option_kind::file,
     .required = false,
     .help = "With compare and crossover: a file that --json wrote, or a record of ./dev gpu."},
    {.name = "B",
     .kind = option_kind::file,
     .required = false,
     .help = "The later file, or that of the other machine."}};
inline constexpr option_spec bench_options[] = {
    {.name = "accounts",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "1M",
     .help = "Accounts of the generated venue."},
    {.name = "positions", .kind = option_kind::count, .argument = "N", .fallback = "4M", .help = "Its positions."},
    {.name = "sizes",
     .kind = option_kind::text,
     .argument = "LIST",
     .help =
         "Several venues one after the other, as ACCOUNTS:POSITIONS, separated by commas: 100k:400k,1M:4M,10M:40M."},
    {.name = "sweep", .help = "Seven venues from 10k:40k to 10M:40M."},
    {.name = "instruments",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "256",
     .help = "Contracts of each venue."},
    {.name = "seed",
     .kind = option_kind::count,
     .argument = "S",
     .fallback = "1",
     .help = "The same seed gives the same venues and the same digests."},
    shape_option,
    {.name = "samples",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "30",
     .help = "Timed runs of each stage, after a warm-up; stages that take seconds get 5.",
     .least = 1,
     .most = 1'000'000},
    {.name = "seconds",
     .kind = option_kind::count,
     .argument = "S",
     .help = "Take no further samples of a stage after this many seconds, once it has 5.",
     .least = 1,
     .most = 86'400},
    {.name = "stages",
     .kind = option_kind::text,
     .argument = "LIST",
     .help =
         "Run only these stages, separated by commas: upload, margin, margin_publish, compact, scores, lights, cover, "
         "sort, tick, "
         "tick_calm, tick_1, tick_3, tick_gap, judge, rebase, screen, engine_calm, engine_0.2, engine_1, engine_3, "
         "engine_gap, engine_update, engine_full, load_parquet, load_csv. With CUDA also, by name only: thrust_margin, "
         "thrust_lights, thrust_sort, the same in plain Thrust."},
    {.name = "variants",
     .kind = option_kind::text,
     .argument = "LIST",
     .help = "Also run each stage with each of these launch variants of a device, or all: plain, tile_blocks_2, "
             "tile_blocks_3, row_blocks_2, row_lanes_4, tables_in_caches, scores_by_side. They differ only in their "
             "times."},
    {.name = "digests-only", .help = "Run each stage once for the digest of its result; nothing is timed."},
    {.name = "json",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Also write one JSON record, or with compare one verdict, per stage."},
    {.name = "json-lines",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Also append each stage's record to FILE, one line each, as soon as it is measured, so that a run that is "
             "cut off keeps its records."},
    {.name = "energy",
     .kind = option_kind::count,
     .argument = "S",
     .fallback = "1",
     .help =
         "Seconds for which each stage is repeated to measure its joules, if the machine has a meter; 0: not measured.",
     .most = 3'600},
    {.name = "least",
     .kind = option_kind::share,
     .argument = "SHARE",
     .fallback = "0.1",
     .help = "With compare: medians closer than this are noise. Two runs of one program differ by several percent."},
    {.name = "fail-on",
     .kind = option_kind::choice,
     .argument = "VERDICT",
     .choices = "worse",
     .help = "With compare: exit with code 10 if a stage is worse."},
    {.name = "vector",
     .kind = option_kind::choice,
     .argument = "SET",
     .choices = "plain|avx2|avx512|neon",
     .help =
         "Instruction set of the CPU backend's loops; default: the best that the processor has. They differ only in "
         "their times."},
    backend_option,
    threads_option};
inline constexpr example_spec bench_examples[] = {
    {"plimsoll bench", "Time every stage at a million accounts, beside the speed of a plain copy."},
    {"plimsoll bench --sizes 100k:400k,1M:4M --stages margin,lights --json bench.json",
     "Time two stages at two sizes and keep the records."},
    {"plimsoll bench venue --threads 1", "Measure on your own book, on one thread."},
    {"plimsoll bench compare before.json after.json --fail-on worse",
     "Show what a change did to every stage, beyond noise."}};
#endif

}  // namespace plimsoll::cli
