// Reads the text of venue.toml into a venue_config, or lists the places that break the format.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "host/text/refusal.hpp"
#include "host/venue/venue.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Reads a file beside venue.toml by its name.
using open_beside = std::function<result<std::string>(const std::string& path)>;

/// A file's name and content.
struct named_text {
  std::string file;
  std::string text;
};

/// The rules in `text`, which is the content of the file named `file` ("venue.toml").
///
/// `rulebook` names one that comes with Plimsoll, or a .toml file beside venue.toml, which `open` reads; without the
/// key it is "default". venue.toml may have every key of a rulebook, and its value then takes precedence. Returns
/// nothing if there is a fault. Each unknown key, wrong type, number outside its range and contradiction is added to
/// `refusals`, with its line as the row and its key as the column. Numbers are read from their source text, so 1.1 is
/// exactly 1.1; they may also be written as strings.
///
/// `instead`: the rulebook to use in place of the one that the text names.
[[nodiscard]] std::optional<venue_config> read_venue(std::string_view text, std::string_view file,
                                                     refusal_list& refusals, const open_beside& open = {},
                                                     const std::optional<named_text>& instead = {});

/// The path in `rulebook` if venue.toml follows a file beside it, which a copy of the book must include.
[[nodiscard]] std::optional<std::string> rulebook_path(std::string_view venue_toml);

}  // namespace plimsoll
