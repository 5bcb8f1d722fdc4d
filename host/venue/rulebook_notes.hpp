// What a rulebook does not do although somebody may expect it.
#pragma once

#include <vector>

#include "host/text/note.hpp"
#include "host/venue/rulebook.hpp"

namespace plimsoll {

/// For whoever runs the executor: without a market all that is bankrupt goes to ADL.
[[nodiscard]] std::vector<note> notes_on_executor(const rulebook& rules);

/// For whoever reads the book: the same, where a fund is set that is then never asked for it.
[[nodiscard]] std::vector<note> notes_on_fund(const rulebook& rules);

}  // namespace plimsoll
