// Notes on steps that a rulebook lacks although a reader may expect them.
#pragma once

#include <vector>

#include "host/text/note.hpp"
#include "host/venue/rulebook.hpp"

namespace plimsoll {

/// For users of the executor: without a market all bankrupt positions go to ADL.
[[nodiscard]] std::vector<note> notes_on_executor(const rulebook& rules);

/// For readers of a book: the same note, if a fund is set that then does not pay for these positions.
[[nodiscard]] std::vector<note> notes_on_fund(const rulebook& rules);

}  // namespace plimsoll
