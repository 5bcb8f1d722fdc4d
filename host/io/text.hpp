// Text as it comes from files: is it UTF-8, how is it shown, what instant does it name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::io {

/// Offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or npos.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

/// The text for a message: at most about 60 characters, controls and ill-formed bytes as \xNN.
[[nodiscard]] std::string shown(std::string_view text);

/// What is wrong with a name as a predicate ("is empty", ...), or null.
[[nodiscard]] const char* fault_of_name(std::string_view name);

/// Is it one of the system's own accounts?
[[nodiscard]] bool is_system_account(std::string_view name);

/// An RFC 3339 instant in UTC nanoseconds since 1970; or what is wrong with the text, as a predicate.
struct instant {
  std::int64_t ns = 0;
  const char* fault = nullptr;
};
[[nodiscard]] instant parse_instant(std::string_view text);

/// "2025-03-01T12:00:00.5Z": the fraction as short as it can be.
[[nodiscard]] std::string format_instant(std::int64_t ns);

}  // namespace plimsoll::io
