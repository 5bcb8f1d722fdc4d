// summary.json of a replay, with the proof that nothing was made or lost.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/replay/replay.hpp"
#include "host/text/note.hpp"

namespace plimsoll {

/// What has to be said about a replay: notes of its log, what was held and why.
[[nodiscard]] std::vector<note> replay_notes(const replay& engine);

/// Sums per asset over all ticks; per asset and instrument the opening and closing sums over every account, which must
/// differ by nothing (deposits and withdrawals have `external` as their other leg); under `run` what may differ, with
/// `seconds` of the whole run. `notes`: all that was said of the book, its inputs and the ticks.
[[nodiscard]] std::string replay_summary_json(const replay& engine, std::span<const note> notes, double seconds);

}  // namespace plimsoll
