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
IN_FLIGHT = 4  # Positions or entries that a thread's loop body takes at once.
BAND_SEARCH_MORE = 41  # Of a warp of positions: 2.9 more turns of 14 instructions than are in the code.
ROW_TURNS = 1.7  # The number of times a warp of units runs the code that adds up a row; its longest row decides.

PASSES = {  # Stage of the bench: (kernel, the part that values positions, the part that runs once per unit, bytes a position, bytes a unit).
    "margin": ("scan_tiles<scan_units_policy, scan_depth 0, collateral_mode 0, true>", "sum_row", "judge_unit", 10, 13),
    "judge": ("judge_tiles<judge_all_policy, judge_purpose 0, collateral_mode 0, true>", "sum_parts", "judge", 10, 21),
    "rebase": ("judge_tiles<judge_all_policy, judge_purpose 1, collateral_mode 0, true>", "sum_parts", "judge", 10, 17),
}  # fmt: skip
SCORES = "score_tile<score_policy, score_kind 0>"
SCORE_BYTES = 28 + 8  # Unit, lots, cost, key; and the unit's equity, from the cache where tiles go in the order of units.


def seconds(instructions, data_bytes):
    """(by instructions, by bytes)."""
    issue = instructions * CYCLES_PER_INSTRUCTION / (MULTIPROCESSORS * SCHEDULERS * CLOCK_HZ)
    return issue, data_bytes / COPY_BYTES_PER_S


def tile_pass(parts, row, unit):
    """Warp instructions of a tile: (a position-warp, a unit-warp, all)."""
    counts = dict(parts)
    position = counts["value_positions"] / IN_FLIGHT + BAND_SEARCH_MORE
    a_unit = counts[row] * ROW_TURNS + counts[unit] + counts.get("surely_admitted", 0) + counts["rest"]
    return position, a_unit, position * POSITION_WARPS + a_unit * UNIT_WARPS


def predictions(kernels):
    """By stage, from the parts of every kernel by name."""
    made = {}
    for stage, (kernel, row, unit, position_bytes, unit_bytes) in PASSES.items():
        position, a_unit, tile = tile_pass(kernels[kernel], row, unit)
        issue, memory = seconds(tile * TILES, POSITIONS * position_bytes + UNITS * unit_bytes)
        made[stage] = {"instructions_a_position_warp": round(position), "instructions_a_unit_warp": round(a_unit),
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
