// The words `long`, `short`, `cross` and `isolated` in cells, and names of their columns in exports. Inside host/io
// only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/io/schema.hpp"
#include "plimsoll/units.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll::io {

/// Parses a word in upper or lower case; nothing if it is another word.
[[nodiscard]] std::optional<position_side> side_of_word(std::string_view word);
[[nodiscard]] std::optional<margin_mode> mode_of_word(std::string_view word);

/// Reasons for refusing a cell of `side` or `margin_mode`.
inline constexpr char no_side[] =
    "must be long or short, the side of the position; leave the cell blank if size has a sign, as in one-way mode";
inline constexpr char no_side_of_fill[] =
    "must be long or short, the position that the fill acts on; a sale has a size below zero";
inline constexpr char no_mode[] = "must be cross or isolated";

/// The reason why an unknown column must not be ignored: its name is another word for a side or a margin mode, and the
/// figures would be wrong without it. Blank if it may be ignored.
[[nodiscard]] std::string fault_of_other_name(table_id table, std::string_view column);

}  // namespace plimsoll::io
