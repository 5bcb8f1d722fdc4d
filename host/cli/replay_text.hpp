// The result of a replay on one screen, for people.
#pragma once

#include <span>
#include <string>

#include "host/cli/terminal.hpp"
#include "host/replay/replay.hpp"
#include "host/text/note.hpp"

namespace plimsoll::cli {

/// For each settlement asset the amount that each step of the waterfall moved, and whether the sums are unchanged;
/// before that the `notes`. `seconds`: of the whole run.
[[nodiscard]] std::string replay_text(const replay& engine, std::span<const note> notes, double seconds,
                                      const terminal& screen);

}  // namespace plimsoll::cli
