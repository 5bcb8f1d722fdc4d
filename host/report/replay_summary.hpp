// summary.json of a replay, with the proof that no money or contract was created or lost.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/replay/replay.hpp"
#include "host/text/note.hpp"

namespace plimsoll {

/// Notes on a replay: those of its log, and held markets with reasons.
[[nodiscard]] std::vector<note> replay_notes(const replay& engine);

/// Sums per asset over all ticks; per asset and instrument the opening and closing sums over every account, which must
/// be equal (deposits and withdrawals have `external` as their other leg); under `run` the figures that differ from run
/// to run, with `seconds` of the whole run. `notes`: all notes on the book, its inputs and the ticks.
[[nodiscard]] std::string replay_summary_json(const replay& engine, std::span<const note> notes, double seconds);

}  // namespace plimsoll
