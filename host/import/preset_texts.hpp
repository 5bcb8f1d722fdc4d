// The maps of host/import/presets at build time. embed_presets.cmake generates the texts.
#pragma once

#include <span>
#include <string_view>

namespace plimsoll::importing {

struct shipped_preset {
  std::string_view name;  ///< The file's, without `.toml`.
  std::string_view text;
};

/// All presets, ordered by name. The texts are valid as long as the program runs.
[[nodiscard]] std::span<const shipped_preset> shipped_presets();

}  // namespace plimsoll::importing
