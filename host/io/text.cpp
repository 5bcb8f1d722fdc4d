#include "host/io/text.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

#include "host/io/schema.hpp"

namespace plimsoll::io {

namespace {

/// Length of the well-formed sequence at the start of `text` (not empty), or 0.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) { return 1; }
  if (first >= 0xC2 && first <= 0xDF) { return continues(1) ? 2 : 0; }
  if (first >= 0xE0 && first <= 0xEF) {
    // No overlong forms (E0 80..9F), no surrogates (ED A0..BF).
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) { return 0; }
    return continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) { return 0; }
    return continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080ULL;
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word = 0;
    if (at + sizeof word <= text.size()) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & high_bits) == 0) {
        at += sizeof word;
        continue;
      }
    }
    const std::size_t length = sequence_length(text.substr(at, 4));
    if (length == 0) { return at; }
    at += length;
  }
  return std::string_view::npos;
}

std::string shown(std::string_view text) {
  constexpr int characters_max = 60;
  std::string out;
  int characters = 0;
  while (!text.empty()) {
    if (++characters > characters_max) { return out + "..."; }
    const std::size_t length = sequence_length(text.substr(0, 4));
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0 || first < 0x20 || first == 0x7F) {
      out += fmt::format("\\x{:02X}", first);
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

const char* fault_of_name(std::string_view name) {
  if (name.empty()) { return "is empty"; }
  if (name.find('\0') != std::string_view::npos) { return "holds a NUL character"; }
  if (find_invalid_utf8(name) != std::string_view::npos) { return "is not UTF-8"; }
  return nullptr;
}

bool is_system_account(std::string_view name) {
  return std::find(std::begin(system_accounts), std::end(system_accounts), name) != std::end(system_accounts);
}

instant parse_instant(std::string_view text) {
  static constexpr char malformed[] = "is not an RFC 3339 time such as 2025-03-01T12:00:00Z";
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
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                                 clock.minutes().count(), clock.seconds().count());
  if (const auto rest = clock.subseconds().count(); rest != 0) {
    text += fmt::format(".{:09}", rest);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + "Z";
}

}  // namespace plimsoll::io
