// JSON whose numbers stay the text that stands in the file.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "plimsoll/result.hpp"

namespace plimsoll::importing {

using json = nlohmann::ordered_json;

/// Numbers come back as strings, digit by digit. bad_data where the text is not JSON.
[[nodiscard]] result<json> parse_json(std::string_view text, const std::string& file);

/// A binary float as the shortest decimal that reads back as the same; blank where it is not finite.
[[nodiscard]] std::string text_of(double value);

/// "1.5e-7" as "0.00000015"; any other text as it is.
[[nodiscard]] std::string without_exponent(std::string_view text);

}  // namespace plimsoll::importing
