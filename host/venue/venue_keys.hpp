// The keys of venue.toml and of rulebooks, with their descriptions. The readers know no other keys.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

struct venue_key {
  std::string_view name;      ///< In full: "margin.max_mark_age". ASSET is a placeholder for a name.
  std::string_view type;      ///< "number", "\"cross\" or \"isolated\"", ...
  std::string_view fallback;  ///< Blank: no default; the key is then required, or its rule is off.
  std::string_view meaning;
  std::string_view example;  ///< The right side of the equals sign.
};

/// All keys, section by section.
[[nodiscard]] std::span<const venue_key> venue_keys();

/// True if there is such a key or such a section.
[[nodiscard]] bool is_venue_key(std::string_view name);

/// True if this is the former name of a key. Its reader refuses it and reports the present name.
[[nodiscard]] bool is_former_venue_key(std::string_view name);

/// The most similar existing key to one that does not exist, or blank.
[[nodiscard]] std::string nearest_venue_key(std::string_view name);

}  // namespace plimsoll
