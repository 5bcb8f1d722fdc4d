#include "host/io/text.hpp"

#include <algorithm>
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

/// Unicode blanks other than those of ASCII, including invisible ones.
constexpr std::string_view wide_blanks[] = {"\u00A0", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
                                            "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u200B", "\u2028",
                                            "\u2029", "\u202F", "\u205F", "\u3000", "\uFEFF"};

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

std::string shown(std::string_view text, int characters_max) {
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

bool begins_or_ends_blank(std::string_view name) {
  if (name.empty()) { return false; }
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  if (is_blank(name.front()) || is_blank(name.back())) { return true; }
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (is_ascii(name.front()) && is_ascii(name.back())) { return false; }
  return std::any_of(std::begin(wide_blanks), std::end(wide_blanks),
                     [&](std::string_view blank) { return name.starts_with(blank) || name.ends_with(blank); });
}

const char* fault_of_text(std::string_view text) {
  if (text.empty()) { return "is empty"; }
  if (text.find('\0') != std::string_view::npos) { return "has a NUL character"; }
  if (find_invalid_utf8(text) != std::string_view::npos) { return "is not UTF-8"; }
  return nullptr;
}

const char* fault_of_name(std::string_view name) {
  if (const char* fault = fault_of_text(name)) { return fault; }
  return begins_or_ends_blank(name) ? "begins or ends with a blank, so it differs from the name that it looks like"
                                    : nullptr;
}

bool is_system_account(std::string_view name) {
  return std::find(std::begin(system_accounts), std::end(system_accounts), name) != std::end(system_accounts);
}

}  // namespace plimsoll::io
