// Instants as text and back: RFC 3339 to UTC nanoseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll {

/// An RFC 3339 instant in UTC nanoseconds since 1970; or what is wrong with the text, as a predicate.
struct instant {
  std::int64_t ns = 0;
  const char* fault = nullptr;
};
[[nodiscard]] instant parse_instant(std::string_view text);

/// "2025-03-01T12:00:00.5Z": the fraction as short as it can be.
[[nodiscard]] std::string format_instant(std::int64_t ns);

}  // namespace plimsoll
