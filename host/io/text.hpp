// Text as it comes from files: is it UTF-8, how is it shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::io {

/// Offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or npos.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

/// The text for a message: at most so many characters, controls and ill-formed bytes as \xNN.
[[nodiscard]] std::string shown(std::string_view text, int characters_max = 60);

/// What is wrong with a text as a column's name, as a predicate ("is empty", ...), or null.
[[nodiscard]] const char* fault_of_text(std::string_view text);

/// The same of a name in a cell, which may not begin or end with a blank either.
[[nodiscard]] const char* fault_of_name(std::string_view name);

/// Does it begin or end with a blank, of any kind? Not of an empty text.
[[nodiscard]] bool begins_or_ends_blank(std::string_view name);

/// Is it one of the system's own accounts?
[[nodiscard]] bool is_system_account(std::string_view name);

}  // namespace plimsoll::io
