// What a replay did on one screen, for people.
#pragma once

#include <string>

#include "host/cli/terminal.hpp"
#include "host/replay/replay.hpp"

namespace plimsoll::cli {

/// Per settlement asset what each step of the waterfall moved, and whether the sums held; `seconds` of the whole run.
[[nodiscard]] std::string replay_text(const replay& engine, double seconds, const terminal& screen);

}  // namespace plimsoll::cli
