// Operands, options and examples of `bench`. Of command_table.cpp alone.
#pragma once

#include "host/cli/command_table.hpp"
#include "host/cli/shared_options.hpp"

namespace plimsoll::cli {

#if defined(PLIMSOLL_WITH_BENCH)
inline constexpr operand_spec bench_operands[] = {
    {.name = "BOOK",
     .kind = option_kind::folder,
     .required = false,
     .help = "Book to measure on; default: a generated one. The word compare: say what changed from A to B; crossover: "
             "from which "
             "size on B is faster."},
    {.name = "A",
     .kind = option_kind::file,
     .required = false,
     .help = "With compare and crossover: what --json wrote, or a record of ./dev gpu."},
    {.name = "B", .kind = option_kind::file, .required = false, .help = "The later one, or the other machine's."}};
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
     .help = "Several venues one after the other, as ACCOUNTS:POSITIONS,...: 100k:400k,1M:4M,10M:40M."},
    {.name = "sweep", .help = "Seven venues from 10k:40k to 10M:40M."},
    {.name = "instruments",
     .kind = option_kind::count,
     .argument = "N",
     .fallback = "256",
     .help = "Contracts of each."},
    {.name = "seed",
     .kind = option_kind::count,
     .argument = "S",
     .fallback = "1",
     .help = "Same seed, same venues, same digests."},
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
     .help = "No further samples of a stage after so many seconds, 5 given.",
     .least = 1,
     .most = 86'400},
    {.name = "stages",
     .kind = option_kind::text,
     .argument = "LIST",
     .help =
         "Only these, separated by commas: upload, margin, margin_publish, compact, scores, lights, cover, sort, tick, "
         "tick_calm, tick_1, tick_3, tick_gap, judge, rebase, screen, engine_calm, engine_0.2, engine_1, engine_3, "
         "engine_gap, engine_update, engine_full, load_parquet, load_csv. With CUDA also, by name only: thrust_margin, "
         "thrust_lights, thrust_sort, the same in plain Thrust."},
    {.name = "variants",
     .kind = option_kind::text,
     .argument = "LIST",
     .help =
         "Each stage once more for each of these launches of a device, or all: plain, tile_blocks_2, tile_blocks_3, "
         "row_blocks_2, row_lanes_4, tables_in_caches, scores_by_side. They differ in times alone."},
    {.name = "digests-only", .help = "One run of each stage for the digest of its result; nothing is timed."},
    {.name = "json",
     .kind = option_kind::file,
     .argument = "FILE",
     .help = "Also write a JSON record a stage, or a verdict a stage."},
    {.name = "json-lines",
     .kind = option_kind::file,
     .argument = "FILE",
     .help =
         "Also add each stage's record to the end of FILE as soon as it is measured, a line each: a run that is cut "
         "off keeps what it has."},
    {.name = "energy",
     .kind = option_kind::count,
     .argument = "S",
     .fallback = "1",
     .help = "Seconds for which each stage repeats for its joules, where the machine meters them; 0: not at all.",
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
     .help = "With compare: exit with code 10 if any stage is worse."},
    backend_option,
    threads_option};
inline constexpr example_spec bench_examples[] = {
    {"plimsoll bench", "Every stage at a million accounts, beside the speed of a plain copy."},
    {"plimsoll bench --sizes 100k:400k,1M:4M --stages margin,lights --json bench.json",
     "Two stages at two sizes, kept."},
    {"plimsoll bench venue --threads 1", "Your own book, on one thread."},
    {"plimsoll bench compare before.json after.json --fail-on worse",
     "What a change did to every stage, beyond noise."}};
#endif

}  // namespace plimsoll::cli
