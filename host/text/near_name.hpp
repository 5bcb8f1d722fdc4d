// Finds the existing name that is nearest to an unknown one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// The number of letters to change, insert, leave out or swap with their neighbour to turn one word into the other.
/// Stops counting above `most`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

/// The nearest of `names`, or blank if none is near enough.
[[nodiscard]] std::string nearest_name(std::string_view wanted, const std::vector<std::string_view>& names);

}  // namespace plimsoll
