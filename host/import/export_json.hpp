// JSON in which numbers keep their text from the file.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "plimsoll/result.hpp"

namespace plimsoll::importing {

using json = nlohmann::ordered_json;

/// Returns numbers as strings with all their digits. bad_data if the text is not JSON.
[[nodiscard]] result<json> parse_json(std::string_view text, const std::string& file);

/// A binary float as the shortest decimal that converts back to the same float; blank if it is not finite.
[[nodiscard]] std::string text_of(double value);

/// "1.5e-7" as "0.00000015"; any other text is unchanged.
[[nodiscard]] std::string without_exponent(std::string_view text);

}  // namespace plimsoll::importing
