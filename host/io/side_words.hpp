// The words `long`, `short`, `cross` and `isolated` in cells, and the other names that exports have for their columns.
// Inside host/io only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/io/schema.hpp"
#include "plimsoll/units.hpp"
#include "plimsoll/update.hpp"

namespace plimsoll::io {

/// In any case; nothing where the word is another.
[[nodiscard]] std::optional<position_side> side_of_word(std::string_view word);
[[nodiscard]] std::optional<margin_mode> mode_of_word(std::string_view word);

/// Why a cell of `side` or `margin_mode` is refused.
inline constexpr char no_side[] =
    "must be long or short: the side of the position, bought or sold. Leave the cell blank where size has the sign, as "
    "in "
    "one-way mode";
inline constexpr char no_side_of_fill[] =
    "must be long or short: the position that the fill acts on. A sale is told by a size below zero";
inline constexpr char no_mode[] = "must be cross or isolated";

/// Why a column that no table of ours has must not be left out: its name is another word for a side or a margin mode,
/// and without it figures would be others. Blank where it may be left out.
[[nodiscard]] std::string fault_of_other_name(table_id table, std::string_view column);

}  // namespace plimsoll::io
