// venue.toml as text into a venue_config, or the places that break the format.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "host/text/refusal.hpp"
#include "host/venue/venue.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Reads a file named beside venue.toml.
using open_beside = std::function<result<std::string>(const std::string& path)>;

/// A file's name and content.
struct named_text {
  std::string file;
  std::string text;
};

/// The rules in `text`, which is the content of the file called `file` ("venue.toml").
///
/// `rulebook` names one that comes with Plimsoll, or a .toml file beside venue.toml, which `open` reads; without the
/// key it is "default". Every key of a rulebook may stand in venue.toml too and then goes before. Nothing comes back if
/// anything is wrong: each unknown key, wrong type, number outside its range or contradiction is added to `refusals`
/// with its line as the row and its key as the column. Numbers are taken from their source text, so 1.1 is exactly 1.1;
/// they may also be written as strings.
///
/// `instead`: the rulebook to start from, whatever the text names.
[[nodiscard]] std::optional<venue_config> read_venue(std::string_view text, std::string_view file,
                                                     refusal_list& refusals, const open_beside& open = {},
                                                     const std::optional<named_text>& instead = {});

/// The path that `rulebook` gives, where venue.toml follows a file beside it: whoever copies a book takes it along.
[[nodiscard]] std::optional<std::string> rulebook_path(std::string_view venue_toml);

}  // namespace plimsoll
