// The rulebooks of host/venue/rulebooks at build time. embed_rulebooks.cmake generates the texts.
#pragma once

#include <span>
#include <string_view>

namespace plimsoll {

struct shipped_rulebook {
  std::string_view name;  ///< The file's, without `.toml`.
  std::string_view text;
};

/// All rulebooks, ordered by name. The texts are valid as long as the program runs.
[[nodiscard]] std::span<const shipped_rulebook> shipped_rulebooks();

}  // namespace plimsoll
