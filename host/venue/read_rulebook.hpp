// Reads rulebooks from text: those that come with Plimsoll, and others in the same format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/text/refusal.hpp"
#include "host/venue/venue.hpp"

namespace plimsoll {

/// The initial configuration of a venue that follows the rulebook: its steps, and its defaults for [margin] and [adl]
/// score. `text` is the content of the file named `file`. The result has no name and no quote.
///
/// A rulebook has a `name`, a `source` and the sections of rulebook_sections. Returns nothing if there is a fault. Each
/// unknown key, number outside its range and contradiction is added to `refusals`, with its line as the row and its key
/// as the column.
[[nodiscard]] std::optional<venue_config> read_rulebook(std::string_view text, std::string_view file,
                                                        refusal_list& refusals);

/// Names of the rulebooks that come with Plimsoll, ordered.
[[nodiscard]] std::vector<std::string_view> known_rulebooks();

/// The same names for a message: `"binance", "bitmex", ...`.
[[nodiscard]] std::string rulebook_words();

/// Text of a rulebook that comes with Plimsoll: the file of that name in host/venue/rulebooks at build time. Nothing
/// for any other name.
[[nodiscard]] std::optional<std::string_view> rulebook_text(std::string_view name);

}  // namespace plimsoll
