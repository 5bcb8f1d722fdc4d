// Checks of text from files (UTF-8, names), and its form in messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::io {

/// Offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or npos.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

/// The text for a message: at most the given number of characters, with control characters and invalid bytes as \xNN.
[[nodiscard]] std::string shown(std::string_view text, int characters_max = 60);

/// The fault of a text as the name of a column, as a predicate ("is empty", ...), or null.
[[nodiscard]] const char* fault_of_text(std::string_view text);

/// The same for a name in a cell, which may not begin or end with a blank either.
[[nodiscard]] const char* fault_of_name(std::string_view name);

/// True if it begins or ends with a blank of any kind. False for an empty text.
[[nodiscard]] bool begins_or_ends_blank(std::string_view name);

/// True if it is the name of a system account.
[[nodiscard]] bool is_system_account(std::string_view name);

}  // namespace plimsoll::io
