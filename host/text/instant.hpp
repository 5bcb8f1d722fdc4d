// Instants as text and back: RFC 3339 to UTC nanoseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// The unit of an instant that is a whole number since 1970, if the venue gives one.
enum class time_unit : std::uint8_t { s, ms, us, ns };

/// "s", "ms", "us", "ns"; "seconds", "milliseconds", ...
[[nodiscard]] std::string_view to_string(time_unit unit);
[[nodiscard]] std::string_view name_of(time_unit unit);

/// An RFC 3339 instant in UTC nanoseconds since 1970, or the fault of the text as a predicate.
struct instant {
  std::int64_t ns = 0;
  const char* fault = nullptr;
};
/// A whole number counts `unit`s since 1970, if a unit is given. Otherwise it is refused, and the fault names the unit
/// that the number looks like.
[[nodiscard]] instant parse_instant(std::string_view text, std::optional<time_unit> unit = std::nullopt);

/// "2025-03-01T12:00:00.5Z", with as few digits of the fraction as possible.
[[nodiscard]] std::string format_instant(std::int64_t ns);

}  // namespace plimsoll
