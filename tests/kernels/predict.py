"""Times of a device's passes that follow from counts, since no device may be at hand: instructions of the code, and bytes.

Predictions, not measurements. A pass takes as long as its instructions or its bytes do, whichever is more; launches,
waiting for memory and clocks under load are left out, so a device will be slower. The first record of a device shows
their accuracy: bench/record.py puts them beside what was measured.
"""

import json

# NVIDIA H200, as its data sheet and a plain copy measured on one say.
MULTIPROCESSORS, SCHEDULERS, CLOCK_HZ, COPY_BYTES_PER_S = 132, 4, 1.98e9, 4.3e12
# Integer adds, compares and selects take a scheduler two cycles; the passes' mix of them, counted in their code.
CYCLES_PER_INSTRUCTION = 1.155

# The bench's venue of 10M accounts and 40M positions, as generated (zipf, seed 1): the figures of a tile and its rows.
POSITIONS, UNITS, TILES = 40_000_000, 19_430_000, 75_896
POSITION_WARPS, UNIT_WARPS = 16.9, 8.0  # Of a tile: warps that value positions, and that judge units.
SPECIAL_WARPS, ABOVE_WARPS = 2.0, 6.0  # Of its queue: a tenth of the positions is divided, a third beyond its first band.
RUNS = 2.7  # Of 256 positions, begun: a tile has 527 of them, less or more by 40.
IN_FLIGHT = 4  # Positions or entries that a thread's unrolled code takes one after the other.
BAND_SEARCH_MORE = 32  # Of a warp of the queue: 2.9 more turns of 11 instructions than stand in the code.
ROW_TURNS = 1.7  # The number of times a warp of units runs the code that adds up a row; its longest row decides.

EACH_WARP = ("tile_reads", "__syncthreads", "sum_row", "judge_nearly", "rest")  # Run once a tile by each of its warps.
# Not counted, because few warps of this venue need it: judge_exactly and note_admission (no proof, or next to a
# threshold), write_unsafe (one unit in two thousand), write_balance (another score); and what runs once a block.
PASSES = {  # Stage of the bench: (kernel, what else each warp runs, searches a queued position, bytes a position, a unit).
    "margin": ("scan_tiles<scan_units_policy, scan_depth 0, collateral_mode 0, true>", ("write_unit",), 1, 10, 13),
    "judge": ("judge_tiles<judge_all_policy, judge_purpose 0, collateral_mode 0, true>", ("write_equity", "write_judged"), 1, 10, 21),
    "rebase": ("judge_tiles<judge_all_policy, judge_purpose 1, collateral_mode 0, true>", ("write_judged",), 2, 10, 17),
}  # fmt: skip
SCORES = "score_tile<score_policy, score_kind 0>"
SCORE_BYTES = 28 + 8  # Unit, lots, cost, key; and the unit's equity, from the cache where tiles go in the order of units.


def seconds(instructions, data_bytes):
    """(by instructions, by bytes)."""
    issue = instructions * CYCLES_PER_INSTRUCTION / (MULTIPROCESSORS * SCHEDULERS * CLOCK_HZ)
    return issue, data_bytes / COPY_BYTES_PER_S


def tile_pass(parts, written, searches):
    """Warp instructions of a tile: (a position-warp, a queued warp, a run, a unit-warp, all)."""
    counts = dict(parts)
    position = counts["value_most"] / IN_FLIGHT
    more = BAND_SEARCH_MORE * searches
    queued = SPECIAL_WARPS * (counts["value_special"] + more) + ABOVE_WARPS * (counts["require_above"] + more)
    run = counts["sum_runs"]
    a_unit = sum(counts[name] for name in (*EACH_WARP, *written)) + counts.get("add_exposures", 0) * ROW_TURNS
    tile = position * POSITION_WARPS + queued + run * RUNS + a_unit * UNIT_WARPS
    return position, queued / (SPECIAL_WARPS + ABOVE_WARPS), run, a_unit, tile


def predictions(kernels):
    """By stage, from the parts of every kernel by name."""
    made = {}
    for stage, (kernel, written, searches, position_bytes, unit_bytes) in PASSES.items():
        position, queued, run, a_unit, tile = tile_pass(kernels[kernel], written, searches)
        issue, memory = seconds(tile * TILES, POSITIONS * position_bytes + UNITS * unit_bytes)
        made[stage] = {"instructions_a_position_warp": round(position), "instructions_a_queued_warp": round(queued),
                       "instructions_a_run": round(run), "instructions_a_unit_warp": round(a_unit),
                       "instructions_a_tile": round(tile), "issue_us": round(issue * 1e6), "bytes_us": round(memory * 1e6),
                       "predicted_us": round(max(issue, memory) * 1e6)}  # fmt: skip
    counts = dict(kernels[SCORES])
    an_entry = counts["walk_in_flight"] / IN_FLIGHT
    issue, memory = seconds(an_entry * POSITIONS / 32, POSITIONS * SCORE_BYTES)
    made["scores"] = {"instructions_an_entry_warp": round(an_entry), "issue_us": round(issue * 1e6),
                      "bytes_us": round(memory * 1e6), "predicted_us": round(max(issue, memory) * 1e6)}  # fmt: skip
    return made


def text_of(kernels):
    """The file: predictions for one venue on one device."""
    rows = ",\n  ".join(f"{json.dumps(stage)}: {json.dumps(row)}" for stage, row in predictions(kernels).items())
    return ('{\n "what": "PREDICTED from counts of instructions and bytes, never measured: tests/kernels/predict.py",\n'
            f' "device": "NVIDIA H200", "accounts": 10000000, "positions": 40000000,\n "stages": {{\n  {rows}\n }}\n}}\n')
