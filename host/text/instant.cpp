#include "host/text/instant.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace plimsoll {

namespace {

constexpr std::string_view unit_words[] = {"s", "ms", "us", "ns"};
constexpr std::string_view time_unit_names[] = {"seconds", "milliseconds", "microseconds", "nanoseconds"};

/// In this century, epoch times have 10 digits in seconds, 13 in milliseconds, 16 in microseconds, 19 in nanoseconds.
constexpr const char* epoch_faults[] = {
    "looks like epoch seconds: set as_of_unit = \"s\" under [import] in venue.toml, or write an RFC 3339 time such as "
    "2025-03-01T12:00:00Z",
    "looks like epoch milliseconds: set as_of_unit = \"ms\" under [import] in venue.toml, or write an RFC 3339 time "
    "such as 2025-03-01T12:00:00Z",
    "looks like epoch microseconds: set as_of_unit = \"us\" under [import] in venue.toml, or write an RFC 3339 time "
    "such as 2025-03-01T12:00:00Z",
    "looks like epoch nanoseconds: set as_of_unit = \"ns\" under [import] in venue.toml, or write an RFC 3339 time "
    "such as 2025-03-01T12:00:00Z"};

constexpr const char* other_unit_faults[] = {
    "looks like epoch seconds, and as_of_unit under [import] in venue.toml is another unit",
    "looks like epoch milliseconds, and as_of_unit under [import] in venue.toml is another unit",
    "looks like epoch microseconds, and as_of_unit under [import] in venue.toml is another unit",
    "looks like epoch nanoseconds, and as_of_unit under [import] in venue.toml is another unit"};

bool is_whole(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Digits with a point or an exponent, as floats are written.
bool is_fraction(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9' && text.find_first_of(".eE") != text.npos &&
         text.find_first_not_of("0123456789.eE+") == text.npos && std::count(text.begin(), text.end(), '.') <= 1;
}

/// The unit of a whole number if it is a time of this century, by its digits.
std::optional<time_unit> unit_by_digits(std::string_view text) {
  for (std::size_t i = 0; i < std::size(unit_words); ++i) {
    if (is_whole(text) && text.size() == 10 + 3 * i) { return static_cast<time_unit>(i); }
  }
  return std::nullopt;
}

/// A whole number as an instant, or the fault as a predicate. A number that would be a time of this century in another
/// unit is refused.
instant read_epoch(std::string_view text, std::optional<time_unit> unit) {
  const std::optional<time_unit> likely = unit_by_digits(text);
  if (!unit) {
    if (likely) { return {0, epoch_faults[static_cast<int>(*likely)]}; }
    return {0,
            "is a whole number: write its unit as as_of_unit under [import] in venue.toml, or write an RFC 3339 "
            "time such as 2025-03-01T12:00:00Z"};
  }
  if (likely && *likely != *unit) { return {0, other_unit_faults[static_cast<int>(*likely)]}; }
  constexpr std::int64_t ns_of[] = {1'000'000'000, 1'000'000, 1'000, 1};
  std::int64_t count = 0;
  std::int64_t ns = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failure != std::errc() || __builtin_mul_overflow(count, ns_of[static_cast<int>(*unit)], &ns)) {
    return {0, "is outside the years 1678 to 2261"};
  }
  return {ns, nullptr};
}

}  // namespace

std::string_view to_string(time_unit unit) { return unit_words[static_cast<int>(unit)]; }
std::string_view name_of(time_unit unit) { return time_unit_names[static_cast<int>(unit)]; }

instant parse_instant(std::string_view text, std::optional<time_unit> unit) {
  if (is_whole(text)) { return read_epoch(text, unit); }
  static constexpr char malformed[] = "is not an RFC 3339 time such as 2025-03-01T12:00:00Z";
  if (is_fraction(text)) {
    return {0,
            "is a number with a fraction: write a whole number and say what it counts as as_of_unit under [import] in "
            "venue.toml, or write an RFC 3339 time such as 2025-03-01T12:00:00Z"};
  }
  std::size_t at = 0;
  bool good = true;
  const auto number = [&](int digits) {
    int value = 0;
    for (int i = 0; i < digits; ++i, ++at) {
      if (at >= text.size() || text[at] < '0' || text[at] > '9') {
        good = false;
        return 0;
      }
      value = value * 10 + (text[at] - '0');
    }
    return value;
  };
  const auto one_of = [&](std::string_view characters) {
    if (at >= text.size() || characters.find(text[at]) == std::string_view::npos) {
      good = false;
      return '\0';
    }
    return text[at++];
  };
  const int year = number(4);
  one_of("-");
  const int month = number(2);
  one_of("-");
  const int day = number(2);
  one_of("Tt ");
  const int hour = number(2);
  one_of(":");
  const int minute = number(2);
  one_of(":");
  const int second = number(2);
  std::int64_t fraction_ns = 0;
  bool too_fine = false;
  if (good && at < text.size() && text[at] == '.') {
    ++at;
    const std::size_t begin = at;
    std::int64_t unit_ns = 100'000'000;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit_ns /= 10) {
      fraction_ns += (text[at] - '0') * unit_ns;
      if (unit_ns == 0 && text[at] != '0') { too_fine = true; }
    }
    good = good && at > begin;
  }
  if (good && at == text.size()) { return {0, "has no time zone: end it with Z, or with an offset such as +00:00"}; }
  int offset_minutes = 0;
  const char zone = one_of("Zz+-");
  if (zone == '+' || zone == '-') {
    const int zone_hour = number(2);
    one_of(":");
    const int zone_minute = number(2);
    good = good && zone_hour <= 23 && zone_minute <= 59;
    offset_minutes = (zone == '-' ? -1 : 1) * (zone_hour * 60 + zone_minute);
  }
  namespace chrono = std::chrono;
  const chrono::year_month_day date{chrono::year{year}, chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (!good || at != text.size() || !date.ok() || hour > 23 || minute > 59 || second > 59) { return {0, malformed}; }
  if (too_fine) { return {0, "is finer than a nanosecond"}; }
  if (year < 1678 || year > 2261) { return {0, "is outside the years 1678 to 2261"}; }
  const std::int64_t days = chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + hour) * 60 + minute - offset_minutes) * 60 + second;
  return {seconds * 1'000'000'000 + fraction_ns, nullptr};
}

std::string format_instant(std::int64_t ns) {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::nanoseconds> at{chrono::nanoseconds{ns}};
  const auto day = chrono::floor<chrono::days>(at);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss<chrono::nanoseconds> clock{at - day};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto rest = clock.subseconds().count(); rest != 0) {
    text += fmt::format(".{:09}", rest);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + "Z";
}

}  // namespace plimsoll
