// Names near a name that does not exist.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// Letters to change, insert, leave out or swap with their neighbour to turn one word into the other; stops counting
/// above `most`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

/// The nearest of `names`, or blank where none is near enough to be meant.
[[nodiscard]] std::string nearest_name(std::string_view wanted, const std::vector<std::string_view>& names);

}  // namespace plimsoll
