// Policies side by side on one screen, for people.
#pragma once

#include <span>
#include <string>

#include "host/cli/terminal.hpp"
#include "host/compare/compare.hpp"
#include "host/text/note.hpp"

namespace plimsoll::cli {

/// A table for each settlement asset with ADL, then the ratios over all of them, then seconds per fork.
[[nodiscard]] std::string compare_text(const comparison& from, std::span<const note> notes, const terminal& screen);

}  // namespace plimsoll::cli
