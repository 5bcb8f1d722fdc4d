// The keys of venue.toml and of rulebooks: the readers know no others, and what is printed of them stands here.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

struct venue_key {
  std::string_view name;      ///< In full: "margin.max_mark_age". ASSET stands for a name.
  std::string_view type;      ///< "number", "\"cross\" or \"isolated\"", ...
  std::string_view fallback;  ///< Blank: none, and then the key is needed or the rule is off.
  std::string_view meaning;
  std::string_view example;  ///< The right side of the equals sign.
};

/// All of them, section by section.
[[nodiscard]] std::span<const venue_key> venue_keys();

/// Is there such a key, or such a section?
[[nodiscard]] bool is_venue_key(std::string_view name);

/// Did it have this name once? Its reader refuses it with the name that it has now.
[[nodiscard]] bool is_former_venue_key(std::string_view name);

/// The key that was meant by one that does not exist, or blank.
[[nodiscard]] std::string nearest_venue_key(std::string_view name);

}  // namespace plimsoll
