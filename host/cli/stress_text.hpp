// The fund-adequacy table on one screen, for people.
#pragma once

#include <span>
#include <string>

#include "host/cli/terminal.hpp"
#include "host/compare/stress.hpp"
#include "host/text/note.hpp"

namespace plimsoll::cli {

/// Every cell in the quote (or in the only settlement asset), then for each shock and asset the smallest fund that is
/// enough.
[[nodiscard]] std::string stress_text(const stress_grid& from, std::span<const note> notes, const terminal& screen);

}  // namespace plimsoll::cli
