// venue.toml as text into a venue_config, or the places that break the format.
#pragma once

#include <optional>
#include <string_view>

#include "host/book/refusal.hpp"
#include "host/venue/venue.hpp"

namespace plimsoll {

/// The rules in `text`, which is the content of the file called `file` ("venue.toml").
///
/// Nothing comes back if anything is wrong: each unknown key, wrong type, number outside its range or part of a rulebook
/// that this version does not know is added to `refusals` with its line as the row and its key as the column.
/// Sections that the executor will read, and a scan does not, are accepted with a note. Numbers are taken from their
/// source text, so 1.1 is exactly 1.1; they may also be written as strings.
[[nodiscard]] std::optional<venue_config> read_venue(std::string_view text, std::string_view file, refusal_list& refusals);

}  // namespace plimsoll
