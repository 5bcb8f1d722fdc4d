// Policies side by side on one screen, for people.
#pragma once

#include <span>
#include <string>

#include "host/cli/terminal.hpp"
#include "host/compare/compare.hpp"
#include "host/text/note.hpp"

namespace plimsoll::cli {

/// A table per settlement asset that ADL reached, then the ratios over all of them, then seconds a fork.
[[nodiscard]] std::string compare_text(const comparison& from, std::span<const note> outcome, const terminal& screen);

}  // namespace plimsoll::cli
